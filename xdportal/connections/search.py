"""Connections by name or account, for the search."""

from collections.abc import Iterator

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.requests import viewer_of
from xdportal.connections.models import Connection
from xdportal.lib import search
from xdportal.lib.search import MOST, Group, Hit, Question


def connections(request: HttpRequest, question: Question) -> Iterator[Group]:
    """Yield the viewer's connections. One query."""
    viewer = viewer_of(request)
    asked = Q(name__icontains=question.text) | Q(account_id__iexact=question.text)
    rows = Connection.objects.visible_to(viewer).filter(asked).select_related("team")
    hits = [
        Hit(
            url=reverse("catalog", args=[row.slug]),
            label=str(row),
            aside=row.team.name,
            icon="key",
        )
        for row in rows.order_by("name", "pk")[:MOST]
    ]
    yield Group(_("Connections"), hits)


def register() -> None:
    search.add(connections, 50)
