"""A connection moves to another team: its pins, and what depends on them, go along."""

from collections.abc import Iterable

from xdportal.accounts.models import Membership, Team
from xdportal.alerts.models import ExpectedChange, Pin, Recipe, Rule
from xdportal.alerts.models.pin import LONGEST_NAME
from xdportal.connections.models import Connection


def follow(connection: Connection) -> None:
    """Give the connection's new team what belongs to its lists. Within the move's transaction.

    Both teams are locked. A pin keeps its uuid, revisions and state. A recipe goes along if both
    of its pins do, and is removed if they would belong to two teams.
    """
    team = connection.team
    _move_recipes(connection, team)
    _move_pins(connection, team)
    ExpectedChange.objects.filter(catalog__connection=connection).update(team=team)
    Rule.connections.through.objects.filter(connection=connection).delete()


def _move_pins(connection: Connection, team: Team) -> None:
    taken = set(Pin.objects.filter(team=team).values_list("name", flat=True))
    members = set(Membership.objects.filter(team=team).values_list("user", flat=True))
    moved = list(Pin.objects.filter(catalog__connection=connection).exclude(team=team))
    for pin in moved:
        pin.team = team
        pin.name = free_name(pin.name, taken)
        taken.add(pin.name)
        if pin.owner_id not in members:
            pin.owner = None
    Pin.objects.bulk_update(moved, ["team", "name", "owner"], batch_size=100)


def _move_recipes(connection: Connection, team: Team) -> None:
    own = Pin.objects.filter(catalog__connection=connection)
    touched = Recipe.objects.of_pins(own).exclude(team=team)
    whole = list(touched.filter(image__in=own, package__in=own))
    touched.exclude(pk__in=[recipe.pk for recipe in whole]).delete()
    taken = set(Recipe.objects.filter(team=team).values_list("label", flat=True))
    for recipe in whole:
        recipe.team = team
        recipe.label = free_name(recipe.label, taken)
        taken.add(recipe.label)
    Recipe.objects.bulk_update(whole, ["team", "label"], batch_size=100)


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return the name, or the name with the first number that is free."""
    found = name
    number = 2
    while found in taken:
        ending = f"-{number}"
        found = name[: LONGEST_NAME - len(ending)] + ending
        number += 1
    return found
