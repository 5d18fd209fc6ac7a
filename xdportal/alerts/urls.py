from django.urls import include, path, register_converter

from xdportal.alerts.views import (
    channels,
    deliveries,
    ids,
    inbox,
    own,
    pin,
    pins,
    recipes,
    rules,
    stars,
)
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


class Steering(AnyKind):
    """What can be done to a channel's state."""

    regex = "|".join(channels.STATES)


register_converter(Steering, "steering")
register_converter(AnyKind, "kind")
register_converter(ScriptEnding, "script_ending")

channel_urls = [
    path("", channels.detail, name="channel"),
    path("address/", channels.change_address, name="channel-address"),
    path("times/", channels.change_times, name="channel-times"),
    path("test/", channels.test, name="channel-test"),
    path("rotate/", channels.rotate, name="channel-rotate"),
    path("rotated/", channels.end_rotation, name="channel-rotated"),
    path("remove/", channels.remove, name="channel-remove"),
    path("rules/", rules.add, name="rule-add"),
    path("<steering:state>/", channels.change_state, name="channel-state"),
]
urlpatterns = [
    path("check/", ids.check_ids, name="check-ids"),
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
    path("recipes/of-pair/<slug:slug>/", recipes.create_of_pair, name="recipe-of-pair"),
    path("recipes/<uuid:uuid>/remove/", recipes.remove, name="recipe-remove"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/of/<slug:slug>/read/", inbox.mark_read, name="inbox-read"),
    path("inbox/of/<slug:slug>/expect/", inbox.expect, name="expect"),
    path("inbox/of/<slug:slug>/mute/", inbox.mute_list, name="list-mute"),
    path("inbox/lists/<slug:slug>/<kind:kind>/unmute/", inbox.unmute_list, name="list-unmute"),
    path("inbox/expected/<uuid:uuid>/withdraw/", inbox.withdraw, name="expected-withdraw"),
    path("settings/alerts/", channels.overview, name="alerts"),
    path("settings/alerts/own/", own.own_alerts, name="own-alerts"),
    path("settings/alerts/of/<slug:slug>/<slug:kind>/", channels.add, name="channel-add"),
    path("settings/alerts/channels/<uuid:uuid>/", include(channel_urls)),
    path("settings/alerts/rules/<uuid:uuid>/remove/", rules.remove, name="rule-remove"),
    path("settings/alerts/deliveries/", deliveries.delivery_list, name="deliveries"),
    path("settings/alerts/deliveries/<uuid:uuid>/", deliveries.detail, name="delivery"),
    path(
        "settings/alerts/deliveries/<uuid:uuid>/resend/",
        deliveries.resend,
        name="delivery-resend",
    ),
]
