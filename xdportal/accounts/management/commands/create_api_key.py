from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from xdportal.accounts import keys
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import Scope, Team, User
from xdportal.accounts.teams import Refused
from xdportal.lib.names import clean_name


class Command(BaseCommand):
    help = "Create an API key and print nothing else. Only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--user", required=True, help="User name of the person whose role limits the key."
        )
        parser.add_argument(
            "--team", help="Slug of the team; without it, the user's personal team."
        )
        parser.add_argument("--name", required=True)
        parser.add_argument(
            "--scopes", required=True, help=f"Separated by commas: {','.join(Scope.values)}."
        )
        parser.add_argument(
            "--days", type=int, help="Days until it expires; without it, API_KEY_MAX_DAYS."
        )

    def handle(self, *, user: str, team: str | None, **options: Any) -> None:
        creator = User.objects.filter(username=user, is_active=True).first()
        if creator is None:
            raise CommandError(f"There is no active user {user!r}.")
        where = _team(creator, team)
        days = _days(options["days"])
        wish = keys.NewKey(_name(options["name"]), _scopes(options["scopes"], where, creator), days)
        try:
            text = keys.create(where, creator, wish)[1]
        except Refused as refused:
            raise CommandError(str(refused.text)) from None
        self.stdout.write(text)


def _team(creator: User, slug: str | None) -> Team:
    if slug is None:
        return Team.objects.personal(creator)
    team = Team.objects.visible_to(Viewer(creator)).filter(slug=slug).first()
    if team is None:
        raise CommandError(f"{creator} has no team {slug!r}.")
    return team


def _name(text: str) -> str:
    try:
        name = clean_name(text)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    if not 1 <= len(name) <= 100:
        raise CommandError("A name must have 1 to 100 characters.")
    return name


def _scopes(text: str, team: Team, creator: User) -> list[str]:
    asked = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in asked if word not in Scope.values]
    if unknown or not asked:
        raise CommandError(
            f"--scopes takes some of {', '.join(Scope.values)}, separated by commas."
        )
    allowed = keys.scopes_of(team, creator)
    beyond = [word for word in asked if word not in allowed]
    if beyond:
        raise CommandError(f"The role of {creator} in {team} does not allow: {', '.join(beyond)}.")
    return asked


def _days(number: int | None) -> int:
    longest = int(settings.API_KEY_MAX_DAYS)
    if number is None:
        return longest
    if not 1 <= number <= longest:
        raise CommandError(
            f"--days is {number}; it must be a whole number from 1 to {longest} (API_KEY_MAX_DAYS)."
        )
    return number
