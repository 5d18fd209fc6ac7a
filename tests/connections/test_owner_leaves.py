"""Who leaves the team leaves no credential, and saves nothing that was sent before."""

from types import SimpleNamespace
from typing import Any

import pytest

from xdportal.accounts.models import User
from xdportal.catalog.models import Catalog
from xdportal.connections.forms import CredentialForm, NewConnectionForm
from xdportal.connections.models import Connection
from xdportal.provider.credentials import AccountSecret


def test_leaving_the_team_erases_the_credential(connect: Any, cast: SimpleNamespace) -> None:
    connect()
    cast.mia.memberships.get(team=cast.team).delete()
    connection = Connection.objects.get()

    assert (connection.owner, connection.credential, connection.state) == (None, "", "paused")


def test_deleting_the_owner_erases_credential_and_token_and_keeps_the_history(
    catalog: Catalog, check: Any, cast: SimpleNamespace
) -> None:
    check()
    cast.mia.delete()
    connection = Connection.objects.get()

    assert (
        connection.owner,
        connection.credential,
        connection.token,
        connection.credential_hint,
    ) == (None, "", "", "")
    assert (connection.state, connection.reason) == ("paused", "owner_gone")
    assert connection.catalogs.get(kind="images").snapshots.count() == 1


class TestRemovedWhileSaving:
    """A member sent the form, and is none any more when it is saved."""

    @pytest.fixture
    def removing(self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """Return what lets Olga remove a member in the middle of saving a form."""
        olgas = sign_in(cast.olga)

        def remove(whom: User, where: type, name: str) -> None:
            row, go_on = cast.team.memberships.get(user=whom), getattr(where, name)

            def slow(*arguments: Any) -> Any:
                monkeypatch.undo()
                assert olgas.post(f"/settings/members/{row.pk}/remove/").status_code == 302
                return go_on(*arguments)

            monkeypatch.setattr(where, name, slow)

        return remove

    def test_a_former_member_does_not_come_back_as_owner(
        self, connect: Any, cast: SimpleNamespace, sign_in: Any, removing: Any
    ) -> None:
        connection, mias = connect(), sign_in(cast.mia)
        removing(cast.mia, CredentialForm, "clean")
        answer = mias.post(
            f"/settings/connections/{connection.slug}/credential/", {"secret": "brand-new-secret"}
        )

        assert answer.status_code == 404
        connection.refresh_from_db()
        assert (connection.owner, connection.credential, connection.reason) == (
            None,
            "",
            "owner_gone",
        )

    def test_a_former_member_takes_nothing_over(
        self, connect: Any, cast: SimpleNamespace, sign_in: Any, removing: Any
    ) -> None:
        connection, maxs = connect(), sign_in(cast.max)
        connection.orphan()
        removing(cast.max, CredentialForm, "clean")
        answer = maxs.post(
            f"/settings/connections/{connection.slug}/credential/", {"secret": "brand-new-secret"}
        )

        assert answer.status_code == 404
        connection.refresh_from_db()
        assert (connection.owner, connection.credential, connection.reason) == (
            None,
            "",
            "owner_gone",
        )

    def test_a_former_member_adds_nothing(
        self, cast: SimpleNamespace, sign_in: Any, removing: Any
    ) -> None:
        form = {
            "team": cast.team.pk,
            "name": "New",
            "environment": "production",
            "account_id": "A1",
            "interval": "60",
            "kinds": "images",
        }
        mias = sign_in(cast.mia)
        removing(cast.mia, NewConnectionForm, "clean")

        answer = mias.post("/settings/connections/new/", {**form, "secret": "brand-new-secret"})

        assert answer.status_code == 404
        assert not Connection.objects.exists()


def test_of_two_who_take_over_at_once_the_first_gets_it(
    connect: Any, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, maxs, olgas = connect(), sign_in(cast.max), sign_in(cast.olga)
    connection.orphan()
    path, clean = f"/settings/connections/{connection.slug}/credential/", CredentialForm.clean

    def slow(*arguments: Any) -> Any:
        monkeypatch.undo()
        assert olgas.post(path, {"secret": "the secret of Olga"}).status_code == 302
        return clean(*arguments)

    monkeypatch.setattr(CredentialForm, "clean", slow)

    assert maxs.post(path, {"secret": "the secret of Max"}).status_code == 403
    connection.refresh_from_db()
    assert connection.owner == cast.olga
    assert connection.opened_credential() == AccountSecret(
        connection.account_id, "the secret of Olga"
    )
