"""DingTalk's custom robot: signature in the query, refusals with HTTP 200."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

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
from xdportal.alerts.channels import dingtalk
from xdportal.simulator.robots import Answer, Robot

URL = f"https://oapi.dingtalk.com/robot/send?access_token={KEY}"


def robot(**fields: Any) -> Robot:
    return Robot("dingtalk", KEY, **fields)


def test_a_signed_message_with_its_keyword_is_accepted(settings: Any) -> None:
    with receiving(robot(secret=SECRET, keyword="告警"), settings) as (receiver, config):
        verdict = deliver("dingtalk", config)

    assert (verdict.state, verdict.code, verdict.status) == ("sent", "0", 200)
    markdown = fields_of(receiver)["markdown"]
    assert markdown["title"] == "告警 2 changes in Production"
    assert markdown["text"] == (
        "### 告警 2 changes in Production\n\n"
        "1 critical · 1 notice\n\n"
        "- **Critical** [Pin render was withdrawn](https://portal.example.com/p/)\n"
        "- Image 1000 (Ubuntu) was added\n\n"
        f"[Open in xdportal]({LINK})"
    )


def test_the_signature_is_that_of_openssl_and_encoded_once() -> None:
    config = dingtalk.validate(URL, SECRET)
    now = datetime.fromtimestamp(1764150000.123, UTC)
    sign = openssl_hmac(SECRET.encode(), f"1764150000123\n{SECRET}".encode())

    url = dingtalk.build(message(), config, now).url
    assert url == f"{URL}&timestamp=1764150000123&sign={quote(sign, safe='')}"
    assert parse_qs(urlsplit(url).query)["sign"] == [sign]


def test_without_a_secret_nothing_is_signed() -> None:
    request = dingtalk.build(message(), dingtalk.validate(URL), datetime.now(UTC))
    assert request.url == URL


@pytest.mark.parametrize(
    ("registered", "entered", "reason"),
    [
        ({"secret": SECRET}, {"secret": "SECother"}, "signature"),
        ({"secret": SECRET}, {"secret": ""}, "signature"),
        ({"keyword": "告警"}, {"keyword": ""}, "keyword"),
        ({"allowed_ips": frozenset({"203.0.113.9"})}, {}, "ip"),
    ],
)
def test_refusals_with_http_200_need_attention(
    registered: dict[str, Any], entered: dict[str, str], reason: str, settings: Any
) -> None:
    with receiving(robot(**registered), settings) as (receiver, config):
        config = dingtalk.validate(config.url, **entered)
        verdict = deliver("dingtalk", config)

    assert last(receiver).answer.status == 200
    assert (verdict.state, verdict.code, verdict.reason) == ("attention", "310000", reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("错误描述:关键词不匹配;解决方案:请联系群管理员查看此机器人的关键词", "keyword"),
        ("错误描述:机器人发送签名不匹配;解决方案:请确认签名和时间戳", "signature"),
        ("错误描述:机器人发送签名过期", "signature"),
        ("错误描述:不合法的机器人IP地址", "ip"),
        ("description: sign not match", "signature"),
    ],
)
def test_one_code_for_three_refusals_is_distinguished_by_its_text(
    text: str, reason: str, settings: Any
) -> None:
    with receiving(robot(), settings) as (receiver, config):
        body = json.dumps({"errcode": 310000, "errmsg": text}, ensure_ascii=False).encode()
        receiver.plan("dingtalk", Answer(200, body))
        verdict = deliver("dingtalk", config)

    assert (verdict.state, verdict.reason) == ("attention", reason)


def test_an_unknown_robot_needs_attention(settings: Any) -> None:
    with receiving(robot(), settings) as (_receiver, _config):
        other = dingtalk.validate("https://oapi.dingtalk.com/robot/send?access_token=gone")
        verdict = deliver("dingtalk", other)

    assert (verdict.state, verdict.reason, verdict.code) == ("attention", "bad_key", "300005")


def test_the_twenty_first_message_of_a_minute_waits(settings: Any) -> None:
    with receiving(robot(), settings) as (receiver, config):
        verdicts = [deliver("dingtalk", config) for _ in range(21)]

    assert [verdict.state for verdict in verdicts] == ["sent"] * 20 + ["retry"]
    assert (verdicts[-1].code, verdicts[-1].reason) == ("130101", "rate")
    assert len(receiver.accepted("dingtalk")) == 20


@pytest.mark.parametrize("text", ["a*b", "[x]", "`", "<b>"])
def test_a_keyword_is_sent_as_it_is(text: str, settings: Any) -> None:
    with receiving(robot(keyword=text), settings) as (_receiver, config):
        assert deliver("dingtalk", config, message(is_test=True)).state == "sent"


def test_what_a_provider_names_an_image_is_never_markup() -> None:
    from xdportal.alerts.channels.message import Entry, Level

    entry = Entry(Level.INFO, "[free](https://evil.example.com) **now** <font>")
    request = dingtalk.build(message(entries=(entry,)), dingtalk.validate(URL), datetime.now(UTC))
    text = json.loads(request.body)["markdown"]["text"]

    assert "- ［free］(https://evil.example.com) ＊＊now＊＊ ＜font＞" in text.splitlines()


@pytest.mark.parametrize(
    "url",
    [
        "https://oapi.dingtalk.com/robot/send",
        "https://oapi.dingtalk.com/robot/send?access_token=",
        "https://oapi.dingtalk.com/robot/send?access_token=a&sign=b",
        "https://oapi.dingtalk.com.example.com/robot/send?access_token=a",
        "https://oapi.dingtalk.com:8443/robot/send?access_token=a",
        "https://oapi.dingtalk.com/robot/../robot/send?access_token=a",
        "http://oapi.dingtalk.com/robot/send?access_token=a",
        "https://user@oapi.dingtalk.com/robot/send?access_token=a",
        "https://127.0.0.1/robot/send?access_token=a",
        "",
    ],
)
def test_only_the_vendors_own_url_is_taken(url: str) -> None:
    with pytest.raises(ValidationError) as raised:
        dingtalk.validate(url)
    assert list(raised.value.message_dict) == ["url"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("secret", "a b"), ("secret", "x" * 300), ("keyword", "x" * 51), ("keyword", "a\nb")],
)
def test_a_secret_and_a_keyword_have_their_forms(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as raised:
        dingtalk.validate(URL, **{field: value})
    assert list(raised.value.message_dict) == [field]
