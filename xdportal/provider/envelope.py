"""An answer's envelope: the object around the data, with its code, message and trace id."""

import codecs
import hashlib
import re
from typing import NamedTuple

import msgspec

from xdportal.lib.redaction import redact
from xdportal.provider.errors import BadData, Details

MAX_MSG, MAX_TRACE_ID = 500, 200
INT64 = 2**63
EDGE = 1024  # bytes at either end of an answer, where the envelope usually is
BLOCK = 256 * 1024  # bytes that are checked for UTF-8 at a time
LONGEST_MESSAGE = 8000  # bytes of JSON for a message or a trace id; a longer one is cut first
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'  # possessive: no backtracking over a long text
TRACE_ID = re.compile(rb'"traceId"\s*+:\s*+' + STRING)
PAIR = rb'\s*+%b\s*+:\s*+(?:%b|[^\s"{}\[\],]++)\s*+' % (STRING, STRING)  # a key and its plain value
BEFORE_ITEMS = re.compile(rb'\s*+\{(?:%b,)*+\s*+"data"\s*+:\s*+\[' % PAIR)
BEHIND_ITEMS = re.compile(rb"\](?:\s*+,%b)*+\s*+\}\s*+\Z" % PAIR)
CODE = re.compile(rb'-?[0-9]+|"-?[0-9]+"')
SUCCESS = {b"true": True, b"null": True, b"false": False}
ESCAPE = re.compile(
    rb"\\(?:"
    rb"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair of surrogates
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})"  # a lone one
    rb"|.)",
    re.DOTALL,
)


class Envelope(msgspec.Struct):
    code: msgspec.Raw = msgspec.Raw(b"")
    success: msgspec.Raw = msgspec.Raw(b"true")
    msg: msgspec.Raw = msgspec.Raw(b"")
    data: msgspec.Raw = msgspec.Raw(b"")
    trace_id: msgspec.Raw = msgspec.field(name="traceId", default=msgspec.Raw(b""))


_decoder = msgspec.json.Decoder(Envelope)


class Opened(NamedTuple):
    """An answer's envelope. `details.code` is None unless it is an integer of 64 bits."""

    details: Details
    has_code: bool  # the code is an integer, of any size
    succeeded: bool | None  # the field `success`; absent or null counts as true, None: no boolean
    data: memoryview  # JSON, a view of the body; empty when absent


def open_envelope(body: bytearray, http_status: int) -> Opened:
    """Open the envelope. Raise BadData unless the body is one JSON object in UTF-8.

    A byte order mark is tolerated. Lone surrogates are replaced in `body` itself, so that a large
    body is not copied.
    """
    details = Details(http_status)
    try:
        _check_utf8(body)
        replace_lone_surrogates(body)
        start = len(codecs.BOM_UTF8) if body.startswith(codecs.BOM_UTF8) else 0
        envelope = _decoder.decode(memoryview(body)[start:])
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


def fingerprint(body: bytes | bytearray) -> bytes:
    """Return a digest that is equal for answers that differ in nothing but their trace id."""
    digest = hashlib.sha256()
    view = memoryview(body)
    start = 0
    for trace_id in TRACE_ID.finditer(body):
        digest.update(view[start : trace_id.start()])
        start = trace_id.end()
    digest.update(view[start:])
    return digest.digest()


def known_details(body: bytearray, http_status: int) -> Details:
    """Return the details of an answer whose list is already known; the list is rarely parsed."""
    return open_envelope(_without_items(body), http_status).details


def _without_items(body: bytearray) -> bytearray:
    """Return the envelope with an empty list; the body itself where that cannot be seen easily."""
    before = BEFORE_ITEMS.match(body, 0, EDGE)
    if before is None:
        return body
    behind = BEHIND_ITEMS.search(body, max(before.end(), len(body) - EDGE))
    return bytearray(before[0] + behind[0]) if behind else body


def clean(value: object, cap: int) -> str:
    """Return provider text fit to store and show: redacted, capped, without control characters."""
    text = str(value) if isinstance(value, int | str) else ""
    capped = redact(text)[:cap]
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", capped)


def replace_lone_surrogates(body: bytearray) -> None:
    """Replace each lone surrogate in `body` by NUL.

    msgspec would refuse the whole answer for one; NUL only makes its own item unusable.
    """
    if b"\\u" not in body:
        return
    for escape in ESCAPE.finditer(body):
        if escape[1]:
            body[escape.start() : escape.end()] = rb"\u0000"


def _check_utf8(body: bytearray) -> None:
    """Raise UnicodeDecodeError. In blocks: text takes up to four times its bytes."""
    if body.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(body)
    for start in range(0, len(view), BLOCK):
        decoder.decode(view[start : start + BLOCK])
    decoder.decode(b"", final=True)


def _start_of_text(raw: msgspec.Raw) -> object:
    """Return a text's first 8,000 bytes, any other value whole, None for what cannot be decoded.

    An odd message must not hide the code.
    """
    json = memoryview(raw)
    if len(json) <= LONGEST_MESSAGE:
        return _value(raw)
    start = bytes(json[:LONGEST_MESSAGE]).decode(errors="ignore").encode()
    for cut in range(12):  # the end may be within an escape
        text = _value(msgspec.Raw(start[: len(start) - cut] + b'"'))
        if isinstance(text, str):
            return text
    return None


def _value(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _int64(raw: msgspec.Raw) -> int | None:
    digits = bytes(raw).strip(b'"')
    if len(digits) > 30:
        return None
    value = int(digits)
    return value if abs(value) < INT64 else None
