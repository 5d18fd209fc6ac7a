from django.http import HttpRequest, HttpResponse
from django.urls import path

from xdportal.urls import handler403, handler404, urlpatterns

__all__ = ["handler403", "handler404", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


urlpatterns = [*urlpatterns, path("bench/empty/", empty)]
