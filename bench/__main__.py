"""`make bench`: python -m bench --help"""

import argparse
import os
import shutil
import tempfile


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--images", default="1000,10000,100000", help="sizes of the answers measured")
    parser.add_argument("--snapshots", type=int, default=1000, help="length of the history of 10,000 images")
    parser.add_argument("--postgres", help="a DATABASE_URL of an empty database, instead of SQLite")
    parser.add_argument("--only", choices=["engine", "processes"], help="one of the two tables")
    parser.add_argument("--rate", type=int, default=60, help="seconds for which 10,000 checks an hour are held")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="xdportal-bench-")
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    os.environ["DATABASE_URL"] = options.postgres or f"sqlite:///{folder}/bench.sqlite3"
    import django

    django.setup()
    from django.core.management import call_command

    from bench import measures, processes

    call_command("migrate", "--verbosity", "0", "--run-syncdb")
    try:
        if options.only != "processes":
            measures.run([int(size) for size in options.images.split(",")], options.snapshots)
        if options.only != "engine":
            processes.run(options.rate)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
