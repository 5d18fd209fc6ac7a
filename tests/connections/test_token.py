"""The token that is minted with a credential: kept, renewed once, shared, or pasted alone."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from tests.items import refresh
from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection
from xdportal.connections.session import Sitting
from xdportal.provider import client as door
from xdportal.provider.client import Token
from xdportal.provider.credentials import AccountSecret, BareToken
from xdportal.provider.kinds import IMAGES
from xdportal.simulator import Simulator


def _read(connection: Connection) -> None:
    with Sitting(connection) as sitting:
        sitting.read(IMAGES, timezone.now())


class TestToken:
    def test_ten_checks_within_its_life_mint_once(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        assert [check()["outcome"] for _ in range(10)] == ["ok"] * 10
        assert (simulator.count("getToken"), simulator.count("open/image")) == (1, 10)

    def test_after_it_expires_one_more_is_minted(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        check()
        with time_machine.travel(timezone.now() + timedelta(minutes=29, seconds=1), tick=True):
            check()
            check()

        assert simulator.count("getToken") == 2

    def test_a_401_in_use_renews_it_once(
        self, catalog: Catalog, check: Any, simulator: Simulator
    ) -> None:
        check()
        simulator.fault("code", code=401)

        assert check()["outcome"] == "ok"
        assert (simulator.count("getToken"), simulator.count("open/image")) == (2, 3)

    def test_a_401_at_the_first_check_renews_it_too(
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
            last = [call for call in provider.calls if call.kind == "image"][-1]
            assert last.token == _token(quick)
            assert provider.count("getToken") == 2

    def test_short_lives_are_used_for_nine_tenths(self, connect: Any) -> None:
        connection, now = connect(), timezone.now()
        connection.keep_token(Token("abcdefgh", 10), now)

        assert connection.cached_token(now + timedelta(seconds=8.9)) == "abcdefgh"
        assert connection.cached_token(now + timedelta(seconds=9)) is None

    def test_it_is_not_kept_beside_a_credential_that_was_replaced(self, connect: Any) -> None:
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

    def test_a_pause_by_a_user_stays(self, connect: Any) -> None:
        connection = connect()
        connection.pause("by_user")
        connection.set_credential(BareToken("abcdefgh"), timezone.now())

        assert (connection.state, connection.reason) == ("paused", "by_user")


def _token(connection: Connection) -> str:
    return Connection.objects.get(pk=connection.pk).cached_token(timezone.now()) or ""


def _mint(simulator: Simulator) -> str:
    from xdportal.provider.client import Client

    account = simulator.accounts["production"][0]
    with Client(simulator.production_url, deadline=5, max_body=10**6) as client:
        return client.get_token(AccountSecret(account.account_id, account.secret)).value
