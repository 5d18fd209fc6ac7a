"""Counts kept from snapshot to snapshot by difference equal a count of the whole list."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.items import START, give, item, package
from xdportal.catalog.checks import snapshots
from xdportal.catalog.compare import all_numeric, gone_ids
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.provider.kinds import IMAGES
from xdportal.provider.records import Line, id_of

HOUR = timedelta(hours=1)
SYSTEMS = ("Ubuntu Server", "Debian", "中标麒麟")
IDS = [str(number) for number in range(1, 40)] + ["a-1", "007", "x"]


def random_lists(seed: int) -> Iterator[list[dict[str, Any]]]:
    """Yield lists each of which differs a little from the one before; ids may repeat."""
    random.seed(seed)
    listed = [item(image_id, name=random.choice(SYSTEMS)) for image_id in IDS[:30]]
    for _ in range(12):
        yield list(listed)
        for _ in range(random.randint(1, 4)):
            listed.pop(random.randrange(len(listed)))
            added = item(random.choice(IDS), random.choice("123"), random.choice(SYSTEMS))
            listed.append({**added, "type": random.choice(["BL", "ceph"])})


def recounted(catalog: Catalog) -> dict[str, dict[str, int]]:
    counts = {}
    for field in spec_of(catalog).facets:
        rows = catalog.listings.current().values_list(field.name, flat=True)
        counts[field.name] = dict(Counter(rows))
    return counts


def numeric(catalog: Catalog) -> bool:
    return all_numeric(catalog.listings.current().lines())


@pytest.mark.parametrize("seed", range(8))
def test_counts_equal_those_of_the_whole_list(catalog: Catalog, seed: int) -> None:
    for number, rows in enumerate(random_lists(seed)):
        give(catalog, rows, START + number * HOUR)
        latest = catalog.latest_snapshot
        assert latest is not None
        assert (latest.facets, latest.numeric) == (recounted(catalog), numeric(catalog))


def test_what_the_latest_snapshot_does_not_know_is_counted(catalog: Catalog) -> None:
    give(catalog, [item(number) for number in range(20)], START)
    Snapshot.objects.update(facets=None)
    catalog.refresh_from_db()
    give(catalog, [item(number) for number in range(21)], START + HOUR)

    assert catalog.latest_snapshot is not None
    assert catalog.latest_snapshot.facets == {"type": {"BL": 21}, "name": {"Ubuntu Server": 21}}


def test_a_facet_of_too_many_values_comes_back_with_its_true_counts(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MOST_VALUES", 2)
    known = []
    for number, names in enumerate([SYSTEMS[:2], SYSTEMS, SYSTEMS[:1]]):
        rows = [item(place, name=names[place % len(names)]) for place in range(12)]
        give(catalog, rows, START + number * HOUR)
        assert catalog.latest_snapshot is not None
        known.append(catalog.latest_snapshot.facet("name"))

    assert known == [{"Ubuntu Server": 6, "Debian": 6}, None, {"Ubuntu Server": 12}]


def test_packages_are_counted_by_the_facets_of_their_kind(connect: Any) -> None:
    connection = connect(kinds=["packages-payg"])
    catalog = connection.catalogs.get(kind="packages-payg")
    give(catalog, [package(number) for number in range(6)], START)
    give(catalog, [package(number, gpuName="A100") for number in range(5, 9)], START + HOUR)
    give(catalog, [package(number, area=number % 2) for number in range(2, 8)], START + 2 * HOUR)

    assert catalog.latest_snapshot is not None
    assert catalog.latest_snapshot.facets == recounted(catalog)


@pytest.mark.parametrize("seed", range(20))
def test_gone_ids_are_those_that_no_line_names(seed: int) -> None:
    random.seed(seed)
    before, after = (frozenset(random_lines()) for _ in range(2))

    assert gone_ids(before, after) == set(map(id_of, before)) - set(map(id_of, after))


def random_lines() -> list[Line]:
    """Return lines of few ids, so that some are listed with different contents."""
    count = random.randint(0, 12)
    return [
        IMAGES.line((random.choice("12345"), "BL", "x", random.choice("ab"))) for _ in range(count)
    ]
