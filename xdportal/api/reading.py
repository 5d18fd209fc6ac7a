"""Query strings and bodies, read strictly: what is unknown or makes no sense is refused by name."""

import re
import types
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin
from urllib.parse import unquote_to_bytes

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xdportal.api import problems, times
from xdportal.api.operations import JSON, TEXT, Operation, Query
from xdportal.api.problems import InvalidField, Problem

MAX_BODY = 2**20
WHOLE = re.compile(r"-?[0-9]{1,15}")
FLAGS = {"1": True, "true": True, "0": False, "false": False}
PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
MISSING_FIELD = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
NUL = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")
UNKNOWN = gettext_lazy("There is no such field.")
MISSING = gettext_lazy("This field is required.")
Q = TypeVar("Q", bound=Query)


def read_query(request: HttpRequest, model: type[Q]) -> Q:
    """Raise a Problem that names every parameter that is unknown, doubled or makes no sense."""
    _require_utf8(request)
    fields = _fields(model)
    errors = []
    values: dict[str, Any] = {}
    for name, given in request.GET.lists():
        try:
            values[name] = _value(fields, name, given)
        except (ValueError, msgspec.ValidationError) as error:
            errors.append(InvalidField(name, _words(error)))
    named = {error.field for error in errors}
    for name, field in fields.items():
        if field.required and name not in values and name not in named:
            errors.append(InvalidField(name, _("This parameter is required.")))
    if errors:
        raise Problem(problems.INVALID, errors=errors)
    return model(**{fields[name].name: value for name, value in values.items()})


def _require_utf8(request: HttpRequest) -> None:
    """Refuse what Django would read with a substitute for each wrong byte."""
    raw = request.META.get("QUERY_STRING", "").encode("latin-1")
    try:
        unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise problems.invalid("query", _("The query string is not UTF-8.")) from None


def read_body(request: HttpRequest, operation: Operation) -> tuple[Any, str]:
    """Return the body as the operation's type, and its media type."""
    _require_plain(request)
    content = _content(request)
    if not content and not operation.is_body_required:
        return operation.bodies[JSON](), JSON
    media = (request.content_type or "").lower()
    if media not in operation.bodies:
        known = ", ".join(operation.bodies)
        words = _("Send one of: %(types)s.") % {"types": known}
        raise Problem(problems.UNSUPPORTED_MEDIA_TYPE, words, headers={"Accept-Post": known})
    if media == TEXT:
        return _text(content), media
    return _decoded(content, operation.bodies[media]), media


def _require_plain(request: HttpRequest) -> None:
    """Refuse a compressed body, which would be taken for JSON or text that makes no sense."""
    coding = request.headers.get("Content-Encoding", "")
    if coding.lower() not in ("", "identity"):
        words = _("Send the body without Content-Encoding.")
        headers = {"Accept-Encoding": "identity"}
        raise Problem(problems.UNSUPPORTED_MEDIA_TYPE, words, headers=headers)


def _content(request: HttpRequest) -> bytes:
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _chunks(request)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        raise Problem(problems.TOO_LARGE)
    return request.body


def _chunks(request: HttpRequest) -> bytes:
    """Return a body that came without its length: Django would take it for empty."""
    content: bytes = request.META["wsgi.input"].read(MAX_BODY + 1)
    if len(content) > MAX_BODY:
        raise Problem(problems.TOO_LARGE)
    return content


def _text(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError:
        raise problems.invalid("body", _("The body is not UTF-8.")) from None
    if "\0" in text:
        raise problems.invalid("body", _("Control characters are not allowed."))
    return text


def _decoded(content: bytes, model: Any) -> Any:
    if NUL.search(content):
        raise problems.invalid("body", _("Control characters are not allowed."))
    try:
        return msgspec.json.decode(content, type=model)
    except msgspec.ValidationError as error:
        raise Problem(problems.INVALID, errors=[_named(error)]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise problems.invalid("body", _("The body is not valid JSON.")) from None


def _named(error: msgspec.ValidationError) -> InvalidField:
    """Return the field that msgspec complains about, as a path with dots."""
    found = PLACE.match(str(error))
    assert found is not None  # noqa: S101
    path = (found["path"] or "$").removeprefix("$").replace("[...]", "")
    path = re.sub(r"\[([0-9]+)\]", r".\1", path).strip(".")
    what = found["what"]
    for pattern, words in ((UNKNOWN_FIELD, UNKNOWN), (MISSING_FIELD, MISSING)):
        named = pattern.fullmatch(what)
        if named:
            return InvalidField(f"{path}.{named['name']}".strip("."), str(words))
    return InvalidField(path or "body", what)


@cache
def _fields(model: type[Query]) -> Mapping[str, msgspec.structs.FieldInfo]:
    return {field.encode_name: field for field in msgspec.structs.fields(model)}


def _value(fields: Mapping[str, msgspec.structs.FieldInfo], name: str, given: list[str]) -> Any:
    field = fields.get(name)
    if field is None:
        raise ValueError(_("There is no such parameter."))
    if len(given) > 1:
        raise ValueError(_("This parameter is repeated."))
    (text,) = given
    if not text.isprintable():
        raise ValueError(_("Control characters are not allowed."))
    return msgspec.convert(_plain(text, _members(field.type)), field.type)


def _plain(text: str, members: frozenset[Any]) -> Any:
    """Return the text as what its field is: a number, a time, a flag, or a text."""
    if int in members and WHOLE.fullmatch(text):
        return int(text)
    if bool in members:
        if text not in FLAGS:
            raise ValueError(_("Use 1 or 0."))
        return FLAGS[text]
    if datetime in members:
        return _moment(text, is_number_allowed=int in members)
    if int in members:
        raise ValueError(_("This is not a whole number."))
    return text


def _moment(text: str, *, is_number_allowed: bool) -> datetime:
    try:
        return times.parse(text)
    except (ValueError, OverflowError):
        if is_number_allowed:
            raise ValueError(
                _("Use a snapshot number, or a time such as 2026-11-25T01:30:12Z.")
            ) from None
        raise ValueError(_("Use a time such as 2026-11-25T01:30:12Z.")) from None


@cache
def _members(annotation: Any) -> frozenset[Any]:
    """Return the types that an annotation is made of."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        parts = [_members(part) for part in get_args(annotation)]
        return frozenset[Any]().union(*parts)
    if hasattr(annotation, "__metadata__"):
        return _members(annotation.__origin__)
    return frozenset({annotation})


def _words(error: Exception) -> str:
    return str(error)
