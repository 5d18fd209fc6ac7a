from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team, User
from xdportal.alerts.pins import actions
from xdportal.alerts.pins.actions import Actor, Wish
from xdportal.catalog.models import Catalog


class Command(BaseCommand):
    help = "Pin an ID with its present meaning and print the pin's UUID."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="User name of the pin's owner.")
        parser.add_argument("--team", help="Slug of the team that the connection must belong to.")
        parser.add_argument("--connection", required=True, metavar="SLUG")
        parser.add_argument("--kind", default=Catalog.Kind.IMAGES, choices=Catalog.Kind.values)
        parser.add_argument("id", metavar="ID")
        parser.add_argument("name", metavar="NAME", nargs="?", default="")

    def handle(self, *, user: str, team: str | None, **options: Any) -> None:
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        catalog = _catalog(owner, team, options["connection"], options["kind"])
        wish = Wish(catalog, options["id"], options["name"])
        try:
            pin = actions.create(wish, Actor(owner, timezone.now()))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(str(pin.uuid))


def _catalog(owner: User, team: str | None, slug: str, kind: str) -> Catalog:
    confined = Team.objects.filter(slug=team).first() if team is not None else None
    if team is not None and confined is None:
        raise CommandError(f"There is no team {team!r}.")
    catalogs = Catalog.objects.select_related("connection__team", "latest_snapshot")
    visible = catalogs.visible_to(Viewer(owner, confined))
    catalog = visible.filter(connection__slug=slug, kind=kind).first()
    if catalog is None or not allows(catalog, Right.WORK):
        raise CommandError(f"{owner} has no connection {slug!r} on which to pin IDs.")
    return catalog
