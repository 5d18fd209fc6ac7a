"""Who may do what to pins, recipes and channels.

A reader sees pins and the states of deliveries, a member pins and acknowledges, a manager has
channels. A person's own channel is that person's alone.
"""

from uuid import UUID

from xdportal.accounts.access import Right, Viewer, get_or_404
from xdportal.alerts.models import Channel, Delivery, ExpectedChange, Pin, Recipe, Rule
from xdportal.lib import logs


def get_pin_or_404(viewer: Viewer, uuid: UUID | str, right: Right = Right.LOOK) -> Pin:
    pin = get_or_404(Pin.objects.with_target(), viewer, right, uuid=uuid)
    logs.note(connection=pin.catalog.connection.slug)
    return pin


def get_recipe_or_404(viewer: Viewer, uuid: UUID | str, right: Right = Right.LOOK) -> Recipe:
    recipes = Recipe.objects.select_related("image", "package", "team")
    return get_or_404(recipes, viewer, right, uuid=uuid)


def get_channel_or_404(viewer: Viewer, uuid: UUID | str, right: Right = Right.MANAGE) -> Channel:
    """Return a team's channel, or the viewer's own."""
    return get_or_404(Channel.objects.select_related("team", "user"), viewer, right, uuid=uuid)


def get_rule_or_404(viewer: Viewer, uuid: UUID | str, right: Right = Right.MANAGE) -> Rule:
    rules = Rule.objects.select_related("channel__team", "channel__user")
    return get_or_404(rules, viewer, right, uuid=uuid)


def get_delivery_or_404(viewer: Viewer, uuid: UUID | str, right: Right = Right.LOOK) -> Delivery:
    deliveries = Delivery.objects.select_related("channel", "rule", "team")
    return get_or_404(deliveries, viewer, right, uuid=uuid)


def get_expected_or_404(
    viewer: Viewer, uuid: UUID | str, right: Right = Right.LOOK
) -> ExpectedChange:
    expected = ExpectedChange.objects.select_related("catalog__connection", "team")
    return get_or_404(expected, viewer, right, uuid=uuid)
