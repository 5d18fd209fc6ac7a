"""Queries of what a viewer may see, composed once a process for each kind of viewer."""

from collections.abc import Callable
from typing import Any, Generic

from django.db.models import QuerySet

from xdportal.accounts.access import Right, Viewer
from xdportal.accounts.models import Team, User
from xdportal.lib.composed import Composed, Row, Value


class ComposedForViewer(Generic[Row]):
    def __init__(self, compose: Callable[..., QuerySet[Row]]) -> None:
        """`compose` takes a viewer and named values, and returns the query."""
        self._compose = compose
        self._composed = Composed(self._of_kind)

    def rows(self, viewer: Viewer, **values: Value) -> list[Row]:
        """Return what the query finds for the viewer, with these values. One query."""
        if viewer.user.pk is None or viewer.connections is not None:
            return list(self._compose(viewer, **values))  # a key may have any number of them
        whose: dict[str, Value] = {"user": viewer.user.pk}
        if viewer.team is not None:
            whose["team"] = viewer.team.pk
        return self._composed.rows(viewer.ceiling, len(whose), **whose, **values)

    def _of_kind(
        self, ceiling: frozenset[Right], _parts: int, user: Any, team: Any = None, **values: Any
    ) -> QuerySet[Row]:
        of_team = Team(pk=team) if team is not None else None
        return self._compose(Viewer(User(pk=user), of_team, ceiling), **values)
