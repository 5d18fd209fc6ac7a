"""The sealed credential and the token minted with it."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.utils import timezone

from tests.items import refresh
from tests.traces import stored
from xdportal.accounts.models import User
from xdportal.catalog.checks.run import Run
from xdportal.catalog.models import Catalog, Check, ImageListing, QuarantinedAnswer, Snapshot
from xdportal.catalog.tasks import check_connection
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.forms import ConnectionForm, CredentialForm, NewConnectionForm
from xdportal.connections.models import Connection, CredentialUnreadable
from xdportal.connections.session import Sitting
from xdportal.lib.sealing import Keyring
from xdportal.provider import client as door
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.provider.errors import AuthError
from xdportal.provider.kinds import IMAGES
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


def test_copied_into_another_users_row_the_check_ends_auth_and_the_provider_hears_nothing(
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
    """Also where another one took its id."""
    connect("one"), connect("two")
    settings.CREDENTIAL_KEYRING = Keyring({key_id: bytes(range(32))})
    connect("three")

    assert [
        str(m.msg) for m in run_checks(databases=["default"]) if m.id == "connections.W001"
    ] == ["2 credentials sealed with the key 'test' do not open with CREDENTIAL_KEYS."]


def _read(connection: Connection) -> None:
    with Sitting(connection) as sitting:
        sitting.read(IMAGES, timezone.now())


class TestToken:
    def test_ten_checks_within_its_life_mint_once(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        assert [check()["outcome"] for _ in range(10)] == ["ok"] * 10
        assert (simulator.count("getToken"), simulator.count("open/image")) == (1, 10)

    def test_after_it_expires_one_more(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        check()
        with time_machine.travel(timezone.now() + timedelta(minutes=29, seconds=1), tick=True):
            check(), check()

        assert simulator.count("getToken") == 2

    def test_a_401_in_use_renews_it_once(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        check()
        simulator.fault("code", code=401)

        assert check()["outcome"] == "ok"
        assert (simulator.count("getToken"), simulator.count("open/image")) == (2, 3)

    def test_also_at_the_first_check(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        simulator.fault("status", status=401)

        assert check()["outcome"] == "ok"
        assert simulator.count("getToken") == 2

    def test_a_401_that_stays_is_reported_after_one_renewal(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        simulator.fault("code", times=None, code=401)

        assert check()["outcome"] == "auth"
        assert (simulator.count("getToken"), simulator.count("open/image")) == (2, 2)

    @pytest.mark.parametrize(
        ("tokens", "lists", "outcome", "code", "calls"),
        [
            ([], [503, 503, 401], "ok", 0, (2, 4)),
            ([], [503, 401, 503], "ok", 0, (2, 4)),
            ([503], [401], "ok", 0, (3, 2)),
            ([503], [503, 503, 401], "ok", 0, (3, 4)),
            ([503], [503, 503, 401, 401], "auth", 401, (3, 4)),
            ([], [503, 503, 401, 1005], "busy", 1005, (2, 4)),
            ([], [401, 503, 1005, 500], "provider", 500, (2, 4)),
            ([503], [503, 401, 401], "auth", 401, (3, 3)),
            ([503, 503], [], "provider", 503, (2, 0)),
        ],
    )
    def test_it_is_renewed_whatever_passed_before_and_the_last_answer_is_reported(
        self,
        check: Any,
        simulator: Simulator,
        monkeypatch: pytest.MonkeyPatch,
        tokens: list[int],
        lists: list[int],
        outcome: str,
        code: int,
        calls: tuple[int, int],
    ) -> None:
        monkeypatch.setattr(door, "FIRST_WAIT", 0.001)
        for on, codes in (("token", tokens), ("image", lists)):
            for number in codes:
                simulator.fault("code", on=on, code=number)
        report = check()

        assert (report["outcome"], report["code"]) == (outcome, code)
        assert (simulator.count("getToken"), simulator.count("open/image")) == calls

    def test_a_renewal_that_fails_is_what_is_reported(
        self, check: Any, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(door, "FIRST_WAIT", 0.001)
        check()
        simulator.fault("code", code=401)
        simulator.fault("code", on="token", times=None, code=1005)

        assert check()["outcome"] == "busy"
        assert (simulator.count("getToken"), simulator.count("open/image")) == (3, 2)

    def test_it_belongs_to_the_connection_alone(self, connect: Any, simulator: Simulator) -> None:
        first, second = connect("first"), connect("second")
        for connection in (first, second):
            assert refresh(connection.catalogs.get(kind="images"))["outcome"] == "ok"

        assert simulator.count("getToken") == 2

    def test_it_works_when_a_new_token_ends_the_old(self, connect: Any, settings: Any) -> None:
        with Simulator(revoke_old_tokens=True) as provider:
            settings.PROVIDER_URLS = {
                "production": provider.production_url,
                "sandbox": provider.sandbox_url,
            }
            catalogs = [connect(name).catalogs.get(kind="images") for name in ("first", "second")]

            assert [refresh(catalog)["outcome"] for catalog in catalogs * 3] == ["ok"] * 6

    def test_two_workers_share_it_and_do_not_end_each_others(
        self, connect: Any, settings: Any
    ) -> None:
        connection = connect()
        with Simulator(revoke_old_tokens=True) as provider:
            settings.PROVIDER_URLS = {"production": provider.production_url}
            _read(connection)
            late, quick = Connection.objects.get(), Connection.objects.get()
            quick.drop_token()
            _read(quick)
            assert provider.count("getToken") == 2

            _read(late)
            assert [call.token for call in provider.calls if call.kind == "image"][-1] == _token(
                quick
            )
            assert provider.count("getToken") == 2

    def test_short_lives_are_used_for_nine_tenths(self, connect: Any) -> None:
        connection, now = connect(), timezone.now()
        connection.keep_token(Token("abcdefgh", 10), now)

        assert connection.cached_token(now + timedelta(seconds=8.9)) == "abcdefgh"
        assert connection.cached_token(now + timedelta(seconds=9)) is None

    def test_it_is_not_kept_beside_a_credential_that_was_replaced_meanwhile(
        self, connect: Any
    ) -> None:
        running = connect()
        replaced = Connection.objects.get(pk=running.pk)
        replaced.set_credential(
            AccountSecret(replaced.account_id, "another secret"), timezone.now()
        )
        replaced.save()
        running.keep_token(Token("abcdefgh", 1800), timezone.now())

        assert Connection.objects.get(pk=running.pk).token == ""


class TestWrongSecret:
    def test_the_check_ends_auth_and_the_history_stays(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        check()
        connection = catalog.connection
        connection.set_credential(
            AccountSecret(connection.account_id, "a wrong secret"), timezone.now()
        )
        connection.save()
        report = check()
        connection.refresh_from_db()

        assert (report["outcome"], report["code"], report["msg"]) == ("auth", 401, "身份认证失败")
        assert report["trace_id"] == Check.objects.latest("pk").trace_id != ""
        assert (connection.state, connection.reason) == ("attention", "auth")
        assert catalog.latest_snapshot is not None
        assert catalog.latest_snapshot.number == 1
        assert simulator.count("getToken") == 2

    def test_a_good_one_ends_the_attention(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        simulator.fault("code", on="token", times=1, code=401)
        assert check()["outcome"] == "auth"
        assert check()["outcome"] == "ok"
        catalog.connection.refresh_from_db()
        assert (catalog.connection.state, catalog.connection.reason) == ("ok", "")


class TestBareToken:
    def test_it_works_until_it_expires_and_then_the_connection_pauses(
        self, connect: Any, simulator: Simulator
    ) -> None:
        connection = connect()
        token = _mint(simulator)
        connection.set_credential(BareToken(token), timezone.now())
        connection.save()
        catalog = connection.catalogs.get(kind="images")
        assert refresh(catalog)["outcome"] == "ok"

        simulator.fault("code", times=None, code=401)
        assert refresh(catalog)["outcome"] == "auth"
        connection.refresh_from_db()
        assert (connection.state, connection.reason) == ("paused", "token_expired")
        assert list(Catalog.objects.due(timezone.now() + timedelta(days=1))) == []

    def test_a_new_one_resumes_it(self, connect: Any) -> None:
        connection = connect()
        connection.pause("token_expired")
        connection.set_credential(BareToken("abcdefgh"), timezone.now())

        assert (connection.state, connection.reason) == ("ok", "")

    def test_a_pause_that_somebody_wanted_stays(self, connect: Any) -> None:
        connection = connect()
        connection.pause("by_user")
        connection.set_credential(BareToken("abcdefgh"), timezone.now())

        assert (connection.state, connection.reason) == ("paused", "by_user")


class TestAPauseStays:
    def test_a_check_that_fails_meanwhile_does_not_undo_it(
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


def test_another_account_begins_anew(
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


def test_who_leaves_the_team_leaves_no_credential(connect: Any, cast: SimpleNamespace) -> None:
    connect()
    cast.mia.memberships.get(team=cast.team).delete()
    connection = Connection.objects.get()

    assert (connection.owner, connection.credential, connection.state) == (None, "", "paused")


class TestWhoIsRemovedMeanwhile:
    """The form was sent by a member, and is saved when they are none any more."""

    @pytest.fixture
    def removing(self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
        """While one of them is at it, Olga removes somebody."""
        olgas = sign_in(cast.olga)

        def remove(whom: User, where: type, name: str) -> None:
            row, go_on = cast.team.memberships.get(user=whom), getattr(where, name)

            def slow(*arguments: Any) -> Any:
                monkeypatch.undo()
                assert olgas.post(f"/settings/members/{row.pk}/remove/").status_code == 302
                return go_on(*arguments)

            monkeypatch.setattr(where, name, slow)

        return remove

    def test_does_not_come_back_as_owner(
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

    def test_takes_nothing_over(
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

    def test_adds_nothing(self, cast: SimpleNamespace, sign_in: Any, removing: Any) -> None:
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

        assert (
            mias.post(
                "/settings/connections/new/", {**form, "secret": "brand-new-secret"}
            ).status_code
            == 404
        )
        assert not Connection.objects.exists()


def test_of_two_who_take_over_at_once_the_first_has_it(
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


def test_when_the_owner_goes_credential_and_token_are_wiped_and_the_history_stays(
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


class TestDeleting:
    """What is deleted leaves no ciphertext, and what was queued for it finds nothing to do."""

    @pytest.mark.parametrize("gone", ["connection", "team"])
    def test_nothing_is_left(
        self, catalog: Catalog, check: Any, simulator: Simulator, gone: str
    ) -> None:
        check()
        sealed = Connection.objects.get().credential
        simulator.clear_calls()
        {"connection": catalog.connection, "team": catalog.connection.team}[gone].delete()

        assert (Connection.objects.count(), Catalog.objects.count(), Check.objects.count()) == (
            0,
            0,
            0,
        )
        assert [row for row in stored() if sealed in row] == []
        assert check_connection(catalog.connection_id) == []
        assert simulator.calls == []

    def test_a_check_that_runs_meanwhile_records_nothing(
        self, catalog: Catalog, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = Sitting.read

        def read(*arguments: Any) -> Any:
            answer = real(*arguments)
            Connection.objects.all().delete()
            return answer

        monkeypatch.setattr(Sitting, "read", read)

        assert refresh(catalog)["outcome"] == "aborted"
        assert (ImageListing.objects.count(), Snapshot.objects.count(), Check.objects.count()) == (
            0,
            0,
            0,
        )

    def test_of_a_user_the_credentials_go(
        self, catalog: Catalog, cast: SimpleNamespace, simulator: Simulator
    ) -> None:
        sealed = Connection.objects.get().credential
        cast.mia.delete()

        assert [row for row in stored() if sealed in row] == []
        assert check_connection(catalog.connection_id) == []
        assert simulator.calls == []


def _token(connection: Connection) -> str:
    return Connection.objects.get(pk=connection.pk).cached_token(timezone.now()) or ""


def _mint(simulator: Simulator) -> str:
    from xdportal.provider.client import Client

    account = simulator.accounts["production"][0]
    with Client(simulator.production_url, deadline=5, max_body=10**6) as client:
        return client.get_token(AccountSecret(account.account_id, account.secret)).value
