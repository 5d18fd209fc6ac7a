"""What can be done to recipes."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry, Team
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.alerts.pins.actions import Actor
from xdportal.catalog.models import Catalog
from xdportal.lib.names import clean_name

PACKAGES = (Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL)


@dataclass(frozen=True, slots=True)
class RecipeWish:
    label: str
    image: Pin
    package: Pin
    billing: str


@transaction.atomic
def create(team: Team, wish: RecipeWish, actor: Actor) -> Recipe:
    """Return the new recipe. Raises a ValidationError by field."""
    Team.objects.select_for_update().get(pk=team.pk)
    label = clean_name(wish.label)
    if not label or len(label) > LONGEST_NAME:
        raise ValidationError({"label": _("A name has 1 to 100 characters.")})
    if Recipe.objects.filter(team=team, label=label).exists():
        raise ValidationError({"label": _("Another recipe of the team has this name.")})
    if wish.image.catalog.kind in PACKAGES:
        raise ValidationError({"image": _("This is a pin of a package.")})
    if wish.package.catalog.kind not in PACKAGES:
        raise ValidationError({"package": _("This is no pin of a package.")})
    recipe = Recipe.objects.create(
        team=team,
        label=label,
        image=wish.image,
        package=wish.package,
        billing=wish.billing,
        created_by=actor.user,
    )
    actor.note(AuditEntry.Kind.RECIPE_CHANGED, team, label)
    return recipe


@transaction.atomic
def remove(recipe: Recipe, actor: Actor) -> None:
    actor.note(AuditEntry.Kind.RECIPE_CHANGED, recipe.team, recipe.label)
    recipe.delete()
