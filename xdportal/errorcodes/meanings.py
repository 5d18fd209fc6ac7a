"""What a code means: its rows, grouped by what they say."""

from collections.abc import Iterable
from dataclasses import dataclass

from xdportal.errorcodes.reference import BY_CODE, ROWS, ErrorCode, Similar


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means, and every row that documents it so."""

    rows: tuple[ErrorCode, ...]

    @property
    def row(self) -> ErrorCode:
        return self.rows[0]

    @property
    def solutions(self) -> list[ErrorCode]:
        """Return one row for each different solution that the provider gives."""
        distinct: dict[str, ErrorCode] = {}
        for row in self.rows:
            if row.solution_zh:
                distinct.setdefault(row.solution_zh, row)
        return list(distinct.values())


def meanings(rows: Iterable[ErrorCode]) -> list[Meaning]:
    """Group rows that say the same, in the order of their first rows."""
    grouped: dict[tuple[int, str, str], list[ErrorCode]] = {}
    for row in rows:
        key = (row.code, row.message_zh, row.service)
        same = grouped.setdefault(key, [])
        same.append(row)
    return [Meaning(tuple(same)) for same in grouped.values()]


def same_elsewhere(code: int) -> list[Meaning]:
    """Return what other codes of the same calls mean with the same message."""
    own = {_said_by_call(row) for row in BY_CODE[code]}
    others = []
    for row in ROWS:
        if row.code != code and row.path and _said_by_call(row) in own:
            others.append(row)
    return meanings(others)


def _said_by_call(row: ErrorCode) -> tuple[str, str]:
    return row.path, row.message_zh


def similar(group: Iterable[Meaning]) -> list[Similar]:
    """Return what is easily taken for one of the meanings, each code once."""
    by_number: dict[int, Similar] = {}
    for meaning in group:
        for other in meaning.row.similar:
            by_number[other.code] = other
    return list(by_number.values())
