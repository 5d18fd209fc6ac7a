"""The page of the demo's receiver: what arrived, as the reader of a group chat would see it."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape, unescape
from typing import Any

from xdportal.simulator.robots import Answer

Row = tuple[str, float, bytes, Answer, bool]

ENGLISH = {
    "lang": "en",
    "title": "What arrived",
    "intro": "This receiver plays the chat robots and a webhook. Nothing leaves this machine.",
    "empty": "Nothing has arrived yet.",
    "accepted": "accepted",
    "refused": "refused",
    "raw": "The request and the answer",
}
CHINESE = {
    "lang": "zh-Hans",
    "title": "收到的消息",
    "intro": "此接收端模拟各聊天机器人和 Webhook，消息不会离开本机。",
    "empty": "还没有收到消息。",
    "accepted": "已接受",
    "refused": "已拒绝",
    "raw": "请求与应答",
}
PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; }}
body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
article {{ border: 1px solid color-mix(in srgb, currentColor 25%, transparent); }}
article {{ border-radius: .5rem; margin: 1rem 0; padding: .75rem 1rem; }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 0; }}
details pre {{ font: .8125rem/1.4 ui-monospace, monospace; }}
header {{ display: flex; gap: .75rem; flex-wrap: wrap; }}
.refused {{ font-weight: 600; }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{intro}</p>
{articles}
</body>
</html>
"""
ARTICLE = """<article>
<header>
<strong>{kind}</strong>
<time>{at}</time>
<span class="{verdict}">{verdict_word}</span>
</header>
<pre>{text}</pre>
<details><summary>{raw}</summary><pre>{body}</pre><pre>{status} {answer}</pre></details>
</article>"""
LINK = re.compile(r"\[([^\]]*)\]\((https?://[^)\s]+)\)|<(https?://[^|>]+)\|([^>]*)>")
HEADING = re.compile(r"^### (.*)$", re.MULTILINE)
BOLD = re.compile(r"(?<=^- )\*{1,2}([^*<>]+)\*{1,2}", re.MULTILINE)


def page(rows: Iterable[Row], *, is_chinese: bool) -> str:
    words = CHINESE if is_chinese else ENGLISH
    articles = [_article(row, words) for row in rows]
    empty = f"<p>{words['empty']}</p>"
    return PAGE.format(**words, articles="\n".join(articles) or empty)


def readable(body: bytes) -> str:
    """Return the text that a group would read, without the vendor's wrapping."""
    try:
        fields = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
    return "\n".join(_texts(fields))


def _texts(value: Any) -> list[str]:
    """Return the texts under the names that vendors use for what is shown."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    shown = ("title", "text", "content", "sentence", "link")
    texts = [value[name] for name in shown if isinstance(value.get(name), str)]
    for inner in value.values():
        texts += _texts(inner)
    return texts


def _article(row: Row, words: dict[str, str]) -> str:
    kind, at, body, answer, is_accepted = row
    verdict = "accepted" if is_accepted else "refused"
    return ARTICLE.format(
        kind=escape(kind or "?"),
        at=datetime.fromtimestamp(at, UTC).isoformat(sep=" ", timespec="seconds"),
        verdict=verdict,
        verdict_word=words[verdict],
        text=_marked_up(unescape(readable(body))),
        raw=words["raw"],
        body=escape(body.decode("utf-8", "replace")),
        status=answer.status,
        answer=escape(answer.body.decode("utf-8", "replace")),
    )


def _marked_up(text: str) -> str:
    """Return the text as HTML, with headings and bold words as the vendors show them."""
    html = HEADING.sub(r"<strong>\1</strong>", _linked(text))
    return BOLD.sub(r"<strong>\1</strong>", html)


def _linked(text: str) -> str:
    """Return the text as HTML, with the vendors' notations of a link as links."""
    parts = []
    end = 0
    for match in LINK.finditer(text):
        parts.append(escape(text[end : match.start()]))
        url = match[2] or match[3]
        label = match[1] or match[4]
        parts.append(f'<a href="{escape(url)}">{escape(label)}</a>')
        end = match.end()
    parts.append(escape(text[end:]))
    return "".join(parts)
