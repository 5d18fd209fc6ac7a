"""Read what a pasted answer, curl output, traceback or log says. Pure; nothing is kept."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from xdportal.errorcodes.envelopes import first_envelope, whole_number
from xdportal.errorcodes.escapes import unescape
from xdportal.errorcodes.lookup import ranked, suggest
from xdportal.errorcodes.masking import MASK, mask
from xdportal.errorcodes.meanings import Meaning, meanings
from xdportal.errorcodes.reference import APIS, Api
from xdportal.errorcodes.synonyms import fold
from xdportal.lib.texts import printable

MAX_BYTES = 128 * 1024
MOST_IDS = 20

# Between a name and its value, in JSON, Python, YAML, headers, URLs and sentences.
_GAP = r"[\s\"'\\:=#：＝]{1,9}"
_NO_PREFIX = r"(?![bru]{1,2}['\"])"  # of a Python string
_VALUE = _NO_PREFIX + r"([^\s\"'\\,;&{}\[\]()<>，；。、（）]{1,128})(?![\w(])"
_CODE = re.compile(
    rf"(?:\bcode|err(?:or)?[_-]?code|错误码|错误代码|返回码){_GAP}(-?\d{{1,18}})(?![\w.])",
    re.IGNORECASE,
)
# What Python prints of an exception: Error: (7005, 'message')
_ARGUMENTS = re.compile(
    r"\(\s{0,9}(-?\d{1,18})\s{0,9},\s{0,9}(?:'([^'\\\n]{1,500})'|\"([^\"\\\n]{1,500})\")"
)
_MSG = re.compile(
    r"\b(?:msg|message)\\{0,8}[\"']?\s{0,9}[:=]\s{0,9}"
    r"(?:\\{0,8}\"([^\"\\\n]{1,500})|\\{0,8}'([^'\\\n]{1,500}))",
    re.IGNORECASE,
)
_TRACE = re.compile(rf"trace[_-]?id{_GAP}{_NO_PREFIX}([\w.•-]{{1,200}})(?![\w.•(-])", re.IGNORECASE)
_STATUS = re.compile(
    r"(?:\bHTTP/[\d.]{1,3} |\bHTTP |\bstatus(?:[ _-]?code)?[\"']?[ :=]{1,3})([1-5]\d\d)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z\b|[+-]\d\d:?\d\d\b))?"
)
_IMAGE = re.compile(rf"(?:image[_ -]?id|镜像\s?ID){_GAP}{_VALUE}", re.IGNORECASE)
_IMAGES = re.compile(rf"(?:image[_ -]?ids?|镜像\s?ID){_GAP}\[([^\]\n]{{1,1000}})\]", re.IGNORECASE)
_PACKAGE = re.compile(rf"(?:package[_ -]?id|(?:套餐|主机配置)\s?ID){_GAP}{_VALUE}", re.IGNORECASE)
_TYPE = re.compile(
    r"(?:--(?:(?:image|package)-)?type[= ]"
    r"|(?:^|[^\w-])(?:(?:image|package)[_-]?)?type\\{0,8}[\"']?\s{0,9}[:=：＝])"
    r"\s{0,9}\\{0,8}[\"']?([a-z][\w-]{0,31})(?![\w/(])",
    re.IGNORECASE,
)
_LISTED = re.compile(r"[^\s\"',]{1,128}")
_NUMBER = re.compile(r"(?<![\w.:/+-])\d{3,12}(?![\w/-]|[.:]\d)")
_LONE_CODE = re.compile(r"#?([0-9]{1,18})")
_PAGE = re.compile(r"<!doctype html|<html[\s>]", re.IGNORECASE)
# What programs print for a value that is missing, and messages that say nothing.
_NOTHING = frozenset({"none", "null", "nil", "undefined", "nan", "true", "false", "-"})
_SAYS_NOTHING = frozenset({"success", "ok", "error", "fail", "failed", "成功", "失败"})


def _path_pattern(api: Api) -> re.Pattern[str]:
    escaped = re.sub(r"\\\{\w+\\\}", r"[^/\\s?\"'#]{1,128}", re.escape(api.path))
    return re.compile(escaped + r"(?![\w/-])", re.IGNORECASE)


_PATHS = tuple((api, _path_pattern(api)) for api in APIS if api.path)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What could be read; empty where the text does not say."""

    text: str  # without secrets
    masked: int
    api: Api | None
    code: int | None
    status: int | None
    msg: str
    trace_id: str
    at: str  # the first time in the text, as written there
    image_ids: tuple[str, ...]
    package_ids: tuple[str, ...]
    numbers: tuple[str, ...]  # other numbers: perhaps ids
    types: tuple[str, ...]
    meanings: tuple[Meaning, ...]  # of the code, the likeliest first
    suggestions: tuple[Meaning, ...]  # where there is no code: what its words may mean

    @property
    def is_empty(self) -> bool:
        return not self.text.strip()

    @property
    def is_page(self) -> bool:
        """Whether a web page came instead of an answer, from something in between."""
        return _PAGE.search(self.text[:5000]) is not None

    @property
    def is_success(self) -> bool:
        return self.code == 0

    @property
    def msg_differs(self) -> bool:
        """Whether the message says something else than the documented one."""
        if not self.meanings or self.is_success or fold(self.msg) in _SAYS_NOTHING:
            return False
        return self.msg != "" and fold(self.meanings[0].row.message_zh) not in fold(self.msg)


def is_too_long(text: str) -> bool:
    return len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES


def read(text: str) -> Pasted:
    """Read a text of at most `MAX_BYTES`; secrets are masked before anything else looks at it."""
    shown = mask(printable(text))
    plain = _unescaped(shown)
    envelope = first_envelope(plain)
    api = next((api for api, path in _PATHS if path.search(plain)), None)
    status = _last_status(plain)
    code = _code(envelope, plain)
    msg = _msg(envelope, plain)
    image_ids = _image_ids(plain)
    package_ids = _distinct(_PACKAGE, plain)
    explained = status if code is None else code
    path = api.path if api else ""
    rows = [] if explained is None else ranked(explained, path, msg or plain)
    named = {str(code), str(status), *image_ids, *package_ids}
    return Pasted(
        text=shown,
        masked=shown.count(MASK),
        api=api,
        code=code,
        status=status,
        msg=msg,
        trace_id=_trace_id(envelope, plain),
        at=_first(_TIME, plain),
        image_ids=image_ids,
        package_ids=package_ids,
        numbers=tuple(number for number in _distinct(_NUMBER, plain) if number not in named),
        types=_distinct(_TYPE, plain),
        meanings=tuple(meanings(rows)),
        suggestions=tuple(suggest(msg or plain)) if explained is None else (),
    )


def _unescaped(shown: str) -> str:
    plain = unescape(shown)
    return shown if plain == shown else mask(printable(plain))


def _code(envelope: dict[str, Any], text: str) -> int | None:
    if envelope:
        return whole_number(envelope["code"])
    for pattern in (_CODE, _ARGUMENTS):
        match = pattern.search(text)
        if match:
            return int(match[1])
    return _bare_code(text)


def _bare_code(text: str) -> int | None:
    """Return a code without a name beside it: the whole text, or a documented longer number."""
    lone = _LONE_CODE.fullmatch(text.strip())
    if lone:
        return int(lone[1])
    numbers = (int(number) for number in _distinct(_NUMBER, text) if len(number) > 3)
    return next((number for number in numbers if ranked(number)), None)


def _last_status(text: str) -> int | None:
    """Return the last status: redirects and 100 Continue come before it."""
    statuses = _STATUS.findall(text)
    return int(statuses[-1]) if statuses else None


def _msg(envelope: dict[str, Any], text: str) -> str:
    said = envelope.get("msg")
    if not isinstance(said, str):
        said = _first(_MSG, text) or _first(_ARGUMENTS, text)
    return "" if _is_nothing(said) else printable(said).strip()[:500]


def _trace_id(envelope: dict[str, Any], text: str) -> str:
    trace_id = envelope.get("traceId")
    if not isinstance(trace_id, str):
        trace_id = _first(_TRACE, text)
    return "" if _is_nothing(trace_id) else printable(trace_id).strip()[:200]


def _image_ids(text: str) -> tuple[str, ...]:
    lists = [listed for match in _IMAGES.finditer(text) for listed in _LISTED.findall(match[1])]
    return _distinct_values([*_values(_IMAGE, text), *lists])


def _first(pattern: re.Pattern[str], text: str) -> str:
    """Return the last group of the first match, or the whole match if there are no groups."""
    match = pattern.search(text)
    return match[match.lastindex or 0] if match else ""


def _values(pattern: re.Pattern[str], text: str) -> Iterable[str]:
    return (match[match.lastindex or 0] for match in pattern.finditer(text))


def _distinct(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    return _distinct_values(_values(pattern, text))


def _distinct_values(values: Iterable[str]) -> tuple[str, ...]:
    distinct: dict[str, None] = {}
    for value in values:
        if len(distinct) == MOST_IDS:
            break
        if value != MASK and not _is_nothing(value):
            distinct[value] = None
    return tuple(distinct)


def _is_nothing(value: str) -> bool:
    return fold(value) in _NOTHING or not re.search(r"\w", value)
