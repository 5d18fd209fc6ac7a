"""Statements that are composed once a process.

The ORM composes the same few statements again for every check, which takes several times as long
as the database needs to run them. These say the same, with plain equalities alone: no joins, no
expressions, no signals. Names are fields, or a foreign key's column such as `snapshot_id`.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

Values = Mapping[str, Any]


def update(model: type[models.Model], where: Values, values: Values) -> int:
    """Set the values in the rows that match; return how many did."""
    return _update(model, where, values, added=False)


def add(model: type[models.Model], where: Values, values: Values) -> int:
    """Add the values to those of the rows that match; return how many did."""
    return _update(model, where, values, added=True)


def insert(row: models.Model) -> None:
    """Write a new row, and give it its key."""
    model = type(row)
    fields = _fields_but_key(model)
    names = tuple(field.name for field in fields)
    sql = _insert_sql(model, names, connection.vendor)
    (key,) = _columns(model, ["pk"])
    parameters = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {key}", parameters)
        row.pk = cursor.fetchone()[0]
    row._state.adding = False
    row._state.db = connection.alias


def insert_many(
    model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write rows of texts, integers and bytes, which no field has to convert."""
    if not rows:
        return
    sql = _insert_sql(model, tuple(names), connection.vendor)
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def _update(model: type[models.Model], where: Values, values: Values, *, added: bool) -> int:
    sql = _update_sql(model, tuple(where), tuple(values), added, connection.vendor)
    parameters = [*_prepared(model, values), *_prepared(model, where)]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _prepared(model: type[models.Model], values: Values) -> list[Any]:
    return [
        _field(model, name).get_db_prep_save(_plain(value), connection)
        for name, value in values.items()
    ]


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


@cache
def _update_sql(
    model: type[models.Model], where: Sequence[str], names: Sequence[str], added: bool, vendor: str
) -> str:
    columns = _columns(model, names)
    pattern = "{0} = {0} + %s" if added else "{0} = %s"
    assignments = ", ".join(map(pattern.format, columns))
    conditions = " AND ".join(f"{column} = %s" for column in _columns(model, where))
    table = connection.ops.quote_name(model._meta.db_table)
    return f"UPDATE {table} SET {assignments} WHERE {conditions}"  # noqa: S608


@cache
def _insert_sql(model: type[models.Model], names: Sequence[str], vendor: str) -> str:
    columns = ", ".join(_columns(model, names))
    placeholders = ", ".join(["%s"] * len(names))
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({placeholders})"  # noqa: S608


def _columns(model: type[models.Model], names: Iterable[str]) -> list[str]:
    return [connection.ops.quote_name(_field(model, name).column) for name in names]


@cache
def _fields_but_key(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


@cache
def _field(model: type[models.Model], name: str) -> Any:
    key = model._meta.pk
    return key if name == "pk" else model._meta.get_field(name)
