"""Webhooks by Standard Webhooks 1.0.0, verified by that project's own package."""

import ipaddress
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from standardwebhooks import Webhook, WebhookVerificationError

from tests.listeners import Listener
from tests.robots import LINK, deliver, last, message, openssl_hmac, receiving
from xdportal.alerts.channels import webhook
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.message import Entry, Level
from xdportal.simulator.receiver import Receiver
from xdportal.simulator.robots import Answer, Robot

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Any) -> None:
    settings.NOTIFY_ALLOW_NETWORKS = LOOPBACK


def robot() -> Robot:
    return Robot("webhook", "deploy", webhook.new_secret())


def verified(config: Config, receiver: Receiver, secret: str) -> Any:
    call = last(receiver).call
    return Webhook(secret).verify(call.body, dict(call.headers))


def data_of(sent: Any) -> dict[str, Any]:
    request = webhook.build(
        sent, Config("https://example.com/", webhook.new_secret()), sent.timestamp
    )
    return dict(json.loads(request.body)["data"])


def test_the_package_of_standard_webhooks_verifies_a_message(settings: Any) -> None:
    with receiving(robot(), settings) as (receiver, config):
        verdict = deliver("webhook", config, id="msg_42")
        body = verified(config, receiver, config.secret)

    assert (verdict.state, verdict.status, verdict.code) == ("sent", 204, "")
    assert last(receiver).call.header("webhook-id") == "msg_42"
    assert (body["type"], body["timestamp"]) == ("digest", "2026-11-26T10:00:00Z")
    with pytest.raises(WebhookVerificationError):
        verified(config, receiver, webhook.new_secret())


def test_the_signature_is_that_of_openssl() -> None:
    key = bytes(range(32))
    config = webhook.validate(
        "https://example.com/", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    )
    request = webhook.build(message(id="msg_1"), config, datetime.fromtimestamp(1764150000.9, UTC))

    expected = openssl_hmac(key, b"msg_1.1764150000." + request.body)
    assert request.headers["webhook-timestamp"] == "1764150000"
    assert request.headers["webhook-signature"] == f"v1,{expected}"


def test_while_a_secret_is_rotated_both_verify(settings: Any) -> None:
    with receiving(robot(), settings) as (receiver, config):
        rotated = webhook.rotated(config)
        verdict = deliver("webhook", rotated)

        verified(rotated, receiver, config.secret)
        verified(rotated, receiver, rotated.secret)
    assert verdict.state == "sent"
    assert rotated.secret != rotated.previous_secret == config.secret


def test_a_receiver_with_another_secret_refuses(settings: Any) -> None:
    with receiving(robot(), settings) as (_receiver, config):
        verdict = deliver("webhook", Config(config.url, webhook.new_secret()))

    assert (verdict.state, verdict.status, verdict.reason) == ("retry", 401, "status")
    assert verdict.detail == "signature"


@pytest.mark.parametrize(
    ("answer", "state", "reason", "wait"),
    [
        (Answer(200, b"thanks"), "sent", "ok", 0),
        (Answer(299, b""), "sent", "ok", 0),
        (Answer(301, b"", {"Location": "https://example.com/"}), "failed", "redirect", 0),
        (Answer(304, b""), "failed", "status", 0),
        (Answer(400, b""), "retry", "status", 0),
        (Answer(404, b""), "retry", "status", 0),
        (Answer(410, b""), "off", "gone", 0),
        (Answer(429, b"", {"Retry-After": "120"}), "retry", "rate", 120),
        (Answer(500, b""), "retry", "busy", 0),
        (Answer(503, b"", {"Retry-After": "99999"}), "retry", "busy", 3600),
    ],
)
def test_every_status_has_its_verdict(
    answer: Answer, state: str, reason: str, wait: int, settings: Any
) -> None:
    with receiving(robot(), settings) as (receiver, config):
        receiver.plan("webhook", answer)
        verdict = deliver("webhook", config)

    assert (verdict.state, verdict.reason, verdict.retry_after) == (state, reason, wait)
    assert (verdict.status, len(receiver.arrivals)) == (answer.status, 1)


def test_one_event_has_its_own_type_and_data() -> None:
    entry = Entry(Level.CRITICAL, "Pin render was withdrawn")
    sent = message(entries=(entry,), type="pin.withdrawn", data={"pin": "render", "id": "1021"})

    assert data_of(sent) == {
        "pin": "render",
        "id": "1021",
        "title": "2 changes in Production",
        "link": LINK,
        "sentence": "Pin render was withdrawn",
    }


def test_a_digest_lists_its_events_the_critical_ones_first() -> None:
    data = data_of(message(3, data={"team": "ops"}))

    assert (data["team"], data["link"], data["more"]) == ("ops", LINK, 0)
    assert data["counts"] == {"critical": 1, "info": 2}
    assert [event["level"] for event in data["events"]] == ["critical", "info", "info"]
    assert data["events"][0] == {
        "level": "critical",
        "sentence": "Pin render was withdrawn",
        "url": "https://portal.example.com/p/",
    }


def test_an_event_with_long_lists_is_shortened() -> None:
    ids = [f"image-{number}" for number in range(5000)]
    entry = Entry(Level.INFO, "5000 images were added")
    sent = message(entries=(entry,), type="catalog.changed", data={"added": ids, "snapshot": 7})

    data = data_of(sent)
    assert data["added"] == ids[: len(data["added"])]
    assert len(data["added"]) > 500
    assert (data["snapshot"], data["truncated"], data["link"]) == (7, True, LINK)


def test_timestamps_are_in_utc() -> None:
    moment = datetime(2026, 11, 26, 18, 0, tzinfo=timezone(timedelta(hours=8)))
    config = webhook.validate("https://example.com/")
    request = webhook.build(message(timestamp=moment), config, moment)

    assert json.loads(request.body)["timestamp"] == "2026-11-26T10:00:00Z"


def test_a_new_webhook_has_a_secret_of_32_bytes() -> None:
    first = webhook.validate("https://example.com/hook")
    second = webhook.validate("https://example.com/hook")

    assert first.secret.startswith("whsec_")
    assert first.secret != second.secret
    Webhook(first.secret)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_AAAA", "AAAA", "whsec_!!", "x" * 50])
def test_a_given_secret_must_be_one(secret: str) -> None:
    with pytest.raises(ValidationError) as raised:
        webhook.validate("https://example.com/hook", secret)
    assert list(raised.value.message_dict) == ["secret"]


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://10.0.0.1/", "https://user@example.com/", "hook"]
)
def test_a_url_that_must_not_be_reached_is_refused_when_it_is_entered(
    url: str, settings: Any
) -> None:
    settings.NOTIFY_ALLOW_NETWORKS = []
    with pytest.raises(ValidationError) as raised:
        webhook.validate(url)
    assert list(raised.value.message_dict) == ["url"]


@pytest.mark.parametrize("host", ["localhost", "localhost."])
def test_a_name_that_leads_inside_is_refused_when_it_is_entered(host: str, settings: Any) -> None:
    settings.NOTIFY_ALLOW_NETWORKS = []
    with Listener() as listener, pytest.raises(ValidationError) as raised:
        webhook.validate(f"https://{host}:{listener.port}/")

    assert raised.value.message_dict == {"url": ["Messages can't be sent to this address."]}
    assert listener.connections == 0


def test_a_name_that_has_no_address_yet_may_be_entered() -> None:
    assert webhook.validate("https://hook.invalid/").url == "https://hook.invalid/"
