"""`make bench`: python -m bench --help"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.table import Table

SMALL = 40  # images, as most accounts list
USUAL = 5_000
PARTS = (
    *("answers", "kinds", "history", "pages", "exports", "memory"),
    *("https", "pins", "api", "load", "processes", "simulation"),
)
ALONE = ("scale",)
QUICK = {
    "images": [1_000, 10_000],
    "snapshots": 200,
    "rate": 20,
    "simulated": 60,
    "crowd": 20_000,
    "connections": 100,
}
Steps = dict[str, Callable[[], object]]


def main() -> None:
    options = parse()
    if options.beside:
        from bench import beside

        sys.exit(1 if beside.run(options.beside, options.rounds) else 0)
    if options.scale:
        sys.exit(on_both_databases())
    with prepared(options.postgres, options.broker):
        measure(options)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench")
    add = parser.add_argument
    add("--quick", action="store_true", help="smaller lists, shorter runs")
    add("--scale", action="store_true", help="how cost grows, on SQLite and PostgreSQL; alone")
    add("--beside", metavar="COMMIT", help="this version beside a former one; alone")
    add("--rounds", type=int, default=3, help="of --beside")
    add("--only", type=parts, default=list(PARTS), help=f"some of {','.join(PARTS)}")
    add("--write", action="store_true", help="put the table into bench/README.md")
    add("--processor", action="store_true", help="time on the processor: for a busy machine")
    add("--images", type=sizes, default="1000,10000,100000", help="sizes of the lists measured")
    add("--snapshots", type=int, default=1000, help="length of the history of 10,000 images")
    add("--rate", type=int, default=60, help="seconds for which 10,000 checks an hour are held")
    add("--connections", type=int, default=400, help="that workers are measured with")
    add("--simulated", type=int, default=120, help="seconds that the simulation covers")
    add("--crowd", type=int, default=100_000, help="connections of the simulation")
    add("--divisor", type=int, default=1, help="by which --scale is smaller, to try it out")
    add("--postgres", help="a DATABASE_URL of an empty database, instead of SQLite")
    add("--broker", help="a CELERY_BROKER_URL, instead of files")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    return options


def sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def parts(text: str) -> list[str]:
    named = text.split(",")
    if not set(named) <= {*PARTS, *ALONE}:
        raise argparse.ArgumentTypeError(f"choose from {','.join(PARTS)}")
    return named


@contextmanager
def prepared(database: str | None, broker: str | None) -> Iterator[None]:
    """Set up Django with a database and a folder of its own."""
    folder = tempfile.mkdtemp(prefix="xdportal-bench-")
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    os.environ["DATABASE_URL"] = database or f"sqlite:///{folder}/bench.sqlite3"
    if broker:
        os.environ["CELERY_BROKER_URL"] = broker
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", "--verbosity", "0")
    call_command("migrate", "--verbosity", "0", "--run-syncdb")  # the bench's own models
    try:
        yield
    finally:
        shutil.rmtree(folder)


def measure(options: argparse.Namespace) -> None:
    from bench import readme
    from bench.table import Table, count_processor_time

    if options.processor:
        count_processor_time()
    table = Table()
    steps = steps_of(table, options)
    failed = [part for part in options.only if not ran(table, part, steps[part])]
    table.print()
    if options.write:
        readme.write(table)
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


def ran(table: "Table", part: str, step: Callable[[], object]) -> bool:
    """Run a part; return whether it got to its end. The others don't depend on it."""
    from django.db import DatabaseError

    print(f"{part} …", flush=True)
    try:
        with table.part(part):
            step()
    except (AssertionError, OSError, DatabaseError):
        traceback.print_exc()
        table.note(f"{part}: did not get to its end", "")
        return False
    return True


def steps_of(table: "Table", options: argparse.Namespace) -> Steps:
    from bench import (
        answers,
        api,
        exports,
        history,
        https,
        kinds,
        load,
        memory,
        pages,
        pins,
        processes,
        scale,
    )

    largest = max(options.images)
    return {
        "answers": lambda: [answers.measure(table, size) for size in options.images],
        "kinds": lambda: kinds.measure(table),
        "history": lambda: history.measure(table, options.snapshots),
        "pages": lambda: pages.measure(table, [SMALL, USUAL, largest]),
        "exports": lambda: exports.measure(table, largest),
        "memory": lambda: memory.measure(table, largest),
        "https": lambda: https.measure(table),
        "pins": lambda: pins.measure(table),
        "api": lambda: api.measure(table),
        "load": lambda: load.measure(table),
        "processes": lambda: processes.measure(table, options.rate, options.connections),
        "simulation": lambda: simulate(table, options),
        "scale": lambda: scale.measure(table, options.divisor),
    }


def simulate(table: "Table", options: argparse.Namespace) -> None:
    """Run the simulation, in a process of its own where this one has no PostgreSQL and Redis."""
    if options.postgres and options.broker:
        from bench import simulation

        simulation.measure(table, options.crowd, options.simulated)
        return
    from tests.portal import servers

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xdportal-bench-")))
        urls = servers("distributed", stack, folder)
        ours = ["--only", "simulation", "--crowd", str(options.crowd)]
        theirs = ["--postgres", urls["DATABASE_URL"], "--broker", urls["CELERY_BROKER_URL"]]
        simulated = ["--simulated", str(options.simulated)]
        command = [sys.executable, "-m", "bench", *ours, *theirs, *simulated]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not ended.returncode, ended.stderr
    table.take(ended.stdout)


def on_both_databases() -> int:
    """Print the tables of `--scale` on SQLite and on PostgreSQL, each in a process of its own."""
    from tests.servers import postgres

    command = [sys.executable, "-m", "bench", "--only", "scale", *sys.argv[1:]]
    command.remove("--scale")
    on_sqlite = subprocess.run(command, check=False).returncode
    with postgres() as url:
        on_postgresql = subprocess.run([*command, "--postgres", url], check=False).returncode
    return on_sqlite or on_postgresql


if __name__ == "__main__":
    main()
