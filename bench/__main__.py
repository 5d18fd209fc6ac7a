"""`make bench`: python -m bench [--images 1000,10000,100000] [--snapshots 1000] [--postgres URL]"""

import argparse
import os
import shutil
import tempfile


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--images", default="1000,10000,100000", help="sizes of the answers measured")
    parser.add_argument("--snapshots", type=int, default=1000, help="length of the history of 10,000 images")
    parser.add_argument("--postgres", help="a DATABASE_URL of an empty database, instead of SQLite")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="xdportal-bench-")
    os.environ |= {"DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings"}
    os.environ["DATABASE_URL"] = options.postgres or f"sqlite:///{folder}/bench.sqlite3"
    import django

    django.setup()
    from bench import measures

    try:
        measures.run([int(size) for size in options.images.split(",")], options.snapshots)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
