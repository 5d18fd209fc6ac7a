"""What can be done to recipes."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from xdportal.accounts.models import AuditEntry, Team
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.alerts.pins import actions as pin_actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.alerts.pins.state import evaluate
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.lib.names import clean_name

PACKAGES = (Catalog.Kind.PACKAGES_PAYG, Catalog.Kind.PACKAGES_RENTAL)


@dataclass(frozen=True, slots=True)
class RecipeWish:
    label: str
    image: Pin
    package: Pin
    billing: str


@dataclass(frozen=True, slots=True)
class PairWish:
    """A recipe of two ids; `billing` is the package's list."""

    label: str
    image: str
    package: str
    billing: str


@transaction.atomic
def create(team: Team, wish: RecipeWish, actor: Actor) -> Recipe:
    """Return the new recipe. Raises a ValidationError by field."""
    Team.objects.select_for_update().get(pk=team.pk)
    label = clean_name(wish.label)
    if not label or len(label) > LONGEST_NAME:
        raise ValidationError({"label": _("A name must have 1 to 100 characters.")})
    if Recipe.objects.filter(team=team, label=label).exists():
        raise ValidationError({"label": _("Another recipe of the team has this name.")})
    if wish.image.catalog.kind in PACKAGES:
        raise ValidationError({"image": _("This is a pin of a package.")})
    if wish.package.catalog.kind not in PACKAGES:
        raise ValidationError({"package": _("This is not a pin of a package.")})
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
def create_of_pair(connection: Connection, wish: PairWish, actor: Actor) -> Recipe:
    """Return the new recipe of two ids of a connection; those that are not pinned are pinned."""
    catalogs = {catalog.kind: catalog for catalog in connection.catalogs.all()}
    image = _pinned(catalogs[Catalog.Kind.IMAGES], wish.image, actor)
    package = _pinned(catalogs[wish.billing], wish.package, actor)
    recipe = RecipeWish(wish.label, image, package, wish.billing)
    return create(connection.team, recipe, actor)


def _pinned(catalog: Catalog, item_id: str, actor: Actor) -> Pin:
    """Return the pin of an id that means what it means now; a new one if there is none."""
    pins = Pin.objects.with_target().filter(catalog=catalog, item_id=item_id)
    findings = evaluate(pins, now=actor.at)
    fine = [finding.pin for finding in findings.values() if not finding.is_broken]
    return fine[0] if fine else pin_actions.create(Wish(catalog, item_id), actor)


@transaction.atomic
def remove(recipe: Recipe, actor: Actor) -> None:
    actor.note(AuditEntry.Kind.RECIPE_CHANGED, recipe.team, recipe.label)
    recipe.delete()
