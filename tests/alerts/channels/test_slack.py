"""Slack's incoming webhook: confirms with the two letters "ok"."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.robots import KEY, LINK, deliver, fields_of, message, receiving
from xdportal.alerts.channels import slack
from xdportal.alerts.channels.message import Entry, Level
from xdportal.simulator.robots import Answer, Robot

URL = f"https://hooks.slack.com/services/T0000000/B0000000/{KEY}"


def test_a_message_is_accepted(settings: Any) -> None:
    with receiving(Robot("slack", KEY), settings) as (receiver, config):
        verdict = deliver("slack", config)

    assert (verdict.state, verdict.code, verdict.status) == ("sent", "ok", 200)
    fields = fields_of(receiver)
    assert fields["text"] == f"2 changes in Production <{LINK}|{LINK}>"
    assert fields["blocks"][0]["text"]["text"] == "2 changes in Production"
    assert fields["blocks"][1]["text"]["text"] == (
        "1 critical · 1 notice\n\n"
        "- *Critical* <https://portal.example.com/p/|Pin render was withdrawn>\n"
        "- Image 1000 (Ubuntu) was added\n\n"
        f"<{LINK}|Open in xdportal>"
    )


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200, b"ok"), ("sent", "ok", "ok")),
        (Answer(200, b"maybe"), ("retry", "maybe", "unreadable")),
        (Answer(200, b""), ("retry", "", "unreadable")),
        (Answer(202, b"ok"), ("retry", "ok", "unreadable")),
        (Answer(200, b"a\0b"), ("retry", "", "unreadable")),
        (Answer(200, f"no hook {KEY}".encode()), ("retry", "", "unreadable")),
        (Answer(403, KEY.encode()), ("attention", "", "status")),
        (Answer(404, b"no_service"), ("attention", "no_service", "bad_key")),
        (Answer(403, b"invalid_token"), ("attention", "invalid_token", "bad_key")),
        (Answer(410, b"channel_is_archived"), ("attention", "channel_is_archived", "stopped")),
        (Answer(400, b"invalid_blocks"), ("attention", "invalid_blocks", "status")),
        (Answer(429, b"", {"Retry-After": "30"}), ("retry", "", "rate")),
        (Answer(500, b"rollup_error"), ("retry", "rollup_error", "busy")),
        (Answer(302, b"", {"Location": "https://example.com/"}), ("failed", "", "redirect")),
    ],
)
def test_every_answer_has_its_verdict(
    answer: Answer, verdict: tuple[str, str, str], settings: Any
) -> None:
    with receiving(Robot("slack", KEY), settings) as (receiver, config):
        receiver.plan("slack", answer)
        judged = deliver("slack", config)

    assert (judged.state, judged.code, judged.reason) == verdict
    assert judged.retry_after == (30 if answer.status == 429 else 0)


def test_slacks_own_word_is_kept_as_it_is(settings: Any) -> None:
    with receiving(Robot("slack", KEY), settings) as (receiver, config):
        receiver.plan("slack", Answer(404, b"no_service"))
        assert deliver("slack", config).detail == "no_service"


def test_a_second_message_in_one_second_waits(settings: Any) -> None:
    with receiving(Robot("slack", KEY), settings) as (_receiver, config):
        states = [deliver("slack", config).state for _ in range(2)]

    assert states == ["sent", "retry"]


def test_what_a_provider_names_an_image_is_never_markup() -> None:
    entry = Entry(Level.INFO, "<!channel> & <https://evil.example.com|x>")
    request = slack.build(message(entries=(entry,)), slack.validate(URL), datetime.now(UTC))
    section = json.loads(request.body)["blocks"][1]["text"]

    line = "- &lt;!channel&gt; &amp; &lt;https://evil.example.com|x&gt;"
    assert line in section["text"].splitlines()
    assert section["verbatim"] is True


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/T1/B1",
        "https://hooks.slack.com/workflows/T1/B1/x",
        "https://slack.com/services/T1/B1/x",
    ],
)
def test_only_the_vendors_own_url_is_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        slack.validate(url)
