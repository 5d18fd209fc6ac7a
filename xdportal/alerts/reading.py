"""What a person has read of a team's inbox."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from xdportal.accounts.models import Team, User
from xdportal.alerts.models import ReadMark
from xdportal.catalog.models import Event
from xdportal.lib.composed import Composed

MOST_SINGLY = 500


@dataclass(frozen=True, slots=True)
class Read:
    """Up to which event someone has read, and which later ones singly."""

    upto: int = 0
    singly: frozenset[int] = frozenset()

    def has(self, event: Event) -> bool:
        return event.pk <= self.upto or event.pk in self.singly


def of(user: User, team: Team) -> Read:
    """Return what the person has read; nothing if there is no mark. One query."""
    for mark in MARKS.rows(user=user.pk, team=team.pk):
        return Read(mark.event_id, frozenset(mark.singly))
    return Read()


def _marks(user: Any, team: Any) -> QuerySet[ReadMark]:
    return ReadMark.objects.filter(user=user, team=team)


MARKS = Composed(_marks)


def unread_count(user: User, team: Team, most: int) -> int:
    """Return how many events the person has not read, at most so many. Two queries."""
    read = of(user, team)
    if not read.singly:
        return LATER.count(most, team=team.pk, upto=read.upto)
    return _later(team, read.upto).exclude(pk__in=read.singly)[:most].count()


def _later(team: Any, upto: Any) -> QuerySet[Event]:
    return Event.objects.for_inbox().filter(team=team, pk__gt=upto)


LATER = Composed(lambda most, team, upto: _later(team, upto)[:most])


@transaction.atomic
def mark_all(user: User, team: Team, upto: int) -> None:
    """Take everything up to an event as read; what came later stays unread."""
    mark = _locked(user, team)
    mark.event_id = max(mark.event_id, upto)
    mark.singly = [key for key in mark.singly if key > mark.event_id]
    mark.save(update_fields=["event_id", "singly"])


@transaction.atomic
def mark_some(user: User, team: Team, events: Collection[int]) -> None:
    mark = _locked(user, team)
    later = {key for key in events if key > mark.event_id}
    mark.singly = sorted({*mark.singly, *later})[-MOST_SINGLY:]
    mark.save(update_fields=["singly"])


def _locked(user: User, team: Team) -> ReadMark:
    mark, _made = ReadMark.objects.select_for_update().get_or_create(user=user, team=team)
    return mark
