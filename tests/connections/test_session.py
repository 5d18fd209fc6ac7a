"""A sitting: several lists of a connection, one token, one TCP connection."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.connections.session import Sitting
from xdportal.lib import redaction
from xdportal.lib.deadline import Deadline
from xdportal.provider.credentials import BareToken
from xdportal.provider.errors import AuthError, Denied, ProviderError
from xdportal.provider.kinds import IMAGES, KINDS, PACKAGES_PAYG, PERSONAL
from xdportal.simulator import Simulator


@pytest.fixture(autouse=True)
def scope() -> Iterator[None]:
    with redaction.scope():
        yield


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that TCP connections were opened to."""
    ports: list[int] = []
    connect = Deadline.connect

    def noted(self: Deadline, ips: list[str], port: int) -> Any:
        ports.append(port)
        return connect(self, ips, port)

    monkeypatch.setattr(Deadline, "connect", noted)
    return ports


def read_all(connection: Connection) -> list[int]:
    with Sitting(connection) as sitting:
        answers = [sitting.read(kind, timezone.now()) for kind in KINDS.values()]
    return [len(answer.listed.lines) for answer in answers if answer.listed]


def paths(simulator: Simulator) -> list[str]:
    return [call.plain_path for call in simulator.calls]


def test_four_lists_cost_one_token_and_one_connection(
    connect: Callable[..., Connection], simulator: Simulator, opened: list[int]
) -> None:
    counts = read_all(connect())

    assert len(counts) == 4
    assert paths(simulator) == ["/v1/auth/getToken", *(kind.path for kind in KINDS.values())]
    assert len(opened) == 1


def test_the_next_sitting_uses_the_same_token(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    connection = connect()
    read_all(connection)
    read_all(connection)

    assert simulator.count("getToken") == 1


def test_a_refused_token_is_renewed_once_a_list(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    connection = connect()
    simulator.fault("code", on="image", code=401)
    simulator.fault("code", on="personal", code=401, times=2)
    with Sitting(connection) as sitting:
        sitting.read(IMAGES, timezone.now())
        with pytest.raises(AuthError):
            sitting.read(PERSONAL, timezone.now())

    assert paths(simulator) == [
        "/v1/auth/getToken",
        *[IMAGES.path, "/v1/auth/getToken", IMAGES.path],
        *[PERSONAL.path, "/v1/auth/getToken", PERSONAL.path],
    ]
    connection.refresh_from_db()
    assert connection.token == ""


def test_a_list_that_is_denied_leaves_the_others_alone(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    simulator.fault("code", on="package", code=1001)
    with Sitting(connect()) as sitting:
        with pytest.raises(Denied):
            sitting.read(PACKAGES_PAYG, timezone.now())
        images = sitting.read(IMAGES, timezone.now())

    assert images.details.code == 0
    assert simulator.count("getToken") == 1


def test_every_list_has_its_own_deadline(
    connect: Callable[..., Connection], simulator: Simulator, settings: Any
) -> None:
    settings.PROVIDER_DEADLINE = 0.6
    connection = connect()
    with Sitting(connection) as sitting:
        sitting.read(IMAGES, timezone.now())
        time.sleep(0.7)
        sitting.read(IMAGES, timezone.now())
        simulator.fault("hang", on="image")
        with pytest.raises(ProviderError) as late:
            sitting.read(IMAGES, timezone.now())
        again = sitting.read(IMAGES, timezone.now())

    assert (late.value.outcome, again.details.code) == ("timeout", 0)


def test_every_list_has_its_own_retries(
    connect: Callable[..., Connection], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xdportal.provider.client.FIRST_WAIT", 0)
    with Sitting(connect()) as sitting:
        for _ in range(2):
            simulator.fault("code", on="image", code=503, times=2)
            assert sitting.read(IMAGES, timezone.now()).details.code == 0

    assert simulator.count("open/image") == 6


def test_what_is_known_is_not_parsed_again(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    simulator.shuffle = False
    with Sitting(connect()) as sitting:
        for kind in KINDS.values():
            first = sitting.read(kind, timezone.now())
            assert sitting.read(kind, timezone.now(), first.fingerprint).listed is None


def test_a_pasted_token_is_used_as_it_is(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    connection = connect()
    read_all(connection)
    token = connection.cached_token(timezone.now()) or ""
    connection.set_credential(BareToken(token), timezone.now())
    simulator.clear_calls()

    assert len(read_all(connection)) == 4
    assert paths(simulator) == [kind.path for kind in KINDS.values()]


def test_an_unreadable_credential_sends_nothing(
    connect: Callable[..., Connection], simulator: Simulator
) -> None:
    connection = connect()
    connection.credential = "nonsense"
    with Sitting(connection) as sitting, pytest.raises(CredentialUnreadable):
        sitting.read(IMAGES, timezone.now())

    assert simulator.calls == []
