"""The REST API beside an empty view of django-ninja in the same site."""

import gc
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connection as database
from django.http import HttpRequest
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone
from ninja import NinjaAPI

from bench import urls
from bench.engine import STEP, Bench, person
from bench.lists import NAMES, TYPES
from bench.table import Table, versus
from xdportal.accounts import keys
from xdportal.accounts.keys import NewKey
from xdportal.accounts.models import Scope, Team
from xdportal.catalog import retention
from xdportal.provider.kinds import ImageRecord

USUAL = 5_000
PAGE, PINS = 100, 100
EMPTY = "/bench/ninja/empty"

ninja = NinjaAPI(docs_url=None, openapi_url=None, urls_namespace="bench")


@ninja.get("/empty")
def empty(request: HttpRequest) -> dict[str, str]:
    return {}


patterns, _app, namespace = ninja.urls
for pattern in patterns:
    pattern.callback = login_not_required(pattern.callback)
urlpatterns = [*urls.urlpatterns, path("bench/ninja/", include((patterns, namespace)))]


class Program:
    """Asks with a key, as a pipeline does."""

    def __init__(self) -> None:
        user = person()
        wish = NewKey("bench", list(Scope), 30)
        key = keys.create(Team.objects.personal(user), user, wish)[1]
        self.client = Client(headers={"host": "127.0.0.1", "authorization": f"Bearer {key}"})

    def getting(self, address: str, **query: Any) -> Callable[[], object]:
        return self._checked(lambda: self.client.get(address, query))

    def checking(self, body: Any) -> Callable[[], object]:
        text = json.dumps(body)
        return self._checked(
            lambda: self.client.post("/api/v1/check", text, content_type="application/json")
        )

    def _checked(self, ask: Callable[[], Any]) -> Callable[[], object]:
        answer = ask()
        assert answer.status_code == 200, answer.content
        return ask


@override_settings(ROOT_URLCONF="bench.api", API_RATE=10**9)
def measure(table: Table, size: int = USUAL) -> None:
    bench = prepared(size)
    program = Program()
    slug = bench.connection.slug
    nothing = program.getting(EMPTY)
    address = f"/api/v1/connections/{slug}/images"
    one = image(size // 2, 3)
    texts = {"connection": slug, "name": one.name, "version": one.version}
    other = {**texts, "name": one.name.lower(), "version": one.version.replace("x64", "x86_64")}
    asked = [pin(place, slug) for place in range(PINS)]
    figures = {
        f"API: list of {PAGE} items": (program.getting(address, limit=PAGE), 4),
        "API: resolve, exact": (program.getting("/api/v1/resolve", **texts), 2),
        "API: resolve, normalised": (program.getting("/api/v1/resolve", **other), 2),
        f"API: check of {PINS} pins": (program.checking({"pins": asked}), 4),
    }
    gc.collect()
    *ours, peer = versus(*(call for call, _limit in figures.values()), nothing)
    for (figure, (_call, limit)), each in zip(figures.items(), ours, strict=True):
        table.ratio(figure, each, "empty ninja view", peer, limit)
    few = program.getting(address, limit=1), program.checking({"pins": asked[:1]})
    many = (figures[f"API: list of {PAGE} items"][0], figures[f"API: check of {PINS} pins"][0])
    for figure, smaller, larger in zip(("list", "check"), few, many, strict=True):
        counts = queries(larger), queries(smaller)
        table.compare(f"API: queries of the {figure}, against one", *shown(*counts), 1)
    bench.delete()


def prepared(size: int) -> Bench:
    """Return a bench whose list changed twice, and was read a moment ago."""
    bench = Bench("api")
    bench.at = timezone.now() - 3 * STEP - timedelta(seconds=1)
    for number in (1, 2, 3):
        bench.give(frozenset(image(place, number) for place in range(size)))
    retention.analyze()
    return bench


def image(place: int, number: int) -> ImageRecord:
    """Return an image with a name and version of its own. One in a hundred changes its type."""
    has_changed = place % 100 < number - 1
    kind = TYPES[(place + has_changed) % 2]
    name = NAMES[place % len(NAMES)]
    return ImageRecord(str(4001 + place), kind, name, f"{place // len(NAMES)}.1 x64")


def pin(place: int, slug: str) -> dict[str, Any]:
    """Return an id with what it meant at first."""
    first = image(place, 1)
    meaning = {"type": first.type, "name": first.name, "version": first.version}
    return {"id": first.id, "connection": slug, "meaning": meaning}


def queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(database) as captured:
        call()
    return len(captured)


def shown(many: int, few: int) -> tuple[str, str, float]:
    return str(many), str(few), many / few
