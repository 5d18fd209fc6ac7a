"""A delivery's events as one message, in its channel's language and time zone."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from xdportal.alerts import records
from xdportal.alerts.channels.message import Entry, Level, Message
from xdportal.alerts.deliveries import stories
from xdportal.alerts.deliveries.changes import Changes, of_lists
from xdportal.alerts.deliveries.digests import zone_of
from xdportal.alerts.deliveries.stories import Story
from xdportal.alerts.models import Channel, Delivery, Rule
from xdportal.alerts.unsubscribing import unsubscribe_url
from xdportal.catalog.models import Event

Purpose = Delivery.Purpose


def message_of(delivery: Delivery, at: datetime) -> Message | None:
    """Return the message as of now; None if there is nothing left to say."""
    channel = delivery.channel
    assert channel is not None  # noqa: S101
    with translation.override(language_of(channel)), timezone.override(zone_of(channel)):
        if delivery.purpose == Purpose.TEST:
            return test_message(channel, at)
        joined = delivery.events.select_related("connection", "catalog__connection", "team")
        events = list(joined.order_by("pk"))
        events = _heard_by(channel, events)
        is_late = delivery.mode != Rule.Mode.INSTANT or delivery.purpose == Purpose.MISSED
        told = Told(
            stories.of_pins(events, at, as_it_is=is_late),
            stories.of_trouble(events, as_it_is=is_late),
            of_lists(events),
        )
        return told.message(delivery, channel, events, at) if told.entries else None


def language_of(channel: Channel) -> str:
    if channel.user is not None:
        return channel.user.language or settings.LANGUAGE_CODE
    return channel.language


def test_message(channel: Channel, at: datetime) -> Message:
    text = _("This is a test of the channel %(name)s. Alerts will look like this.")
    sentence = text % {"name": channel.name}
    return Message(
        title=_("xdportal can reach you here"),
        link=records.absolute("/settings/alerts/"),
        timestamp=at,
        entries=(Entry(Level.INFO, sentence),),
        language=language_of(channel),
        type="test",
        data={"level": "info", "sentence": sentence},
        is_test=True,
        unsubscribe_url=unsubscribe_url(channel),
    )


class Told:
    """The parts of a message, and the text made from them."""

    def __init__(self, pins: list[Story], trouble: list[Story], changes: list[Changes]) -> None:
        self.stories = [*pins, *trouble]
        self.changes = changes
        self.entries = [story.entry for story in self.stories]
        for of_list in changes:
            self.entries.extend(of_list.entries)

    def message(
        self, delivery: Delivery, channel: Channel, events: Sequence[Event], at: datetime
    ) -> Message:
        single = self._single(events)
        return Message(
            title=self._title(delivery, events),
            link=self._link(events),
            timestamp=single.event.at if single else at,
            entries=tuple(self.entries),
            counts=self._counts(),
            language=language_of(channel),
            type=single.event.type if single else "digest",
            data=self._data(single, events),
            thread=self._thread(),
            unsubscribe_url=unsubscribe_url(channel),
            choice_url=records.absolute("/settings/alerts/own/") if channel.is_personal else "",
        )

    def _single(self, events: Sequence[Event]) -> Story | None:
        """Return the one thing to say, if it is one: a webhook gets its event's own type."""
        parts = [*self.stories, *(Story(c.entries[0], c.title, c.event) for c in self.changes)]
        return parts[0] if len(parts) == 1 and len(events) == 1 else None

    def _data(self, single: Story | None, events: Sequence[Event]) -> Mapping[str, Any]:
        if single is None:
            return {"team": _team_name(events)}
        return self.changes[0].data if self.changes else single.entry.data

    def _title(self, delivery: Delivery, events: Sequence[Event]) -> str:
        team = _team_name(events)
        number = len(self.stories) + len(self.changes)
        if delivery.purpose == Purpose.MISSED:
            text = ngettext(
                "%(n)d event that you missed in %(team)s",
                "%(n)d events that you missed in %(team)s",
                number,
            )
            return text % {"n": number, "team": team}
        if delivery.mode != Rule.Mode.INSTANT:
            return _summary_title(delivery.mode) % {"team": team}
        titles = [*(story.title for story in self.stories), *(c.title for c in self.changes)]
        if len(titles) == 1:
            return titles[0]
        text = ngettext("%(n)d event in %(team)s", "%(n)d events in %(team)s", number)
        return text % {"n": number, "team": team}

    def _counts(self) -> dict[Level, int]:
        counted = Counter(entry.level for entry in self.entries)
        counted[Level.INFO] += sum(of_list.more for of_list in self.changes)
        return dict(counted)

    def _link(self, events: Sequence[Event]) -> str:
        if len(self.entries) == 1 and self.entries[0].url:
            return self.entries[0].url
        if not self.stories and len(self.changes) == 1:
            return self.changes[0].entries[0].url
        return records.absolute(f"/inbox/?team={events[-1].team.slug}")

    def _thread(self) -> str:
        """Return what mails of one pin have in common."""
        subjects = {story.event.subject for story in self.stories}
        is_one_pin = len(subjects) == 1 and None not in subjects and not self.changes
        return f"pin-{subjects.pop()}" if is_one_pin else ""


def _summary_title(mode: str) -> str:
    titles = {
        Rule.Mode.HOURLY: _("Hourly summary of %(team)s"),
        Rule.Mode.DAILY: _("Daily summary of %(team)s"),
        Rule.Mode.WEEKLY: _("Weekly summary of %(team)s"),
    }
    return titles[Rule.Mode(mode)]


def _team_name(events: Sequence[Event]) -> str:
    names = list(dict.fromkeys(event.team.name for event in events))
    return _(", ").join(names)


def _heard_by(channel: Channel, events: Sequence[Event]) -> list[Event]:
    """Leave out events of teams that a person is no longer a member of, and of connections that
    another team has now.
    """
    if channel.user is None:
        return [event for event in events if event.team_id == channel.team_id]
    teams = set(channel.user.memberships.values_list("team_id", flat=True))
    return [event for event in events if channel.user.is_active and event.team_id in teams]
