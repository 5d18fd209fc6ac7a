"""What could take over from a pinned id."""

import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.alerts.stage import HOUR, pin
from tests.items import START, give, item
from xdportal.alerts import records
from xdportal.alerts.models import Pin
from xdportal.alerts.pins.state import evaluate
from xdportal.catalog.models import Catalog


@time_machine.travel(START + 1.2 * HOUR, tick=False)
def test_the_record_of_a_broken_pin(catalog: Catalog) -> None:
    rows = [item(n, version=f"{18 + 2 * n}.04 x64") for n in range(1, 7)]
    give(catalog, rows, START)
    made = pin(catalog, "2", START, "base", sources=["repo main.tf:1"])
    others = [pin(catalog, str(n), START) for n in (3, 4)]
    give(catalog, [row for row in rows if row["imageId"] != 2], START + HOUR)

    (record,) = records.pins(evaluate([made]).values())
    assert record["successors"][0] == {
        "id": "3",
        "meaning": {"type": "BL", "name": "Ubuntu Server", "version": "24.04 x64"},
        "reason": "later version",
    }
    wanted = {"name": "base", "state": "withdrawn", "level": "critical", "now": None, "revision": 1}
    assert {name: record[name] for name in wanted} == wanted
    assert record["sources"] == ["repo main.tf:1"]
    assert record["sentence"] == (
        "base (2) has not been listed since 09:00. It was Ubuntu Server 22.04 x64 (BL)."
    )
    assert cost([made]) == cost([made, *others])


@time_machine.travel(START + 1.2 * HOUR, tick=False)
def test_successors_do_not_depend_on_what_else_is_asked(catalog: Catalog) -> None:
    leaving = [item(1), item(2, name="ubuntu server"), item(4, "18.04 x64")]
    staying = [item(3, "22.04 x64"), item(5, "16.04 x64", "ubuntu server")]
    staying += [item(number, name="Debian") for number in range(10, 20)]
    give(catalog, [*leaving, *staying], START)
    gone = [pin(catalog, item_id, START) for item_id in ("1", "2", "4")]
    give(catalog, staying, START + HOUR)

    alone = [records.pins(evaluate([one]).values())[0]["successors"] for one in gone]
    together = [record["successors"] for record in records.pins(evaluate(gone).values())]

    assert [[one["id"] for one in successors] for successors in alone] == [["3"], ["5"], ["3"]]
    assert together == alone


def cost(pins: list[Pin]) -> int:
    chosen = Pin.objects.with_target().filter(pk__in=[one.pk for one in pins])
    with CaptureQueriesContext(database) as queries:
        records.pins(evaluate(chosen.prefetch_related("sources")).values())
    return len(queries)
