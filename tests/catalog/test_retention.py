"""Rule 8: history answers the same for ever; pruning takes checks and nothing else."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.items import fail, give, items
from xdportal.catalog import history
from xdportal.catalog.checks import quarantine
from xdportal.catalog.models import Catalog, Check
from xdportal.catalog.retention import prune_checks
from xdportal.catalog.tasks import daily
from xdportal.connections.models import Connection
from xdportal.provider.errors import Busy

DAY = timedelta(days=1)


@pytest.fixture
def start() -> datetime:
    return timezone.now() - 200 * DAY


@pytest.fixture
def cat(cast: SimpleNamespace, start: datetime) -> Catalog:
    """200 days: a snapshot every tenth day, a failure every thirteenth, one answer accepted by
    hand.
    """
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    catalog = connection.catalogs.get(kind="images")
    for day in range(200):
        if day % 13 == 12:
            fail(catalog, Busy(), start + day * DAY)
        elif day != 55:
            give(catalog, items(range(day // 10, 30)), start + day * DAY)
        else:
            give(catalog, [], start + day * DAY)
            quarantine.accept(catalog, start + day * DAY)
    return catalog


def answers(catalog: Catalog) -> Any:
    numbers = list(catalog.snapshots.values_list("number", flat=True))
    return (
        [
            [row.record for row in catalog.listings.as_of(number).order_by("item_id")]
            for number in numbers
        ],
        [
            history.difference(catalog, older, newer)
            for older in numbers[::5]
            for newer in numbers[::3]
        ],
        [vars_of(history.timeline(catalog, image_id)) for image_id in ("0", "5", "29")],
    )


def vars_of(life: history.Timeline | None) -> Any:
    assert life is not None
    return (
        life.spans,
        life.first_seen,
        life.last_seen,
        [(e.snapshot.number, e.change, e.absent) for e in life.moments],
    )


def test_history_answers_the_same_before_and_after(cat: Catalog) -> None:
    before = answers(cat)
    pruned = prune_checks(timezone.now())

    assert pruned > 50
    assert answers(cat) == before


def test_what_made_a_snapshot_stays_and_what_is_young(cat: Catalog) -> None:
    made = {s.checks.order_by("started").first().pk for s in cat.snapshots.all()}
    young = set(
        Check.objects.filter(started__gte=timezone.now() - 90 * DAY).values_list("pk", flat=True)
    )
    prune_checks(timezone.now())

    assert set(Check.objects.values_list("pk", flat=True)) == made | young


def test_the_check_that_made_a_snapshot_is_found_by_order_and_not_by_time(cat: Catalog) -> None:
    snapshot = cat.snapshots.get(number=3)
    maker, confirming, *_ = snapshot.checks.order_by("pk")
    Check.objects.filter(pk=maker.pk).update(ended=maker.ended + timedelta(seconds=1))
    Check.objects.filter(pk=confirming.pk).update(ended=snapshot.recorded_at)
    prune_checks(timezone.now())

    assert list(snapshot.checks.all()) == [maker]


def test_the_latest_check_and_the_one_that_holds_an_answer_stay(
    cat: Catalog, start: datetime
) -> None:
    held = give(cat, [], start + 201 * DAY).check
    latest = fail(cat, Busy(), start + 202 * DAY).check
    prune_checks(start + 1000 * DAY)

    left = set(Check.objects.values_list("pk", flat=True))
    assert {held.pk, latest.pk} <= left
    assert cat.quarantined.first_check == held


def test_the_command_says_what_went_and_the_worker_does_it_daily(
    cat: Catalog, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CHECK_RETENTION_DAYS = 100
    call_command("prune_checks")
    assert capsys.readouterr().err.endswith("checks older than 100 days went.\n")
    settings.CHECK_RETENTION_DAYS = 50
    assert daily() > 0


def test_the_page_says_which_rule_is_in_force(
    cat: Catalog, cast: SimpleNamespace, sign_in: Any, settings: Any
) -> None:
    settings.CHECK_RETENTION_DAYS = 42

    assert (
        "Checks older than 42 days are deleted"
        in sign_in(cast.rita).get(f"/c/{cat.slug}/snapshots/").content.decode()
    )
