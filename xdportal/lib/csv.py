"""CSV that a spreadsheet opens safely: UTF-8 with BOM, and no cell is a formula."""

import csv
import io
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from xdportal.lib.batches import batches

BOM = "\ufeff"  # without it Excel misreads UTF-8
Row = Sequence[Hashable]

# What may begin a formula: some programs read the full-width forms the same way and skip white
# space.
FORMULA = frozenset("=+-@＝＋－＠\t\r\n")


def safe_cell(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    is_formula = isinstance(value, str) and value[:1] in FORMULA
    return f"'{value}" if is_formula else value


def csv_pieces(fields: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Yield the head and the rows, many lines a piece: a server sends each piece on its own."""
    yield BOM + _written([fields])
    for batch in batches(rows):
        yield _written(_safe(batch))


def rows_of(fields: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """Yield each record as a row of these fields."""
    return ([record[field] for field in fields] for record in records)


def _safe(rows: Sequence[Row]) -> Iterable[Row]:
    """Return rows with safe cells.

    Most cells occur in many rows, and few are formulas: each distinct one is looked at once, and
    rows are copied only where there is a formula among them.
    """
    texts = [cell for cell in set().union(*rows) if isinstance(cell, str)]
    if FORMULA.isdisjoint([text[:1] for text in texts]):
        return rows
    return ([safe_cell(cell) for cell in row] for row in rows)


def _written(rows: Iterable[Row]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()
