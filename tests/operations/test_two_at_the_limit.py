"""Two requests at once for the last connection that a person or a team may have: one gets it.

Real threads with connections of their own, on an SQLite file and on PostgreSQL.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from unittest import mock

import pytest
from django.db import connection as database

from tests.portal import Portal
from tests.servers import postgres
from xdportal.accounts.models import Membership, Role, Team, User
from xdportal.connections import actions, limits
from xdportal.connections.actions import Actor
from xdportal.connections.limits import LimitReached
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret
from xdportal.simulator import Simulator

ONE = {"MAX_PERSON_CONNECTIONS": "1", "MAX_TEAM_CONNECTIONS": "1"}
LONGEST_MEETING = 1.5  # seconds
Wish = tuple[User, Team]
Require = Callable[[User], None]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def portal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    with ExitStack() as stack:
        settings = dict(ONE)
        if request.param == "postgresql":
            settings["DATABASE_URL"] = stack.enter_context(postgres())
        simulator = stack.enter_context(Simulator())
        portal = Portal(tmp_path_factory.mktemp("limits") / "portal", simulator, **settings)
        stack.callback(portal.close)
        portal.prepare()
        portal.run(f"from {__name__} import race, of_one_person, in_one_team")
        yield portal


@pytest.mark.parametrize("wishes", ["of_one_person", "in_one_team"])
def test_one_of_two_gets_in(portal: Portal, wishes: str) -> None:
    assert portal.ask("database.vendor") in ("sqlite", "postgresql")
    before = portal.ask("Connection.objects.count()")

    assert portal.ask(f"race({wishes}())") == ["added", "refused"]
    assert portal.ask("Connection.objects.count()") == before + 1


# What follows runs in the portal's process.


def of_one_person() -> list[Wish]:
    """Return the wishes of one person for two teams."""
    mia = _person("mia")
    other = Team.objects.create(name="Other", slug="other")
    Membership.objects.create(team=other, user=mia, role=Role.OWNER)
    return [(mia, Team.objects.personal(mia)), (mia, other)]


def in_one_team() -> list[Wish]:
    """Return the wishes of two people for one team."""
    team = Team.objects.create(name="Render", slug="render")
    people = [_person("max"), _person("olga")]
    for person in people:
        Membership.objects.create(team=team, user=person, role=Role.MEMBER)
    return [(person, team) for person in people]


def _person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.com")


def race(wishes: list[Wish]) -> list[str]:
    """Add a connection for each wish in a thread of its own; return how it ended, sorted.

    Whoever has found room waits for the other to have found it, too: without a lock both would.
    """
    meeting = threading.Barrier(len(wishes))
    checked = _then_meet(limits.require_room_for, meeting)
    with (
        mock.patch.object(limits, "require_room_for", checked),
        ThreadPoolExecutor(len(wishes)) as pool,
    ):
        return sorted(pool.map(_add, wishes))


def _then_meet(
    require: Callable[[User], None], meeting: threading.Barrier
) -> Callable[[User], None]:
    def checked(owner: User) -> None:
        require(owner)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(LONGEST_MEETING)

    return checked


def _add(wish: Wish) -> str:
    person, team = wish
    new = Connection(team=team, name="New", environment="sandbox", account_id="A1")
    try:
        actions.create(new, AccountSecret("A1", "a good secret"), Actor.by_command(person))
    except LimitReached:
        return "refused"
    finally:
        database.close()
    return "added"
