"""Asks this version what `record.py` asked the former one; prints the answers as JSON.

Run by `manage.py shell`, with the former answers on the path in FORMER_ANSWERS.
"""

import json
import os
import sys
from datetime import datetime
from typing import Any

import time_machine
from django.test import Client

from xdportal.accounts.models import User
from xdportal.catalog import history
from xdportal.catalog.models import Catalog


def life_of(catalog: Catalog, item_id: str) -> dict[str, Any]:
    life = history.timeline(catalog, item_id)
    assert life is not None
    return {
        "listed": sorted(list(row.record) for row in life.listed),
        "is_listed": life.is_listed,
        "first_seen": life.first_seen.isoformat(timespec="seconds"),
        "last_seen": life.last_seen.isoformat(timespec="seconds"),
        "spans": [list(span) for span in life.spans],
        "moments": [
            [
                moment.snapshot.number,
                moment.change.kind,
                [list(record) for record in moment.change.before],
                [list(record) for record in moment.change.after],
            ]
            for moment in life.moments
        ],
    }


def ask(former: dict[str, Any]) -> dict[str, Any]:
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(User.objects.get())
    exports = {path: client.get(path).getvalue().decode() for path in former["exports"]}
    pages = {}
    lives = {}
    for slug, known in former["lives"].items():
        catalog = Catalog.objects.get(connection__slug=slug, kind="images")
        lives[slug] = {item_id: life_of(catalog, item_id) for item_id in known}
        paths = ["images/", "changes/", "snapshots/", "compare/"]
        paths += [f"images/{item_id}/" for item_id in list(known)[::5]]
        paths += [f"snapshots/{number}/" for number in range(1, catalog.latest_number + 1, 5)]
        paths += [f"checks/{pk}/" for pk in catalog.checks.values_list("pk", flat=True)[:5]]
        for path in paths:
            pages[f"/c/{slug}/{path}"] = client.get(f"/c/{slug}/{path}").status_code
    return {"now": former["now"], "exports": exports, "lives": lives, "pages": pages}


with open(os.environ["FORMER_ANSWERS"]) as file:
    former_answers = json.load(file)
with time_machine.travel(datetime.fromisoformat(former_answers["now"]), tick=False):
    json.dump(ask(former_answers), sys.stdout, ensure_ascii=False)
