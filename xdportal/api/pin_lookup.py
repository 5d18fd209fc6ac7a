"""A pin by its name or its UUID."""

from uuid import UUID

from xdportal.accounts.access import Right, Viewer, get_or_404
from xdportal.alerts.models import Pin, Recipe
from xdportal.lib import logs


def get_pin(viewer: Viewer, name: str, right: Right = Right.LOOK) -> Pin:
    pins = Pin.objects.with_target().prefetch_related("sources")
    pin = get_or_404(pins, viewer, right, **_lookup(name, "name"))
    logs.note(connection=pin.catalog.connection.slug)
    return pin


def get_recipe(viewer: Viewer, label: str, right: Right = Right.LOOK) -> Recipe:
    recipes = Recipe.objects.select_related("image", "package", "team")
    return get_or_404(recipes, viewer, right, **_lookup(label, "label"))


def _lookup(text: str, field: str) -> dict[str, object]:
    """No name looks like a UUID."""
    try:
        return {"uuid": UUID(text)}
    except ValueError:
        return {field: text}
