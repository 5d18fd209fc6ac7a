"""A team's recipes as their page shows them."""

from dataclasses import dataclass

from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Team
from xdportal.alerts.channels.message import Level
from xdportal.alerts.models import Recipe
from xdportal.alerts.pages.pins import Group
from xdportal.alerts.pins.grades import grade_of
from xdportal.alerts.pins.recipes import (
    RecipeFinding,
    RecipeState,
    evaluate_recipes,
    recipe_sentence,
)
from xdportal.catalog.grades import Grade
from xdportal.catalog.models import Catalog
from xdportal.catalog.replacements import Meaning


@dataclass(frozen=True, slots=True)
class RecipeRow:
    finding: RecipeFinding

    @property
    def recipe(self) -> Recipe:
        return self.finding.recipe

    @property
    def group(self) -> Group:
        match self.finding.state:
            case RecipeState.UNKNOWN:
                return Group.UNKNOWN
            case RecipeState.OK:
                return Group.FINE
            case RecipeState.BILLING:
                return Group.LOOK
        return Group.BROKEN if self.finding.level is Level.CRITICAL else Group.LOOK

    @property
    def grade(self) -> Grade:
        match self.finding.state:
            case RecipeState.IMAGE:
                return grade_of(self.finding.image)
            case RecipeState.PACKAGE:
                return grade_of(self.finding.package)
            case RecipeState.TYPES:
                return Grade.TYPE
            case RecipeState.BILLING:
                return Grade.BILLING
            case RecipeState.UNKNOWN:
                return Grade.UNKNOWN
        return Grade.FINE

    @property
    def is_red(self) -> bool:
        return self.group is Group.BROKEN

    @property
    def sentence(self) -> str:
        return recipe_sentence(self.finding)

    @property
    def types(self) -> tuple[str, str]:
        """Return the types of image and package; that of a personal image is not listed."""
        image = self.finding.image
        is_personal = image.catalog.kind == Catalog.Kind.PERSONAL
        package = self.finding.package
        return ("?" if is_personal else _type(image.now or image.was), _type(package.now))

    @property
    def sign(self) -> str:
        image, package = self.types
        if "?" in (image, package):
            return ""
        return "=" if image == package else "≠"


def rows_of(viewer: Viewer, team: Team) -> list[RecipeRow]:
    """Return a team's recipes, the broken ones first. A constant number of queries."""
    recipes = Recipe.objects.visible_to(viewer).filter(team=team)
    rows = [RecipeRow(finding) for finding in evaluate_recipes(recipes).values()]
    order = list(Group)
    return sorted(rows, key=lambda row: (order.index(row.group), row.recipe.label.casefold()))


def _type(meaning: Meaning) -> str:
    return meaning.get("type", "") or "?"
