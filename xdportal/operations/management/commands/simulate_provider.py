import contextlib
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from xdportal.simulator import Simulator
from xdportal.simulator.packages import FIRST as FIRST_PACKAGES
from xdportal.simulator.personal import FIRST as FIRST_PERSONAL


class Command(BaseCommand):
    help = (
        "Run a simulated provider on loopback: both environments, several accounts, four lists "
        "that change."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8900)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--images", type=int, default=40)
        parser.add_argument("--packages", type=int, default=len(FIRST_PACKAGES))
        parser.add_argument("--personal", type=int, default=len(FIRST_PERSONAL))
        parser.add_argument(
            "--move-every", type=float, help="Seconds between two changes; default: no change."
        )
        parser.add_argument("--start-step", type=int, default=0)
        parser.add_argument(
            "--epoch", type=float, help="Unix time at which step START_STEP was; default: now."
        )
        parser.add_argument("--token-life", type=float, default=1800.0, help="Seconds.")
        parser.add_argument(
            "--quiet", action="store_true", help="Do not print the accounts' secrets."
        )

    def handle(self, *, port: int, seed: int, images: int, **options: Any) -> None:
        simulator = Simulator(
            seed=seed,
            images=images,
            packages=options["packages"],
            personal=options["personal"],
            port=port,
            token_life=options["token_life"],
            move_every=options["move_every"],
            start_step=options["start_step"],
            epoch=options["epoch"],
        )
        for environment, accounts in simulator.accounts.items():
            self.stdout.write(f"{environment} {simulator.url}/{environment}")
            shown = () if options["quiet"] else accounts
            for account in shown:
                self.stdout.write(
                    f"{environment} account {account.account_id} secret {account.secret}"
                )
        self.stdout.flush()
        self.stderr.write(f"Faults by POST to {simulator.url}/simulator/fault; end with Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            simulator.serve_forever()
