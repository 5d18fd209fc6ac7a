"""A provider that hangs holds up nobody but those who asked it."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.portal import Portal
from tests.servers import wait_for
from xdportal.simulator import Simulator
from xdportal.simulator.calls import Call
from xdportal.simulator.server import Answer

HANGING = 13
INTERVAL = 10
SEED = """
from xdportal.connections.models import CredentialTest
def connect(user, environment, account, secret, number):
    for place in range(number):
        connection = Connection(
            team=Team.objects.personal(user), owner=user, name=f"C{{place}}",
            environment=environment, account_id=account, interval={interval}, kinds=["images"],
        )
        connection.set_credential(AccountSecret(account, secret), now())
        connection.save()
connect(User.objects.get(), "production", *{hanging!r}, {number})
connect(User.objects.create_user("other"), "sandbox", *{other!r}, 1)
"""
OTHERS_CHECKS = "Check.objects.filter(catalog__connection__environment='sandbox')"
LONGEST_PAUSE = """
(lambda starts: max((b - a).total_seconds() for a, b in zip(starts, starts[1:])))(
    list(Check.objects.filter(catalog__connection__environment='sandbox', outcome='ok')
         .order_by('started').values_list('started', flat=True)))
"""


class Hanging(Simulator):
    """Production takes longer than anyone waits for."""

    def answer(self, call: Call, *arguments: Any) -> Answer:
        if call.environment == "production":
            time.sleep(8)
        return super().answer(call, *arguments)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with Hanging() as simulator:
        made = Portal(tmp_path / "portal", simulator, PROVIDER_DEADLINE="6", WORKER_THREADS="4")
        made.prepare()
        accounts = simulator.accounts
        named = {
            environment: (accounts[environment][0].account_id, accounts[environment][0].secret)
            for environment in ("production", "sandbox")
        }
        made.run(
            SEED.format(
                hanging=named["production"],
                other=named["sandbox"],
                number=HANGING,
                interval=INTERVAL,
            )
        )
        try:
            yield made
        finally:
            made.close()


@pytest.mark.full
def test_another_teams_check_is_late_by_less_than_an_interval(portal: Portal) -> None:
    portal.start_worker("--beat")

    wait_for(
        lambda: portal.ask(f"{OTHERS_CHECKS}.count()") >= 4, 90, "four checks of the other team"
    )
    assert portal.ask(LONGEST_PAUSE) < 2 * INTERVAL
    assert portal.ask(f"{OTHERS_CHECKS}.exclude(outcome='ok').count()") == 0


def test_ten_tests_of_a_credential_hold_no_page_up(portal: Portal) -> None:
    portal.start_all()
    visitor = portal.sign_in()
    slugs = portal.ask("[c.slug for c in Connection.objects.filter(environment='production')][:10]")
    took = []
    for slug in slugs:
        began = time.monotonic()
        assert visitor.send(f"/settings/connections/{slug}/test/") == 200
        assert portal.status("/healthz") == 200
        took.append(time.monotonic() - began)

    assert max(took) < 2
    assert portal.ask("CredentialTest.objects.count()") >= 5
