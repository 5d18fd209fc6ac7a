"""One Markdown table: figure, ours, the peer's, measured, target, met or missed."""

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import connection

HEAD = ("figure", "ours", "peer", "measured", "target", "")
Call = Callable[[], object]
clock = time.perf_counter


@dataclass
class Table:
    rows: list[tuple[str, ...]] = field(default_factory=list)
    began: tuple[float, float, float] = field(default_factory=os.getloadavg)
    took: dict[str, float] = field(default_factory=dict)  # seconds, by part

    def ratio(self, figure: str, ours: float, name: str, peer: float, limit: float) -> None:
        """Add milliseconds of ours beside those of a peer."""
        self._add(figure, ms(ours), f"{name} {ms(peer)}", ours / peer, "×", limit)

    def value(self, figure: str, value: float, unit: str, limit: float) -> None:
        self._add(figure, "", "", value, unit, limit)

    def at_least(self, figure: str, value: float, unit: str, limit: float, note: str = "") -> None:
        verdict = "met" if value >= limit else "missed"
        self._row(figure, note, "", f"{value:.2f} {unit}", f"≥ {limit:g} {unit}", verdict)

    def compare(self, figure: str, ours: str, peer: str, ratio: float, limit: float) -> None:
        """Add a ratio of what is not a time."""
        self._add(figure, ours, peer, ratio, "×", limit)

    def note(self, figure: str, measured: str) -> None:
        """Add a figure without a target."""
        self._row(figure, "", "", measured, "", "")

    def grid(self, title: str, head: list[str], rows: Mapping[str, list[str]]) -> None:
        """Print a table of its own: how something grows."""
        print(f"\n{connection.display_name}")
        for row in ([title, *head], ["---"] * (len(head) + 1)):
            print(markdown(row))
        for name, values in rows.items():
            print(markdown([name, *values]), flush=True)

    def take(self, printed: str) -> None:
        """Add the rows of a table that another process printed."""
        for line in printed.splitlines():
            cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
            if line.startswith("|") and cells[0] not in (HEAD[0], "---"):
                self._row(*cells)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Note how long a part of the run takes."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.took[name] = time.monotonic() - began

    def lines(self) -> list[str]:
        verdicts = [row[-1] for row in self.rows if row[-1]]
        took = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.took.items())
        return [
            self._machine(),
            f"It took {sum(self.took.values()) / 60:.1f} minutes: {took}.",
            "",
            *(markdown(row) for row in (HEAD, ("---",) * len(HEAD), *self.rows)),
            "",
            f"{verdicts.count('met')} of {len(verdicts)} targets met.",
        ]

    def print(self) -> None:
        print("\n" + "\n".join(self.lines()))

    def _add(
        self, figure: str, ours: str, peer: str, value: float, unit: str, limit: float
    ) -> None:
        verdict = "met" if value <= limit else "missed"
        self._row(figure, ours, peer, f"{value:.2f} {unit}", f"≤ {limit:g} {unit}", verdict)

    def _row(self, *cells: str) -> None:
        self.rows.append(cells)
        print("  " + " · ".join(cell for cell in cells if cell), flush=True)

    def _machine(self) -> str:
        before = ", ".join(f"{load:.1f}" for load in self.began)
        after = ", ".join(f"{load:.1f}" for load in os.getloadavg())
        return (
            f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores, "
            f"Python {platform.python_version()}, {connection.display_name}; "
            f"load average (1, 5, 15 minutes) {before} at the start, {after} at the end."
        )


def markdown(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def count_processor_time() -> None:
    """Let `timed` count this process's time on the processor: what a busy machine leaves alone."""
    global clock
    clock = time.process_time


def timed(call: Call) -> float:
    """Return milliseconds."""
    started = clock()
    call()
    return (clock() - started) * 1000


def versus(ours: Call, *peers: Call, rounds: int = 9, before: Call | None = None) -> list[float]:
    """Return medians in milliseconds, in alternating rounds.

    `before` is called, untimed, before each call of ours.
    """
    calls = (ours, *peers)
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        if before is not None:
            before()
        for place, call in enumerate(calls):
            times[place].append(timed(call))
    return [statistics.median(each) for each in times]


def ms(value: float) -> str:
    return f"{value:.2f} ms"
