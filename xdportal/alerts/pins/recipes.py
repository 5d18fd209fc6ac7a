"""Whether a pinned image and a pinned package still work together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from xdportal.alerts import sentences
from xdportal.alerts.channels.message import Level
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.pins.facts import facts_of
from xdportal.alerts.pins.rows import Key
from xdportal.alerts.pins.state import Finding, evaluate
from xdportal.alerts.pins.states import State
from xdportal.catalog.models import Catalog, PackageListing

BY_THE_HOUR = Recipe.Billing.BY_THE_HOUR
ALLOWED = {BY_THE_HOUR: ("0", "2"), Recipe.Billing.FOR_A_PERIOD: ("1", "2")}
FINE = frozenset({State.OK, State.NEWER})


class RecipeState(StrEnum):
    OK = "ok"
    UNKNOWN = "unknown"
    IMAGE = "image"  # the pinned image is not ok
    PACKAGE = "package"
    TYPES = "types"  # they differ: creating a host answers 7005
    BILLING = "billing"  # the package can't be had this way


@dataclass(frozen=True, slots=True)
class RecipeFinding:
    recipe: Recipe
    state: RecipeState
    level: Level | None
    image: Finding
    package: Finding
    use_type: str = ""


def evaluate_recipes(recipes: Iterable[Recipe]) -> dict[int, RecipeFinding]:
    """Return the findings by the recipes' primary keys; a constant number of queries."""
    recipes = list(recipes)
    keys = {key for recipe in recipes for key in (recipe.image_id, recipe.package_id)}
    pins = Pin.objects.with_target().in_bulk(keys)
    findings = evaluate(pins.values())
    parts = [(one, findings[one.image_id], findings[one.package_id]) for one in recipes]
    return {found.recipe.pk: found for found in evaluate_parts(parts)}


def evaluate_parts(parts: Sequence[tuple[Recipe, Finding, Finding]]) -> list[RecipeFinding]:
    """Return the findings of recipes whose image and package are evaluated. At most one query."""
    use_types = _use_types(package for _recipe, _image, package in parts)
    found = []
    for recipe, image, package in parts:
        use_type = use_types.get((package.catalog.pk, package.revision.item_id), "")
        found.append(judge_recipe(recipe, image, package, use_type))
    return found


def judge_recipe(
    recipe: Recipe, image: Finding, package: Finding, use_type: str = ""
) -> RecipeFinding:
    """Pure. `use_type` is the provider's code of how the package can be paid, if it is known."""
    state = _state(recipe, image, package, use_type)
    return RecipeFinding(recipe, state, _level(state, image, package), image, package, use_type)


def recipe_sentence(finding: RecipeFinding) -> str:
    """Return the state in words, in the active language."""
    image = finding.image
    package = finding.package
    match finding.state:
        case RecipeState.OK:
            return _("Image and package fit: both have the type %(type)s.") % image.now
        case RecipeState.IMAGE:
            return sentences.of_facts(facts_of(image))
        case RecipeState.PACKAGE:
            return sentences.of_facts(facts_of(package))
        case RecipeState.TYPES:
            types = {"image": image.now.get("type", ""), "package": package.now.get("type", "")}
            return (
                _("Creating a host will fail with 7005: image %(image)s, package %(package)s.")
                % types
            )
        case RecipeState.BILLING:
            billing = finding.recipe.get_billing_display()
            return _("The package isn’t available with this billing: %(billing)s.") % {
                "billing": billing
            }
    for part in (image, package):
        if part.state is State.UNKNOWN:
            return sentences.of_facts(facts_of(part))
    return _("A personal image has no listed type, so we can’t tell whether the two fit.")


def _state(recipe: Recipe, image: Finding, package: Finding, use_type: str) -> RecipeState:
    for finding, broken in ((image, RecipeState.IMAGE), (package, RecipeState.PACKAGE)):
        if finding.state not in FINE and finding.state is not State.UNKNOWN:
            return broken
    if State.UNKNOWN in (image.state, package.state):
        return RecipeState.UNKNOWN
    if image.catalog.kind == Catalog.Kind.PERSONAL:
        return RecipeState.UNKNOWN  # its type is not listed, so 7005 can't be predicted
    if image.now.get("type") != package.now.get("type"):
        return RecipeState.TYPES
    is_listed = package.catalog.kind == recipe.billing
    is_allowed = not use_type or use_type in ALLOWED[Recipe.Billing(recipe.billing)]
    return RecipeState.OK if is_listed and is_allowed else RecipeState.BILLING


def _level(state: RecipeState, image: Finding, package: Finding) -> Level | None:
    match state:
        case RecipeState.OK | RecipeState.UNKNOWN:
            return None
        case RecipeState.IMAGE:
            return image.level
        case RecipeState.PACKAGE:
            return package.level
    return Level.CRITICAL


def _use_types(packages: Iterable[Finding]) -> dict[Key, str]:
    """Return how the packages that are listed now can be paid. At most one query."""
    keys = {(package.catalog.pk, package.revision.item_id) for package in packages}
    if not keys:
        return {}
    listed = PackageListing.objects.current().filter(
        catalog__in={catalog_id for catalog_id, _item in keys},
        item_id__in={item_id for _catalog, item_id in keys},
    )
    found = listed.values_list("catalog_id", "item_id", "use_type")
    return {(catalog_id, item_id): use_type for catalog_id, item_id, use_type in found}
