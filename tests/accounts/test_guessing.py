"""Wrong passwords: five for an account from one address, twenty from one or for one."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from axes.models import AccessAttempt
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.sign_in import PASSWORD, sign_in_by_form
from xdportal.accounts.models import AuditEntry, User

HOME, HERE = "198.51.100.7", "192.0.2.1"
OLGA, EVIL = "olga@example.com", "an evil passphrase"


def status(name: str, password: str, address: str = HERE, **headers: Any) -> int:
    cache.clear()  # allauth's own thirty a minute and address are not what is looked at
    form = {"username": name, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address, **headers).status_code


def wrong(times: int, name: str = "mia", address: str = HERE) -> list[int]:
    return [status(name, "wrong", address) for _ in range(times)]


def test_five_wrong_passwords_for_one_account_close_it_for_that_address(
    cast: SimpleNamespace,
) -> None:
    assert wrong(30) == [200] * 4 + [429] * 26
    assert status("mia", PASSWORD) == 429
    assert status("mia", PASSWORD, HOME) == 302


def test_a_mail_address_is_the_same_account(cast: SimpleNamespace) -> None:
    assert wrong(2) + wrong(2, "mia@example.com") + wrong(1, "MIA@example.com") == [200] * 4 + [429]


def test_twenty_for_any_accounts_close_the_address(cast: SimpleNamespace) -> None:
    answers = [status(f"guess{number}", "wrong") for number in range(20)]

    assert answers == [200] * 19 + [429]
    assert status("olga", PASSWORD) == 429
    assert status("olga", PASSWORD, HOME) == 302


def test_from_many_addresses_the_account_waits_a_minute_but_not_where_its_user_is_known(
    cast: SimpleNamespace,
) -> None:
    assert status("mia", PASSWORD, HOME) == 302
    answers = [status("mia", "wrong", f"203.0.113.{number}") for number in range(30)]

    assert answers == [200] * 19 + [429] * 11
    assert status("mia", PASSWORD, "203.0.113.99") == 429
    assert status("mia", PASSWORD, HOME) == 302
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert status("mia", PASSWORD, "203.0.113.99") == 302


def test_a_closed_door_opens_after_a_quarter_of_an_hour_and_knocking_does_not_lengthen_it(
    cast: SimpleNamespace,
) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        wrong(5)
    with time_machine.travel(now + timedelta(minutes=14), tick=False):
        assert wrong(3) == [429] * 3
    with time_machine.travel(now + timedelta(minutes=15, seconds=1), tick=False):
        assert status("mia", PASSWORD) == 302


def test_a_forged_header_is_no_other_address(cast: SimpleNamespace) -> None:
    answers = [
        status("mia", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(6)
    ]

    assert answers == [200] * 4 + [429] * 2


def test_behind_a_proxy_the_last_foreign_address_counts(
    cast: SimpleNamespace, settings: Any
) -> None:
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    forged = [
        status(
            "mia", "wrong", "10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, {HERE}, 10.0.0.2"
        )
        for number in range(5)
    ]

    assert forged == [200] * 4 + [429]
    assert status("mia", PASSWORD, "10.0.0.1", HTTP_X_FORWARDED_FOR=HOME) == 302


def test_one_ipv6_network_is_one_address(cast: SimpleNamespace) -> None:
    assert [status("mia", "wrong", f"2001:db8::{number}") for number in range(5)] == [200] * 4 + [
        429
    ]


def test_ipv4_written_as_ipv6_is_no_network_of_everyone(cast: SimpleNamespace) -> None:
    strangers = [
        status(f"guess{number}", "wrong", f"::ffff:203.0.113.{number}") for number in range(20)
    ]

    assert strangers == [200] * 20
    assert wrong(2, "mia", f"::ffff:{HERE}") + wrong(3, "mia", HERE) == [200] * 4 + [429]
    assert status("mia", PASSWORD, f"::ffff:{HOME}") == 302


def test_a_good_password_forgets_the_wrong_ones_of_this_account_and_address_only(
    cast: SimpleNamespace,
) -> None:
    wrong(4)
    wrong(4, "olga")

    assert status("mia", PASSWORD) == 302
    assert wrong(4) == [200] * 4
    assert wrong(1, "olga") == [429]


@pytest.mark.parametrize("tries", [1, 5])
def test_known_and_unknown_names_get_the_same_answer(cast: SimpleNamespace, tries: int) -> None:
    answers = []
    for name in ("mia", "nobody"):
        client = Client()
        for _ in range(tries):
            cache.clear()
            answer = sign_in_by_form(client, name, "wrong", f"192.0.2.{len(name)}")
        answers.append(
            (
                answer.status_code,
                text(answer, name),
                {c: m["max-age"] for c, m in client.cookies.items()},
            )
        )

    assert answers[0] == answers[1]


def test_also_once_the_account_is_closed_from_everywhere(cast: SimpleNamespace) -> None:
    answers = [
        [status(name, "wrong", f"203.0.{network}.{number}") for number in range(22)]
        for network, name in enumerate(("mia", "mia@example.com", "nobody", "nobody@example.com"))
    ]

    assert answers[0] == answers[2] == answers[3] == [200] * 19 + [429] * 3
    assert answers[1] == [429] * 22  # the same account as the first


@pytest.mark.parametrize("name", ["mia", "mia@example.com", "nobody", "nobody@example.com", "rita"])
def test_a_wrong_password_costs_one_hash_whatever_is_typed(
    cast: SimpleNamespace, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.rita.set_unusable_password()
    cast.rita.save()
    hashed, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )

    assert status(name, "wrong") == 200
    assert len(hashed) == 1


class TestTwoWhoAreMeant:
    """A text may mean Olga and someone who wants to be taken for her. It is Olga's door."""

    def squatter(self, kind: str) -> User:
        """Someone else, with Olga's address as name, as address, or as the one to replace it."""
        name = OLGA if kind == "name" else "squatter"
        made = User.objects.create_user(name, OLGA if kind == "own" else "x@evil.example", EVIL)
        if kind == "pending":
            EmailAddress.objects.create(user=made, email=OLGA, verified=False)
        return made

    def confirm(self, cast: SimpleNamespace) -> None:
        EmailAddress.objects.create(user=cast.olga, email=OLGA, verified=True, primary=True)

    @pytest.mark.parametrize(
        ("kind", "confirmed"),
        [("name", True), ("own", True), ("own", False), ("pending", True), ("pending", False)],
    )
    def test_the_limit_holds_however_often_the_other_signs_in(
        self, cast: SimpleNamespace, kind: str, confirmed: bool
    ) -> None:
        if confirmed:
            self.confirm(cast)
        squatter = self.squatter(kind)
        answers = []
        for _ in range(4):
            answers += wrong(2, OLGA)
            assert status("x@evil.example" if kind == "name" else "squatter", EVIL) == 302

        assert answers == [200] * 4 + [429] * 4
        assert set(AccessAttempt.objects.values_list("username", flat=True)) == {
            str(cast.olga.uuid)
        }
        assert not AuditEntry.objects.filter(kind="sign_in_failed", subject=squatter).exists()

    @pytest.mark.parametrize("kind", ["name", "own", "pending"])
    def test_the_others_password_does_not_open_it(self, cast: SimpleNamespace, kind: str) -> None:
        self.confirm(cast)
        self.squatter(kind)

        assert status(OLGA, EVIL) == 200
        assert status(OLGA, PASSWORD) == 302

    def test_an_old_name_with_an_at_sign_that_is_nobodys_address_goes_on_working(
        self, cast: SimpleNamespace
    ) -> None:
        User.objects.create_user("nora@work", "nora@example.com", EVIL)

        assert status("nora@work", EVIL) == 302

    def test_claiming_an_address_does_not_keep_it_from_its_owner(
        self, cast: SimpleNamespace
    ) -> None:
        self.squatter("pending")
        assert status("olga", PASSWORD) == 302

        assert EmailAddress.objects.get(email=OLGA, verified=True).user == cast.olga


def test_nothing_typed_is_kept(cast: SimpleNamespace) -> None:
    status("my password by mistake", "another secret")

    kept = str(list(AccessAttempt.objects.values()))
    assert "mistake" not in kept
    assert "another" not in kept


def text(answer: Any, name: str) -> str:
    """The page without the name that was typed and the forms' tokens."""
    import re

    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode()).replace(
        f'value="{name}"', ""
    )
