"""Recipes: a pinned image and a pinned package that must work together."""

from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from msgspec import Meta

from xdportal.accounts.access import Right
from xdportal.alerts import records as alert_records
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.alerts.pins import recipe_actions
from xdportal.alerts.pins.actions import Actor
from xdportal.alerts.pins.recipe_actions import RecipeWish
from xdportal.alerts.pins.recipes import evaluate_recipes
from xdportal.api import cursors, groups, problems
from xdportal.api.endpoints.check import BILLINGS
from xdportal.api.operations import (
    JSON,
    PINS,
    READ,
    Answer,
    Body,
    Call,
    NoQuery,
    get,
    operation,
    post,
)
from xdportal.api.parameters import Paged
from xdportal.api.pin_lookup import get_pin, get_recipe
from xdportal.api.problems import Problem
from xdportal.api.schemas import Many, One
from xdportal.api.schemas import Recipe as RecipeRecord

PinName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        description=gettext_noop("The name of a pin, or its UUID."),
    ),
]


class NewRecipe(Body, frozen=True, kw_only=True):
    image: PinName
    package: PinName
    billing: Literal["payg", "rental", "packages-payg", "packages-rental"]
    label: Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)] | None = None


@get(
    "/recipes",
    summary=gettext_lazy("Recipes with their state"),
    group=groups.PINS,
    scopes=READ,
    query=Paged,
    answer=Many[RecipeRecord],
)
def list_recipes(call: Call[Paged, None]) -> Answer:
    cursor = cursors.read(call.request, (str, int))
    rows = Recipe.objects.visible_to(call.viewer).order_by("label", "pk")
    if cursor:
        rows = rows.filter(cursors.beyond(cursor, "label"))
    found = list(rows[: call.query.limit + 1])
    page = found[: call.query.limit]
    following = None
    if len(found) > len(page):
        following = cursors.address(call.request, (), (page[-1].label, page[-1].pk))
    return Answer({"data": _records(page), "meta": {}, "next": following})


@get(
    "/recipes/{id}",
    summary=gettext_lazy("One recipe"),
    group=groups.PINS,
    scopes=READ,
    answer=One[RecipeRecord],
    problems={404},
)
def show_recipe(call: Call[NoQuery, None]) -> Answer:
    (record,) = _records([get_recipe(call.viewer, call.path["id"])])
    return Answer({"data": record, "meta": {}})


@post(
    "/recipes",
    summary=gettext_lazy("Combine a pinned image and a pinned package"),
    group=groups.PINS,
    scopes=PINS,
    bodies={JSON: NewRecipe},
    status=201,
    answer=One[RecipeRecord],
    problems={404, 409},
    example='{"image": "maya-base", "package": "gpu-node", "billing": "payg"}',
)
def create_recipe(call: Call[NoQuery, NewRecipe]) -> Answer:
    body = call.body
    image, package = _part(call, body.image), _part(call, body.package)
    if body.label and Recipe.objects.filter(team=image.team, label=body.label).exists():
        raise Problem(problems.CONFLICT, _("Another recipe of the team has this name."))
    if package.team_id != image.team_id:
        raise problems.invalid("package", _("Both pins must belong to the same team."))
    wish = RecipeWish(
        label=body.label or f"{image.name} + {package.name}"[:LONGEST_NAME],
        image=image,
        package=package,
        billing=BILLINGS.get(body.billing, body.billing),
    )
    recipe = recipe_actions.create(image.team, wish, _actor(call))
    (record,) = _records([recipe])
    address = f"/api/v1/recipes/{recipe.uuid}"
    headers = {"Location": call.request.build_absolute_uri(address)}
    return Answer({"data": record, "meta": {}}, status=201, headers=headers)


@operation(
    "DELETE",
    "/recipes/{id}",
    summary=gettext_lazy("Remove a recipe; its pins stay"),
    group=groups.PINS,
    scopes=PINS,
    status=204,
    answers={},
    problems={404},
)
def delete_recipe(call: Call[NoQuery, None]) -> Answer:
    recipe = get_recipe(call.viewer, call.path["id"], Right.WORK)
    recipe_actions.remove(recipe, _actor(call))
    return Answer("", status=204)


def _records(recipes: list[Recipe]) -> list[dict[str, Any]]:
    findings = evaluate_recipes(recipes)
    return [alert_records.recipe(findings[recipe.pk]) for recipe in recipes]


def _part(call: Call[NoQuery, NewRecipe], name: str) -> Pin:
    return get_pin(call.viewer, name, Right.WORK)


def _actor(call: Call[Any, Any]) -> Actor:
    return Actor(call.viewer.user, call.at, call.request)
