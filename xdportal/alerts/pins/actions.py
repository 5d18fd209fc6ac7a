"""Actions on pins, written once for pages, the API, pipelines and commands."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry, Team, User
from xdportal.alerts.models import Pin, PinRevision, PinSource, PinState
from xdportal.alerts.models.pin import LONGEST_NAME, LONGEST_SOURCE
from xdportal.alerts.pins import rows
from xdportal.alerts.pins.meaning import MEANING, meaning_of
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Meaning
from xdportal.lib.names import clean_name
from xdportal.provider.fields import MAX_LENGTH

Kind = AuditEntry.Kind


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it, and when. `request` is for the audit trail."""

    user: User | None
    at: datetime
    request: HttpRequest | None = None

    def note(self, kind: AuditEntry.Kind, team: Team, target: str) -> None:
        audit.note(kind, team, target, self.request, actor=self.user)


@dataclass(frozen=True, slots=True)
class Wish:
    """A pin as someone wants it. Without a name it gets one; without a meaning, the present one."""

    catalog: Catalog
    item_id: str
    name: str = ""
    meaning: Meaning | None = None
    note: str = ""
    sources: Sequence[str] = ()
    ceiling: Decimal | None = None
    exact: bool = False
    newer: bool = False
    remind_days: int | None = None


@transaction.atomic
def create(wish: Wish, actor: Actor) -> Pin:
    """Return the new pin. Raises a ValidationError by field."""
    (pin,) = create_many([wish], actor)
    return pin


@transaction.atomic
def create_many(wishes: Sequence[Wish], actor: Actor, *, declared: bool = False) -> list[Pin]:
    """Make pins of one team; their first evaluation alerts nobody."""
    if not wishes:
        return []
    team = _locked_team(wishes[0].catalog)
    taken = set(Pin.objects.filter(team=team).values_list("name", flat=True))
    present = present_meanings((wish.catalog, wish.item_id) for wish in wishes)
    pins = []
    for wish in wishes:
        name = _free_name(wish, taken)
        taken.add(name)
        pin = _written(wish, name, team, actor)
        known = present.get((wish.catalog.pk, wish.item_id), {})
        meaning = checked_meaning(wish) if wish.meaning is not None else known
        _add_revision(pin, wish.catalog, wish.item_id, meaning, actor)
        add_sources(pin, wish.sources, declared=declared)
        actor.note(Kind.PINNED, team, f"{name} {wish.item_id}")
        pins.append(pin)
    announce_quietly(pins, actor.at)
    return pins


@transaction.atomic
def repin(
    pin: Pin, actor: Actor, item_id: str | None = None, meaning: Meaning | None = None
) -> PinRevision:
    """Move a pin to another id, or accept the present meaning of its own."""
    catalog = pin.catalog
    new_id = checked_id(item_id) if item_id is not None else pin.item_id
    if meaning is None:
        meaning = present_meanings([(catalog, new_id)]).get((catalog.pk, new_id), {})
    revision = _add_revision(pin, catalog, new_id, meaning, actor)
    pin.acknowledged_mark = ""
    pin.save(update_fields=["acknowledged_mark"])
    announce_quietly([pin], actor.at)
    actor.note(Kind.REPINNED, pin.team, f"{pin.name} {new_id}")
    return revision


def acknowledge(pin: Pin, actor: Actor, note: str = "") -> None:
    """Silence the pin's present state; any other state alerts again."""
    finding = evaluate([pin], now=actor.at)[pin.pk]
    pin.acknowledged_mark = finding.mark
    pin.acknowledged_by = actor.user
    pin.acknowledged_at = actor.at
    pin.acknowledged_note = note.strip()
    pin.save(update_fields=["acknowledged_" + n for n in ("mark", "by", "at", "note")])
    actor.note(Kind.PIN_ACKNOWLEDGED, pin.team, pin.name)


def mute(pin: Pin, actor: Actor, until: datetime, reason: str) -> None:
    require_mutable(until, actor.at, reason)
    pin.muted_until = until
    pin.mute_reason = reason.strip()
    pin.muted_by = actor.user
    pin.muted_at = actor.at
    pin.save(update_fields=["muted_until", "mute_reason", "muted_by", "muted_at"])
    actor.note(Kind.PIN_MUTED, pin.team, pin.name)


def require_mutable(until: datetime, at: datetime, reason: str) -> None:
    """Refuse a time or a reason that makes no sense.

    The last hours of the year 9999 are a time that other time zones can't express.
    """
    if until <= at:
        raise ValidationError({"until": _("This time has passed.")})
    if until.year == MAXYEAR:
        raise ValidationError({"until": _("Choose a time before the year 9999.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why it is muted.")})


def unmute(pin: Pin, actor: Actor) -> None:
    pin.muted_until = None
    pin.mute_reason = ""
    pin.save(update_fields=["muted_until", "mute_reason"])
    actor.note(Kind.PIN_MUTED, pin.team, pin.name)


@transaction.atomic
def remove(pin: Pin, actor: Actor) -> None:
    actor.note(Kind.UNPINNED, pin.team, f"{pin.name} {pin.item_id}")
    pin.delete()


def rename(pin: Pin, actor: Actor, name: str) -> None:
    """Give a pin another name; to be saved with the form's other fields."""
    cleaned = checked_name(name)
    if Pin.objects.filter(team=pin.team, name=cleaned).exclude(pk=pin.pk).exists():
        raise ValidationError({"name": NAME_TAKEN})
    pin.name = cleaned
    pin.save(update_fields=["name"])


@transaction.atomic
def change(pin: Pin, values: Mapping[str, Any], actor: Actor) -> None:
    """Change what is given of a pin's name, note, options and sources; its target stays."""
    if "name" in values and values["name"] != pin.name:
        rename(pin, actor, values["name"])
    options = [name for name in OPTIONS if name in values]
    for name in options:
        setattr(pin, name, values[name])
    pin.save(update_fields=options)
    if "sources" in values:
        pin.sources.exclude(text__in=values["sources"]).delete()
        add_sources(pin, values["sources"])
    announce_quietly([pin], actor.at)
    actor.note(Kind.PIN_CHANGED, pin.team, pin.name)


OPTIONS = ("note", "ceiling", "exact", "newer", "remind_days")
RESERVED = ("bulk",)  # in the API, /pins/bulk is another address
NAME_TAKEN = _("Another pin of the team has this name.")


def checked_name(text: str) -> str:
    """Return a name that can be a part of a path, and that can't be taken for a pin's uuid."""
    try:
        name = clean_name(text)
    except ValidationError as error:
        raise ValidationError({"name": error}) from None
    if not name or len(name) > LONGEST_NAME or "/" in name or name in (".", ".."):
        raise ValidationError({"name": _("A name must have 1 to 100 characters and no slash.")})
    if _is_uuid(name):
        raise ValidationError({"name": _("A name can't look like a UUID.")})
    if name in RESERVED:
        raise ValidationError({"name": _("This name is reserved.")})
    return name


def checked_id(text: str) -> str:
    item_id = text.strip()
    if not item_id or len(item_id) > MAX_LENGTH or not item_id.isprintable():
        raise ValidationError({"id": _("An ID must have 1 to 128 characters.")})
    return item_id


def checked_meaning(wish: Wish) -> Meaning:
    """Return the given fields; refuse those that this kind of list does not have."""
    given = wish.meaning or {}
    known = MEANING[wish.catalog.kind]
    unknown = sorted(set(given) - set(known))
    if unknown:
        text = _("Unknown field: %(name)s") % {"name": unknown[0]}
        raise ValidationError({"meaning": text})
    return {name: " ".join(given[name].split()) for name in known if name in given}


def present_meanings(wanted: Iterable[tuple[Catalog, str]]) -> dict[rows.Key, dict[str, str]]:
    """Return what ids mean now, or meant last; nothing for ids that were never listed."""
    asked = list(wanted)
    kinds = {catalog.pk: catalog.kind for catalog, _item_id in asked}
    found = {}
    for key, spans in rows.spans_of(asked).items():
        last = min(spans, key=lambda span: (-(span.ended or 2**62), span.record))
        found[key] = meaning_of(kinds[key[0]], last.record)
    return found


def add_sources(pin: Pin, sources: Iterable[str], *, declared: bool = False) -> None:
    for text in dict.fromkeys(" ".join(source.split()) for source in sources):
        if not text or len(text) > LONGEST_SOURCE:
            raise ValidationError({"sources": _("A source must have 1 to 200 characters.")})
        values = {"declared": True} if declared else {}
        PinSource.objects.update_or_create(pin=pin, text=text, defaults=values)


def announce_quietly(pins: Sequence[Pin], at: datetime) -> dict[int, Finding]:
    """Take the present states as announced, without an event: a person has just set them."""
    findings = evaluate(pins, now=at)
    PinState.objects.filter(pin__in=pins).delete()
    PinState.objects.bulk_create(announced(finding, at) for finding in findings.values())
    return findings


def announced(finding: Finding, at: datetime) -> PinState:
    is_known = finding.state is not State.UNKNOWN
    return PinState(
        pin=finding.pin,
        state=finding.state,
        mark=finding.mark,
        known_state=finding.state if is_known else "",
        known_mark=finding.mark if is_known else "",
        since=finding.since or at,
        at=at,
        spoken_at=at,
        level=finding.level or "",
    )


def _locked_team(catalog: Catalog) -> Team:
    """Lock the team: of two pins with one name made at once, the second is refused in words."""
    return Team.objects.select_for_update().get(pk=catalog.connection.team_id)


def _free_name(wish: Wish, taken: set[str]) -> str:
    """Return the given name, or one made from the id."""
    if wish.name:
        name = checked_name(wish.name)
        if name in taken:
            raise ValidationError({"name": NAME_TAKEN})
        return name
    base = checked_id(wish.item_id).replace("/", "-")[: LONGEST_NAME - 20]
    if _is_uuid(base) or base in (".", "..", *RESERVED):
        base = f"id-{base}"
    name = base
    number = 2
    while name in taken:
        name = f"{base}-{number}"
        number += 1
    return name


def _written(wish: Wish, name: str, team: Team, actor: Actor) -> Pin:
    if wish.ceiling is not None and (not wish.ceiling.is_finite() or wish.ceiling < 0):
        raise ValidationError({"ceiling": _("A price limit must be a number.")})
    return Pin.objects.create(
        team=team,
        catalog=wish.catalog,
        name=name,
        item_id=checked_id(wish.item_id),
        note=wish.note.strip(),
        owner=actor.user,
        ceiling=wish.ceiling,
        exact=wish.exact,
        newer=wish.newer,
        remind_days=wish.remind_days,
    )


def _add_revision(
    pin: Pin, catalog: Catalog, item_id: str, meaning: Meaning, actor: Actor
) -> PinRevision:
    former = pin.current.number if pin.current else 0
    revision = PinRevision.objects.create(
        pin=pin,
        number=former + 1,
        catalog=catalog,
        item_id=item_id,
        meaning=dict(meaning),
        snapshot=catalog.latest_number,
        at=actor.at,
        by=actor.user,
    )
    pin.current = revision
    pin.item_id = item_id
    pin.save(update_fields=["current", "item_id"])
    return revision


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def values_of(pin: Pin) -> dict[str, Any]:
    """Return what a declaration can change of a pin, besides its target."""
    return {"note": pin.note, "ceiling": pin.ceiling, "exact": pin.exact, "newer": pin.newer}
