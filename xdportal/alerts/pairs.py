"""A pair that fits can become a recipe, from the page where it was found."""

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from xdportal.accounts.access import Right, allows
from xdportal.alerts.models import Recipe
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.catalog import slots
from xdportal.catalog.slots import Pair, PairSlot

TEMPLATE = "alerts/_pair.html"


class Offer(NamedTuple):
    """What is shown below a pair: its recipe, or the form that makes one."""

    recipe: Recipe | None
    url: str
    image_id: str
    package_id: str
    billing: str
    label: str


def of_pair(request: HttpRequest, pair: Pair) -> Offer | None:
    """Return the pair's offer; None for those who may only look. One query."""
    connection = pair.images.connection
    if not allows(pair.images, Right.WORK):
        return None
    image = pair.image
    label = f"{image.name} {image.version} · {pair.package.name or pair.package.item_id}"
    return Offer(
        recipe_of(pair),
        reverse("recipe-of-pair", args=[connection.slug]),
        image.item_id,
        pair.package.item_id,
        pair.packages.kind,
        label[:LONGEST_NAME],
    )


def recipe_of(pair: Pair) -> Recipe | None:
    """Return the recipe that has this pair already."""
    return Recipe.objects.filter(
        team=pair.images.connection.team_id,
        billing=pair.packages.kind,
        image__catalog=pair.images,
        image__item_id=pair.image.item_id,
        package__catalog=pair.packages,
        package__item_id=pair.package.item_id,
    ).first()


def register() -> None:
    slots.add_for_pairs(PairSlot(TEMPLATE, of_pair))
