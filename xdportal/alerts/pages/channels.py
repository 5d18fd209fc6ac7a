"""A team's channels as their page shows them: does the news get through?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.channels.reasons import Reason
from xdportal.alerts.models import Attempt, Channel, Delivery, Rule
from xdportal.alerts.models.delivery import LEASE

STRIP = 30  # attempts a channel
STEP, WIDTH = 6, 4
BARS = {"sent": "ok", "retrying": "chg", "failed": "err", "lost": "old", "sending": "none"}


@dataclass(frozen=True, slots=True)
class Bar:
    css: str
    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel with its last attempts, the oldest first."""

    channel: Channel
    attempts: list[Attempt]
    waiting: int  # deliveries that will be tried again

    @property
    def is_bad(self) -> bool:
        return self.channel.state != Channel.State.ACTIVE or self.is_retrying

    @property
    def is_retrying(self) -> bool:
        last = self.channel.last_failure_at
        good = self.channel.last_success_at
        return self.waiting > 0 and last is not None and (good is None or good < last)

    @property
    def is_untested(self) -> bool:
        return self.channel.last_success_at is None and self.channel.last_failure_at is None

    @property
    def failure(self) -> Promise | str:
        """Return our reading of the last refusal."""
        return words_of(self.channel.reason or self.channel.last_failure)

    @property
    def bars(self) -> list[Bar]:
        start = STRIP - len(self.attempts)
        return [
            _bar(BARS.get(attempt.state, "none"), start + place)
            for place, attempt in enumerate(self.attempts)
        ]

    @property
    def words(self) -> str:
        sent = sum(attempt.state == Attempt.State.SENT for attempt in self.attempts)
        number = len(self.attempts)
        text = ngettext(
            "Last attempt: %(sent)d sent, %(rest)d not",
            "Last %(n)d attempts: %(sent)d sent, %(rest)d not",
            number,
        )
        return text % {"n": number, "sent": sent, "rest": number - sent}


@dataclass(frozen=True, slots=True)
class LastTest:
    """The latest test of a channel, which a worker sends."""

    delivery: Delivery
    attempt: Attempt | None
    at: datetime

    @property
    def state(self) -> str:
        """Return `sent`, `refused`, `waiting`, or `late` if no worker has taken it up."""
        if self.delivery.is_over:
            return "sent" if self.delivery.state == Delivery.State.SENT else "refused"
        patience = timedelta(seconds=settings.MESSAGE_LIFE) + LEASE
        return "waiting" if self.at < self.delivery.created_at + patience else "late"


def last_test(channel: Channel, at: datetime) -> LastTest | None:
    """Two queries."""
    tests = channel.deliveries.filter(purpose=Delivery.Purpose.TEST)
    delivery = tests.newest_first().first()
    return LastTest(delivery, delivery.attempts.last(), at) if delivery else None


def rows_of(channels: Iterable[Channel]) -> list[ChannelRow]:
    """Return channels with their health, those that don't get through first. Two queries."""
    found = list(channels)
    keys = [channel.pk for channel in found]
    attempts: dict[int | None, list[Attempt]] = {}
    for attempt in _latest(keys):
        attempts.setdefault(attempt.delivery.channel_id, []).append(attempt)
    waiting: dict[int | None, int] = {}
    retrying = Delivery.objects.filter(channel__in=keys, state=Delivery.State.RETRYING)
    for key in retrying.values_list("channel", flat=True):
        waiting[key] = waiting.get(key, 0) + 1
    rows = [
        ChannelRow(channel, attempts.get(channel.pk, [])[::-1], waiting.get(channel.pk, 0))
        for channel in found
    ]
    return sorted(rows, key=lambda row: (not row.is_bad, row.channel.name.casefold()))


def channels_of(viewer: Viewer, team: Team) -> list[Channel]:
    return list(Channel.objects.visible_to(viewer).filter(team=team))


def rules_of(viewer: Viewer, team: Team) -> list[Rule]:
    """Return a team's rules with what the table shows. Two queries."""
    rows = Rule.objects.visible_to(viewer).filter(channel__team=team).select_related("channel")
    return list(rows.prefetch_related("connections").order_by("channel__name", "pk"))


def words_of(reason: str) -> Promise | str:
    """Return what a reason means, and what can be done about it."""
    if not reason:
        return ""
    if reason in set(Reason):
        return Reason(reason).sentence
    words = {
        "removed": _("The channel or the rule was removed, or switched off."),
        "silent": _("There was nothing left to report: muted, acknowledged, or over."),
    }
    return words.get(reason, reason)


def _latest(channels: list[int]) -> Iterable[Attempt]:
    """Return the last attempts of each channel, the newest first. One query."""
    place = Window(
        RowNumber(),
        partition_by=F("delivery__channel"),
        order_by=[F("started").desc(), F("pk").desc()],
    )
    rows = Attempt.objects.filter(delivery__channel__in=channels).annotate(place=place)
    shown = rows.filter(place__lte=STRIP).select_related("delivery")
    return shown.order_by("-started", "-pk")


def _bar(css: str, place: int) -> Bar:
    is_high = css not in ("ok", "none")
    return Bar(css, place * STEP, 0 if is_high else 6, 24 if is_high else 12)
