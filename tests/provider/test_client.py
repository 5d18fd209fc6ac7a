"""The one door, over real HTTP: fault → outcome, within the stated numbers."""

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.items import images_of
from tests.tls import TlsServer
from xdportal.lib import redaction
from xdportal.provider import client as door
from xdportal.provider.client import Client, retry_after, token_life
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.errors import ProviderError
from xdportal.provider.kinds import IMAGES
from xdportal.simulator import Simulator

OK = {"code": 0, "success": True, "msg": "success", "traceId": "t"}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(autouse=True)
def scope() -> Iterator[None]:
    with redaction.scope():
        yield


@pytest.fixture
def read(sim: Simulator) -> Callable[..., Any]:
    """Mints a token and reads the list, without waiting between calls."""

    def run(deadline: float = 5, max_body: int = 10_000_000, base: str | None = None) -> Any:
        account = sim.accounts["production"][0]
        address = base or sim.production_url
        with Client(address, deadline=deadline, max_body=max_body, sleep=lambda _: None) as client:
            token = client.get_token(AccountSecret(account.account_id, account.secret))
            return client.read_list(IMAGES, token.value)

    return run


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Any]], str]:
    """An address whose host has these socket addresses."""
    resolve = socket.getaddrinfo

    def of(found: list[Any]) -> str:
        def answer(host: str, *arguments: Any, **options: Any) -> Any:
            if host != "provider.localhost":
                return resolve(host, *arguments, **options)
            return [
                (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)
                for address in found
            ]

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return f"http://provider.localhost:{found[0][1]}"

    return of


@pytest.fixture
def silent() -> Iterator[list[Any]]:
    """Four addresses that drop a new connection, as a firewall does: their queues are full."""
    with contextlib.ExitStack() as stack:
        port, addresses = 0, [f"127.0.0.{number}" for number in range(2, 6)]
        for address in addresses:
            listener = stack.enter_context(socket.socket())
            listener.bind((address, port))
            port = listener.getsockname()[1]
            listener.listen(0)
            for _ in range(3):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex((address, port))
        yield [(address, port) for address in addresses]


def outcome(read: Callable[..., Any], **limits: Any) -> tuple[str, str]:
    with pytest.raises(ProviderError) as raised:
        read(**limits)
    return raised.value.outcome, raised.value.reason


def test_it_reads_the_list(read: Callable[..., Any], sim: Simulator) -> None:
    answer = read()

    assert answer.details.code == 0
    assert {image.id for image in images_of(answer.listed)} == {
        row["imageId"] for row in json.loads(json.dumps(_listed(sim)))
    }
    assert (sim.count("getToken"), sim.count("open/image")) == (1, 1)


def _listed(sim: Simulator) -> list[dict[str, str]]:
    from xdportal.simulator import World

    return World(1, 40, "production").items(sim.step)


def test_what_passes_is_tried_again_within_the_check(
    read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault("code", times=2, code=1005)

    assert read().details.code == 0
    assert sim.count("open/image") == 3


def test_code_msg_and_trace_id_of_an_error_are_kept(
    read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault(
        "body",
        body=json.dumps(
            {"code": 1001, "success": False, "msg": "无权限", "traceId": "abc"}
        ).encode(),
    )
    with pytest.raises(ProviderError) as raised:
        read()

    assert raised.value.details == door.Details(200, 1001, "无权限", "abc")


@pytest.mark.parametrize("fault", ["drip", "drip_headers", "hang"])
def test_one_deadline_holds_for_anything_that_comes_slowly(
    fault: str, read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault(fault, times=None)
    started = time.monotonic()

    assert outcome(read, deadline=0.6) == ("timeout", "deadline")
    assert time.monotonic() - started < 2


def test_addresses_that_do_not_answer_share_the_deadline(
    read: Callable[..., Any],
    sim: Simulator,
    resolved: Callable[[list[Any]], str],
    silent: list[Any],
) -> None:
    address, started = resolved(silent), time.monotonic()

    assert outcome(read, deadline=0.6, base=address) == ("timeout", "deadline")
    assert time.monotonic() - started < 2


def test_the_first_address_that_answers_is_taken(
    read: Callable[..., Any], sim: Simulator, resolved: Callable[[list[Any]], str]
) -> None:
    host, port = sim.production_url.removeprefix("http://").partition("/")[0].split(":")
    address = resolved([("127.0.0.9", int(port)), (host, int(port))])

    assert read(base=f"{address}/production").details.code == 0


def test_a_body_is_capped_after_decompression(read: Callable[..., Any], sim: Simulator) -> None:
    sim.fault("gzip_bomb", size=50_000_000)

    assert outcome(read, max_body=1_000_000) == ("too_large", "body")


def test_a_gzipped_answer_is_read(read: Callable[..., Any], sim: Simulator) -> None:
    rows = [{"imageId": 1, "type": "BL", "systemImageName": "n", "systemImageVersion": "v"}]
    sim.fault("body", body=gzip.compress(json.dumps(OK | {"data": rows}).encode()), encoding="gzip")

    assert [image.id for image in images_of(read().listed)] == ["1"]


def test_a_refused_connection_and_an_unknown_name(read: Callable[..., Any], sim: Simulator) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert outcome(read, base=f"http://127.0.0.1:{port}") == ("transport", "refused")
    assert outcome(read, base="http://no-such-host.invalid") == ("transport", "name")


def test_plain_http_where_tls_is_expected(read: Callable[..., Any], sim: Simulator) -> None:
    assert outcome(read, base=sim.production_url.replace("http:", "https:"))[0] == "transport"


def test_a_certificate_that_nobody_vouches_for(read: Callable[..., Any], tmp_path: Path) -> None:
    with TlsServer(tmp_path) as address:
        assert outcome(read, base=address) == ("transport", "tls")


def test_a_kept_connection_that_turns_out_dead_costs_one_more_try(
    read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault("stale", on="token")

    assert read().details.code == 0
    assert (sim.count("getToken"), sim.count("open/image")) == (1, 1)


def test_a_redirect_is_never_followed_nor_the_secret_sent_on(sim: Simulator) -> None:
    with Simulator() as elsewhere:
        sim.fault("redirect", on="any", times=None, location=elsewhere.production_url, status=307)
        account = sim.accounts["production"][0]
        with (
            Client(sim.production_url, deadline=5, max_body=10**6) as client,
            pytest.raises(ProviderError),
        ):
            client.get_token(AccountSecret(account.account_id, account.secret))

        assert elsewhere.calls == []


def test_nothing_is_taken_from_the_surroundings(
    read: Callable[..., Any], sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    sim.fault("status", status=503, headers={"Set-Cookie": "a=b"})

    assert read().details.code == 0
    assert [call.field("Cookie") for call in sim.calls] == [""] * 3


@pytest.mark.parametrize(
    "body",
    [
        b'{"code":0,"data":null}',
        b'{"code":0,"data":[]}',
        b'{"code":0,"data":{"token":""}}',
        b'{"code":0,"data":{"token":5}}',
        b'{"code":0,"data":{"token":"a b"}}',
        json.dumps({"code": 0, "data": {"token": "x" * 513}}).encode(),
    ],
)
def test_a_token_without_sense_never_becomes_a_header(
    body: bytes, read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault("body", on="token", times=None, body=body)

    assert outcome(read) == ("bad_data", "no_token")
    assert sim.count("open/image") == 0


@pytest.mark.parametrize(
    ("effective_time", "seconds"),
    [
        (1_800_000, 1800),
        (1, 0.001),
        (0, 300),
        (-5, 300),
        (None, 300),
        ("1800000", 1800),
        (1_800_000.0, 1800),
        ("soon", 300),
        ("9" * 5000, 300),
        (10**400, 300),
        ([1_800_000], 300),
        (True, 300),
        (10**15, 300),
        (1.5, 300),
    ],
)
def test_the_life_of_a_token_is_bounded(effective_time: object, seconds: float) -> None:
    assert token_life(effective_time) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("999999", 3600),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("Thu, 01 Jan 1970 00:20:00 GMT", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str, seconds: float) -> None:
    assert retry_after(header, now=1000) == seconds


@pytest.mark.parametrize(
    ("fault", "options", "outcome"),
    [
        ("status", {"status": 503}, "provider"),
        ("status", {"status": 429}, "rate_limited"),
        ("status", {"status": 403}, "denied"),
        ("body", {"body": '{"code": 1005, "data": null}'}, "busy"),
        ("body", {"body": "<html>maintenance</html>"}, "bad_data"),
    ],
)
def test_any_failure_may_say_how_long_to_wait(
    fault: str, options: dict[str, Any], outcome: str, read: Callable[..., Any], sim: Simulator
) -> None:
    sim.fault(fault, times=None, headers={"Retry-After": "120"}, **options)
    with pytest.raises(ProviderError) as raised:
        read()

    assert (raised.value.outcome, raised.value.retry_after) == (outcome, 120)
    assert sim.count("open/image") == 1


def test_a_short_wait_is_waited_for(sim: Simulator) -> None:
    waits: list[float] = []
    sim.fault("status", times=1, status=503, headers={"Retry-After": "2"})
    account = sim.accounts["production"][0]
    client = Client(sim.production_url, deadline=20, max_body=10**6, sleep=waits.append)
    with client:
        token = client.get_token(AccountSecret(account.account_id, account.secret))
        answer = client.read_list(IMAGES, token.value)

    assert (answer.details.code, waits) == (0, [2.0])


def test_secrets_that_the_provider_echoes_are_struck_out(sim: Simulator) -> None:
    sim.fault("echo_secret", on="token", times=None)
    account = sim.accounts["production"][0]
    client = Client(sim.production_url, deadline=5, max_body=10**6, sleep=lambda _: None)
    with client, pytest.raises(ProviderError) as raised:
        client.get_token(AccountSecret(account.account_id, account.secret))

    assert account.secret.encode() in sim.calls[-1].body
    assert raised.value.details.msg.endswith("[redacted]")
    assert account.secret not in raised.value.details.msg + repr(raised.value)


def test_no_thread_is_left_behind(read: Callable[..., Any], sim: Simulator) -> None:
    read()
    assert [
        t
        for t in threading.enumerate()
        if isinstance(t, threading.Timer) and not t.finished.is_set()
    ] == []


def test_known_bytes_are_not_parsed_again() -> None:
    with Simulator(shuffle=False) as still:
        account = still.accounts["production"][0]
        with Client(still.production_url, deadline=5, max_body=10**7) as client:
            token = client.get_token(AccountSecret(account.account_id, account.secret)).value
            first = client.read_list(IMAGES, token)
            second = client.read_list(IMAGES, token, known=first.fingerprint)

    assert second.listed is None
    assert second.details.trace_id not in ("", first.details.trace_id)
