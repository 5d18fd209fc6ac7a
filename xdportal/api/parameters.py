"""Parameters that several operations have, and what they are looked up as."""

import re
from datetime import datetime
from typing import Annotated, TypeVar

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from msgspec import Meta

from xdportal.accounts.access import Right, Viewer
from xdportal.api import problems, times
from xdportal.api.cursors import MOST, PAGE_SIZE, Cursor
from xdportal.api.operations import Call, Query
from xdportal.api.problems import Problem
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import id_from
from xdportal.catalog.kinds import KINDS
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.provider.fields import MAX_LENGTH

Q = TypeVar("Q", bound=Query)
B = TypeVar("B")

Text = Annotated[str, Meta(max_length=MAX_LENGTH)]
Needed = Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]
Number = Annotated[int, Meta(ge=1, lt=2**31)]
Limit = Annotated[int, Meta(ge=1, le=MOST, description=gettext_noop("How many rows a page has."))]
CursorText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description=gettext_noop("Opaque; take it from the URL in `next`."),
    ),
]
Version = Annotated[
    Number | datetime,
    Meta(description=gettext_noop("The number of a snapshot, or a time: the list at that time.")),
]
WHOLE = re.compile(r"[0-9]{1,9}")


class Paged(Query, frozen=True, kw_only=True):
    limit: Limit = PAGE_SIZE
    cursor: CursorText | None = None


def catalog_of(call: Call[Q, B], right: Right = Right.LOOK) -> Catalog:
    return catalog_named(call.viewer, call.path["slug"], call.path["kind"], right)


def catalog_named(viewer: Viewer, slug: str, kind: str, right: Right = Right.LOOK) -> Catalog:
    if kind not in KINDS:
        raise Problem(problems.NOT_FOUND, _("This kind of list does not exist."))
    return get_catalog_or_404(viewer, slug, kind, right)


def item_id_of(call: Call[Q, B]) -> str:
    """Return the id that the path names: as it is, or as `~` and base64url."""
    part = call.path["id"]
    item_id = id_from(part) if part.startswith("~") else part
    if item_id is None or len(item_id) > MAX_LENGTH:
        raise Http404
    return item_id


def snapshot_at(catalog: Catalog, version: int | datetime, name: str, now: datetime) -> Snapshot:
    """Return the snapshot with this number, or the latest at this time. One query.

    Raise a Problem before the first, beyond the latest, and for a time that is yet to come.
    """
    if isinstance(version, datetime):
        if version > now:
            raise problems.invalid(name, _("This time is in the future."))
        snapshot = catalog.snapshots.at(version)
    else:
        snapshot = catalog.snapshots.filter(number=version).first()
    if snapshot is None:
        raise Problem(problems.NOT_FOUND, _("There is no list with that number or at that time."))
    return snapshot


def require_past(viewer: Viewer, moment: datetime | None, now: datetime) -> None:
    """Raise a Problem for a time to come, and for one before any list of the viewer's was read.

    Without a time nothing is asked; otherwise one query.
    """
    if moment is None:
        return
    if moment > now:
        raise problems.invalid("as_of", _("This time is in the future."))
    visible = Catalog.objects.visible_to(viewer).values("pk")
    if not Snapshot.objects.filter(catalog__in=visible, number=1, taken_at__lte=moment).exists():
        raise Problem(problems.NOT_FOUND, _("There is no list with that number or at that time."))


def version_in_path(text: str) -> int | datetime:
    """Return a snapshot's number or a time from a part of a path."""
    if WHOLE.fullmatch(text):
        return int(text)
    try:
        return times.parse(text)
    except (ValueError, OverflowError):
        raise Http404 from None


def bounds_of(cursor: Cursor) -> tuple[int, int]:
    """Return the snapshot that a walk goes through, and the first that counted as recent."""
    if len(cursor.bounds) != 2 or not all(0 < bound < 2**31 for bound in cursor.bounds):
        raise problems.invalid("cursor", _("This cursor is not valid."))
    number, recent = cursor.bounds
    return number, recent
