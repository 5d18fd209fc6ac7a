from django.urls import URLPattern, URLResolver, include, path, register_converter

from xdportal.catalog.models import Catalog
from xdportal.catalog.views import (
    changes,
    checks,
    dashboard,
    decoder,
    exports,
    filters,
    items,
    pairs,
    search,
    sides,
    snapshots,
)


class Ending:
    regex = "csv|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class OtherKind(Ending):
    """Every kind of list but images, whose addresses name no kind."""

    regex = "|".join(kind for kind in Catalog.Kind.values if kind != Catalog.Kind.IMAGES)


register_converter(Ending, "ending")
register_converter(OtherKind, "other_kind")


def export_urls(name: str) -> list[URLPattern]:
    return [
        path(f"{name}.<ending:ending>", exports.items, name="items-export"),
        path(f"{name}.txt", exports.items, {"ending": "txt"}, name="item-ids"),
    ]


def list_urls(items_at: str, item_at: str) -> list[URLPattern]:
    return [
        path(items_at, items.item_list, name="items"),
        path(f"{item_at}<str:part>/", items.item_detail, name="item"),
        path(f"{item_at}<str:part>/note/", items.item_note, name="item-note"),
    ]


history_urls = [
    path("changes.<ending:ending>", exports.changes, name="changes-export"),
    path("snapshots/<int:number>.<ending:ending>", exports.snapshot, name="snapshot-export"),
    path("compare.<ending:ending>", exports.comparison, name="compare-export"),
    path("changes/", changes.change_list, name="changes"),
    path("snapshots/", snapshots.snapshot_list, name="snapshots"),
    path("snapshots/<int:number>/", snapshots.snapshot_detail, name="snapshot"),
    path("compare/", snapshots.compare_snapshots, name="compare"),
    path("checks/<int:pk>/", checks.check_detail, name="check"),
    path("filters/", filters.filter_save, name="filter-save"),
    path("filters/<int:pk>/delete/", filters.filter_delete, name="filter-delete"),
    path("check/", checks.start_check, name="check-now"),
    path("held/accept/", checks.accept_quarantined, name="accept-quarantined"),
    path("held/discard/", checks.discard_quarantined, name="discard-quarantined"),
]

image_urls = [
    path("", items.catalog_home, name="catalog"),
    *export_urls("images"),
    *list_urls("images/", "images/"),
    *history_urls,
    path("pairs/", pairs.pair_page, name="pairs"),
    path("pairs.<ending:ending>", pairs.pair_export, name="pairs-export"),
]
other_urls: list[URLPattern | URLResolver] = [
    *export_urls("<other_kind:kind>"),
    path("<other_kind:kind>/", include([*list_urls("", "items/"), *history_urls])),
]

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("changes/", changes.team_changes, name="team-changes"),
    path("changes/of/<slug:slug>/read/", changes.mark_read, name="changes-read"),
    path("compare/", sides.compare_catalogs, name="compare-catalogs"),
    path("compare.<ending:ending>", sides.sides_export, name="compare-catalogs-export"),
    path("search/", search.find, name="search"),
    path("errors/decode/", decoder.decode, name="decoder"),
    path("c/<slug:slug>/", include(image_urls)),
    path("c/<slug:slug>/", include((other_urls, "kind"))),
]
