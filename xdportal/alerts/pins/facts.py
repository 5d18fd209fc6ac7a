"""What there is to say about a finding, as plain JSON values.

They are kept in a pin's events, so that a sentence can be made from them in any language later.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.catalog.replacements import Replacement

Facts = dict[str, Any]


def facts_of(
    finding: Finding,
    recipes: Sequence[str] = (),
    successors: Sequence[Replacement] = (),
) -> Facts:
    pin = finding.pin
    connection = finding.catalog.connection
    facts: Facts = {
        "pin": {"id": str(pin.uuid), "name": pin.name, "revision": finding.revision.number},
        "state": finding.state.value,
        "kind": finding.catalog.kind,
        "id": finding.revision.item_id,
        "fields": list(finding.fields),
        "was": dict(finding.was),
        "now": dict(finding.now) if is_listed(finding) else None,
        "connection": {
            "slug": connection.slug,
            "name": connection.name,
            "environment": connection.environment,
        },
        "snapshot": finding.snapshot or None,
        "at": moment(finding.since),
        "recipes": list(recipes),
        "successors": [
            {"id": successor.item_id, "why": successor.reason.value, **successor.meaning}
            for successor in successors
        ],
    }
    return {**facts, **_details(finding)}


def is_listed(finding: Finding) -> bool:
    return finding.state not in (State.WITHDRAWN, State.NEVER_LISTED, State.UNKNOWN)


def _details(finding: Finding) -> Facts:
    match finding.state:
        case State.TOO_DEAR:
            return {"price": finding.price, "ceiling": plain(finding.pin)}
        case State.NEWER:
            newer = [{"id": peer.item_id, "version": peer.version} for peer in finding.newer]
            return {"newer": newer}
        case State.UNKNOWN:
            return {"reason": finding.reason}
        case State.NEVER_LISTED if finding.elsewhere is not None:
            elsewhere = finding.elsewhere
            return {"elsewhere": {"slug": elsewhere.slug, "name": elsewhere.name}}
    return {}


def plain(pin: Pin) -> str | None:
    """Return the price limit as its shortest text."""
    if pin.ceiling is None:
        return None
    text = f"{pin.ceiling:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(at: datetime | None) -> str | None:
    """Return a time for programs: ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None


def labels_by_pin(pins: Iterable[int]) -> Mapping[int, list[str]]:
    """Return the labels of the recipes that hang on each pin. One query."""
    keys = set(pins)
    labels: dict[int, list[str]] = {}
    found = Recipe.objects.of_pins(keys).values_list("label", "image_id", "package_id")
    for label, image_id, package_id in found:
        for key in {image_id, package_id} & keys:
            labels.setdefault(key, []).append(label)
    return labels
