from django.urls import include, path, register_converter

from xdportal.catalog.views import changes, checks, dashboard, decoder, exports, images, snapshots


class Ending:
    regex = "csv|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Ending, "ending")

catalog_urls = [
    path("images.<ending:ending>", exports.images, name="images-export"),
    path("images.txt", exports.images, {"ending": "txt"}, name="image-ids"),
    path("changes.<ending:ending>", exports.changes, name="changes-export"),
    path("snapshots/<int:number>.<ending:ending>", exports.snapshot, name="snapshot-export"),
    path("compare.<ending:ending>", exports.comparison, name="compare-export"),
    path("", images.catalog_home, name="catalog"),
    path("images/", images.image_list, name="images"),
    path("images/<str:part>/", images.image_detail, name="image"),
    path("images/<str:part>/note/", images.image_note, name="image-note"),
    path("changes/", changes.change_list, name="changes"),
    path("snapshots/", snapshots.snapshot_list, name="snapshots"),
    path("snapshots/<int:number>/", snapshots.snapshot_detail, name="snapshot"),
    path("compare/", snapshots.compare_snapshots, name="compare"),
    path("checks/<int:pk>/", checks.check_detail, name="check"),
    path("check/", checks.start_check, name="check-now"),
    path("held/accept/", checks.accept_held, name="accept-held"),
    path("held/discard/", checks.discard_held, name="discard-held"),
]

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("errors/decode/", decoder.decode, name="decoder"),
    path("c/<slug:slug>/", include(catalog_urls)),
]
