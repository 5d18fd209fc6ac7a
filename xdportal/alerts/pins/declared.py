"""A pipeline declares all the pins that one source uses, and repeats that as often as it likes."""

from collections.abc import Sequence
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import Team
from xdportal.alerts.models import Pin, PinSource
from xdportal.alerts.models.pin import PinQuerySet
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish


class Declared(NamedTuple):
    added: list[str]
    removed: list[str]
    changed: list[str]
    unchanged: list[str]


@transaction.atomic
def declare(
    team: Team,
    source: str,
    wishes: Sequence[Wish],
    actor: Actor,
    among: PinQuerySet | None = None,
) -> Declared:
    """Make the team's pins of a source exactly these, by name; touch none but those `among`.

    A pin that the source no longer names loses the source; if nothing else uses it, and it was
    made by a declaration, it goes.
    """
    names = [actions.checked_name(wish.name) for wish in wishes]
    if len(set(names)) < len(names):
        raise ValidationError({"pins": _("The same name occurs twice.")})
    existing = {
        pin.name: pin for pin in Pin.objects.with_target().filter(team=team, name__in=names)
    }
    new = [wish for wish, name in zip(wishes, names, strict=True) if name not in existing]
    result = Declared([], [], [], [])
    for wish, name in zip(wishes, names, strict=True):
        if name in existing:
            is_changed = _adjust(existing[name], wish, source, actor)
            (result.changed if is_changed else result.unchanged).append(name)
    for pin in actions.create_many(new, actor, declared=True):
        actions.add_sources(pin, [source], declared=True)
        result.added.append(pin.name)
    pins = Pin.objects.filter(team=team) if among is None else among.filter(team=team)
    result.removed.extend(_let_go(pins, source, names, actor))
    return result


def _adjust(pin: Pin, wish: Wish, source: str, actor: Actor) -> bool:
    """Return whether the pin had to be changed."""
    if pin.catalog_id != wish.catalog.pk:
        text = _("The pin %(name)s belongs to another list.") % {"name": pin.name}
        raise ValidationError({"pins": text})
    is_changed = _retarget(pin, wish, actor)
    wanted = {
        "note": wish.note.strip(),
        "ceiling": wish.ceiling,
        "exact": wish.exact,
        "newer": wish.newer,
    }
    if wanted != actions.values_of(pin):
        for name, value in wanted.items():
            setattr(pin, name, value)
        pin.save(update_fields=list(wanted))
        is_changed = True
    has_source = PinSource.objects.filter(pin=pin, text=source).exists()
    actions.add_sources(pin, [source, *wish.sources])
    return is_changed or not has_source


def _retarget(pin: Pin, wish: Wish, actor: Actor) -> bool:
    given = actions.checked_meaning(wish) if wish.meaning is not None else None
    is_other_id = actions.checked_id(wish.item_id) != pin.item_id
    is_other_meaning = given is not None and dict(given) != pin.revision.meaning
    if is_other_id or is_other_meaning:
        actions.repin(pin, actor, wish.item_id, given)
        return True
    return False


def _let_go(pins: PinQuerySet, source: str, names: Sequence[str], actor: Actor) -> list[str]:
    """Take the source from pins that it no longer names; return those that nothing else keeps."""
    dropped = PinSource.objects.filter(pin__in=pins.values("pk"), text=source).exclude(
        pin__name__in=names
    )
    removed = []
    for row in dropped.select_related("pin__team"):
        row.delete()
        if row.declared and not row.pin.sources.exists():
            actions.remove(row.pin, actor)
            removed.append(row.pin.name)
    return removed
