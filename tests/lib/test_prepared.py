"""Prepared statements leave the same rows as the ORM's own, on the models that use them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.items import START, give, items
from xdportal.catalog.models import Catalog, Check, PackageListing
from xdportal.lib import prepared
from xdportal.lib.models import Tally
from xdportal.provider.kinds import PACKAGES_PAYG, PackageRecord

MOMENT = datetime(2026, 5, 1, 12, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture
def checked(catalog: Catalog) -> Catalog:
    give(catalog, items(range(3)), START)
    return catalog


def values_of(catalog: Catalog) -> dict[str, Any]:
    return Catalog.objects.filter(pk=catalog.pk).values().get()


@pytest.mark.parametrize(
    "values",
    [
        {"next_check_at": MOMENT, "queued_until": MOMENT, "failures": 3},
        {
            "next_check_at": MOMENT,
            "queued_until": None,
            "problem": "denied",
            "answer_digest": b"\0\xff",
        },
        {"latest_check_id": None, "enabled": False, "lease_holder": ""},
    ],
)
def test_an_update_leaves_the_row_that_the_orm_leaves(
    checked: Catalog, values: dict[str, Any]
) -> None:
    before = values_of(checked)
    Catalog.objects.filter(pk=checked.pk).update(**values)
    wanted = values_of(checked)
    Catalog.objects.filter(pk=checked.pk).update(**{name: before[name] for name in values})
    assert values_of(checked) == before

    assert prepared.update(Catalog, {"pk": checked.pk}, values) == 1
    assert values_of(checked) == wanted


def test_an_update_changes_only_what_matches(checked: Catalog) -> None:
    before = values_of(checked)

    assert (
        prepared.update(Catalog, {"pk": checked.pk, "lease_holder": "other"}, {"failures": 9}) == 0
    )
    assert values_of(checked) == before


def test_a_foreign_key_takes_a_row_as_well_as_its_key(checked: Catalog) -> None:
    check = Check.objects.get()
    prepared.update(Catalog, {"pk": checked.pk}, {"latest_check": None})
    prepared.update(Catalog, {"pk": checked.pk}, {"latest_check": check})

    assert values_of(checked)["latest_check_id"] == check.pk


@pytest.mark.parametrize("warnings", [None, {"ignored": [[0, "imageId", "缺少"]], "duplicates": 1}])
def test_an_insert_leaves_the_row_that_the_orm_leaves(checked: Catalog, warnings: Any) -> None:
    def check() -> Check:
        return Check(
            catalog=checked,
            started=START,
            ended=MOMENT,
            outcome="ok",
            code=2**40,
            msg="成功",
            warnings=warnings,
            snapshot=checked.latest_snapshot,
        )

    plain, ours = check(), check()
    plain.save()
    prepared.insert(ours)
    rows = {row.pop("id"): row for row in Check.objects.filter(pk__in=[plain.pk, ours.pk]).values()}

    assert ours.pk == plain.pk + 1
    assert rows[ours.pk] == rows[plain.pk]
    assert not ours._state.adding


def test_a_tally_adds_up_from_its_first_count_on(db: None) -> None:
    Tally.objects.add("check", "ok", 0.2)
    with CaptureQueriesContext(database) as captured:
        Tally.objects.add("check", "ok", 0.25)

    assert len(captured) == 1
    row = Tally.objects.values("name", "label", "number", "seconds").get()
    assert row == {"name": "check", "label": "ok", "number": 2, "seconds": pytest.approx(0.45)}


def test_many_rows_are_those_that_the_orm_writes(checked: Catalog) -> None:
    """Packages: their listings have texts, numbers and bytes."""
    fields = PackageListing.written_fields()
    lines = [PACKAGES_PAYG.line(PackageRecord(key, "显卡", *("x",) * 12)) for key in "pqr"]
    rows = [PackageListing.row(checked.pk, line, 1, 1) for line in lines]
    prepared.insert_many(PackageListing, fields, rows)
    wanted = list(PackageListing.objects.order_by("pk").values_list(*fields))
    PackageListing.objects.all().delete()
    named = [dict(zip(fields, row, strict=True)) for row in rows]
    PackageListing.objects.bulk_create(
        PackageListing(**{**row, "catalog": checked}) for row in named
    )

    assert list(PackageListing.objects.order_by("pk").values_list(*fields)) == wanted
    assert len(wanted) == 3


def test_no_rows_are_no_statement(db: None) -> None:
    with CaptureQueriesContext(database) as captured:
        prepared.insert_many(PackageListing, PackageListing.written_fields(), [])

    assert len(captured) == 0
