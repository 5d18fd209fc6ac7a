"""What a claim reads by a query that is composed once is what the ORM reads."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.items import START, give, items
from xdportal.catalog.checks.run import AT_THE_CLAIM, Run
from xdportal.catalog.models import Catalog

JOINED = ("connection", "latest_snapshot", "quarantined")


def columns(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def rows_of(catalog: Catalog) -> list[Any]:
    return [catalog, catalog.connection, catalog.latest_snapshot, catalog.quarantined_answer]


@pytest.mark.parametrize("suspect", [False, True], ids=["good", "with a suspect answer"])
def test_it_is_the_same_row_and_what_is_joined(
    catalog: Catalog, suspect: bool, django_assert_num_queries: Callable[[int], Any]
) -> None:
    give(catalog, items(range(1, 8)), START)
    if suspect:
        give(catalog, items(range(1, 3)), START)
    with django_assert_num_queries(1):
        (found,) = AT_THE_CLAIM.rows(pk=catalog.pk)
        read = rows_of(found)
    plain = rows_of(Catalog.objects.select_related(*JOINED).get(pk=catalog.pk))

    assert [row and columns(row) for row in read] == [row and columns(row) for row in plain]
    assert (read[-1] is not None) == suspect


@pytest.mark.django_db
def test_a_list_that_is_gone_cannot_be_claimed() -> None:
    with pytest.raises(Catalog.DoesNotExist):
        Run.claim(1, START)
