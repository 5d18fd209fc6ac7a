from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from xdportal.catalog import history, pictures
from xdportal.catalog.addresses import image_id_from
from xdportal.catalog.images import SORTS, ImageList, ImageQuery
from xdportal.catalog.views.page import catalog_page, page_of


@require_GET
def catalog_home(request: HttpRequest, slug: str) -> HttpResponse:
    return redirect("images", slug)


@require_GET
def image_list(request: HttpRequest, slug: str) -> HttpResponse:
    catalog, context = catalog_page(request, slug)
    recent = history.recent_start(catalog, context["now"])
    images = ImageList(catalog, ImageQuery.read(request.GET), recent)
    page = page_of(request, images.listings(), count=images.count())
    context |= {
        "query": images.query,
        "page": page,
        "rows": images.rows(list(page.object_list)),
        "facets": [("type", images.types()), ("system", images.systems()), ("status", images.statuses())],
        "sorts": SORTS,
    }
    return render(request, "catalog/images.html", context)


@require_GET
def image_detail(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """One image's life. An id that this catalog never listed is a 404."""
    catalog, context = catalog_page(request, slug)
    image_id = image_id_from(part)
    timeline = history.timeline(catalog, image_id) if image_id is not None else None
    if timeline is None:
        raise Http404
    context |= {"timeline": timeline, "presence": pictures.presence(timeline)}
    return render(request, "catalog/image.html", context)
