"""Feishu's and Lark's custom robot: signature in the body, over an empty text."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.robots import (
    KEY,
    LINK,
    SECRET,
    deliver,
    fields_of,
    last,
    message,
    openssl_hmac,
    receiving,
)
from xdportal.alerts.channels import feishu
from xdportal.alerts.channels.message import Entry, Level
from xdportal.simulator.robots import Answer, Robot

URL = f"https://open.feishu.cn/open-apis/bot/v2/hook/{KEY}"


def robot(**fields: Any) -> Robot:
    return Robot("feishu", KEY, **fields)


def test_a_signed_message_with_its_keyword_is_accepted(settings: Any) -> None:
    with receiving(robot(secret=SECRET, keyword="告警"), settings) as (receiver, config):
        verdict = deliver("feishu", config)

    assert (verdict.state, verdict.code, verdict.status) == ("sent", "0", 200)
    card = fields_of(receiver)["card"]
    assert card["header"]["title"]["content"] == "告警 2 changes in Production"
    assert card["header"]["template"] == "red"
    assert card["elements"][0]["content"] == (
        "1 critical · 1 notice\n\n"
        "- **Critical** [Pin render was withdrawn](https://portal.example.com/p/)\n"
        "- Image 1000 (Ubuntu) was added\n\n"
        f"[Open in xdportal]({LINK})"
    )


def test_the_signature_is_that_of_openssl() -> None:
    now = datetime.fromtimestamp(1764150000, UTC)
    request = feishu.build(message(), feishu.validate(URL, SECRET), now)
    fields = json.loads(request.body)

    assert fields["timestamp"] == "1764150000"
    assert fields["sign"] == openssl_hmac(f"1764150000\n{SECRET}".encode(), b"")
    assert request.url == URL


@pytest.mark.parametrize(
    ("registered", "entered", "code", "reason"),
    [
        ({"secret": SECRET}, {"secret": "other"}, "19021", "signature"),
        ({"secret": SECRET}, {"secret": ""}, "19021", "signature"),
        ({"allowed_ips": frozenset({"203.0.113.9"})}, {}, "19022", "ip"),
        ({"keyword": "告警"}, {"keyword": ""}, "19024", "keyword"),
    ],
)
def test_refusals_with_http_200_need_attention(
    registered: dict[str, Any], entered: dict[str, str], code: str, reason: str, settings: Any
) -> None:
    with receiving(robot(**registered), settings) as (receiver, config):
        verdict = deliver("feishu", feishu.validate(config.url, **entered))

    assert last(receiver).answer.status == 200
    assert (verdict.state, verdict.code, verdict.reason) == ("attention", code, reason)


def test_the_sixth_message_of_a_second_waits(settings: Any) -> None:
    robot_at_its_limit = robot()
    with receiving(robot_at_its_limit, settings) as (_receiver, config):
        robot_at_its_limit.accepted_at = [datetime.now(UTC).timestamp()] * 5
        verdict = deliver("feishu", config)

    assert (verdict.state, verdict.code, verdict.reason) == ("retry", "11232", "rate")


def test_a_code_counts_whatever_the_status(settings: Any) -> None:
    with receiving(robot(), settings) as (receiver, config):
        receiver.plan("feishu", Answer(400, b'{"code":9499,"msg":"too many request"}'))
        verdict = deliver("feishu", config)

    assert (verdict.state, verdict.code, verdict.status) == ("retry", "9499", 400)


def test_what_a_provider_names_an_image_is_never_markup() -> None:
    entry = Entry(Level.INFO, "<at id=all></at> [a](b)")
    request = feishu.build(message(entries=(entry,)), feishu.validate(URL), datetime.now(UTC))
    content = json.loads(request.body)["card"]["elements"][0]["content"]

    assert "- &#60;at id=all&#62;&#60;/at&#62; &#91;a&#93;(b)" in content.splitlines()


def test_lark_is_the_same_robot_elsewhere() -> None:
    url = f"https://open.larksuite.com/open-apis/bot/v2/hook/{KEY}"
    assert feishu.validate(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "https://open.feishu.cn/open-apis/bot/v2/hook/",
        "https://open.feishu.cn/open-apis/bot/hook/a",
        "https://open.feishu.cn/open-apis/bot/v2/hook/a?b=c",
        "https://feishu.cn/open-apis/bot/v2/hook/a",
    ],
)
def test_only_the_vendors_own_url_is_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        feishu.validate(url)
