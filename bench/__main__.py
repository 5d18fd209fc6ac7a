"""`make bench`: python -m bench --help"""

import argparse
import os
import shutil
import tempfile

SMALL = 40  # images, as most accounts list
USUAL = 5_000
PARTS = ("answers", "history", "pages", "memory", "processes")


def main() -> None:
    options = parse()
    folder = tempfile.mkdtemp(prefix="xdportal-bench-")
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    os.environ["DATABASE_URL"] = options.postgres or f"sqlite:///{folder}/bench.sqlite3"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", "--verbosity", "0", "--run-syncdb")
    try:
        measure(options)
    finally:
        shutil.rmtree(folder)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument(
        "--images", type=sizes, default="1000,10000,100000", help="sizes of the lists measured"
    )
    parser.add_argument(
        "--snapshots", type=int, default=1000, help="length of the history of 10,000 images"
    )
    parser.add_argument("--postgres", help="a DATABASE_URL of an empty database, instead of SQLite")
    parser.add_argument(
        "--only", type=parts, default=",".join(PARTS), help=f"some of {','.join(PARTS)}"
    )
    parser.add_argument(
        "--rate", type=int, default=60, help="seconds for which 10,000 checks an hour are held"
    )
    parser.add_argument(
        "--processor", action="store_true", help="time on the processor: for a busy machine"
    )
    return parser.parse_args()


def sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def parts(text: str) -> list[str]:
    named = text.split(",")
    if not set(named) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"choose from {','.join(PARTS)}")
    return named


def measure(options: argparse.Namespace) -> None:
    from bench import answers, history, memory, pages, processes
    from bench.table import Table, count_processor_time

    if options.processor:
        count_processor_time()
    table = Table()
    largest = max(options.images)
    steps = {
        "answers": lambda: [answers.measure(table, size) for size in options.images],
        "history": lambda: history.measure(table, options.snapshots),
        "pages": lambda: pages.measure(table, [SMALL, USUAL, largest]),
        "memory": lambda: memory.measure(table, largest),
        "processes": lambda: processes.measure(table, options.rate),
    }
    for part in options.only:
        print(f"{part} …", flush=True)
        steps[part]()
    table.print()


if __name__ == "__main__":
    main()
