from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from xdportal.accounts import audit
from xdportal.accounts.access import Right
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.requests import AuthenticatedRequest
from xdportal.catalog import history, pictures
from xdportal.catalog.access import get_catalog_or_404
from xdportal.catalog.addresses import image_id_from, image_url
from xdportal.catalog.images import SORTS, ImageList, ImageQuery
from xdportal.catalog.notes import NoteForm, note_on
from xdportal.catalog.views.page import catalog_page, page_of


@require_safe
def catalog_home(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    return redirect("images", slug)


@require_safe
def image_list(request: AuthenticatedRequest, slug: str) -> HttpResponse:
    catalog, context = catalog_page(request, slug)
    recent = history.recent_start(catalog, context["now"])
    images = ImageList(catalog, ImageQuery.read(request.GET), recent)
    page = page_of(request, images.listings(), count=images.count())
    context |= {
        "query": images.query,
        "page": page,
        "withdrawn": 0 if images.query.is_filtered else page.paginator.count - images.available,
        "rows": images.rows(list(page.object_list)),
        "facets": [("type", images.types()), ("system", images.systems()), ("status", images.statuses())],
        "sorts": SORTS,
    }
    return render(request, "catalog/images.html", context)


@require_safe
def image_detail(request: AuthenticatedRequest, slug: str, part: str) -> HttpResponse:
    return _image_page(request, slug, part)


@require_http_methods(["GET", "HEAD", "POST"])
def image_note(request: AuthenticatedRequest, slug: str, part: str) -> HttpResponse:
    """Writes the team's note on an image; empty takes it away."""
    catalog = get_catalog_or_404(request.viewer, slug, Right.WORK if request.method == "POST" else Right.LOOK)
    image_id = image_id_from(part)
    if image_id is None or not catalog.listings.filter(image_id=image_id).exists():
        raise Http404
    form = NoteForm(request.POST)
    if request.method == "POST":
        if not form.is_valid():
            return _image_page(request, slug, part, form)
        form.store(catalog, image_id, request.user)
        audit.note(AuditEntry.Kind.NOTED, catalog.connection.team, f"{catalog.slug} {image_id}", request)
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(image_url(slug, image_id))


def _image_page(request: AuthenticatedRequest, slug: str, part: str, refused: NoteForm | None = None) -> HttpResponse:
    """One image's life. An id that this catalog never listed is a 404. `refused`: a note that could not be saved."""
    catalog, context = catalog_page(request, slug)
    image_id = image_id_from(part)
    timeline = history.timeline(catalog, image_id) if image_id is not None else None
    if timeline is None:
        raise Http404
    note = note_on(catalog, timeline.image_id)
    context |= {
        "part": part,
        "timeline": timeline,
        "presence": pictures.presence(timeline),
        "note": note,
        "form": refused or NoteForm(initial={"text": note.text if note else ""}),
    }
    return render(request, "catalog/image.html", context)
