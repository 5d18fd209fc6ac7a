import re
from collections import defaultdict

from django.urls import URLPattern, path, re_path

from xdportal.api import badges, endpoints, feeds, pages, token_pages
from xdportal.api.operations import REGISTRY, Operation
from xdportal.api.views import nowhere, view_of

assert endpoints  # noqa: S101 (importing it declares the operations)
PARAMETER = re.compile(r"\\\{(\w+)\\\}")


def _routes() -> list[URLPattern]:
    """Return one route an address; those with fewer parameters first, so that words beat ids."""
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in REGISTRY:
        by_path[operation.path][operation.method] = operation
    ordered = sorted(by_path.items(), key=lambda entry: (entry[0].count("{"), entry[0]))
    return [_route(address, methods) for address, methods in ordered]


def _route(address: str, methods: dict[str, Operation]) -> URLPattern:
    pattern = PARAMETER.sub(r"(?P<\1>[^/]+)", re.escape(address.removeprefix("/")))
    first = next(iter(methods.values()))
    return re_path(rf"^api/v1/{pattern}\Z", view_of(methods), name=_name(first))


def _name(operation: Operation) -> str:
    return "api-" + operation.name.replace("_", "-")


_specification = next(one for one in REGISTRY if one.path == "/openapi.json")

urlpatterns = [
    *_routes(),
    path("api/docs/", pages.reference, name="api-docs"),
    path("api/docs/<slug:part>/", pages.reference, name="api-docs-part"),
    path("settings/feeds/", token_pages.token_list, name="feeds"),
    path("settings/teams/<slug:slug>/feeds/", token_pages.create, name="feed-add"),
    path("settings/feeds/<int:pk>/revoke/", token_pages.revoke, name="feed-revoke"),
    path("feeds/<str:token>/<slug:name>.atom", feeds.feed, name="feed"),
    path("badge/<str:token>.svg", badges.badge, name="badge"),
    path("ci/", pages.use_in_ci, name="use-in-ci"),
    path("cli/xdportal.py", pages.client_file, name="ci-client"),
    path("cli/xdportal.py.sha256", pages.client_checksum, name="ci-client-checksum"),
    path("api/openapi.json", view_of({"GET": _specification}), name="api-specification"),
    path("api/v1/<path:rest>", nowhere, name="api-nowhere"),
    path("api/v1/", nowhere, {"rest": ""}, name="api-root"),
]
