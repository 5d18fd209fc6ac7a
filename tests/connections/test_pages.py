"""The pages that manage connections."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog, ImageListing
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.simulator import Simulator

SECRET = "my very secret text 4f"
NEW = {
    "name": "Main",
    "environment": "production",
    "account_id": "A1",
    "interval": "600",
    "kinds": ["images"],
    "secret": SECRET,
    "token": "",
}


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.mia)


class TestAdd:
    def test_it_is_sealed_owned_and_due(self, cast: SimpleNamespace, mia: Client) -> None:
        answer = mia.post("/settings/connections/new/", {**NEW, "team": cast.team.pk})
        connection = Connection.objects.get()

        assert answer.headers["Location"] == f"/settings/connections/{connection.slug}/"
        assert (connection.team, connection.owner, connection.interval) == (
            cast.team,
            cast.mia,
            600,
        )
        assert connection.opened_credential() == AccountSecret("A1", SECRET)
        assert [catalog.kind for catalog in Catalog.objects.due(timezone.now())] == ["images"]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "a\ab"}, "name"),
            ({"environment": "moon"}, "environment"),
            ({"account_id": "A 1"}, "account_id"),
            ({"account_id": "A\x00"}, "account_id"),
            ({"interval": "9"}, "interval"),
            ({"interval": "soon"}, "interval"),
            ({"secret": "short"}, "secret"),
            ({"secret": ""}, "__all__"),
            ({"token": "abcdefgh"}, "__all__"),
            ({"secret": "", "token": "a b"}, "token"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_saves_nothing(
        self, cast: SimpleNamespace, mia: Client, changes: dict[str, str], field: str
    ) -> None:
        page = mia.post("/settings/connections/new/", {**NEW, "team": cast.team.pk, **changes})

        assert list(page.context["form"].errors) == [field]
        assert Connection.objects.count() == 0
        assert SECRET not in page.content.decode()

    def test_its_name_is_one_line(self, cast: SimpleNamespace, mia: Client) -> None:
        mia.post(
            "/settings/connections/new/", {**NEW, "team": cast.team.pk, "name": "Main\r\n account"}
        )

        assert Connection.objects.get().name == "Main account"

    def test_not_into_a_team_where_one_only_reads_or_is_a_stranger(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        for person in (cast.rita, cast.stefan):
            page = sign_in(person).post("/settings/connections/new/", {**NEW, "team": cast.team.pk})
            assert list(page.context["form"].errors) == ["team"]
        assert Connection.objects.count() == 0


class TestCredential:
    @pytest.fixture
    def connection(self, connect: Any) -> Connection:
        return connect()

    def path(self, connection: Connection, what: str = "") -> str:
        return f"/settings/connections/{connection.slug}/{what}"

    def test_only_the_last_two_letters_of_what_is_saved_are_shown(
        self, connection: Connection, mia: Client, simulator: Simulator
    ) -> None:
        secret = simulator.accounts["production"][0].secret
        page = mia.get(self.path(connection)).content.decode()

        assert f"ends in …{secret[-2:]}" in page
        assert secret not in page
        assert connection.credential not in page

    def test_it_is_replaced(self, connection: Connection, mia: Client) -> None:
        mia.post(
            self.path(connection, "credential/"), {"secret": "", "token": "4vL4rcNGNcgx5v0RLCcFew"}
        )
        connection.refresh_from_db()

        assert connection.opened_credential() == BareToken("4vL4rcNGNcgx5v0RLCcFew")

    def test_empty_means_unchanged(self, connection: Connection, mia: Client) -> None:
        page = mia.post(
            self.path(connection, "credential/"), {"secret": "", "token": ""}, follow=True
        )
        before = connection.credential
        connection.refresh_from_db()

        assert connection.credential == before
        assert "Nothing was entered: the stored credential is kept." in page.content.decode()

    def test_invalid_input_keeps_the_old_one(self, connection: Connection, mia: Client) -> None:
        page = mia.post(self.path(connection, "credential/"), {"secret": "short", "token": ""})
        before = connection.credential
        connection.refresh_from_db()

        assert "A secret must be one line of 8 to 512 characters." in page.content.decode()
        assert connection.credential == before

    def test_nobody_else_replaces_it_the_owner_of_the_team_included(
        self, connection: Connection, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        for person in (cast.olga, cast.max):
            assert (
                sign_in(person)
                .post(self.path(connection, "credential/"), {"secret": SECRET})
                .status_code
                == 403
            )

    def test_an_ownerless_one_is_taken_over_with_a_credential_of_ones_own(
        self, connection: Connection, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        cast.mia.delete()
        client = sign_in(cast.max)
        assert client.post(self.path(connection, "resume/")).status_code == 403
        empty = client.post(self.path(connection, "credential/"), {"secret": "", "token": ""})
        assert "Enter the account’s secret or a token." in empty.content.decode()
        client.post(self.path(connection, "credential/"), {"secret": SECRET, "token": ""})
        connection.refresh_from_db()

        assert (connection.owner, connection.state) == (cast.max, "ok")
        assert connection.opened_credential() == AccountSecret(connection.account_id, SECRET)


class TestManage:
    def test_name_and_interval_change_and_the_account_is_fixed_after_the_first_list(
        self, catalog: Catalog, check: Any, mia: Client
    ) -> None:
        check()
        form = {"name": "New name", "environment": "sandbox", "account_id": "A2", "interval": "60"}
        mia.post(f"/settings/connections/{catalog.slug}/", form)
        connection = Connection.objects.get()

        assert (connection.name, connection.interval, connection.environment) == (
            "New name",
            60,
            "production",
        )
        assert connection.account_id == catalog.connection.account_id
        assert connection.slug == catalog.slug

    def test_pause_and_resume(self, catalog: Catalog, mia: Client) -> None:
        base = f"/settings/connections/{catalog.slug}"
        mia.post(f"{base}/pause/")
        assert (Connection.objects.get().state, Connection.objects.get().reason) == (
            "paused",
            "by_user",
        )
        mia.post(f"{base}/resume/")
        assert (Connection.objects.get().state, Connection.objects.get().reason) == ("ok", "")

    def test_deleting_needs_the_name_and_takes_the_history(
        self, catalog: Catalog, check: Any, mia: Client
    ) -> None:
        check()
        path = f"/settings/connections/{catalog.slug}/delete/"
        page = mia.post(path, {"name": "wrong"})
        assert "The name does not match. Nothing was deleted." in page.content.decode()
        assert ImageListing.objects.count() == 40
        assert mia.post(path, {"name": " Main "}).headers["Location"] == "/settings/connections/"
        assert (Connection.objects.count(), ImageListing.objects.count()) == (0, 0)


def test_the_list_costs_the_same_for_one_and_for_three(
    connect: Any, cast: SimpleNamespace, mia: Client
) -> None:
    counts = []
    for name in ("a", "b", "c"):
        catalog = connect(name).catalogs.get(kind="images")
        give(catalog, items(range(3)), timezone.now() - timedelta(hours=1))
        mia.get("/settings/connections/")
        with CaptureQueriesContext(database) as counted:
            page = mia.get("/settings/connections/")
        counts.append(len(counted))

    assert [c.name for c in page.context["connections"]] == ["a", "b", "c"]
    assert counts[0] == counts[1] == counts[2]


def test_an_unusual_answer_is_said_once(catalog: Catalog, mia: Client) -> None:
    at = timezone.now()
    give(catalog, items(range(40)), at - timedelta(hours=1))
    assert give(catalog, [], at).check.outcome == "suspect"
    page = html_of(mia.get("/settings/connections/"))

    assert page.count("unusual answer, waiting") == 1
    assert "Unusual, held back" not in page


def test_a_connection_that_was_never_checked_is_listed(connect: Any, mia: Client) -> None:
    connection = connect()
    page = html_of(mia.get("/settings/connections/"))

    assert f'<a href="/settings/connections/{connection.slug}/">Main</a>' in page
    assert "Not tested yet" in page
