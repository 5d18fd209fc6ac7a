"""Guessing passwords: five wrong ones for an account from an address, twenty from an address, twenty for an account."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.sign_in import PASSWORD, sign_in_by_form

HOME, HERE = "198.51.100.7", "192.0.2.1"


def status(name: str, password: str, address: str = HERE, **headers: Any) -> int:
    cache.clear()  # allauth's own thirty a minute and address are not what is looked at
    form = {"username": name, "password": password}
    return Client().post("/login/", form, REMOTE_ADDR=address, **headers).status_code


def wrong(times: int, name: str = "mia", address: str = HERE) -> list[int]:
    return [status(name, "wrong", address) for _ in range(times)]


def test_five_wrong_passwords_for_one_account_close_it_for_that_address(cast: SimpleNamespace) -> None:
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


def test_from_many_addresses_the_account_waits_a_minute_but_not_where_its_user_is_known(cast: SimpleNamespace) -> None:
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
    answers = [status("mia", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(6)]

    assert answers == [200] * 4 + [429] * 2


def test_behind_a_proxy_the_last_foreign_address_counts(cast: SimpleNamespace, settings: Any) -> None:
    import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    forged = [
        status("mia", "wrong", "10.0.0.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}, {HERE}, 10.0.0.2")
        for number in range(5)
    ]

    assert forged == [200] * 4 + [429]
    assert status("mia", PASSWORD, "10.0.0.1", HTTP_X_FORWARDED_FOR=HOME) == 302


def test_one_ipv6_network_is_one_address(cast: SimpleNamespace) -> None:
    assert [status("mia", "wrong", f"2001:db8::{number}") for number in range(5)] == [200] * 4 + [429]


def test_a_good_password_forgets_the_wrong_ones_of_this_account_and_address_only(cast: SimpleNamespace) -> None:
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
        answers.append((answer.status_code, text(answer, name), {c: m["max-age"] for c, m in client.cookies.items()}))

    assert answers[0] == answers[1]


def test_nothing_typed_is_kept(cast: SimpleNamespace) -> None:
    status("my password by mistake", "another secret")

    kept = str(list(AccessAttempt.objects.values()))
    assert "mistake" not in kept
    assert "another" not in kept


def text(answer: Any, name: str) -> str:
    """The page without the name that was typed and the forms' tokens."""
    import re

    return re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode()).replace(f'value="{name}"', "")
