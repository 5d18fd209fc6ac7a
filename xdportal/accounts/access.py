"""The one place that decides rights: an object is resolved together with the right to it.

A queryset takes part by `visible_to(viewer)`, made with `visible()`: the rows of the viewer's
teams, each with the role there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet, TextChoices, Value
from django.http import Http404
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from xdportal.accounts.models import Team, User


class Role(TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    MEMBER = "member", _("Member")
    READER = "reader", _("Reader")


class Right(StrEnum):
    LOOK = "look"
    WORK = "work"  # own connections, check now
    MANAGE = "manage"  # members, connections' state, suspect answers, the audit trail
    OWN = "own"  # hand over or delete the team, delete what belongs to it


GRANTS: dict[str, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.MANAGER: frozenset({Right.LOOK, Right.WORK, Right.MANAGE}),
    Role.MEMBER: frozenset({Right.LOOK, Right.WORK}),
    Role.READER: frozenset({Right.LOOK}),
}

# Whose role one may change or end: nobody appoints or removes someone with a higher role.
GIVES: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(GRANTS),
    Role.MANAGER: frozenset(GRANTS) - {Role.OWNER},
}

Row = TypeVar("Row", bound=Model, covariant=True)
Rows = TypeVar("Rows", bound="QuerySet[Any]")

OF_THE_TEAM = ""  # for `visible()`: rows of the team as a whole


@dataclass(frozen=True)
class Viewer:
    """Who is asking: a signed-in user, or one of a user's API keys.

    A role in a team gives rights; everything else here only takes away.
    """

    user: "User"  # without a primary key: anonymous, who sees nothing
    team: "Team | None" = None  # nothing outside this team
    ceiling: frozenset[Right] = frozenset(Right)  # no right beyond these
    connections: frozenset[UUID] | None = None  # nothing of other connections, by their uuid

    def is_user(self, user_id: int | None) -> bool:
        return user_id is not None and user_id == self.user.pk


class Guarded(Protocol[Row]):
    def visible_to(self, viewer: Viewer) -> "QuerySet[Row]": ...


def visible(queryset: Rows, viewer: Viewer, path: str, connection: str | None = None) -> Rows:
    """Return the rows of the viewer's teams, each with what `allows()` needs.

    `path` leads to the team: "" or "…__". `connection` is the lookup of the connection's uuid, such
    as "connection__uuid", or OF_THE_TEAM. Without it, a viewer confined to some connections sees
    nothing.
    """
    is_anonymous = viewer.user.pk is None
    is_hidden = viewer.connections is not None and connection is None
    if is_anonymous or is_hidden:
        return queryset.none()
    conditions: dict[str, object] = {f"{path}memberships__user": viewer.user.pk}
    if viewer.team is not None:
        conditions[f"{path}pk"] = viewer.team.pk
    if viewer.connections is not None and connection:
        conditions[f"{connection}__in"] = sorted(viewer.connections)
    ceiling = Value(" ".join(sorted(viewer.ceiling)))
    rows = queryset.filter(**conditions)
    return rows.annotate(viewer_role=F(f"{path}memberships__role"), viewer_ceiling=ceiling)


def allows(row: Model, right: Right) -> bool:
    """Whether the viewer for whom the row was fetched has the right.

    A row that was fetched in any other way allows nothing.
    """
    granted = GRANTS.get(getattr(row, "viewer_role", ""), frozenset())
    ceiling = getattr(row, "viewer_ceiling", "").split()
    return right in granted and right in ceiling


def gives(row: Model, *roles: str) -> bool:
    """Whether the viewer may change members of these roles, or to them."""
    given = GIVES.get(getattr(row, "viewer_role", ""), frozenset())
    return allows(row, Right.MANAGE) and given.issuperset(roles)


def any_allows(rows: Iterable[Model], right: Right) -> bool:
    return any(allows(row, right) for row in rows)


def require(permitted: bool) -> None:
    if not permitted:
        raise PermissionDenied


def get_or_404(queryset: Guarded[Row], viewer: Viewer, right: Right, **lookup: object) -> Row:
    """Return the row: 404 if absent or not the viewer's, 403 if the right is missing. One query."""
    return permitted(queryset.visible_to(viewer).filter(**lookup).first(), right)


def permitted(row: Row | None, right: Right) -> Row:
    """Return a row that was fetched for a viewer: 404 without one, 403 if the right is missing."""
    if row is None:
        raise Http404
    if not allows(row, right):
        raise PermissionDenied
    return row
