from django.urls import path, register_converter

from xdportal.alerts.views import inbox, pin, pins, recipes, stars
from xdportal.catalog.models import Catalog


class AnyKind:
    regex = "|".join(Catalog.Kind.values)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ScriptEnding(AnyKind):
    """The forms in which pins can be had for scripts."""

    regex = "csv|json|env"


register_converter(AnyKind, "kind")
register_converter(ScriptEnding, "script_ending")

urlpatterns = [
    path("pins/", pins.pin_list, name="pins"),
    path("pins.<script_ending:ending>", pins.export, name="pins-export"),
    path("pins/of/<slug:slug>/", pins.paste, name="pins-paste"),
    path("pins/star/<slug:slug>/<kind:kind>/<str:part>/", stars.toggle, name="pin-star"),
    path("pins/<uuid:uuid>/", pin.detail, name="pin"),
    path("pins/<uuid:uuid>/repin/", pin.repin, name="pin-repin"),
    path("pins/<uuid:uuid>/edit/", pin.edit, name="pin-edit"),
    path("pins/<uuid:uuid>/acknowledge/", pin.acknowledge, name="pin-acknowledge"),
    path("pins/<uuid:uuid>/mute/", pin.mute, name="pin-mute"),
    path("pins/<uuid:uuid>/unmute/", pin.unmute, name="pin-unmute"),
    path("pins/<uuid:uuid>/remove/", pin.remove, name="pin-remove"),
    path("recipes/", recipes.recipe_list, name="recipes"),
    path("recipes/of/<slug:slug>/", recipes.create, name="recipe-add"),
    path("recipes/<uuid:uuid>/remove/", recipes.remove, name="recipe-remove"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/of/<slug:slug>/read/", inbox.mark_read, name="inbox-read"),
    path("inbox/of/<slug:slug>/expect/", inbox.expect, name="expect"),
    path("inbox/of/<slug:slug>/mute/", inbox.mute_list, name="list-mute"),
    path("inbox/lists/<slug:slug>/<kind:kind>/unmute/", inbox.unmute_list, name="list-unmute"),
    path("inbox/expected/<uuid:uuid>/withdraw/", inbox.withdraw, name="expected-withdraw"),
]
