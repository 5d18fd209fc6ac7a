"""What can be done to a connection does the same from a page, the admin panel and a command."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from tests.items import give, items, refresh
from xdportal.accounts.access import Viewer
from xdportal.accounts.models import AuditEntry, Membership, Role, Team, User
from xdportal.catalog.models import Catalog, Event
from xdportal.connections import actions
from xdportal.connections.actions import Actor, Settings
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.simulator import Simulator

Kind = AuditEntry.Kind
GOOD = "a good secret"


def actor(user: User) -> Actor:
    return Actor(Viewer(user))


def noted() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.order_by("pk")
    return [(entry.kind, entry.who) for entry in entries]


def events() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def due() -> list[str]:
    return [catalog.kind for catalog in Catalog.objects.due(timezone.now()).order_by("pk")]


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    """Return a connection of Mia's whose list is due in half an hour."""
    made = connect()
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(minutes=30))
    return made


class TestCreate:
    @pytest.fixture
    def new(self, cast: SimpleNamespace) -> Connection:
        return Connection(
            team=cast.team, name="New", environment="sandbox", account_id="A1", kinds=["images"]
        )

    def test_it_is_the_actors_and_due_at_once(self, new: Connection, cast: SimpleNamespace) -> None:
        actions.create(new, AccountSecret("A1", GOOD), actor(cast.mia))
        stored = Connection.objects.get()

        assert (stored.owner, stored.opened_credential()) == (cast.mia, AccountSecret("A1", GOOD))
        assert due() == ["images"]
        assert noted() == [(Kind.CREDENTIAL_SAVED, "mia")]

    def test_its_check_is_queued_at_once(
        self, new: Connection, cast: SimpleNamespace, django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            actions.create(new, AccountSecret("A1", GOOD), actor(cast.mia))

        assert Catalog.objects.get(kind="images").is_queued(timezone.now())

    def test_not_in_a_team_where_one_reads_only(
        self, new: Connection, cast: SimpleNamespace
    ) -> None:
        with pytest.raises(PermissionDenied):
            actions.create(new, AccountSecret("A1", GOOD), actor(cast.rita))


class TestReplacing:
    def test_a_connection_that_needs_attention_recovers_with_the_first_good_answer(
        self, connection: Connection, cast: SimpleNamespace, simulator: Simulator
    ) -> None:
        connection.set_credential(
            AccountSecret(connection.account_id, "a wrong secret"), timezone.now()
        )
        catalog = connection.catalogs.get(kind="images")
        refresh(catalog)
        secret = simulator.accounts["production"][0].secret
        actions.replace_credential(
            connection, AccountSecret(connection.account_id, secret), actor(cast.mia)
        )
        connection.refresh_from_db()
        assert (connection.state, connection.is_untried) == ("attention", True)
        assert due() == ["images"]
        assert events() == ["connection.attention"]

        refresh(Catalog.objects.get(pk=catalog.pk))
        connection.refresh_from_db()
        assert (connection.state, connection.reason, connection.is_untried) == ("ok", "", False)
        assert events() == ["connection.attention", "catalog.changed", "connection.recovered"]

    def test_another_wrong_one_is_no_new_event(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        for secret in ("a wrong secret", "another wrong one"):
            credential = AccountSecret(connection.account_id, secret)
            actions.replace_credential(connection, credential, actor(cast.mia))
            refresh(Catalog.objects.get(kind="images"))
        connection.refresh_from_db()

        assert (connection.state, connection.is_refused) == ("attention", True)
        assert events() == ["connection.attention"]

    def test_it_ends_a_pause_for_an_expired_token(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        connection.pause_for_token()
        actions.replace_credential(connection, BareToken("abcdefgh"), actor(cast.mia))

        assert Connection.objects.get().state == "ok"
        assert events() == ["connection.paused", "connection.recovered"]

    def test_nobody_but_the_owner(self, connection: Connection, cast: SimpleNamespace) -> None:
        for other in (cast.max, cast.olga, cast.rita):
            with pytest.raises(PermissionDenied):
                actions.replace_credential(connection, BareToken("abcdefgh"), actor(other))
        assert noted() == []


class TestPauseAndResume:
    @pytest.fixture(params=["page", "admin"])
    def doer(self, request: pytest.FixtureRequest, cast: SimpleNamespace) -> Actor:
        if request.param == "page":
            return actor(cast.max)
        return Actor(Viewer(cast.ada), is_administrator=True)

    def test_they_wake_a_check_say_so_and_are_noted(
        self, connection: Connection, doer: Actor
    ) -> None:
        actions.pause(connection, doer)
        assert (Connection.objects.get().state, due()) == ("paused", [])
        actions.resume(connection, doer)

        name = doer.viewer.user.username
        assert (Connection.objects.get().state, due()) == ("ok", ["images"])
        assert noted() == [(Kind.PAUSED, name), (Kind.RESUMED, name)]
        assert events() == ["connection.paused", "connection.recovered"]

    def test_without_an_owner_nothing_is_resumed(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        connection.orphan()

        with pytest.raises(PermissionDenied):
            actions.resume(connection, actor(cast.olga))


class TestKinds:
    def test_lists_that_are_switched_on_are_due_and_the_others_stop(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        actions.choose_kinds(connection, ["personal", "packages-payg"], actor(cast.mia))

        assert Connection.objects.get().kinds == ["packages-payg", "personal"]
        assert due() == ["packages-payg", "personal"]
        entry = AuditEntry.objects.get()
        assert (entry.kind, entry.target) == (
            Kind.KINDS_CHOSEN,
            f"{connection.slug}: packages-payg, personal",
        )

    def test_the_same_again_is_not_noted(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        actions.choose_kinds(connection, ["images"], actor(cast.mia))

        assert (noted(), due()) == ([], [])


class TestChange:
    def test_name_and_interval(self, connection: Connection, cast: SimpleNamespace) -> None:
        actions.change(connection, Settings(name="Other", interval=60), actor(cast.max))
        stored = Connection.objects.get()

        assert (stored.name, stored.interval, stored.account_id) == (
            "Other",
            60,
            connection.account_id,
        )
        assert noted() == [(Kind.CONNECTION_CHANGED, "max")]

    def test_another_account_keeps_the_credential_which_is_untried(
        self, connection: Connection, cast: SimpleNamespace, simulator: Simulator
    ) -> None:
        connection.needs_attention("auth")
        actions.change(connection, Settings(account_id="A2"), actor(cast.mia))
        stored = Connection.objects.get()
        secret = simulator.accounts["production"][0].secret

        assert stored.opened_credential() == AccountSecret("A2", secret)
        assert (stored.state, stored.is_untried, due()) == ("ok", True, ["images"])

    def test_not_once_there_is_history(self, connection: Connection, cast: SimpleNamespace) -> None:
        give(connection.catalogs.get(kind="images"), items(range(3)), timezone.now())

        with pytest.raises(PermissionDenied):
            actions.change(connection, Settings(account_id="A2"), actor(cast.mia))

    def test_not_by_anyone_but_the_owner(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        with pytest.raises(PermissionDenied):
            actions.change(connection, Settings(account_id="A2"), actor(cast.max))


class TestMove:
    @pytest.fixture
    def farm(self, cast: SimpleNamespace) -> Team:
        """Return another team of Mia's."""
        team = Team.objects.create(name="Farm", slug="farm")
        Membership.objects.create(team=team, user=cast.mia, role=Role.MEMBER)
        return team

    def test_its_history_goes_with_it_and_both_teams_note_it(
        self, connection: Connection, cast: SimpleNamespace, farm: Team
    ) -> None:
        catalog = connection.catalogs.get(kind="images")
        give(catalog, items(range(3)), timezone.now())
        credential = connection.opened_credential()
        actions.move(connection, farm, actor(cast.mia))
        moved = Connection.objects.get()

        assert (moved.team, moved.slug) == (farm, connection.slug)
        assert moved.opened_credential() == credential
        assert moved.catalogs.get(kind="images").listings.current().count() == 3
        assert {event.team for event in Event.objects.all()} == {farm}
        entries = AuditEntry.objects.filter(kind=Kind.CONNECTION_MOVED).order_by("pk")
        assert [(entry.team, entry.target) for entry in entries] == [
            (cast.team, f"{moved.slug}: Render → Farm"),
            (farm, f"{moved.slug}: Render → Farm"),
        ]

    def test_the_former_team_no_longer_sees_it(
        self, connection: Connection, cast: SimpleNamespace, farm: Team
    ) -> None:
        actions.move(connection, farm, actor(cast.mia))

        assert not Connection.objects.visible_to(Viewer(cast.olga)).exists()
        assert not Event.objects.visible_to(Viewer(cast.olga)).exists()

    def test_a_manager_of_the_team_may_not(
        self, connection: Connection, cast: SimpleNamespace, farm: Team
    ) -> None:
        Membership.objects.create(team=farm, user=cast.max, role=Role.OWNER)

        with pytest.raises(PermissionDenied):
            actions.move(connection, farm, actor(cast.max))

    def test_nor_into_a_team_where_one_only_reads(
        self, connection: Connection, cast: SimpleNamespace, farm: Team
    ) -> None:
        farm.memberships.update(role=Role.READER)

        with pytest.raises(PermissionDenied):
            actions.move(connection, farm, actor(cast.mia))

    def test_nor_into_a_strangers(self, connection: Connection, cast: SimpleNamespace) -> None:
        foreign = Team.objects.create(name="Foreign", slug="foreign")

        with pytest.raises(Http404):
            actions.move(connection, foreign, actor(cast.mia))

    def test_nor_by_an_owner_into_a_team_without_the_connections_owner(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        own = Team.objects.personal(cast.olga)

        with pytest.raises(PermissionDenied):
            actions.move(connection, own, actor(cast.olga))
        assert actions.teams_to_move_to(connection, Viewer(cast.olga)) == []

    def test_an_ownerless_one_by_an_owner(
        self, connection: Connection, cast: SimpleNamespace
    ) -> None:
        connection.orphan()
        own = Team.objects.personal(cast.olga)
        actions.move(connection, own, actor(cast.olga))

        assert Connection.objects.get().team == own

    def test_who_was_moved_away_from_finds_it_gone(
        self, connection: Connection, cast: SimpleNamespace, farm: Team
    ) -> None:
        seen_before = Connection.objects.get()
        actions.move(connection, farm, actor(cast.mia))

        with pytest.raises(Http404):
            actions.pause(seen_before, actor(cast.max))


def test_deleting_takes_the_history_and_stays_in_the_trail(
    connection: Connection, cast: SimpleNamespace
) -> None:
    give(connection.catalogs.get(kind="images"), items(range(3)), timezone.now())
    actions.delete(connection, actor(cast.olga))

    assert (Connection.objects.count(), Catalog.objects.count()) == (0, 0)
    assert noted() == [(Kind.CONNECTION_DELETED, "olga")]
