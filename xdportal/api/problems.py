"""Every error of the API: an RFC 9457 problem, raised anywhere below a view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

MEDIA_TYPE = "application/problem+json"


class InvalidField(NamedTuple):
    field: str
    detail: str


@dataclass(frozen=True)
class Kind:
    """One kind of problem, explained on the page of the API."""

    code: str  # in the address of its explanation
    status: int
    title: Promise
    explanation: Promise


UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    _("No valid key"),
    _("Send a key as Authorization: Bearer xdp_…. It may be mistyped, expired or revoked."),
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    _("Not allowed"),
    _("The key lacks the scope, or the person who made it may not do this in the team."),
)
NOT_FOUND = Kind(
    "not_found",
    404,
    pgettext_lazy("problem", "Not found"),
    _("It does not exist, or it belongs to a team or connection that this key can’t see."),
)
METHOD_NOT_ALLOWED = Kind(
    "method_not_allowed",
    405,
    _("Method not allowed"),
    _("The Allow header names the methods of this URL."),
)
NOT_ACCEPTABLE = Kind(
    "not_acceptable",
    406,
    _("Not acceptable"),
    _("This URL has no answer in a format named by the Accept header."),
)
CONFLICT = Kind(
    "conflict",
    409,
    _("Conflict"),
    _("The request does not fit the present state; the detail says what is in the way."),
)
AMBIGUOUS = Kind(
    "ambiguous",
    409,
    _("Ambiguous"),
    _("Several IDs match. Name the type, or choose one of `candidates`."),
)
WHICH_CONNECTION = Kind(
    "which_connection",
    409,
    _("Which connection?"),
    _("Several connections match. Pass one of `candidates` as `connection`."),
)
BROKEN = Kind(
    "broken",
    409,
    _("Broken"),
    _("With strict=1: at least one ID no longer means what it meant."),
)
TOO_LARGE = Kind(
    "too_large",
    413,
    _("Too large"),
    _("A body can have at most 1 MiB. Send it in parts."),
)
UNSUPPORTED_MEDIA_TYPE = Kind(
    "unsupported_media_type",
    415,
    _("Unsupported media type"),
    _("The Content-Type header names a format that this URL does not accept."),
)
INVALID = Kind(
    "invalid",
    422,
    _("Invalid input"),
    _("A parameter or field is unknown, missing or makes no sense; errors names each."),
)
TOO_MANY_REQUESTS = Kind(
    "too_many_requests",
    429,
    _("Too many requests"),
    _("The key has used up its requests of this minute. Wait as long as Retry-After says."),
)
SERVER_ERROR = Kind(
    "server_error",
    500,
    _("Server error"),
    _("The portal failed; its log says why under request_id. Nothing was changed."),
)
UNKNOWN = Kind(
    "unknown",
    503,
    _("Unknown"),
    _(
        "The list is out of date, held back for confirmation, or was never read: unknown doesn’t "
        "mean OK."
    ),
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    _("Unavailable"),
    _("The database, the queue or the disk of the portal does not answer. Try again later."),
)

KINDS = (
    *(UNAUTHORIZED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, CONFLICT, AMBIGUOUS),
    *(WHICH_CONNECTION, BROKEN, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID, TOO_MANY_REQUESTS),
    *(SERVER_ERROR, UNKNOWN, UNAVAILABLE),
)
PLAIN_CONFLICTS = frozenset({BROKEN})  # strict answers carry the outcome of the check


class Problem(Exception):
    """more are the members that this kind has beside the common ones, such as candidates."""

    def __init__(
        self,
        kind: Kind,
        detail: object = "",
        *,
        errors: Iterable[InvalidField] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = str(detail) or str(kind.explanation)
        self.errors = list(errors)
        self.headers = dict(headers or {})
        self.more = more

    def document(self, request: HttpRequest) -> dict[str, Any]:
        kind = self.kind
        document = {
            "type": address_of(kind),
            "title": str(kind.title),
            "status": kind.status,
            "detail": self.detail,
            "code": kind.code,
            "request_id": getattr(request, "request_id", ""),
            **self.more,
        }
        if self.errors:
            document["errors"] = [error._asdict() for error in self.errors]
        return document

    def response(self, request: HttpRequest) -> HttpResponse:
        content = msgspec.json.encode(self.document(request))
        return HttpResponse(
            content, status=self.kind.status, content_type=MEDIA_TYPE, headers=self.headers
        )


def address_of(kind: Kind) -> str:
    """Return the address of the explanation, which stays the same for all requests."""
    return f"{settings.SITE_URL}/api/docs/#problem-{kind.code}"


def invalid(field: str, detail: object) -> Problem:
    return Problem(INVALID, errors=[InvalidField(field, str(detail))])
