"""Dangerous deeds ask again, and what they keep of the request until then holds no secret."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tests.sign_in import PASSWORD, sign_in_by_form
from xdportal.accounts.models import Invitation, Membership, Role, Team, User
from xdportal.connections.models import Connection


def test_the_suspended_request_holds_neither_cookies_nor_the_key_of_the_session(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    client = sign_in(cast.mia, recent=False)
    client.post("/settings/privacy/delete/", {"name": "mia"}, HTTP_X_SECRET="hidden")
    stored = str(client.session["account_reauthentication_state"])

    assert client.session.session_key not in stored
    assert "COOKIE" not in stored
    assert "hidden" not in stored


def test_it_is_carried_out_after_the_password(cast: SimpleNamespace, sign_in: Any) -> None:
    client = sign_in(cast.mia, recent=False)
    asked = client.post("/settings/privacy/delete/", {"name": "mia"})
    client.post(asked.headers["Location"], {"password": "wrong"})
    assert User.objects.filter(username="mia").exists()
    client.post(asked.headers["Location"], {"password": PASSWORD})

    assert not User.objects.filter(username="mia").exists()
    assert Session.objects.count() <= 1


def test_pages_of_the_library_ask_by_the_same_door(cast: SimpleNamespace, sign_in: Any) -> None:
    client = sign_in(cast.mia, recent=False)
    answer = client.post("/settings/second-factor/totp/activate/", {"code": "123456"})

    assert answer.headers["Location"].startswith("/reauthenticate/?next=")
    assert "COOKIE" not in str(dict(client.session))


# Each deed: who does it, to which address, with what, and whether it is done.
Deed = tuple[str, str, dict[str, Any], Callable[[SimpleNamespace], bool]]
DEEDS: dict[str, Deed] = {
    "make an owner": (
        "olga",
        "/settings/members/{rita}/role/",
        {"role": "owner"},
        lambda cast: Membership.objects.filter(
            user=cast.rita, role=Role.OWNER, team=cast.team
        ).exists(),
    ),
    "invite an owner": (
        "olga",
        "/settings/teams/render/invite/",
        {"email": "new@example.com", "role": "owner"},
        lambda cast: Invitation.objects.exists(),
    ),
    "hand a team over": (
        "olga",
        "/settings/teams/render/hand-over/",
        {"to": "{max}"},
        lambda cast: Membership.objects.filter(
            user=cast.max, role=Role.OWNER, team=cast.team
        ).exists(),
    ),
    "delete a team": (
        "olga",
        "/settings/teams/render/delete/",
        {"name": "Render"},
        lambda cast: not Team.objects.filter(slug="render").exists(),
    ),
    "delete a connection": (
        "mia",
        "/settings/connections/{slug}/delete/",
        {"name": "Main"},
        lambda cast: not Connection.objects.exists(),
    ),
    "remove second factors": (
        "ada",
        "/admin/accounts/user/",
        {"action": "remove_second_factors", "_selected_action": "{user}"},
        lambda cast: not Authenticator.objects.exists(),
    ),
}
# Those that carry a secret are not kept until the password was given: they are sent once more.
SECRETS: dict[str, Deed] = {
    "replace a credential": (
        "mia",
        "/settings/connections/{slug}/credential/",
        {"token": "another-token-of-the-account"},
        lambda cast: Connection.objects.get().credential_kind == "token",
    ),
    "set a password": (
        "ada",
        "/admin/accounts/user/{user}/password/",
        {
            "usable_password": "true",
            "password1": "a very new passphrase",
            "password2": "a very new passphrase",
        },
        lambda cast: User.objects.get(pk=cast.rita.pk).check_password("a very new passphrase"),
    ),
}


@pytest.fixture
def values(cast: SimpleNamespace, connect: Any) -> dict[str, Any]:
    Authenticator.objects.create(user=cast.rita, type="totp", data={"secret": "sealed"})
    members = {
        row.user.username: row.pk
        for row in Membership.objects.filter(team=cast.team).select_related("user")
    }
    return {"slug": connect().slug, "user": cast.rita.pk, **members}


def send(client: Client, deed: Deed, values: dict[str, Any]) -> Any:
    _who, address, fields, _done = deed
    filled = {name: value.format(**values) for name, value in fields.items()}
    return client.post(address.format(**values), filled)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=list(DEEDS))
def test_a_dangerous_deed_waits_for_the_password(
    cast: SimpleNamespace, sign_in: Any, values: dict[str, Any], deed: Deed
) -> None:
    who, _address, _fields, done = deed
    client = sign_in(getattr(cast, who), recent=False)
    asked = send(client, deed, values)
    assert asked.headers["Location"].startswith("/reauthenticate/?next=")
    assert not done(cast)
    client.post(asked.headers["Location"], {"password": PASSWORD})

    assert done(cast)


@pytest.mark.parametrize("deed", SECRETS.values(), ids=list(SECRETS))
def test_a_request_that_carries_a_secret_is_not_kept_while_asking(
    cast: SimpleNamespace, sign_in: Any, values: dict[str, Any], deed: Deed
) -> None:
    who, _address, _fields, done = deed
    client = sign_in(getattr(cast, who), recent=False)
    asked = send(client, deed, values)
    assert asked.headers["Location"].startswith("/reauthenticate/?next=")
    assert "account_reauthentication_state" not in client.session
    client.post(asked.headers["Location"], {"password": PASSWORD})
    assert not done(cast)
    send(client, deed, values)

    assert done(cast)


@pytest.mark.parametrize("deed", [*DEEDS.values(), *SECRETS.values()], ids=[*DEEDS, *SECRETS])
def test_just_signed_in_nobody_is_asked_again(
    cast: SimpleNamespace, values: dict[str, Any], deed: Deed
) -> None:
    who, _address, _fields, done = deed
    client = Client()
    sign_in_by_form(client, who)
    send(client, deed, values)

    assert done(cast)


def test_after_five_minutes_it_is_long_ago(cast: SimpleNamespace, values: dict[str, Any]) -> None:
    client = Client()
    sign_in_by_form(client, "olga")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = send(client, DEEDS["delete a team"], values)

    assert answer.headers["Location"].startswith("/reauthenticate/?next=")


def test_a_lower_role_is_given_without_asking(
    cast: SimpleNamespace, sign_in: Any, values: dict[str, Any]
) -> None:
    client = sign_in(cast.olga, recent=False)
    client.post(f"/settings/members/{values['rita']}/role/", {"role": "member"})

    assert Membership.objects.get(user=cast.rita, team=cast.team).role == "member"
