"""CSV that a spreadsheet opens safely: UTF-8 with BOM, and no cell is a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BOM = "\ufeff"  # without it Excel misreads UTF-8


# What may begin a formula: some programs read the full-width forms the same way and skip white
# space.
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


def safe_cell(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value


class _Line:
    """A file for csv.writer that hands back the line it was given."""

    def write(self, text: str) -> str:
        return text


def csv_lines(fields: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    yield BOM + str(write(fields))
    for record in records:
        cells = [safe_cell(record[field]) for field in fields]
        yield str(write(cells))
