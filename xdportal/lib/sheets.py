"""CSV that a spreadsheet opens without harm: UTF-8 with BOM, and no cell is a formula."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

BOM = "\ufeff"  # without it Excel takes UTF-8 for something else


def safe_cell(value: object) -> object:
    """What a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


class _Line:
    """A file for csv.writer that keeps the one line it was given."""

    def write(self, text: str) -> str:
        return text


def csv_lines(fields: Sequence[str], records: Iterable[dict[str, Any]]) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    yield BOM + str(write(fields))
    for record in records:
        values = [record[field] for field in fields]
        yield str(write([safe_cell("" if value is None else value) for value in values]))
