"""The rows that a former commit knows, too: both versions in turn, and what became slower.

Each version runs with its own bench in its own checkout, one after the other, several times. What
is compared is each row's ratio to its peer, because the peers are the same in both.
"""

import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

BASE = Path(__file__).resolve().parents[1]
MEASURED = re.compile(r"(?P<value>[\d.]+) (?P<unit>×|B|MiB)(?:\s|$)")
WORSE = 1.1
Rows = dict[str, float]
OPTIONS = ("--images", "1000,10000", "--snapshots", "300")


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Yield a checkout of the commit, with this one's packages."""
    with tempfile.TemporaryDirectory(prefix="xdportal-former-") as folder:
        place = Path(folder) / "former"
        _git("worktree", "add", "--quiet", "--detach", str(place), commit)
        try:
            (place / ".venv").symlink_to(BASE / ".venv")
            yield place
        finally:
            _git("worktree", "remove", "--force", str(place))


def run(commit: str, rounds: int) -> int:
    """Print both versions' figures; return how many became worse by more than a tenth."""
    with checked_out(commit) as former:
        before: list[Rows] = []
        now: list[Rows] = []
        for number in range(rounds):
            print(f"round {number + 1} of {rounds} …", flush=True)
            before.append(measured(former))
            now.append(measured(BASE))
    return report(commit, medians(before), medians(now))


def measured(checkout: Path) -> Rows:
    """Return the rows that a version's own bench prints."""
    command = [sys.executable, "-m", "bench", *OPTIONS, "--only", _engine(checkout)]
    ended = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    return rows_of(ended.stdout)


def rows_of(printed: str) -> Rows:
    """Return the measured ratios and sizes of a printed table, by figure and peer."""
    rows: Rows = {}
    for line in printed.splitlines():
        cells = [cell.strip() for cell in re.split(r"\s*\|\s*|\s{2,}", line.strip(" |"))]
        value = next(filter(None, map(MEASURED.fullmatch, cells[1:])), None)
        if value is None or len(cells) < 3:
            continue
        peer = next((peer for peer in PEERS if any(cell.startswith(peer) for cell in cells)), "")
        rows.setdefault(" · ".join(filter(None, (cells[0], peer))), float(value["value"]))
    return rows


PEERS = ("json.loads", "plain sqlite3", "simple-history", "empty view", "admin's list")


def medians(found: list[Rows]) -> Rows:
    names = [name for name in found[0] if all(name in rows for rows in found)]
    return {name: statistics.median(rows[name] for rows in found) for name in names}


def report(commit: str, before: Mapping[str, float], now: Mapping[str, float]) -> int:
    print(f"\n| figure | {commit} | now | now ÷ then |\n| --- | --- | --- | --- |")
    worse = 0
    for name in (name for name in before if name in now):
        ratio = now[name] / before[name]
        worse += ratio > WORSE
        mark = " worse" if ratio > WORSE else ""
        print(f"| {name} | {before[name]:.2f} | {now[name]:.2f} | {ratio:.2f}{mark} |")
    print(f"\n{worse} worse by more than a tenth.")
    return worse


def _engine(checkout: Path) -> str:
    """Return what `--only` calls the rows that need no processes: the former bench had one name."""
    has_parts = (checkout / "bench/answers.py").exists()
    return "answers,history,pages,memory" if has_parts else "engine"


def _git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(BASE), *arguments], check=True)
