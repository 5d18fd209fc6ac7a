"""The one place that decides rights: an object is resolved together with the right to it.

A queryset takes part by `visible_to(user)`, made with `visible()`: what the user's teams hold, and the role there.
"""

from enum import StrEnum
from typing import Any, Protocol, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet
from django.http import Http404


class Right(StrEnum):
    LOOK = "look"
    WORK = "work"  # own connections, check now
    MANAGE = "manage"  # members, connections' state, suspect answers, the audit trail
    OWN = "own"  # hand over and delete the team, delete what is the team's


GRANTS: dict[str, frozenset[Right]] = {
    "owner": frozenset(Right),
    "manager": frozenset({Right.LOOK, Right.WORK, Right.MANAGE}),
    "member": frozenset({Right.LOOK, Right.WORK}),
    "reader": frozenset({Right.LOOK}),
}

# Whose role one may change or end, and to which: nobody makes or unmakes somebody greater than oneself.
GIVES: dict[str, frozenset[str]] = {
    "owner": frozenset(GRANTS),
    "manager": frozenset(GRANTS) - {"owner"},
}

Row = TypeVar("Row", bound=Model, covariant=True)
Rows = TypeVar("Rows", bound="QuerySet[Any]")


class Guarded(Protocol[Row]):
    def visible_to(self, user: Any) -> "QuerySet[Row]": ...


def visible(queryset: Rows, user: Any, team: str) -> Rows:
    """The rows of the user's teams, each with `viewer_role`. `team` is the path to the team: "" or "…__"."""
    return queryset.filter(**{f"{team}memberships__user": user.pk}).annotate(viewer_role=F(f"{team}memberships__role"))


def allows(row: Model, right: Right) -> bool:
    """Whether the viewer for whom the row was fetched has the right. Rows fetched otherwise allow nothing."""
    return right in GRANTS.get(getattr(row, "viewer_role", ""), frozenset())


def gives(row: Model, *roles: str) -> bool:
    """Whether the viewer may change members of these roles, or to them."""
    return GIVES.get(getattr(row, "viewer_role", ""), frozenset()).issuperset(roles)


def require(permitted: bool) -> None:
    if not permitted:
        raise PermissionDenied


def get_or_404(queryset: Guarded[Row], user: Any, right: Right, **lookup: object) -> Row:
    """Foreign or absent: 404. Seen, but too weak a role: 403. One query."""
    row = queryset.visible_to(user).filter(**lookup).first()
    if row is None:
        raise Http404
    if not allows(row, right):
        raise PermissionDenied
    return row
