"""A thousand changes to each channel: within its bytes, valid UTF-8, the link at the end."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from tests.robots import KEY, LINK, deliver, fields_of, message, receiving
from xdportal.alerts.channels import rendering, webhook
from xdportal.alerts.channels.base import Config
from xdportal.alerts.channels.message import Entry, Level, Message
from xdportal.alerts.channels.reasons import SENTENCES, Reason
from xdportal.alerts.channels.registry import ROBOTS
from xdportal.simulator.robots import Robot

NAMES = [
    "Ubuntu 22.04",
    "统信服务器操作系统",
    "👩‍👩‍👧 Café",
    "x" * 400,
    "[a](b) <c> & *d* _e_",
    "\x00\ud800\n",
]


def changes(count: int, language: str) -> Message:
    entries = [
        Entry(
            list(Level)[number % 3],
            f"Image {number} ({NAMES[number % len(NAMES)]}) was withdrawn",
            f"https://portal.example.com/c/production/images/items/{number}/",
        )
        for number in range(count)
    ]
    return message(entries=tuple(entries), language=language)


def config_of(kind: str) -> Config:
    if kind == "webhook":
        return webhook.validate("https://example.com/hook")
    return ROBOTS[kind].validate(Robot(kind, KEY).url, "", "")


def shown_text(kind: str, body: bytes) -> str:
    """What the reader sees last, by the vendor's own fields."""
    fields: Any = json.loads(body)
    match kind:
        case "dingtalk":
            return str(fields["markdown"]["text"])
        case "feishu":
            return str(fields["card"]["elements"][0]["content"])
        case "wecom":
            return str(fields["markdown"]["content"])
        case "slack":
            return str(fields["blocks"][1]["text"]["text"])
        case "teams":
            run = fields["attachments"][0]["content"]["body"][-1]["inlines"][0]
            return f"[{run['text']}]({run['selectAction']['url']})"
        case _:
            return f"[{fields['data']['more']} more]({fields['data']['link']})"


def size_of(kind: str, body: bytes) -> int:
    text = shown_text(kind, body)
    return {"wecom": len(text.encode()), "slack": len(text)}.get(kind, len(body))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("count", [0, 1, 7, 1000])
@pytest.mark.parametrize("kind", ROBOTS)
def test_any_number_of_changes_fits(kind: str, count: int, language: str) -> None:
    robot = ROBOTS[kind]
    body = robot.build(changes(count, language), config_of(kind), datetime.now(UTC)).body

    body.decode("utf-8", "strict")
    assert "\ud800" not in shown_text(kind, body)
    assert size_of(kind, body) <= robot.limits.size
    last_line = shown_text(kind, body).splitlines()[-1]
    assert LINK in last_line
    if kind == "slack":
        assert last_line.startswith(f"<{LINK}|")
    else:
        assert last_line.endswith(f"]({LINK})")


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_thousand_changes_use_the_room_there_is(kind: str) -> None:
    robot = ROBOTS[kind]
    body = robot.build(changes(1000, "en"), config_of(kind), datetime.now(UTC)).body

    assert size_of(kind, body) > robot.limits.size * 0.75


@pytest.mark.parametrize("kind", ROBOTS)
def test_the_receiver_takes_a_thousand_changes(kind: str, settings: Any) -> None:
    import ipaddress

    settings.NOTIFY_ALLOW_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    secret = webhook.new_secret() if kind == "webhook" else ""
    with receiving(Robot(kind, KEY, secret), settings) as (_receiver, config):
        verdict = deliver(kind, config, changes(1000, "zh-hans"))

    assert verdict.state == "sent"


@pytest.mark.parametrize(
    ("language", "closing", "summary", "level"),
    [
        ("en", "… and 37 more", "40 critical · 1 warning · 2 notices", "Critical"),
        ("zh-hans", "……另有 37 条", "40 条严重 · 1 条警告 · 2 条提示", "严重"),
    ],
)
def test_what_is_left_out_is_counted_in_the_messages_language(
    language: str, closing: str, summary: str, level: str
) -> None:
    entries = tuple(Entry(Level.CRITICAL, f"Pin {number} was withdrawn") for number in range(6))
    counts = {Level.CRITICAL: 40, Level.WARNING: 1, Level.INFO: 2}
    sent = message(entries=entries, counts=counts, language=language)
    markup = rendering.Markup(str)

    lines = rendering.text_of(sent, 6, markup).splitlines()
    assert lines[0] == summary
    assert lines[2] == f"- **{level}** Pin 0 was withdrawn"
    assert lines[-1] == f"[{closing}]({LINK})"


@pytest.mark.parametrize(
    ("language", "title"), [("en", "[Test] All is well"), ("zh-hans", "【测试】All is well")]
)
def test_a_test_says_so(language: str, title: str) -> None:
    sent = message(title="All is well", is_test=True, language=language)
    assert rendering.title_of(sent) == title


def test_a_keyword_that_is_there_is_not_repeated() -> None:
    sent = message(title="xdportal: 2 changes")

    assert rendering.title_of(sent, "xdportal") == "xdportal: 2 changes"
    assert rendering.title_of(sent, "alert") == "alert xdportal: 2 changes"


@pytest.mark.parametrize(
    ("text", "longest", "clipped"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("一二三四五六", 5, "一二三四…"),
        ("abce\u0301f", 5, "abc…"),
        ("ab👩\u200d👩\u200d👧", 6, "ab👩…"),
        ("a\nb\t\x00c", 9, "a b c"),
        ("a\ud800b", 9, "a b"),
    ],
)
def test_text_is_cut_between_characters(text: str, longest: int, clipped: str) -> None:
    assert rendering.clip(text, longest) == clipped


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reason_has_words_in_both_languages(language: str) -> None:
    assert set(SENTENCES) == set(Reason)
    with translation.override(language):
        sentences = [str(sentence) for sentence in SENTENCES.values()]

    assert len(set(sentences)) == len(Reason)
    assert all(sentence.isascii() for sentence in sentences) is (language == "en")


def test_a_reader_sees_the_critical_first_in_a_group_chat(settings: Any) -> None:
    with receiving(Robot("wecom", KEY), settings) as (receiver, config):
        deliver("wecom", config, changes(3, "zh-hans"))

    content = fields_of(receiver)["markdown"]["content"]
    levels = [line.split(" ")[1] for line in content.splitlines() if line.startswith("- ")]
    assert levels[:2] == ["**严重**", "**警告**"]
