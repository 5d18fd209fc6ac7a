"""The sealed credential: what opens it, and what a new one or a pause changes."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from tests.items import refresh
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog, QuarantinedAnswer
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.forms import ConnectionForm
from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.lib.sealing import Keyring
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.errors import AuthError
from xdportal.simulator import Simulator


def test_it_opens_as_it_was_saved(connect: Any, simulator: Simulator) -> None:
    account = simulator.accounts["production"][0]
    connection = Connection.objects.get(pk=connect().pk)

    assert connection.opened_credential() == AccountSecret(account.account_id, account.secret)
    assert connection.credential_hint == account.secret[-2:]
    assert account.secret not in str(vars(connection))


@pytest.mark.parametrize("field", ["credential", "token"])
def test_a_text_of_another_row_does_not_open(
    connect: Any, cast: SimpleNamespace, field: str
) -> None:
    mine, other = connect("mine"), connect("other", owner=cast.max)
    for connection in (mine, other):
        connection.keep_token(Token("abcdefgh", 1800), timezone.now())
    setattr(mine, field, getattr(other, field))

    if field == "token":
        assert mine.cached_token(timezone.now()) is None
    else:
        with pytest.raises(CredentialUnreadable):
            mine.opened_credential()


def test_a_credential_copied_to_another_row_ends_the_check_before_any_call(
    connect: Any, cast: SimpleNamespace, simulator: Simulator
) -> None:
    mine, other = connect("mine"), connect("other", owner=cast.max)
    Connection.objects.filter(pk=mine.pk).update(credential=other.credential)
    report = refresh(mine.catalogs.get(kind="images"))
    mine.refresh_from_db()

    assert (report["outcome"], report["http_status"]) == ("auth", None)
    assert "enter it again" in report["msg"]
    assert (mine.state, mine.reason) == ("attention", "unreadable")
    assert simulator.calls == []


@pytest.mark.parametrize("sealed", ["", "plain text", "v1:test:AAAA", "v1:gone:AAAA"])
def test_what_cannot_be_decrypted_raises(connect: Any, sealed: str) -> None:
    connection = connect()
    connection.credential = sealed

    with pytest.raises(CredentialUnreadable):
        connection.opened_credential()


@pytest.mark.parametrize("key_id", ["fresh", "test"])
def test_a_key_that_is_gone_is_named_by_check_and_stops_nothing(
    connect: Any, settings: Any, key_id: str
) -> None:
    """The other case: another key took its id."""
    connect("one")
    connect("two")
    settings.CREDENTIAL_KEYRING = Keyring({key_id: bytes(range(32))})
    connect("three")

    assert [
        str(m.msg) for m in run_checks(databases=["default"]) if m.id == "connections.W001"
    ] == ["2 credentials sealed with the key 'test' do not open with CREDENTIAL_KEYS."]


class TestAPauseStays:
    def test_a_check_that_fails_at_that_time_does_not_undo_it(
        self, catalog: Catalog, simulator: Simulator
    ) -> None:
        lease = Run.claim(catalog.pk, timezone.now())
        Connection.objects.get().pause("by_user")
        lease.fail(AuthError(), timezone.now())

        assert (Connection.objects.get().state, Connection.objects.get().reason) == (
            "paused",
            "by_user",
        )

    def test_nor_does_a_form_that_was_opened_before(
        self, connect: Any, cast: SimpleNamespace
    ) -> None:
        stale = connect()
        Connection.objects.get().pause("by_user")
        form = ConnectionForm(
            {
                "name": "New",
                "environment": stale.environment,
                "account_id": stale.account_id,
                "interval": "60",
            },
            instance=stale,
        )
        assert form.is_valid()
        actions.change(stale, form.settings, Actor.by_command(cast.mia))

        assert (Connection.objects.get().state, Connection.objects.get().name) == ("paused", "New")


def test_another_account_begins_without_a_token_and_quarantine(
    connect: Any, cast: SimpleNamespace, sign_in: Any, simulator: Simulator
) -> None:
    connection = connect()
    simulator.fault("empty_list")
    assert refresh(connection.catalogs.get(kind="images"))["outcome"] == "suspect"
    form = {"name": "Main", "environment": "sandbox", "account_id": "A2", "interval": "60"}
    sign_in(cast.mia).post(f"/settings/connections/{connection.slug}/", form)
    connection.refresh_from_db()

    assert (connection.environment, connection.account_id, connection.token) == (
        "sandbox",
        "A2",
        "",
    )
    assert not QuarantinedAnswer.objects.exists()
    assert Catalog.objects.due(timezone.now()).count() == 1


def test_a_new_credential_is_tried_soon(
    catalog: Catalog, cast: SimpleNamespace, sign_in: Any
) -> None:
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    path = f"/settings/connections/{catalog.slug}/credential/"
    sign_in(cast.mia).post(path, {"secret": "  another secret ", "token": ""})

    assert Connection.objects.get().opened_credential() == AccountSecret(
        catalog.connection.account_id, "  another secret "
    )
    assert Catalog.objects.due(timezone.now()).count() == 1
