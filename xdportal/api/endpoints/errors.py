"""The reference of the provider's error codes, and what a pasted error means."""

from collections.abc import Iterable
from typing import Annotated

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, gettext_noop
from django.utils.translation import gettext as _
from msgspec import Meta

from xdportal.api import cursors, groups, problems
from xdportal.api.operations import READ, TEXT, Answer, Call, NoQuery, Query, get, post
from xdportal.api.parameters import Needed, Paged
from xdportal.api.schemas import Decoded, ErrorMeaning, ErrorMeanings, Many, One
from xdportal.catalog import records
from xdportal.catalog.pages.fates import Fate, fates
from xdportal.errorcodes import decoder, lookup
from xdportal.errorcodes.meanings import Meaning
from xdportal.errorcodes.reference import APIS, ROWS, ErrorCode

Api = Annotated[Needed, Meta(description=gettext_noop("The name of a call, as in `api`."))]


class ErrorsQuery(Paged, frozen=True, kw_only=True):
    q: Annotated[
        str,
        Meta(
            max_length=200,
            description=gettext_noop("Words from the messages, in English or Chinese."),
        ),
    ] = ""
    api: Api | None = None


class ErrorQuery(Query, frozen=True, kw_only=True):
    api: Api | None = None


@get(
    "/errors",
    summary=gettext_lazy("The documented error codes"),
    group=groups.ERRORS,
    scopes=READ,
    query=ErrorsQuery,
    answer=Many[ErrorMeaning],
)
def list_errors(call: Call[ErrorsQuery, None]) -> Answer:
    query = call.query
    rows = lookup.search(query.q, _known_api(query.api)) if query.q or query.api else list(ROWS)
    cursor = cursors.read(call.request, (int,))
    start = _start(cursor, len(rows))
    page = rows[start : start + query.limit]
    following = None
    if start + len(page) < len(rows):
        following = cursors.address(call.request, (), (start + len(page),))
    return Answer({"data": [_row(row) for row in page], "meta": {}, "next": following})


@get(
    "/errors/{code}",
    summary=gettext_lazy("What one error code means"),
    group=groups.ERRORS,
    scopes=READ,
    query=ErrorQuery,
    answer=ErrorMeanings,
    problems={404},
)
def get_error(call: Call[ErrorQuery, None]) -> Answer:
    text = call.path["code"]
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise Http404
    api = _known_api(call.query.api)
    rows = [row for row in lookup.by_code(int(text)) if api in ("", row.api_slug)]
    if not rows:
        raise Http404
    return Answer({"data": [_row(row) for row in rows], "meta": {}, "next": None})


@post(
    "/decode",
    summary=gettext_lazy("Explain a pasted error"),
    description=gettext_lazy(
        "An answer, curl output or log. Secrets are hidden first; nothing is kept."
    ),
    group=groups.ERRORS,
    scopes=READ,
    bodies={TEXT: str},
    answer=One[Decoded],
)
def decode(call: Call[NoQuery, str]) -> Answer:
    if len(call.body.encode()) > decoder.MAX_BYTES:
        words = _("At most %(number)d KiB.") % {"number": decoder.MAX_BYTES // 1024}
        raise problems.invalid("body", words)
    if not call.body.strip():
        raise problems.invalid("body", _("The body is empty."))
    pasted = decoder.read(call.body)
    found = fates(call.viewer, pasted.image_ids or pasted.numbers, pasted.package_ids)
    data = {
        "code": pasted.code,
        "http_status": pasted.status,
        "msg": pasted.msg,
        "trace_id": pasted.trace_id,
        "at": pasted.at,
        "api": pasted.api.slug if pasted.api else None,
        "image_ids": list(pasted.image_ids),
        "package_ids": list(pasted.package_ids),
        "types": list(pasted.types),
        "masked": pasted.masked,
        "meanings": _rows(pasted.meanings),
        "suggestions": _rows(pasted.suggestions),
        "known": [_known(fate) for fate in found],
    }
    return Answer({"data": data, "meta": {}})


def _known_api(name: str | None) -> str:
    if name is not None and name not in {api.slug for api in APIS}:
        raise problems.invalid("api", _("There is no call with this name."))
    return name or ""


def _start(cursor: cursors.Cursor | None, most: int) -> int:
    start = cursor.place[0] if cursor else 0
    assert isinstance(start, int)  # noqa: S101
    if not 0 <= start <= most:
        raise problems.invalid("cursor", _("This cursor is not valid."))
    return start


def _rows(meanings: Iterable[Meaning]) -> list[records.Record]:
    return [_row(meaning.row) for meaning in meanings]


def _row(row: ErrorCode) -> records.Record:
    is_chinese = get_language() == "zh-hans"
    return {
        "code": row.code,
        "api": row.api_slug,
        "api_name": row.api_zh if is_chinese else row.api_en,
        "method": row.method,
        "path": row.path,
        "message_zh": row.message_zh,
        "message_en": row.message_en,
        "solution_zh": row.solution_zh,
        "solution_en": row.solution_en,
        "cause": row.cause_zh if is_chinese else row.cause_en,
        "advice": row.do_zh if is_chinese else row.do_en,
        "retry": row.retry.value,
        "similar": [other.code for other in row.similar],
        "url": settings.SITE_URL + reverse("error-code", args=[row.code]),
    }


def _known(fate: Fate) -> records.Record:
    before = fate.before.record if fate.before else None
    return {
        "connection": fate.catalog.slug,
        "kind": fate.catalog.kind,
        "id": fate.item_id,
        "listed": fate.is_listed,
        "now": records.item(fate.kind, fate.now.record),
        "before": records.item(fate.kind, before) if before else None,
        "at": records.time(fate.at),
    }
