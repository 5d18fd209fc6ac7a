"""One attempt of any kind: where it goes, how long it takes, what is kept of it."""

import ipaddress
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.listeners import Listener, answer
from tests.robots import KEY, SECRET, deliver, message, receiving
from xdportal.alerts.channels import registry, sending, webhook
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.registry import ROBOTS
from xdportal.simulator.robots import Answer, Robot

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
HOOK = webhook.new_secret()


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.NOTIFY_ALLOW_NETWORKS = LOOPBACK


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
def test_what_was_saved_while_a_network_was_allowed_is_judged_again(host: str) -> None:
    with Listener() as listener:
        config = Config(f"https://{host}:{listener.port}/hook", HOOK)
        verdict = deliver("webhook", config)

    assert (verdict.state, verdict.reason, verdict.detail) == ("failed", "forbidden", "")
    assert listener.connections == 0


@pytest.mark.usefixtures("loopback")
def test_a_redirect_to_inside_is_not_followed() -> None:
    with Listener() as inside, Listener() as listener:
        listener.reply = answer("307 Temporary Redirect", Location=inside.url)
        verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert (verdict.state, verdict.reason) == ("failed", "redirect")
    assert inside.connections == 0


@pytest.mark.usefixtures("loopback")
def test_a_receiver_that_is_away_is_tried_again() -> None:
    with Listener() as listener:
        pass
    verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert (verdict.state, verdict.reason, verdict.status) == ("retry", "refused", None)


@pytest.mark.usefixtures("loopback")
def test_a_receiver_has_a_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sending.DEADLINE == 15
    monkeypatch.setattr(sending, "DEADLINE", 0.3)
    started = time.monotonic()
    with Listener(b"HTTP/1.1 200 OK\r\n") as listener:
        verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert (verdict.state, verdict.reason) == ("retry", "deadline")
    assert time.monotonic() - started < 2


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "cut_short"),
        (answer(body=b"no gzip", Content_Encoding="gzip"), "unreadable"),
    ],
)
def test_a_damaged_answer_is_no_confirmation_but_its_status_is_kept(
    reply: bytes, reason: str
) -> None:
    with Listener(reply, hangs_up=True) as listener:
        verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert (verdict.state, verdict.reason, verdict.status) == ("retry", reason, 200)


@pytest.mark.usefixtures("loopback")
def test_an_answer_that_does_not_end_has_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "DEADLINE", 0.3)
    with Listener(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nabc") as listener:
        verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert (verdict.state, verdict.reason, verdict.status) == ("retry", "deadline", 202)


@pytest.mark.usefixtures("loopback")
def test_only_the_start_of_a_long_answer_is_read() -> None:
    with Listener(answer(body=b"a" * 10_000_000)) as listener:
        verdict = deliver("webhook", Config(f"{listener.url}/hook", HOOK))

    assert verdict.state == "sent"
    assert verdict.detail == "a" * 499 + "…"


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("charset", ["gbk", "GB2312", '"utf-8"'])
def test_an_answer_is_read_in_its_own_encoding(charset: str) -> None:
    body = "系统繁忙".encode(charset.strip('"'))
    content_type = f"text/plain; charset={charset}"
    with Listener(answer("500 Oops", body, Content_Type=content_type)) as listener:
        assert deliver("webhook", Config(f"{listener.url}/hook", HOOK)).detail == "系统繁忙"


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-7", "nonsense", "; charset=hex"])
def test_any_other_encoding_counts_as_utf_8(content_type: str) -> None:
    reply = answer("500 Oops", "é +AGE-".encode(), Content_Type=content_type)
    with Listener(reply) as listener:
        assert deliver("webhook", Config(f"{listener.url}/hook", HOOK)).detail == "é +AGE-"


@pytest.mark.usefixtures("loopback")
def test_what_is_secret_is_struck_out_of_the_answer() -> None:
    path = "/hooks/T0PSECRETPATH?token=querysecret1"
    echo = f"No hook at {path}, whsec_ {HOOK} {HOOK[6:]}".encode()
    with Listener(answer("404 Not Found", echo)) as listener:
        verdict = deliver("webhook", Config(listener.url + path, HOOK))

    assert verdict.detail == (
        "No hook at /hooks/[redacted]?token=[redacted], whsec_ [redacted] [redacted]"
    )


def test_a_robot_is_reached_through_the_proxy_by_its_host_and_path(settings: Any) -> None:
    with receiving(Robot("dingtalk", KEY, SECRET), settings) as (receiver, config):
        deliver("dingtalk", config)

    path = receiver.arrivals[0].call.path
    assert path.startswith(f"/oapi.dingtalk.com/robot/send?access_token={KEY}&timestamp=")


def test_a_webhook_never_goes_through_the_robots_proxy(settings: Any) -> None:
    with Listener() as proxy, Listener() as hook:
        settings.NOTIFY_ROBOT_URL = proxy.url
        settings.NOTIFY_ALLOW_NETWORKS = LOOPBACK
        deliver("webhook", Config(f"{hook.url}/hook", HOOK))

    assert (proxy.connections, hook.connections) == (0, 1)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom"])
@pytest.mark.parametrize(
    "body",
    [b"", b"ok", b"[]", b"{}", b'{"errcode":"0","code":"0"}', b'{"errcode":false,"code":false}'],
)
def test_a_robot_that_confirms_nothing_has_sent_nothing(
    kind: str, body: bytes, settings: Any
) -> None:
    with receiving(Robot(kind, KEY), settings) as (receiver, config):
        receiver.plan(kind, Answer(200, body))
        verdict = deliver(kind, config)

    assert (verdict.state, verdict.reason) == ("retry", "unreadable")


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom"])
def test_a_confirmation_with_an_error_status_is_none(kind: str, settings: Any) -> None:
    with receiving(Robot(kind, KEY), settings) as (receiver, config):
        receiver.plan(kind, Answer(502, b'{"errcode":0,"code":0}'))
        verdict = deliver(kind, config)

    assert (verdict.state, verdict.status) == ("retry", 502)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom"])
def test_an_unknown_code_is_kept_and_tried_again(kind: str, settings: Any) -> None:
    with receiving(Robot(kind, KEY), settings) as (receiver, config):
        receiver.plan(kind, Answer(200, b'{"errcode":4711,"code":4711}'))
        verdict = deliver(kind, config)

    assert (verdict.state, verdict.code, verdict.reason) == ("retry", "4711", "code")


@pytest.mark.parametrize("kind", ["dingtalk", "feishu", "wecom", "slack"])
def test_a_key_may_have_the_letters_of_any_token(kind: str) -> None:
    url = Robot(kind, "a1_B2-c3").url
    assert registry.validate(kind, url).url == url


@pytest.mark.parametrize("kind", ROBOTS)
def test_nothing_secret_is_in_a_repr(kind: str) -> None:
    url = "https://example.com/x" if kind == "webhook" else Robot(kind, KEY).url
    secret = HOOK if kind == "webhook" else SECRET
    config = registry.validate(kind, url, secret, "")

    assert KEY not in repr(config)
    assert secret not in repr(config)


@pytest.mark.parametrize(
    ("kind", "url", "shown"),
    [
        ("dingtalk", Robot("dingtalk", KEY).url, "oapi.dingtalk.com …e5f6"),
        ("webhook", "https://example.com/hooks/deploy", "example.com …ploy"),
        ("mail", "olga@example.com", "o…@example.com"),
    ],
)
def test_an_address_is_shown_by_its_host_and_its_end(kind: str, url: str, shown: str) -> None:
    assert registry.shown_address(kind, registry.validate(kind, url)) == shown


def test_one_address_is_one_bucket_in_whichever_channel() -> None:
    first = registry.validate("wecom", Robot("wecom", KEY).url)
    second = registry.validate("wecom", Robot("wecom", "other").url)

    assert registry.bucket_of("wecom", first) == registry.bucket_of("wecom", Config(first.url))
    assert registry.bucket_of("wecom", first) != registry.bucket_of("wecom", second)
    assert KEY not in registry.bucket_of("wecom", first)


@pytest.mark.parametrize("kind", registry.LABELS)
def test_a_preview_is_what_would_be_sent(kind: str) -> None:
    url = {"mail": "olga@example.com", "webhook": "https://hook.invalid/"}.get(kind, "")
    config = registry.validate(kind, url or Robot(kind, KEY).url)

    preview = sending.preview(kind, config, message(), datetime.now(UTC))
    assert "Pin render was withdrawn" in preview
    assert config.url not in preview
