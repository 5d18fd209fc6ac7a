"""Which rules want which events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from xdportal.accounts.models import Membership, Role, User
from xdportal.alerts.models import Channel, Pin, Rule
from xdportal.catalog.models import Event

ORDER = (Event.Level.CRITICAL, Event.Level.WARNING, Event.Level.INFO)
Type = Event.Type
CHANGES = frozenset(
    {Type.CATALOG_CHANGED, Type.CATALOG_HELD, Type.CATALOG_RELEASED, Type.CATALOG_EXPECTED}
)
ATTENTION = frozenset(
    {
        *(Type.CATALOG_FAILING, Type.CATALOG_RECOVERED, Type.CATALOG_STALE),
        *(Type.CATALOG_FRESH, Type.CATALOG_HELD, Type.CONNECTION_ATTENTION),
        *(Type.CONNECTION_RECOVERED, Type.CONNECTION_PAUSED),
    }
)


def is_of(events: str, type: str) -> bool:
    """Return whether a rule's word for events covers a type."""
    match Rule.Events(events):
        case Rule.Events.PINS:
            return type.startswith("pin.")
        case Rule.Events.CHANGES:
            return type in CHANGES
        case Rule.Events.ATTENTION:
            return type in ATTENTION
        case Rule.Events.ALL:
            return True


def wants(rule: Rule, event: Event) -> bool:
    """Return whether a rule asks for an event. Pure, if the rule's connections are prefetched."""
    is_grave_enough = ORDER.index(Event.Level(event.level)) <= ORDER.index(Event.Level(rule.level))
    if not rule.enabled or not is_grave_enough or not is_of(rule.events, event.type):
        return False
    if rule.all_connections:
        return True
    return event.connection_id in {connection.pk for connection in rule.connections.all()}


@dataclass(slots=True)
class Wanted:
    """A rule with the events that it wants."""

    rule: Rule
    events: list[Event] = field(default_factory=list)


def match(events: Sequence[Event]) -> list[Wanted]:
    """Return the rules that want some of the events. A constant number of queries."""
    spoken = [event for event in events if not event.silence]
    if not spoken:
        return []
    wanted: dict[int, Wanted] = {}
    for rule in _team_rules(spoken):
        for event in spoken:
            if event.team_id == rule.channel.team_id and wants(rule, event):
                wanted.setdefault(rule.pk, Wanted(rule)).events.append(event)
    concerned = _people(spoken)
    for rule in _personal_rules(concerned):
        for event in concerned[rule.channel.user_id or 0]:
            if wants(rule, event):
                wanted.setdefault(rule.pk, Wanted(rule)).events.append(event)
    return list(wanted.values())


def _team_rules(events: Iterable[Event]) -> list[Rule]:
    teams = {event.team_id for event in events}
    rules = Rule.objects.select_related("channel").prefetch_related("connections")
    return list(rules.filter(channel__team__in=teams).exclude(channel__state=Channel.State.OFF))


def _personal_rules(concerned: dict[int, list[Event]]) -> list[Rule]:
    """Return the rules of people's own channels; who has none yet gets one."""
    if not concerned:
        return []
    have = set(Channel.objects.filter(user__in=concerned).values_list("user_id", flat=True))
    missing = [key for key in concerned if key not in have]
    for user in User.objects.filter(pk__in=missing):
        Channel.objects.personal(user)
    rules = Rule.objects.select_related("channel").prefetch_related("connections")
    return list(rules.filter(channel__user__in=concerned).exclude(channel__state=Channel.State.OFF))


def _people(events: Sequence[Event]) -> dict[int, list[Event]]:
    """Return whom events concern: owners of pins and connections, and for trouble of a
    connection the team's owners, too. Only members who can be reached."""
    members = _members({event.team_id for event in events})
    pin_owners = _pin_owners(events)
    concerned: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        reachable = members.get(event.team_id, {})
        if event.subject is not None:
            owners = {pin_owners.get(event.subject)}
        else:
            owners = {event.connection.owner_id if event.connection else None}
            owners |= {user for user, role in reachable.items() if role == Role.OWNER}
        for user in sorted(owner for owner in owners if owner in reachable):
            concerned[user].append(event)
    return dict(concerned)


def _members(teams: Iterable[int]) -> dict[int, dict[int, str]]:
    """Return user → role, by team."""
    rows = Membership.objects.filter(team__in=teams, user__is_active=True).exclude(user__email="")
    members: dict[int, dict[int, str]] = defaultdict(dict)
    for team, user, role in rows.values_list("team_id", "user_id", "role"):
        members[team][user] = role
    return members


def _pin_owners(events: Iterable[Event]) -> dict[object, int | None]:
    subjects = {event.subject for event in events if event.subject is not None}
    if not subjects:
        return {}
    return dict(Pin.objects.filter(uuid__in=subjects).values_list("uuid", "owner_id"))
