import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team, User
from xdportal.alerts import actions
from xdportal.alerts.actions import Address
from xdportal.alerts.models import Kind
from xdportal.alerts.pins.actions import Actor


class Command(BaseCommand):
    help = (
        "Add a channel and print its UUID and, for a webhook, its secret. Standard input has the "
        "URL or address on the first line, a signing secret on the second, a keyword on the third."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="User name of the person who adds it.")
        parser.add_argument("--team", help="Slug of the team; default: the user's own.")
        parser.add_argument("--kind", required=True, choices=Kind.values)
        parser.add_argument("--name", required=True)

    def handle(self, *, user: str, team: str | None, **options: Any) -> None:
        person = User.objects.filter(username=user).first()
        if person is None:
            raise CommandError(f"There is no user {user!r}.")
        actor = Actor(person, timezone.now())
        place = _team(person, team)
        address = Address(*(_line() for _field in range(3)))
        try:
            channel = actions.add_channel(place, options["kind"], options["name"], address, actor)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(str(channel.uuid))
        if channel.kind == Kind.WEBHOOK:
            self.stdout.write(channel.opened_config().secret)


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _team(user: User, slug: str | None) -> Team:
    if slug is None:
        return Team.objects.personal(user)
    team = Team.objects.visible_to(Viewer(user)).filter(slug=slug).first()
    if team is None or not allows(team, Right.MANAGE):
        raise CommandError(f"{user} has no team {slug!r} in which to add channels.")
    return team
