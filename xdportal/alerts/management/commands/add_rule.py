from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from xdportal.alerts import actions
from xdportal.alerts.actions import RuleWish
from xdportal.alerts.models import Channel, Rule
from xdportal.alerts.pins.actions import Actor


class Command(BaseCommand):
    help = "Add a rule to a channel and print the rule's UUID."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--channel", required=True, metavar="UUID")
        parser.add_argument("--events", required=True, choices=Rule.Events.values)
        parser.add_argument("--level", default=Rule.Level.INFO, choices=Rule.Level.values)
        parser.add_argument("--connection", nargs="+", action="extend", metavar="SLUG")
        parser.add_argument("--mode", default=Rule.Mode.INSTANT, choices=Rule.Mode.values)

    def handle(self, *, channel: str, connection: list[str] | None, **options: Any) -> None:
        found = _channel(channel)
        try:
            chosen = None
            if connection is not None:
                if found.team is None:
                    raise CommandError("A person's own channel has no connections to choose from.")
                chosen = actions.connections_named(found.team, connection)
            wish = RuleWish(options["events"], options["level"], options["mode"], chosen)
            rule = actions.add_rule(found, wish, Actor(found.created_by, timezone.now()))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(str(rule.uuid))


def _channel(uuid: str) -> Channel:
    try:
        return Channel.objects.select_related("team", "created_by").get(uuid=uuid)
    except (Channel.DoesNotExist, ValidationError):
        raise CommandError(f"There is no channel {uuid}.") from None
