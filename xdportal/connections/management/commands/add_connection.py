import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from xdportal.accounts.access import Right, Viewer, allows
from xdportal.accounts.models import Team, User
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.forms import validate_account_id, validate_secret, validate_token
from xdportal.connections.models import Connection, ListKind
from xdportal.provider.credentials import AccountSecret, BareToken, Credential


class Command(BaseCommand):
    help = "Add a connection and print its slug. The secret is one line of standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        all_kinds = ",".join(ListKind.values)
        parser.add_argument("--user", required=True, help="User name of the owner.")
        parser.add_argument(
            "--team", help="Slug of the team; without it, the user's personal team."
        )
        parser.add_argument("--name", required=True)
        environments = Connection.Environment.values
        parser.add_argument("--environment", required=True, choices=environments)
        parser.add_argument("--account-id", required=True)
        parser.add_argument(
            "--kinds",
            default=all_kinds,
            help=f"The lists to read, separated by commas: {all_kinds} (the default).",
        )
        parser.add_argument(
            "--token",
            action="store_true",
            help="Standard input holds an access token, not a secret.",
        )

    def handle(self, *, user: str, team: str | None, token: bool, **options: Any) -> None:
        owner = User.objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user!r}.")
        connection = Connection(
            owner=owner,
            team=_team(owner, team),
            name=_name(options["name"]),
            environment=options["environment"],
            account_id=options["account_id"],
            kinds=_kinds(options["kinds"]),
        )
        try:
            credential = _credential(connection.account_id, token=token)
            connection.full_clean(exclude=["slug"])
            actions.create(connection, credential, Actor.by_command(owner))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(connection.slug)


def _name(text: str) -> str:
    if not text.isprintable():
        raise CommandError("A name is one line without control characters.")
    return text.strip()


def _kinds(text: str) -> list[str]:
    chosen = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in ListKind.values]
    if unknown:
        known = ", ".join(ListKind.values)
        raise CommandError(f"There is no list {unknown[0]!r}. The lists are: {known}.")
    if not chosen:
        raise CommandError("Choose at least one list.")
    return [kind for kind in ListKind.values if kind in chosen]


def _team(owner: User, slug: str | None) -> Team:
    if slug is None:
        return Team.objects.personal(owner)
    team = Team.objects.visible_to(Viewer(owner)).filter(slug=slug).first()
    if team is None or not allows(team, Right.WORK):
        raise CommandError(f"{owner} has no team {slug!r} in which to add connections.")
    return team


def _credential(account_id: str, *, token: bool) -> Credential:
    text = sys.stdin.readline().rstrip("\r\n")
    validate_account_id(account_id)
    if token:
        validate_token(text)
        return BareToken(text)
    validate_secret(text)
    return AccountSecret(account_id, text)
