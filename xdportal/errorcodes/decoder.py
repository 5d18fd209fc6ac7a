"""What a pasted answer, curl output or log line says. Pure; nothing that is read here is kept."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from xdportal.errorcodes.lookup import APIS, Api, ErrorCode, ranked
from xdportal.errorcodes.masking import MASK, mask
from xdportal.lib.texts import printable

MAX_TEXT = 2**20
MOST_OBJECTS = 20  # where an answer is looked for in a text that is not JSON as a whole
MOST_IDS = 20

_GAP = r"[\s\"'\\:=#：＝]{1,9}"
_CODE = re.compile(rf"(?:\bcode|err(?:or)?[_-]?code|错误码|错误代码){_GAP}(-?\d{{1,18}})(?![\w.])", re.IGNORECASE)
_MSG = re.compile(r"\b(?:msg|message)\\*[\"']?\s{0,9}[:=]\s{0,9}\\*[\"']([^\"\\\n]{1,500})", re.IGNORECASE)
_TRACE = re.compile(rf"trace[_-]?id{_GAP}([\w.•-]{{1,200}})", re.IGNORECASE)
_STATUS = re.compile(
    r"(?:\bHTTP/[\d.]{1,3} |\bHTTP |\bstatus(?:[ _-]?code)?[\"']?[ :=]{1,3})([1-5]\d\d)\b", re.IGNORECASE
)
_IMAGE = re.compile(r"(?:image[_ -]?id|镜像\s?ID)" + _GAP + r"([^\s\"'\\,;&{}\[\]()]{1,128})", re.IGNORECASE)
_TYPE = re.compile(rf"(?:^|[^\w-])(?:package[_-]?)?type{_GAP}([\w-]{{1,32}})", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.:/-])\d{3,12}(?![\w.:/-])")
_PATHS = tuple(
    (
        api,
        re.compile(re.sub(r"\\\{\w+\\\}", r"[^/\\s?\"'#]{1,128}", re.escape(api.path)) + r"(?![\w/-])", re.IGNORECASE),
    )
    for api in APIS
    if api.path
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What could be read; empty where the text does not say. `meanings`: the documented rows, the likeliest first."""

    text: str  # without secrets
    was_cut: bool
    masked: int
    api: Api | None
    code: int | None
    status: int | None
    msg: str
    trace_id: str
    image_ids: tuple[str, ...]
    numbers: tuple[str, ...]  # other numbers: perhaps ids
    types: tuple[str, ...]
    meanings: tuple[ErrorCode, ...]

    @property
    def is_page(self) -> bool:
        """A web page came instead of an answer: something in between spoke."""
        return bool(re.search(r"<!doctype html|<html[\s>]", self.text[:5000], re.IGNORECASE))

    @property
    def is_success(self) -> bool:
        return self.code == 0


def read(text: str) -> Pasted:
    whole, text = text, mask(printable(text[:MAX_TEXT]))
    answer = next(_answers(text), {})
    api = next((api for api, path in _PATHS if path.search(text)), None)
    status = [int(found) for found in _STATUS.findall(text)][-1:]  # the last: after redirects and 100 Continue
    code = _whole(answer.get("code"))
    if code is None:
        code = _whole(_first(_CODE, text)) if not answer else None
    if code is None:
        code = _bare_code(text)
    msg = answer.get("msg") if isinstance(answer.get("msg"), str) else _first(_MSG, text)
    trace_id = answer.get("traceId") if isinstance(answer.get("traceId"), str) else _first(_TRACE, text)
    explained = code if code is not None else status[0] if status else None
    image_ids = _distinct(_IMAGE, text)
    numbers = [
        number for number in _distinct(_NUMBER, text) if number not in {str(code), *map(str, status), *image_ids}
    ]
    return Pasted(
        text=text,
        was_cut=len(whole) > MAX_TEXT,
        masked=text.count(MASK),
        api=api,
        code=code,
        status=status[0] if status else None,
        msg=printable(str(msg or ""))[:500],
        trace_id=printable(str(trace_id or ""))[:200],
        image_ids=image_ids,
        numbers=tuple(numbers),
        types=_distinct(_TYPE, text),
        meanings=tuple(ranked(explained, api.path if api else "", str(msg or ""))) if explained is not None else (),
    )


def support_message(pasted: Pasted) -> str:
    """A message for the provider's support, in Chinese whatever the reader's language: Chinese is what they speak."""
    row = pasted.meanings[0] if pasted.meanings else None
    api = pasted.api
    facts = [
        ("接口", f"{api.zh}（{api.method} {api.path}）" if api else ""),
        (
            "错误码",
            ""
            if pasted.code is None
            else f"{pasted.code}（{row.message_zh}）"
            if row
            else f"{pasted.code}（文档中未列出）",
        ),
        ("返回信息", pasted.msg),
        ("HTTP 状态码", str(pasted.status or "")),
        ("镜像 ID", "、".join(pasted.image_ids[:5])),
        ("traceId", pasted.trace_id or "（返回结果中没有 traceId）"),
    ]
    told = "\n".join(f"{name}：{value}" for name, value in facts if value)
    return f"您好，我们调用开放平台接口时遇到错误，烦请协助排查：\n\n{told}\n\n请告知原因和处理办法，谢谢！"


def _answers(text: str) -> Iterator[dict[str, Any]]:
    """Objects with a code, as they stand in the text."""
    decoder, start = json.JSONDecoder(), 0
    for _ in range(MOST_OBJECTS):
        found = re.compile(r'\{\s{0,99}"').search(text, start)
        if found is None:
            return
        try:
            value, start = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            start = found.end()
            continue
        if _whole(value.get("code")) is not None:
            yield value


def _whole(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value) else None


def _bare_code(text: str) -> int | None:
    """A documented code that stands alone in the text. Short ones could be anything, unless there is nothing else."""
    if re.fullmatch(r"#?[0-9]{1,18}", text.strip()):
        return int(text.strip().removeprefix("#"))
    return next((int(number) for number in _distinct(_NUMBER, text) if len(number) > 3 and ranked(int(number))), None)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _distinct(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        if len(found) == MOST_IDS:
            break
        if match[match.lastindex or 0] != MASK:
            found[match[match.lastindex or 0]] = None
    return tuple(found)
