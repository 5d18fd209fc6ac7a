"""Changes and checks in words: the one place for page, export and mail."""

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from xdportal.catalog import pictures
from xdportal.catalog.compare import Change
from xdportal.catalog.models import Check
from xdportal.provider.kinds import ImageRecord

FIELD_NAMES: dict[str, Promise] = {
    "type": gettext_lazy("type"),
    "name": gettext_lazy("system"),
    "version": gettext_lazy("version"),
}


class FieldChange(NamedTuple):
    label: Promise
    before: str
    after: str


def fields(change: Change) -> list[FieldChange]:
    """The fields that differ, where one row took over from one row; else none."""
    if len(change.before) != 1 or len(change.after) != 1:
        return []
    before, after = change.before[0], change.after[0]
    return [
        FieldChange(label, getattr(before, name), getattr(after, name))
        for name, label in FIELD_NAMES.items()
        if getattr(before, name) != getattr(after, name)
    ]


def change(change: Change) -> str:
    """`4005 changed: version 18.04 x64 → 20.04 x64`."""
    if change.kind == "removed":
        return _("%(id)s was withdrawn: %(images)s") % {"id": change.image_id, "images": describe(change.before)}
    if change.kind == "added":
        return _("%(id)s was added: %(images)s") % {"id": change.image_id, "images": describe(change.after)}
    if change.kind == "returned":
        return _("%(id)s came back: %(images)s") % {"id": change.image_id, "images": describe(change.after)}
    told = " · ".join(f"{field.label} {field.before} → {field.after}" for field in fields(change))
    told = told or f"{describe(change.before) or '—'} → {describe(change.after) or '—'}"
    return _("%(id)s changed: %(what)s") % {"id": change.image_id, "what": told}


def describe(images: Sequence[ImageRecord]) -> str:
    return " | ".join(f"{image.name} {image.version} ({image.type})" for image in images)


def strip(checks: Sequence[Check]) -> str:
    """What the strip of checks shows, for those who do not see it."""
    bars = [bar.css for bar in pictures.strip(checks, len(checks))]
    return _(
        "Last %(all)d checks: %(quiet)d without change, %(changed)d with changes, %(held)d held back, %(failed)d failed"
    ) % {
        "all": len(bars),
        "quiet": bars.count("ok"),
        "changed": bars.count("chg"),
        "held": bars.count("sus"),
        "failed": bars.count("err"),
    }
