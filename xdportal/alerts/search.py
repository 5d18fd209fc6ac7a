"""Pins by name, note or id, and the ways to go on with an id, for the search."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from xdportal.accounts import teams
from xdportal.accounts.requests import viewer_of
from xdportal.alerts.models import Pin
from xdportal.catalog.pasted_ids import ids_in
from xdportal.lib import search
from xdportal.lib.search import MOST, Group, Hit, Question


def pins(request: HttpRequest, question: Question) -> Iterator[Group]:
    """Yield the pins of the viewer's teams. One query."""
    viewer = viewer_of(request)
    asked = Q(name__icontains=question.text) | Q(item_id__in=question.text.split())
    rows = Pin.objects.visible_to(viewer).filter(asked).select_related("team")
    hits = []
    for pin in rows.order_by("name", "pk")[:MOST]:
        url = pin.get_absolute_url()
        hits.append(Hit(url=url, id=pin.item_id, label=pin.name, aside=pin.team.name, icon="star"))
    yield Group(gettext_lazy("Pins"), hits)


def ways_on(request: HttpRequest, question: Question) -> Iterator[Group]:
    """Yield what can be done with the ids that were asked for."""
    ids = [one.id for one in ids_in(question.text).ids]
    if not ids:
        return
    label = ngettext(
        "Check %(n)d ID in all connections", "Check %(n)d IDs in all connections", len(ids)
    )
    hits = [Hit(url=check_url(request, ids), label=label % {"n": len(ids)}, icon="ids")]
    if len(ids) == 1:
        query = urlencode({**_team(request), "q": ids[0]})
        url = f"{reverse('team-changes')}?{query}"
        hits.append(Hit(url=url, label=_("Changes of %(id)s") % {"id": ids[0]}, icon="clock"))
    yield Group(gettext_lazy("Do"), hits)


def check_url(request: HttpRequest, ids: list[str]) -> str:
    query = urlencode({**_team(request), "ids": " ".join(ids)})
    return f"{reverse('check-ids')}?{query}"


def _team(request: HttpRequest) -> dict[str, str]:
    shown = teams.shown(request)
    return {"team": shown[0].slug} if shown else {}


def register() -> None:
    search.add(pins, 10)
    search.add(ways_on, 30)
