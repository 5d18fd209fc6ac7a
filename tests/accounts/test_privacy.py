"""Going, and seeing what is stored about oneself."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.sign_in import PASSWORD, confirm_identity, sign_in_by_form
from xdportal.accounts import privacy
from xdportal.accounts.models import AuditEntry, Membership, Team, User
from xdportal.connections.models import Connection


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    client = sign_in(cast.mia)
    confirm_identity(client, cast.mia)
    return client


def delete(client: Client, name: str) -> Any:
    return client.post("/settings/privacy/delete/", {"name": name})


class TestDelete:
    def test_own_connections_go_and_shared_history_stays(
        self, cast: SimpleNamespace, mia: Client, connect: Any, check: Any
    ) -> None:
        check()
        connect("Mine", team=Team.objects.personal(cast.mia))
        assert delete(mia, "mia").headers["Location"] == "/login/"

        left = Connection.objects.get()
        assert (left.name, left.owner, left.credential, left.token, left.reason) == (
            "Main",
            None,
            "",
            "",
            "owner_gone",
        )
        assert left.catalogs.get(kind="images").snapshots.count() == 1
        assert not User.objects.filter(username="mia").exists()

    def test_sessions_are_dead_and_the_trail_keeps_an_id(
        self, cast: SimpleNamespace, mia: Client
    ) -> None:
        sign_in_by_form(Client(), "mia")
        uuid = cast.mia.uuid
        delete(mia, "mia")

        assert [s.get_decoded().get("_auth_user_id") for s in Session.objects.all()] in ([], [None])
        entry = AuditEntry.objects.get(kind="account_deleted")
        assert (entry.actor, entry.who, entry.whom) == (None, str(uuid), str(uuid))

    def test_asks_for_the_password_and_the_name(
        self, cast: SimpleNamespace, sign_in: Any, mia: Client
    ) -> None:
        assert (
            delete(sign_in(cast.rita, recent=False), "rita")
            .headers["Location"]
            .startswith("/reauthenticate/?next=")
        )
        assert "does not match" in delete(mia, "Mia").content.decode()
        assert User.objects.filter(username__in=["mia", "rita"]).count() == 2

    def test_not_the_last_owner_of_a_team(self, cast: SimpleNamespace, sign_in: Any) -> None:
        client = sign_in(cast.olga)
        confirm_identity(client, cast.olga)
        page = delete(client, "olga")
        assert "needs at least one owner" in page.content.decode()
        assert page.context["owned_alone"] == [cast.team]
        Membership.objects.filter(user=cast.max, team=cast.team).update(role="owner")

        assert delete(client, "olga").status_code == 302

    @pytest.mark.parametrize("goes", ["deletes the account", "leaves the team"])
    def test_of_two_owners_who_go_at_once_one_stays(
        self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch, goes: str
    ) -> None:
        Membership.objects.filter(user=cast.max, team=cast.team).update(role="owner")
        olgas, maxs = sign_in(cast.olga), sign_in(cast.max)
        confirm_identity(olgas, cast.olga)
        confirm_identity(maxs, cast.max)
        own = Membership.objects.get(user=cast.max, team=cast.team)
        go = privacy.delete_account

        def slow(user: User, request: Any) -> None:
            monkeypatch.undo()
            if goes == "leaves the team":
                maxs.post(f"/settings/members/{own.pk}/remove/")
            else:
                delete(maxs, "max")
            go(user, request)

        monkeypatch.setattr(privacy, "delete_account", slow)

        assert "needs at least one owner" in delete(olgas, "olga").content.decode()
        assert list(
            cast.team.memberships.filter(role="owner").values_list("user__username", flat=True)
        ) == ["olga"]

    def test_of_two_administrators_too(
        self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        User.objects.filter(pk=cast.stefan.pk).update(is_superuser=True)
        adas = sign_in(cast.ada)
        confirm_identity(adas, cast.ada)
        go = privacy.delete_account

        def slow(user: User, request: Any) -> None:
            User.objects.get(pk=cast.stefan.pk).delete()
            go(user, request)

        monkeypatch.setattr(privacy, "delete_account", slow)

        assert "only administrator" in delete(adas, "ada").content.decode()

    def test_not_the_last_administrator(self, cast: SimpleNamespace, sign_in: Any) -> None:
        client = sign_in(cast.ada)
        confirm_identity(client, cast.ada)

        assert "only administrator" in delete(client, "ada").content.decode()


def test_the_export_tells_all_but_secrets(
    cast: SimpleNamespace, mia: Client, connect: Any, simulator: Any
) -> None:
    connection = connect()
    answer = mia.get("/settings/privacy.json")
    data = json.loads(answer.content)

    assert list(data) == [
        *(
            "account",
            "email_addresses",
            "second_factors",
            "single_sign_on",
            "sessions",
            "teams",
            "api_keys",
        ),
        *("audit_trail", "connections", "notes", "saved_filters", "pins", "channels"),
    ]
    assert (data["account"]["username"], data["account"]["email"]) == ("mia", "mia@example.com")
    assert [team["team__name"] for team in data["teams"]] == ["mia", "Render"]
    assert [entry["kind"] for entry in data["audit_trail"]] == ["data_exported", "signed_in"]
    assert [one["slug"] for one in data["connections"]] == [connection.slug]
    cast.mia.refresh_from_db()
    for secret in (
        simulator.accounts["production"][0].secret,
        connection.credential,
        cast.mia.password,
        PASSWORD,
    ):
        assert secret not in answer.content.decode()


def test_it_tells_nothing_of_others(cast: SimpleNamespace, mia: Client) -> None:
    assert "olga" not in mia.get("/settings/privacy.json").content.decode()


def test_nor_from_where_others_did_something(
    cast: SimpleNamespace, sign_in: Any, mia: Client
) -> None:
    row = Membership.objects.get(user=cast.mia, team=cast.team)
    client = sign_in(cast.olga)
    client.post(
        f"/settings/members/{row.pk}/role/", {"role": "manager"}, REMOTE_ADDR="203.0.113.77"
    )
    sign_in_by_form(Client(), "mia", "wrong", "198.51.100.7")
    trail = json.loads(mia.get("/settings/privacy.json", REMOTE_ADDR="192.0.2.4").content)[
        "audit_trail"
    ]

    assert [(entry["kind"], entry["ip"]) for entry in trail] == [
        ("data_exported", "192.0.2.4"),
        ("sign_in_failed", "198.51.100.7"),
        ("role", None),
        ("signed_in", None),
    ]
