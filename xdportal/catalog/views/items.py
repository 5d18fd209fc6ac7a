from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from xdportal.accounts import audit
from xdportal.accounts.access import Right
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history, kinds
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import id_from, item_url
from xdportal.catalog.history import Timeline
from xdportal.catalog.kinds import spec_of
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages import image, life, package
from xdportal.catalog.pages.items import ItemList
from xdportal.catalog.pages.notes import NoteForm, note_on
from xdportal.catalog.pages.pairs import offers_by_type
from xdportal.catalog.pages.query import ItemQuery, sorts_in_words
from xdportal.catalog.pages.rows import add_state_times, rows_of
from xdportal.catalog.pages.saved import saved_of
from xdportal.catalog.views.page import billing_switch, catalog_page, page_of

IMAGES = Catalog.Kind.IMAGES


@require_safe
def catalog_home(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    return redirect("items", slug)


@require_safe
def item_list(request: AuthenticatedRequest, slug: str, kind: str = IMAGES) -> HttpResponse:
    catalog, context = catalog_page(request, slug, kind)
    spec = spec_of(catalog)
    recent = history.recent_start(catalog, context["now"])
    items = ItemList(catalog, ItemQuery.read(request.GET, spec), recent)
    page = page_of(request, items.listings(), count=items.count())
    priced_at = context["now"] if spec.has_price else None
    rows = rows_of(catalog, list(page.object_list), recent, priced_at)
    if spec is kinds.PERSONAL:
        add_state_times(catalog, rows)
    context |= {
        "query": items.query,
        "saved": saved_of(catalog, request.viewer, request.GET.urlencode()),
        "page": page,
        "withdrawn": items.withdrawn_count(),
        "rows": rows,
        "facets": items.facets(),
        "sorts": sorts_in_words(spec),
        "billing": billing_switch(catalog, spec),
        "offers": offers_by_type(catalog) if spec is kinds.IMAGES else {},
    }
    return render(request, "catalog/items.html", context)


@require_safe
def item_detail(
    request: AuthenticatedRequest, slug: str, part: str, kind: str = IMAGES
) -> HttpResponse:
    return _item_page(request, slug, kind, part)


@require_http_methods(["GET", "HEAD", "POST"])
def item_note(
    request: AuthenticatedRequest, slug: str, part: str, kind: str = IMAGES
) -> HttpResponse:
    """Write the team's note on an item; an empty one deletes it."""
    right = Right.WORK if request.method == "POST" else Right.LOOK
    catalog = get_catalog_or_404(request.viewer, slug, kind, right)
    item_id = id_from(part)
    if item_id is None or not catalog.listings.filter(item_id=item_id).exists():
        raise Http404
    form = NoteForm(request.POST)
    if request.method == "POST":
        if not form.is_valid():
            return _item_page(request, slug, kind, part, form)
        form.store(catalog, item_id, request.user)
        target = f"{catalog.slug} {item_id}"
        audit.note(AuditEntry.Kind.NOTED, catalog.connection.team, target, request)
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(item_url(slug, kind, item_id))


def _item_page(
    request: AuthenticatedRequest, slug: str, kind: str, part: str, refused: NoteForm | None = None
) -> HttpResponse:
    """One item's life; 404 for an id that this list never held. `refused`: a note not saved."""
    catalog, context = catalog_page(request, slug, kind)
    item_id = id_from(part)
    timeline = history.timeline(catalog, item_id) if item_id is not None else None
    if timeline is None:
        raise Http404
    note = note_on(catalog, timeline.item_id)
    context |= {
        "part": part,
        "note": note,
        "form": refused or NoteForm(initial={"text": note.text if note else ""}),
        **_life(catalog, timeline, context["now"], everywhere=_asks_everywhere(request)),
    }
    return render(request, spec_of(catalog).item_template, context)


def _asks_everywhere(request: AuthenticatedRequest) -> bool:
    return request.GET.get("accounts") == "all"


def _life(
    catalog: Catalog, timeline: Timeline, now: datetime, *, everywhere: bool
) -> dict[str, Any]:
    kind = spec_of(catalog)
    events = life.events_of(kind, timeline)
    verdict = life.verdict_on(kind, timeline, events, now)
    meanings = life.meanings_of(kind, timeline, verdict, now)
    shown = {
        "timeline": timeline,
        "events": events,
        "verdict": verdict,
        "meanings": meanings,
        "bars": life.bars_of(meanings),
    }
    if kind is kinds.IMAGES:
        return shown | image.extras(catalog, timeline, verdict, everywhere=everywhere)
    if kind.has_price:
        return shown | package.extras(catalog, timeline, now)
    return shown
