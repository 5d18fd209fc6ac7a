"""What a change means for users of the id."""

import pytest

from tests.items import image
from xdportal.catalog.compare import Change, ChangeKind
from xdportal.catalog.grades import LOOKS, Grade
from xdportal.catalog.grading import grade_of, grades_of
from xdportal.catalog.kinds import IMAGES, KINDS, PACKAGES_PAYG, PERSONAL, CatalogKind
from xdportal.provider.kinds import PackageRecord, PersonalRecord
from xdportal.provider.records import Record

PACKAGE = PackageRecord(
    "p", "GPU", "BL", "RTX 4090", "1", "8", "32", "256", "10", "0", "2", "2", "1.1", "1"
)
MINE = PersonalRecord("m", "7", "maya", "Windows", "40", "HZ", "1", "1700000000000")


def changed(before: Record, after: Record) -> Change:
    return Change(ChangeKind.CHANGED, before[0], (before,), (after,))


@pytest.mark.parametrize(
    ("after", "grades"),
    [
        (image("1", name="CentOS"), [Grade.SYSTEM]),
        (
            image("1", name="CentOS", version="8", type="SC"),
            [Grade.SYSTEM, Grade.TYPE, Grade.VERSION],
        ),
        (image("1", type="ceph"), [Grade.TYPE]),
        (image("1", version="22.04 x64"), [Grade.VERSION]),
        (image("1", version="20.04 X86_64"), [Grade.SPELLING]),
        (image("1", name="ubuntu server", version="20.04 amd64"), [Grade.SPELLING]),
    ],
)
def test_an_image(after: Record, grades: list[Grade]) -> None:
    assert grades_of(IMAGES, changed(image("1"), after)) == grades


@pytest.mark.parametrize(
    ("fields", "grades"),
    [
        ({"price": "1.25"}, [Grade.UP]),
        ({"price": "0.99"}, [Grade.DOWN]),
        ({"price": "on request"}, [Grade.DETAIL]),
        ({"cpu": "16"}, [Grade.HARDWARE]),
        ({"type": "ceph", "price": "2"}, [Grade.TYPE, Grade.UP]),
        ({"name": "GPU 2"}, [Grade.DETAIL]),
        ({"discount": "0.8"}, [Grade.DETAIL]),
    ],
)
def test_a_package_whose_price_is_no_meaning(fields: dict[str, str], grades: list[Grade]) -> None:
    assert grades_of(PACKAGES_PAYG, changed(PACKAGE, PACKAGE._replace(**fields))) == grades


@pytest.mark.parametrize(
    ("status", "grade"),
    [("3", Grade.EXPIRED), ("2", Grade.ATTENTION), ("0", Grade.DETAIL), ("9", Grade.DETAIL)],
)
def test_a_personal_image_by_its_new_state(status: str, grade: Grade) -> None:
    assert grade_of(PERSONAL, changed(MINE, MINE._replace(status=status))) is grade


def test_an_id_listed_with_different_contents_is_ambiguous() -> None:
    both = (image("1"), image("1", version="22.04 x64"))

    assert grade_of(IMAGES, Change(ChangeKind.CHANGED, "1", (), both)) is Grade.AMBIGUOUS


def test_what_came_went_and_came_back() -> None:
    one = (image("1"),)
    kinds = [
        Change(ChangeKind.ADDED, "1", (), one),
        Change(ChangeKind.REMOVED, "1", one, ()),
        Change(ChangeKind.RETURNED, "1", (), one),
    ]

    assert [grade_of(IMAGES, change) for change in kinds] == ["added", "withdrawn", "returned"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_field_of_every_kind_has_a_grade(kind: CatalogKind) -> None:
    assert [field.grade for field in kind.fields if field.grade not in LOOKS] == []
