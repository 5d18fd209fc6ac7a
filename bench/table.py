"""One table: figure, ours, the peer's, ratio, target, met or missed."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Table:
    rows: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)

    def add(self, figure: str, ours: str, peer: str, value: float, limit: float, unit: str = "×") -> None:
        met = "met" if value <= limit else "missed"
        self.rows.append((figure, ours, peer, f"{value:.2f} {unit}", f"≤ {limit:g} {unit}", met))
        print(f"  {figure}: {value:.2f} {unit} (≤ {limit:g}) {met}", flush=True)

    def print(self) -> None:
        rows = [("figure", "ours", "peer", "measured", "target", ""), *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(6)]
        print()
        for row in rows:
            print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
        missed = sum(row[5] == "missed" for row in self.rows)
        print(f"\n{len(self.rows) - missed} of {len(self.rows)} targets reached.")


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def versus(
    ours: Callable[[], object],
    *peers: Callable[[], object],
    rounds: int = 9,
    before: Callable[[], object] | None = None,
) -> list[float]:
    """Medians in milliseconds, in alternating rounds. `before` is called, untimed, before each call of ours."""
    times: list[list[float]] = [[] for _ in range(1 + len(peers))]
    for _ in range(rounds):
        for place, call in enumerate((ours, *peers)):
            if place == 0 and before is not None:
                before()
            times[place].append(timed(call))
    return [statistics.median(some) for some in times]


def ms(value: float) -> str:
    return f"{value:.2f} ms"
