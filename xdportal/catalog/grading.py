"""Which grade a change has. Pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation

from xdportal.catalog import sentences
from xdportal.catalog.compare import Change, ChangeKind
from xdportal.catalog.grades import Grade
from xdportal.catalog.history import Happening
from xdportal.catalog.kinds import STATUS_GRADES, CatalogKind, Field
from xdportal.catalog.normalise import normal
from xdportal.catalog.sentences import Difference
from xdportal.provider.records import Record

ORDER = {grade: place for place, grade in enumerate(Grade)}  # the gravest first
OF_KIND = {
    ChangeKind.ADDED: Grade.ADDED,
    ChangeKind.RETURNED: Grade.RETURNED,
    ChangeKind.REMOVED: Grade.WITHDRAWN,
}


def grade_of(kind: CatalogKind, change: Change) -> Grade:
    """Return the gravest grade of a change."""
    return grades_of(kind, change)[0]


def grades_of(kind: CatalogKind, change: Change) -> list[Grade]:
    """Return every grade of a change, the gravest first."""
    if change.kind in OF_KIND:
        return [OF_KIND[change.kind]]
    differing = sentences.differences(kind, change)
    if not differing:
        return [Grade.AMBIGUOUS]
    return in_order(_grade_of_field(kind.by_name[found.name], found) for found in differing)


def grades_possible(kind: CatalogKind) -> set[Grade]:
    """Return the grades that changes of a kind of list usually have."""
    found = {*OF_KIND.values(), Grade.REUSED}
    found.update(field.grade for field in kind.fields if field.grade is not Grade.DETAIL)
    if kind.has_price:
        found |= {Grade.UP, Grade.DOWN}
    if "status" in kind.by_name:
        found.update(STATUS_GRADES.values())
    return found


def grade_of_happening(kind: CatalogKind, happening: Happening) -> Grade:
    """Return the gravest grade; an id that came back as something else was reused."""
    change = happening.change
    if change.kind is ChangeKind.RETURNED and _means_another(kind, happening.was, change.after):
        return Grade.REUSED
    return grade_of(kind, change)


def in_order(grades: Iterable[Grade]) -> list[Grade]:
    """Return each grade once, the gravest first."""
    return sorted(set(grades), key=ORDER.__getitem__)


def _means_another(kind: CatalogKind, was: Sequence[Record], now: Sequence[Record]) -> bool:
    meanings = []
    for records in (was, now):
        meanings.append({tuple(normal(r[f.position]) for f in kind.meaning) for r in records})
    return meanings[0] != meanings[1]


def _grade_of_field(field: Field, found: Difference) -> Grade:
    if field.name == "price":
        return _price_grade(found)
    if field.name == "status":
        return STATUS_GRADES.get(found.after, Grade.DETAIL)
    if normal(found.before) == normal(found.after):
        return Grade.SPELLING
    return field.grade


def _price_grade(found: Difference) -> Grade:
    try:
        is_dearer = Decimal(found.after) > Decimal(found.before)
    except InvalidOperation:
        return Grade.DETAIL
    return Grade.UP if is_dearer else Grade.DOWN
