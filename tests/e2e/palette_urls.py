"""The portal with a search page of a test's own."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html

from xdportal.urls import handler403, handler404, handler500
from xdportal.urls import urlpatterns as portal

__all__ = ["handler403", "handler404", "handler500", "urlpatterns"]

LINK = (
    '<a href="/errors/?q={}"><span>codes like {}</span></a><a href="/"><span>dashboard</span></a>'
)


def search(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "")
    found = format_html(LINK, query, query)
    return HttpResponse(format_html('<html lang="en"><div id="found">{}</div></html>', found))


urlpatterns = [*portal, path("search/", search, name="search")]
