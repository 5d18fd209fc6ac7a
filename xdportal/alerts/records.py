"""Pins and recipes as programs see them. Each function returns plain JSON values."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from xdportal.alerts import event_sentences, sentences
from xdportal.alerts.pins.facts import (
    Facts,
    facts_of,
    is_listed,
    labels_by_pin,
    moment,
    plain,
)
from xdportal.alerts.pins.recipes import RecipeFinding, recipe_sentence
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.successors import successors_of
from xdportal.catalog.addresses import catalog_url
from xdportal.catalog.models import Event
from xdportal.catalog.records import time
from xdportal.catalog.replacements import Replacement, words_of

Record = dict[str, Any]


def pins(findings: Iterable[Finding]) -> list[Record]:
    """Return the records of some pins, with successors for those that are broken.

    A constant number of queries; sources must be prefetched to keep it so.
    """
    found = list(findings)
    broken = [finding for finding in found if finding.is_broken]
    successors = successors_of(broken) if broken else {}
    labels = labels_by_pin(finding.pin.pk for finding in found) if found else {}
    return [
        pin(
            finding,
            successors.get(finding.pin.pk, ()),
            labels.get(finding.pin.pk, ()),
        )
        for finding in found
    ]


def pin(
    finding: Finding,
    successors: Sequence[Replacement] = (),
    recipes: Sequence[str] = (),
) -> Record:
    subject = finding.pin
    facts = facts_of(finding, recipes, successors)
    return {
        "uuid": str(subject.uuid),
        "name": subject.name,
        "revision": finding.revision.number,
        "connection": finding.catalog.connection.slug,
        "environment": finding.catalog.connection.environment,
        "kind": finding.catalog.kind,
        "id": finding.revision.item_id,
        "meaning": dict(finding.was),
        "state": finding.state.value,
        "level": finding.level.value if finding.level else None,
        "since": time(finding.since),
        "snapshot": finding.snapshot or None,
        "fields": list(finding.fields),
        "was": dict(finding.was),
        "now": dict(finding.now) if is_listed(finding) else None,
        "successors": [successor_record(successor) for successor in successors],
        "recipes": list(recipes),
        "muted": _mute(finding),
        "acknowledged": _acknowledgement(finding),
        "sources": [source.text for source in subject.sources.all()],
        "note": subject.note,
        "ceiling": plain(subject),
        "exact": subject.exact,
        "sentence": sentence(finding, facts),
        "url": absolute(subject.get_absolute_url()),
    }


def sentence(finding: Finding, facts: Facts | None = None) -> str:
    return sentences.of_facts(facts or facts_of(finding))


def successor_record(successor: Replacement) -> Record:
    return {
        "id": successor.item_id,
        "meaning": dict(successor.meaning),
        "reason": str(successor.reason.words),
    }


def recipe(finding: RecipeFinding) -> Record:
    subject = finding.recipe
    return {
        "uuid": str(subject.uuid),
        "label": subject.label,
        "image": finding.image.pin.name,
        "package": finding.package.pin.name,
        "billing": subject.billing,
        "state": finding.state.value,
        "level": finding.level.value if finding.level else None,
        "sentence": recipe_sentence(finding),
    }


def event(event: Event) -> Record:
    """Return what happened, as webhooks, feeds and the API report it.

    The event's connection and catalog should be joined.
    """
    record: Record = {
        "level": event.level,
        "sentence": event_sentences.sentence(event),
        "kind": event.catalog.kind if event.catalog else None,
        "connection": _connection(event),
        "at": moment(event.at),
        "url": event_url(event),
    }
    data = {name: value for name, value in event.data.items() if name != "note"}
    if event.subject is not None:
        data["pin"] = {**data["pin"], "url": record["url"]}
        data["successors"] = [_with_reason(one) for one in data.get("successors", [])]
    return {**record, **data}


def event_url(event: Event) -> str:
    """Return the page that shows what happened."""
    if event.subject is not None:
        return absolute(f"/pins/{event.subject}/")
    if event.connection is None:
        return absolute("/")
    if event.catalog is None:
        return absolute(event.connection.get_absolute_url())
    page = "changes" if event.type == Event.Type.CATALOG_CHANGED else "items"
    return absolute(catalog_url(event.connection.slug, event.catalog.kind, page))


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _connection(event: Event) -> Record | None:
    connection = event.connection
    if connection is None:
        return None
    return {
        "slug": connection.slug,
        "name": connection.name,
        "environment": connection.environment,
    }


def _with_reason(successor: Record) -> Record:
    return {**successor, "reason": words_of(successor.get("why", ""))}


def _mute(finding: Finding) -> Record | None:
    pin = finding.pin
    if pin.muted_until is None or not pin.is_muted(timezone.now()):
        return None
    return {"until": time(pin.muted_until), "reason": pin.mute_reason}


def _acknowledgement(finding: Finding) -> Record | None:
    pin = finding.pin
    if not finding.is_acknowledged:
        return None
    by = pin.acknowledged_by.get_username() if pin.acknowledged_by else None
    return {"by": by, "at": time(pin.acknowledged_at), "note": pin.acknowledged_note}
