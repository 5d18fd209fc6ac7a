"""Microsoft Teams by a workflow: an Adaptive Card whose texts are never markup."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.robots import KEY, LINK, deliver, fields_of, receiving
from xdportal.alerts.channels import teams
from xdportal.simulator.robots import Answer, Robot


def test_a_message_is_accepted(settings: Any) -> None:
    with receiving(Robot("teams", KEY), settings) as (receiver, config):
        verdict = deliver("teams", config)

    assert (verdict.state, verdict.status) == ("sent", 202)
    card = fields_of(receiver)["attachments"][0]["content"]
    title, summary, critical, notice, closing = card["body"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert title["inlines"][0]["text"] == "2 changes in Production"
    assert summary["text"] == "1 critical · 1 notice"
    assert [run["text"] for run in critical["inlines"]] == ["Critical ", "Pin render was withdrawn"]
    assert [run["text"] for run in notice["inlines"]] == ["Image 1000 (Ubuntu) was added"]
    assert closing["inlines"] == [
        {
            "type": "TextRun",
            "text": "Open in xdportal",
            "selectAction": {"type": "Action.OpenUrl", "url": LINK},
        }
    ]


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        (Answer(200, b""), "sent", "ok"),
        (Answer(401, b"{}"), "attention", "status"),
        (Answer(404, b""), "attention", "status"),
        (Answer(408, b""), "retry", "busy"),
        (Answer(413, b""), "attention", "status"),
        (Answer(425, b""), "retry", "busy"),
        (Answer(429, b""), "retry", "rate"),
        (Answer(502, b""), "retry", "busy"),
        (Answer(307, b"", {"Location": "https://example.com/"}), "failed", "redirect"),
    ],
)
def test_every_status_has_its_verdict(
    answer: Answer, state: str, reason: str, settings: Any
) -> None:
    with receiving(Robot("teams", KEY), settings) as (receiver, config):
        receiver.plan("teams", answer)
        verdict = deliver("teams", config)

    assert (verdict.state, verdict.reason, verdict.status) == (state, reason, answer.status)


def test_a_workflow_at_its_rate_makes_the_message_wait(settings: Any) -> None:
    robot = Robot("teams", KEY, accepted_at=[datetime.now(UTC).timestamp()] * 4)
    with receiving(robot, settings) as (_receiver, config):
        verdict = deliver("teams", config)

    assert (verdict.state, verdict.retry_after) == ("retry", 1)


@pytest.mark.parametrize(
    "url",
    [
        "https://prod-12.westus.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?sig=x",
        "https://a.b.environment.api.powerplatform.com:443/powerautomate/x?api-version=1&sig=y",
    ],
)
def test_urls_are_taken_as_teams_shows_them(url: str) -> None:
    assert teams.validate(url).url == url.replace(":443", "")


@pytest.mark.parametrize(
    "url",
    [
        "https://logic.azure.com/workflows/x",
        "https://evil.example.com/logic.azure.com",
        "https://xlogic.azure.com/workflows/a",
        "https://company.webhook.office.com/webhookb2/x",
    ],
)
def test_only_the_vendors_own_url_is_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        teams.validate(url)
