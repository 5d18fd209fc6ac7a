"""WeCom's group robot: no signature, 4,096 bytes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.robots import KEY, LINK, deliver, fields_of, last, receiving
from xdportal.alerts.channels import wecom
from xdportal.simulator.robots import Robot

ROBOT = Robot("wecom", KEY)


def test_a_message_is_accepted(settings: Any) -> None:
    with receiving(Robot("wecom", KEY), settings) as (receiver, config):
        verdict = deliver("wecom", config)

    assert (verdict.state, verdict.code, verdict.status) == ("sent", "0", 200)
    assert fields_of(receiver)["markdown"]["content"] == (
        "### 2 changes in Production\n"
        "1 critical · 1 notice\n\n"
        "- **Critical** [Pin render was withdrawn](https://portal.example.com/p/)\n"
        "- Image 1000 (Ubuntu) was added\n\n"
        f"[Open in xdportal]({LINK})"
    )


def test_a_bad_key_is_refused_with_http_200(settings: Any) -> None:
    with receiving(ROBOT, settings) as (receiver, _config):
        other = wecom.validate("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=gone")
        verdict = deliver("wecom", other)

    assert last(receiver).answer.status == 200
    assert (verdict.state, verdict.code, verdict.reason) == ("attention", "93000", "bad_key")


def test_a_robot_at_its_rate_makes_the_message_wait(settings: Any) -> None:
    robot = Robot("wecom", KEY, accepted_at=[datetime.now(UTC).timestamp()] * 20)
    with receiving(robot, settings) as (_receiver, config):
        verdict = deliver("wecom", config)

    assert (verdict.state, verdict.code, verdict.reason) == ("retry", "45009", "rate")


@pytest.mark.parametrize(
    "url",
    [
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/upload_media?key=a&type=file",
        "https://weixin.qq.com/cgi-bin/webhook/send?key=a",
    ],
)
def test_only_the_vendors_own_url_is_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        wecom.validate(url)
