"""Queries that are composed once a process, and run with other values each time.

Turning a query of many joined columns into SQL takes the ORM several times as long as the database
needs to answer it. The SQL of a `Composed` is the ORM's own, kept with places for its values; rows
are made by the ORM, too, from the columns that it chose.
"""

import copy
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)
MOST = 200  # shapes that are kept of a query
Value = str | int | datetime  # not None: the SQL of "is null" is another


class Parameter(Expression):
    """Stands in a query for a value that is named when it is run."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Composed(Generic[Row]):
    """A query as a function of its values, and of a shape: what makes another statement of it."""

    def __init__(self, compose: Callable[..., QuerySet[Row]]) -> None:
        """`compose` takes a shape and named values, and returns the query. It may be called with
        parameters in place of the values.
        """
        self._compose = compose
        self._statements: dict[Hashable, _Compiler] = {}

    def rows(self, *shape: Hashable, **values: Value) -> list[Row]:
        """Return what the query of this shape finds with these values. One query."""
        bound: Any = _Bound(self._statement(shape, values), values)
        return list(ModelIterable(bound))

    def count(self, *shape: Hashable, **values: Value) -> int:
        """Return how many rows the query of this shape finds with these values. One query."""
        sql, parameters = self._statement(shape, values, counted=True).bound(values).as_sql()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({sql}) counted", parameters)  # noqa: S608
            return int(cursor.fetchone()[0])

    def _statement(
        self, shape: tuple[Hashable, ...], values: Mapping[str, Value], *, counted: bool = False
    ) -> "_Compiler":
        key = (connection.vendor, counted, *shape)
        statement = self._statements.get(key)
        if statement is None:
            if len(self._statements) >= MOST:
                self._statements.clear()
            rows = self._compose(*shape, **{name: Parameter(name) for name in values})
            query = (rows.values("pk") if counted else rows).query
            statement = _Compiler(query, connection, connection.alias)
            statement.compose()
            self._statements[key] = statement  # whole: another thread may ask at this moment
        return statement


class _Compiler(SQLCompiler):
    """A compiler that keeps its SQL. Copies of it are bound to values, one a run."""

    values: Mapping[str, Value]

    def compose(self) -> None:
        self.sql, self.parameters = super().as_sql()
        columns = [column for column, *_sql in self.select[: self.col_count]]
        self.converters = super().get_converters(columns)

    def bound(self, values: Mapping[str, Value]) -> "_Compiler":
        found = copy.copy(self)
        found.connection = connection  # the thread's own
        found.values = values
        return found

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return self.sql, tuple(map(self._value, self.parameters))

    def get_converters(self, expressions: Any) -> Any:
        return self.converters

    def _value(self, parameter: Any) -> Any:
        if not isinstance(parameter, Parameter):
            return parameter
        value = self.values[parameter.name]
        if isinstance(value, datetime):
            return self.connection.ops.adapt_datetimefield_value(value)
        return value


class _Bound:
    """What `ModelIterable` asks of a query set."""

    def __init__(self, composed: _Compiler, values: Mapping[str, Value]) -> None:
        self.db = composed.using
        self.query = self
        self._known_related_objects: dict[Any, Any] = {}
        self._compiler = composed.bound(values)

    def get_compiler(self, using: str) -> _Compiler:
        return self._compiler
