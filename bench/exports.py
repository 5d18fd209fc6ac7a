"""A filtered export as CSV, beside `csv.writer` over the tuples of the same query.

One image in a hundred changed lately.
"""

import csv
import io

from bench import lists
from bench.engine import Bench
from bench.table import Table, versus
from xdportal.catalog import exports, history
from xdportal.catalog.kinds import IMAGES
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.query import ItemQuery
from xdportal.lib.csv import csv_pieces

FIELDS = ("item_id", "type", "name", "version")


def measure(table: Table, size: int) -> None:
    bench = Bench("export")
    bench.give(lists.images(1, size))
    bench.give(lists.images(2, size))
    bench.catalog.refresh_from_db()
    query = ItemQuery(chosen=(("type", lists.TYPES),))
    items = ItemList(bench.catalog, query, history.recent_start(bench.catalog, bench.at))
    assert ours(items) == size + 1
    assert peer(items) == size
    whole, plain = versus(lambda: ours(items), lambda: peer(items), rounds=3)
    name = f"filtered export of {size:,} rows as CSV"
    table.ratio(name, whole, "csv.writer", plain, 2.5)
    bench.delete()


def ours(items: ItemList) -> int:
    """Return the number of lines, their head included."""
    columns = exports.items_export(IMAGES).columns
    pieces = csv_pieces(columns, exports.item_rows(items))
    return sum(piece.count("\r\n") for piece in pieces)


def peer(items: ItemList) -> int:
    rows = items.listings().values_list(*FIELDS)
    writer = csv.writer(io.StringIO())
    number = 0
    for row in rows.iterator():
        writer.writerow(row)
        number += 1
    return number
