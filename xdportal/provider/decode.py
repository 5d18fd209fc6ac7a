"""From the bytes of an answer to typed rows. Pure; everything unusable is named, nothing is guessed."""

import codecs
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
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
EDGE = 1024  # bytes at either end of an answer, in which the envelope mostly stands
PART = 256 * 1024  # bytes of a list that are decoded at a time
MOST_COMMAS = 400_000  # in a part that cannot be cut: so much it may hold at most
LONGEST_TEXT = 64 * 1024  # bytes of JSON for one text; what is longer is not even decoded
NOT_ALLOWED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'  # possessive: otherwise every character of a long one is remembered
TRACE_ID = re.compile(rb'"traceId"\s*+:\s*+' + STRING)
PAIR = rb'\s*+%b\s*+:\s*+(?:%b|[^\s"{}\[\],]++)\s*+' % (STRING, STRING)  # a key and its plain value
BEFORE_ITEMS = re.compile(rb'\s*+\{(?:%b,)*+\s*+"data"\s*+:\s*+\[' % PAIR)
BEHIND_ITEMS = re.compile(rb"\](?:\s*+,%b)*+\s*+\}\s*+\Z" % PAIR)
END_OF_ITEM = re.compile(rb"\}\s*,")
DIGITS = re.compile(rb"-?[0-9]+")
CODE = re.compile(rb'-?[0-9]+|"-?[0-9]+"')
SUCCESS = {b"true": True, b"null": True, b"false": False}
QUOTE = ord('"')
ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


Line = bytes  # an image's four texts in UTF-8 with tabs between them: a quarter of the memory of the tuple


class Image(NamedTuple):
    """One image as listed, brought to the one form that is stored, shown and compared. No text holds a tab."""

    image_id: str
    type: str
    name: str
    version: str

    @property
    def line(self) -> Line:
        return "\t".join(self).encode()

    @classmethod
    def of(cls, line: Line) -> "Image":
        return cls(*line.decode().split("\t"))


def id_of(line: Line) -> bytes:
    return line[: line.index(b"\t")]


class Ignored(NamedTuple):
    """An unusable item: its place in the list, the provider's name of the field, and why (a word of IGNORED)."""

    place: int
    field: str
    reason: str


class ImageList(NamedTuple):
    lines: Set[Line]
    ignored_count: int
    ignored: tuple[Ignored, ...]  # the first ten
    duplicates: int  # items that repeat another one exactly
    conflicts: int  # ids listed with differing contents

    @property
    def has_warnings(self) -> bool:
        return bool(self.ignored_count or self.duplicates or self.conflicts)


class UnusableItems(BadData):
    """None of the items is usable, or too few: no image is taken. `found` tells which were ignored, and why."""

    def __init__(self, details: Details, found: ImageList) -> None:
        super().__init__("unusable_items", details)
        self.found = found


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


class Loose(msgspec.Struct):
    """An item of which nothing is believed yet. A field that is missing is empty."""

    image_id: msgspec.Raw = msgspec.field(name="imageId", default=msgspec.Raw(b""))
    type: msgspec.Raw = msgspec.Raw(b"")
    name: msgspec.Raw = msgspec.field(name="systemImageName", default=msgspec.Raw(b""))
    version: msgspec.Raw = msgspec.field(name="systemImageVersion", default=msgspec.Raw(b""))


FIELDS = ("imageId", "type", "systemImageName", "systemImageVersion")
_envelope = msgspec.json.Decoder(Envelope)
_items = msgspec.json.Decoder(list[Item])
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_loose_item = msgspec.json.Decoder(Loose)


class Opened(NamedTuple):
    """An answer's envelope. `details.code` is None when there is none that is an integer of 64 bits."""

    details: Details
    has_code: bool  # an integer, of whatever size
    succeeded: bool | None  # the field `success`; absent or null counts as true, None: no boolean
    data: memoryview  # JSON, a view of the body; empty when absent


def open_envelope(body: bytearray, http_status: int) -> Opened:
    """Raises BadData unless the body is one JSON object in UTF-8 (a byte order mark is tolerated).

    Lone surrogates in the body are replaced where they stand: nothing of a large body is copied.
    """
    details = Details(http_status)
    try:
        _check_utf8(body)
        _mend(body)
        envelope = _envelope.decode(memoryview(body)[3 if body.startswith(codecs.BOM_UTF8) else 0 :])
    except UnicodeDecodeError:
        raise BadData("not_utf8", details) from None
    except RecursionError:
        raise BadData("nesting", details) from None
    except msgspec.DecodeError:
        raise BadData("not_json", details) from None
    has_code = CODE.fullmatch(envelope.code) is not None
    details.code = _int64(envelope.code) if has_code else None
    details.msg = clean(_start_of_text(envelope.msg), MAX_MSG)
    details.trace_id = clean(_start_of_text(envelope.trace_id), MAX_TRACE_ID)
    succeeded = SUCCESS.get(bytes(memoryview(envelope.success)[:6]))
    return Opened(details, has_code, succeeded, memoryview(envelope.data))


@dataclass(slots=True)
class _Found:
    lines: set[Line] = field(default_factory=set)
    total: int = 0
    ignored_count: int = 0
    ignored: list[Ignored] = field(default_factory=list)

    def add(self, item: Image | tuple[str, str]) -> None:
        if isinstance(item, Image):
            self.lines.add(item.line)
        else:
            self.ignored_count += 1
            if len(self.ignored) < NAMED_IGNORED:
                self.ignored.append(Ignored(self.total, *item))
        self.total += 1


def decode_images(data: memoryview | bytes, details: Details) -> ImageList:
    """The usable images of `data`, which is JSON. BadData: no list; UnusableItems: none usable, or too many ignored.

    TooLarge: over 200,000 items. The list is decoded in parts, so that memory stays in proportion to its lines.
    """
    if bytes(data[:1]) != b"[":
        raise BadData("no_list", details)
    found = _Found()
    for part in _parts(memoryview(data), details):
        if (lines := _all_clean(part)) is not None:
            found.lines.update(lines)
            found.total += len(lines)
        else:
            for item in part:
                found.add(_image(*msgspec.structs.astuple(item)) if isinstance(item, Item) else usable(item))
        if found.total > MAX_ITEMS:
            raise TooLarge("items", details)
    ignored = tuple(found.ignored)
    if found.total and (not found.lines or found.ignored_count * 100 > found.total * MAX_IGNORED_PERCENT):
        raise UnusableItems(details, ImageList(frozenset(), found.ignored_count, ignored, 0, 0))
    return ImageList(
        found.lines,
        found.ignored_count,
        ignored,
        found.total - found.ignored_count - len(found.lines),
        len(found.lines) - len(set(map(id_of, found.lines))),
    )


Part = list[Item] | list[msgspec.Raw]


def _parts(data: memoryview, details: Details) -> Iterator[Part]:
    at, end = 1, len(data) - 1
    while at < end:
        part, at = _part(data, at, end, details)
        yield part


def _part(data: memoryview, at: int, end: int, details: Details) -> tuple[Part, int]:
    """Some whole items from a place on, and the place behind them.

    The list as a whole is known to be JSON. It is cut at some comma; the cut was between two items if what stands
    before it is a list again. Within a text or an object it is not, and another one is tried, twice as far at last.
    """
    size = PART
    while True:
        for cut in _cuts(data, at + size, end):
            if (part := _decoded(b"".join((b"[", data[at:cut], b"]")), details)) is not None:
                return part, cut + 1
        size *= 2


def _cuts(data: memoryview, near: int, end: int) -> Iterator[int]:
    if near >= end:
        yield end
        return
    window = bytes(data[near : min(near + 4096, end)])
    if found := END_OF_ITEM.search(window):
        yield near + found.end() - 1
    commas = re.finditer(b",", window)
    yield from (near + comma.start() for comma, _ in zip(commas, range(8), strict=False))


def _decoded(part: bytes, details: Details) -> Part | None:
    """The items; undecoded, where one of them is not of the plain shape; None for what is no list."""
    if len(part) <= 16 * PART:
        try:
            return _items.decode(part)
        except msgspec.ValidationError:
            pass  # of items, or of what was cut off in the middle of one
        except msgspec.DecodeError:
            return None
    elif part.count(b",") > MOST_COMMAS:
        raise TooLarge("items", details)
    try:
        return _raws.decode(part)
    except msgspec.DecodeError:
        return None


def fingerprint(body: bytes | bytearray) -> bytes:
    """Equal for answers that differ in nothing but their traceId."""
    digest, at, view = hashlib.sha256(), 0, memoryview(body)
    for found in TRACE_ID.finditer(body):
        digest.update(view[at : found.start()])
        at = found.end()
    digest.update(view[at:])
    return digest.digest()


def known_details(body: bytearray, http_status: int) -> Details:
    """The details of an answer that is known but for its traceId. As a rule the list is left out of what is parsed."""
    before = BEFORE_ITEMS.match(body, 0, EDGE)
    behind = BEHIND_ITEMS.search(body, max(before.end(), len(body) - EDGE)) if before else None
    around = bytearray(before[0] + behind[0]) if before and behind else body
    return open_envelope(around, http_status).details


def clean(value: object, cap: int) -> str:
    """Provider text that can be stored and shown: secrets struck out, then capped; control characters replaced."""
    text = value if isinstance(value, str) else str(value) if isinstance(value, int) else ""
    return NOT_ALLOWED.sub("\N{REPLACEMENT CHARACTER}", redact(text)[:cap])


def _all_clean(part: Part) -> list[Line] | None:
    """The common case, column by column: plain ids, and few distinct texts to look at. None: look at each item."""
    items = [item for item in part if isinstance(item, Item)]
    ids: list[Any] = [item.image_id for item in items]
    columns = [item.type for item in items], [item.name for item in items], [item.version for item in items]
    if not ids or set(map(type, ids)) != {str} or not min(map(len, ids)) or max(map(len, ids)) > MAX_LENGTH:
        return None
    together = "".join(ids)
    if not (together.isascii() and together.isalnum()):
        return None
    if any(
        len(text) > MAX_LENGTH or collapse(text) != text or not text.isprintable() for text in set().union(*columns)
    ):
        return None
    told = "\n".join(map("\t".join, zip(ids, *columns, strict=True)))
    return told.encode().split(b"\n") if redact(told) == told else None


def usable(raw: msgspec.Raw) -> Image | tuple[str, str]:
    """The image, or the field at fault and the reason (a word of IGNORED)."""
    try:
        item = _loose_item.decode(raw)
    except msgspec.ValidationError:
        return ("", "no_object")
    values: list[Any] = []
    for name, value in zip(FIELDS, msgspec.structs.astuple(item), strict=True):
        json = memoryview(value)
        if not json:
            return (name, "missing")
        is_number = name == "imageId" and DIGITS.fullmatch(json)
        if not is_number and json[0] != QUOTE:
            return (name, "wrong_type")
        if len(json) > (MAX_LENGTH + 1 if is_number else LONGEST_TEXT):
            return (name, "too_long")
        values.append(int(bytes(json)) if is_number else msgspec.json.decode(json))
    return _image(*values)


def _image(image_id: int | str, kind: str, name: str, version: str) -> Image | tuple[str, str]:
    text_id = image_id.strip() if isinstance(image_id, str) else str(image_id)
    if not text_id:
        return ("imageId", "empty")
    texts = (text_id, collapse(kind), collapse(name), collapse(version))
    for field_name, text in zip(FIELDS, texts, strict=True):
        if len(text) > MAX_LENGTH:
            return (field_name, "too_long")
        if not text.isprintable() and NOT_ALLOWED.search(text):
            return (field_name, "control")
        if redact(text) != text:
            return (field_name, "secret")
    return Image(*texts)


@lru_cache(maxsize=8192)
def collapse(text: str) -> str:
    """NFC, trimmed, inner white space collapsed: differences that are no change."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _check_utf8(body: bytearray) -> None:
    """Raises UnicodeDecodeError. In pieces: the text of a large body may take four times its bytes."""
    if body.isascii():
        return
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(body)
    for start in range(0, len(view), PART):
        decoder.decode(view[start : start + PART])
    decoder.decode(b"", final=True)


def _mend(body: bytearray) -> None:
    """A lone surrogate (as an escape) becomes NUL, for which its item is refused; msgspec would refuse the answer."""
    if b"\\u" not in body:
        return
    for found in ESCAPE.finditer(body):
        if found[1]:
            body[found.start() : found.end()] = rb"\u0000"


def _start_of_text(raw: msgspec.Raw) -> object:
    """A text's first 8,000 bytes; of a number all; None where it makes no sense: an odd msg must not hide the code."""
    json = memoryview(raw)
    if len(json) <= 8000:
        return _loose(raw)
    start = bytes(json[:8000]).decode(errors="ignore").encode()
    for cut in range(12):  # the end may stand within an escape
        text = _loose(msgspec.Raw(start[: len(start) - cut] + b'"'))
        if isinstance(text, str):
            return text
    return None


def _loose(raw: msgspec.Raw) -> object:
    """The value, or None where it makes no sense."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _int64(raw: msgspec.Raw) -> int | None:
    json = memoryview(raw)
    value = int(bytes(json).strip(b'"')) if len(json) < 32 else INT64
    return value if abs(value) < INT64 else None
