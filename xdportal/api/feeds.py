"""Atom feeds by a token in their address: one entry an event, never updated."""

import hashlib
import zoneinfo
from contextlib import ExitStack

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import User
from xdportal.alerts import public, sentences
from xdportal.alerts import records as alert_records
from xdportal.alerts.models import PublicToken
from xdportal.api import identity
from xdportal.catalog.models import Event
from xdportal.connections.models import Connection

MOST = 100
AUTHOR = "xdportal"  # RFC 4287 wants one
CHANGES = ("catalog.changed", "catalog.held", "catalog.released")
ATTENTION = (
    *("connection.attention", "connection.recovered", "connection.paused"),
    *("catalog.failing", "catalog.recovered", "catalog.stale", "catalog.fresh", "catalog.held"),
)
FEEDS: dict[str, tuple[str, ...]] = {
    "pins": tuple(name for name in Event.Type.values if name.startswith("pin.")),
    "changes": CHANGES,
    "attention": ATTENTION,
}


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """Return the latest events of one feed. A token that opens nothing is nowhere."""
    at = timezone.now()
    found = public.opened(token, PublicToken.Kind.FEEDS, at)
    if found is None or name not in FEEDS or set(request.GET) - {"connection"}:
        raise Http404
    row, viewer = found
    events = list(_events(request, viewer, name)[:MOST])
    etag = _etag(request, name, row, events)
    response = _not_modified(request, etag) or _written(row, name, events)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _not_modified(request: HttpRequest, etag: str) -> HttpResponse | None:
    found = get_conditional_response(request, etag=etag)
    return found if isinstance(found, HttpResponseNotModified) else None


def _events(request: HttpRequest, viewer: Viewer, name: str) -> QuerySet[Event]:
    rows = Event.objects.visible_to(viewer).filter(type__in=FEEDS[name]).order_by("-pk")
    slug = request.GET.get("connection")
    if slug is not None:
        connections = Connection.objects.visible_to(viewer)
        connection = connections.filter(slug=slug).first()
        if connection is None:
            raise Http404
        rows = rows.filter(connection=connection.pk)
    return rows.select_related("connection", "catalog__connection")


def _etag(request: HttpRequest, name: str, token: PublicToken, events: list[Event]) -> str:
    newest = events[0].pk if events else 0
    reader = token.creator.language, token.creator.time_zone
    asked = token.pk, name, request.GET.get("connection")
    facts = (*asked, newest, len(events), settings.SITE_URL, *reader)
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def _written(token: PublicToken, name: str, events: list[Event]) -> HttpResponse:
    with ExitStack() as stack:
        _speak_as(token.creator, stack)
        titles = {
            "pins": _("Pins of %(team)s"),
            "changes": _("Changes of lists of %(team)s"),
            "attention": _("What needs attention in %(team)s"),
        }
        title = titles[name] % {"team": token.team.name}
        written = Atom1Feed(
            title=title,
            link=alert_records.absolute("/"),
            description=title,
            language=translation.get_language(),
            author_name=AUTHOR,
            feed_guid=identity.uuid_of(f"feed:{token.uuid}:{name}").urn,
        )
        for event in events:
            _add(written, event)
        content = written.writeString("utf-8")
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


def _add(feed: Atom1Feed, event: Event) -> None:
    with sentences.told_on(timezone.localtime(event.at).date()):
        record = alert_records.event(event)
    sentence = record["sentence"]
    feed.add_item(
        title=sentence,
        link=record["url"],
        description=sentence,
        unique_id=identity.urn_of(event),
        pubdate=event.at,
        updateddate=event.at,
        categories=(event.type, event.level),
    )


def _speak_as(user: User, stack: ExitStack) -> None:
    """Write in the language and the time zone of the token's creator."""
    stack.enter_context(translation.override(user.language or settings.LANGUAGE_CODE))
    zone = zoneinfo.ZoneInfo(user.time_zone) if user.time_zone else None
    stack.enter_context(timezone.override(zone or timezone.get_default_timezone()))
