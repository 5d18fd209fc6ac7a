"""From the bytes of an answer to typed rows. Pure; everything unusable is named, nothing is guessed."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from xdportal.lib.redaction import redact
from xdportal.provider.errors import BadData, Details, TooLarge

MAX_ITEMS = 200_000
MAX_LENGTH = 128
MAX_IGNORED_PERCENT = 30
NAMED_IGNORED = 10
MAX_MSG, MAX_TRACE_ID = 500, 200
INT64 = 2**63
EDGE = 1024  # bytes at either end of an answer, in which the envelope's texts stand
NOT_ALLOWED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
TRACE_ID = re.compile(rb'"traceId"\s*:\s*"((?:[^"\\]|\\.)*)"')
OBJECT = re.compile(rb'\{\s*["}]')
ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


class Image(NamedTuple):
    """One image as listed, brought to the one form that is stored, shown and compared."""

    image_id: str
    type: str
    name: str
    version: str


class Ignored(NamedTuple):
    """An unusable item: its place in the list, the provider's name of the field, and why (a word of IGNORED)."""

    place: int
    field: str
    reason: str


class ImageList(NamedTuple):
    images: frozenset[Image]
    ignored_count: int
    ignored: tuple[Ignored, ...]  # the first ten
    duplicates: int  # items that repeat another one exactly
    conflicts: int  # ids listed with differing contents

    @property
    def has_warnings(self) -> bool:
        return bool(self.ignored_count or self.duplicates or self.conflicts)


class Envelope(msgspec.Struct):
    code: msgspec.Raw = msgspec.Raw(b"")
    success: msgspec.Raw = msgspec.Raw(b"true")
    msg: msgspec.Raw = msgspec.Raw(b"")
    data: msgspec.Raw = msgspec.Raw(b"")
    trace_id: msgspec.Raw = msgspec.field(name="traceId", default=msgspec.Raw(b""))


class Item(msgspec.Struct, gc=False):
    image_id: int | str = msgspec.field(name="imageId")
    type: str
    name: str = msgspec.field(name="systemImageName")
    version: str = msgspec.field(name="systemImageVersion")


FIELDS = ("imageId", "type", "systemImageName", "systemImageVersion")
_envelope = msgspec.json.Decoder(Envelope)
_items = msgspec.json.Decoder(list[Item])


class Opened(NamedTuple):
    """An answer's envelope. `details.code` is None when there is none that is an integer."""

    details: Details
    succeeded: bool | None  # the field `success`; absent counts as true, None: no boolean
    data: bytes  # raw JSON, empty when absent


def open_envelope(body: bytes, http_status: int) -> Opened:
    """Raises BadData unless the body is one JSON object in UTF-8 (a byte order mark is tolerated)."""
    details = Details(http_status)
    body = _mended(body.removeprefix(b"\xef\xbb\xbf"))
    try:
        if not body.isascii():
            body.decode()
        envelope = _envelope.decode(body)
    except UnicodeDecodeError:
        raise BadData("not_utf8", details) from None
    except RecursionError:
        raise BadData("nesting", details) from None
    except msgspec.DecodeError:
        raise BadData("not_json", details) from None
    details.code = _code(envelope.code)
    details.msg = clean(_loose(envelope.msg), MAX_MSG)
    details.trace_id = clean(_loose(envelope.trace_id), MAX_TRACE_ID)
    succeeded = {b"true": True, b"false": False}.get(bytes(envelope.success).strip())
    return Opened(details, succeeded, bytes(envelope.data).strip())


def decode_images(data: bytes, details: Details) -> ImageList:
    """The usable images of `data`. BadData: no list, none usable, or too many ignored. TooLarge: over 200,000 items."""
    if not data.startswith(b"["):
        raise BadData("no_list", details)
    if data.count(b"{") > MAX_ITEMS and len(OBJECT.findall(data)) > MAX_ITEMS:  # braces may stand in texts
        raise TooLarge("items", details)
    items = _decoded(data, details)
    if (images := _all_clean(items)) is not None:
        return _listed(images, [], len(items))
    found: set[Image] = set()
    ignored: list[Ignored] = []
    total = 0
    for total, item in enumerate(items or _one_by_one(data, details), start=1):
        result = _image(*msgspec.structs.astuple(item)) if isinstance(item, Item) else usable(item)
        if isinstance(result, Image):
            found.add(result)
        else:
            ignored.append(Ignored(total - 1, *result))
    if total and (not found or len(ignored) * 100 > total * MAX_IGNORED_PERCENT):
        raise BadData("unusable_items", details)
    return _listed(frozenset(found), ignored, total)


def _listed(images: frozenset[Image], ignored: list[Ignored], total: int) -> ImageList:
    conflicts = len(images) - len({image.image_id for image in images})
    duplicates = total - len(ignored) - len(images)
    return ImageList(images, len(ignored), tuple(ignored[:NAMED_IGNORED]), duplicates, conflicts)


def fingerprint(body: bytes) -> bytes:
    """Equal for answers that differ in nothing but their traceId."""
    digest, at, view = hashlib.sha256(), 0, memoryview(body)
    for found in TRACE_ID.finditer(body):
        digest.update(view[at : found.start()])
        at = found.end()
    digest.update(view[at:])
    return digest.digest()


def envelope_text(body: bytes, name: str) -> str:
    """A text of the envelope without parsing the answer: it stands behind or before the list. Empty when not found."""
    pattern = rb'"%b"\s*:\s*"((?:[^"\\]|\\.)*)"' % name.encode()
    found = re.findall(pattern, body[-EDGE:])[-1:] or re.findall(pattern, body[:EDGE])[:1]
    return clean(_loose(msgspec.Raw(b'"' + found[0] + b'"')), MAX_MSG) if found else ""


def clean(value: object, cap: int) -> str:
    """Provider text that can be stored and shown: secrets struck out, then capped; control characters replaced."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return NOT_ALLOWED.sub("\N{REPLACEMENT CHARACTER}", redact(text)[:cap])


def _decoded(data: bytes, details: Details) -> list[Item]:
    """All items at once; none when any is not of the plain shape, so that each has to be looked at."""
    try:
        items = _items.decode(data)
    except (msgspec.ValidationError, UnicodeError):
        return []
    except (msgspec.DecodeError, RecursionError):
        raise BadData("not_json", details) from None
    if len(items) > MAX_ITEMS:
        raise TooLarge("items", details)
    return items


def _all_clean(items: list[Item]) -> frozenset[Image] | None:
    """The common case, column by column: plain ids, and few distinct texts to look at. None: look at each item."""
    ids: list[Any] = [item.image_id for item in items]
    columns = [item.type for item in items], [item.name for item in items], [item.version for item in items]
    if not ids or set(map(type, ids)) != {str} or not min(map(len, ids)) or max(map(len, ids)) > MAX_LENGTH:
        return None
    together = "".join(ids)
    if not (together.isascii() and together.isalnum()):
        return None
    distinct = set().union(*columns)
    told = "\n".join((*ids, *distinct))
    if redact(told) != told:
        return None
    if any(len(text) > MAX_LENGTH or collapse(text) != text or not text.isprintable() for text in distinct):
        return None
    return frozenset(map(Image._make, zip(ids, *columns, strict=True)))


def _one_by_one(data: bytes, details: Details) -> Iterator[object]:
    """Each item in turn, so that one bad item does not spoil the list and few are held at a time."""
    text = data.decode()
    decoder = json.JSONDecoder(parse_int=_int, parse_float=lambda _: None)
    at = 1
    for _ in range(MAX_ITEMS):
        at = _skip(text, at)
        if text[at] == "]":
            return
        try:
            item, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            raise BadData("not_json", details) from None
        yield item
    if text[_skip(text, at)] != "]":
        raise TooLarge("items", details)


def usable(item: object) -> Image | tuple[str, str]:
    """The image, or the field at fault and the reason."""
    if not isinstance(item, dict):
        return ("", "no_object")
    values: list[Any] = [item.get(field) for field in FIELDS]
    for field, value in zip(FIELDS, values, strict=True):
        if field not in item:
            return (field, "missing")
        wanted = (str, int) if field == "imageId" else (str,)
        if isinstance(value, bool) or not isinstance(value, wanted):
            return (field, "wrong_type")
    return _image(*values)


def _image(image_id: int | str, kind: str, name: str, version: str) -> Image | tuple[str, str]:
    text_id = image_id.strip() if isinstance(image_id, str) else str(image_id)
    if not text_id:
        return ("imageId", "empty")
    texts = (text_id, collapse(kind), collapse(name), collapse(version))
    for field, text in zip(FIELDS, texts, strict=True):
        if len(text) > MAX_LENGTH:
            return (field, "too_long")
        if not text.isprintable() and NOT_ALLOWED.search(text):
            return (field, "control")
        if redact(text) != text:
            return (field, "secret")
    return Image(*texts)


@lru_cache(maxsize=8192)
def collapse(text: str) -> str:
    """NFC, trimmed, inner white space collapsed: differences that are no change."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _skip(text: str, at: int) -> int:
    while text[at] in " \t\r\n,":
        at += 1
    return at


def _int(digits: str) -> int | str:
    """Python refuses to convert very long numbers; as text they are refused for their length."""
    return int(digits) if len(digits) <= 2 * MAX_LENGTH else digits


def _mended(body: bytes) -> bytes:
    """A lone surrogate (as an escape) becomes NUL, for which its item is refused; msgspec would refuse the list."""
    if b"\\u" not in body:
        return body
    return ESCAPE.sub(lambda found: rb"\u0000" if found[1] else found[0], body)


def _loose(raw: msgspec.Raw) -> object:
    """The value, or None where it makes no sense: an odd msg must not hide the code beside it."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _code(raw: msgspec.Raw) -> int | None:
    value = _loose(raw)
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= INT64:
        return None
    return value
