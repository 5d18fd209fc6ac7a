"""Composed queries find the rows that the ORM finds, with what is joined and annotated."""

from datetime import timedelta
from typing import Any

from django.db import connection as database
from django.db.models import F, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from tests.items import START, give, items
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.lib.composed import Composed


def _taken(kind: str, since: Any) -> QuerySet[Snapshot]:
    taken = Snapshot.objects.filter(taken_at__gte=since, catalog__kind=kind)
    joined = taken.select_related("catalog__connection__team", "catalog__quarantined")
    return joined.annotate(slug=F("catalog__connection__slug")).order_by("number")


def _catalogs(joins: tuple[str, ...], pk: Any) -> QuerySet[Catalog]:
    return Catalog.objects.select_related(*joins).filter(pk=pk)


TAKEN, CATALOGS = Composed(_taken), Composed(_catalogs)


def facts(row: Any) -> dict[str, Any]:
    """Return a row's values, and those of the rows that were joined."""
    joined = {name: one and facts(one) for name, one in row._state.fields_cache.items()}
    values = {name: value for name, value in vars(row).items() if not name.startswith("_")}
    return {**values, **joined}


def test_rows_are_those_of_the_orm(catalog: Catalog) -> None:
    give(catalog, items("ab"), START)
    give(catalog, items("abc"), START + timedelta(hours=1))
    for since, count in ((START, 2), (START + timedelta(minutes=1), 1), (START, 2)):
        found = TAKEN.rows(kind="images", since=since)

        assert list(map(facts, found)) == list(map(facts, _taken("images", since)))
        assert len(found) == count
    assert TAKEN.rows(kind="personal", since=START) == []


def test_rows_are_counted_as_the_orm_counts_them(catalog: Catalog) -> None:
    for hours in range(3):
        give(catalog, items(range(hours + 1)), START + timedelta(hours=hours))
    since = START + timedelta(minutes=1)
    first = Composed(lambda most, since: _taken("images", since)[:most])
    with CaptureQueriesContext(database) as queries:
        counts = [first.count(most, since=since) for most in (1, 2, 9)]

    assert counts == [1, 2, 2]
    assert len(queries) == 3
    assert TAKEN.count(kind="images", since=since) == _taken("images", since).count() == 2
    assert TAKEN.count(kind="personal", since=since) == 0


def test_what_is_joined_costs_no_query(catalog: Catalog) -> None:
    give(catalog, items("ab"), START)
    TAKEN.rows(kind="images", since=START)
    with CaptureQueriesContext(database) as queries:
        (snapshot,) = TAKEN.rows(kind="images", since=START)
        names = snapshot.catalog.connection.team.name, snapshot.catalog.kind

    assert (len(queries), names) == (1, (catalog.connection.team.name, "images"))


def test_each_shape_is_another_statement(catalog: Catalog) -> None:
    give(catalog, items("ab"), START)
    for joins in (("connection",), ("latest_snapshot", "quarantined"), ("connection",)):
        (row,) = CATALOGS.rows(joins, pk=catalog.pk)

        assert facts(row) == facts(_catalogs(joins, catalog.pk).get())


def test_who_asks_while_it_is_composed_gets_rows_too(catalog: Catalog) -> None:
    """Two threads of a web process may be the first to ask."""
    among: list[list[Catalog]] = []

    class Interrupted(Value):
        def as_sql(self, *arguments: Any, **named: Any) -> Any:
            if not among:
                among.append([])  # so that this is done once
                among[0] = composed.rows(pk=catalog.pk)
            return super().as_sql(*arguments, **named)

    composed = Composed(
        lambda pk: Catalog.objects.filter(pk=pk).annotate(one=Interrupted(1)).order_by("pk")
    )

    assert composed.rows(pk=catalog.pk) == [catalog]
    assert among == [[catalog]]


def test_a_row_can_be_saved_and_refreshed(catalog: Catalog) -> None:
    (row,) = CATALOGS.rows(("connection",), pk=catalog.pk)
    row.failures = 7
    row.save(update_fields=["failures"])
    row.refresh_from_db()

    assert (row.failures, row._state.adding, row._state.db) == (7, False, "default")
