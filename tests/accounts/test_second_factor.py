"""A second factor: app, recovery codes, and the setting that requires one. Keys: see tests/e2e."""

import base64
import os
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.apps import apps
from django.test import Client

from tests.sign_in import confirm_identity, sign_in_by_form
from xdportal.accounts import factors
from xdportal.accounts.adapters import MFAAdapter
from xdportal.accounts.models import AuditEntry
from xdportal.lib.sealing import Keyring
from xdportal.operations.checks import unknown_keys

BASE = Path(__file__).resolve().parents[2]


def code_of(secret: str, at: float | None = None) -> str:
    return format_hotp_value(hotp_value(secret, int((at or time.time()) // 30)))


def enrol(client: Client, user: Any) -> str:
    confirm_identity(client, user)
    secret = client.get("/settings/second-factor/totp/activate/").context["form"].secret
    answer = client.post("/settings/second-factor/totp/activate/", {"code": code_of(secret)})
    assert answer.headers["Location"] == "/settings/second-factor/recovery-codes/"
    return str(secret)


@pytest.fixture
def secret(cast: SimpleNamespace, sign_in: Any) -> str:
    return enrol(sign_in(cast.mia), cast.mia)


def test_with_an_app_the_password_alone_is_not_enough(secret: str) -> None:
    client = Client()

    assert (
        sign_in_by_form(client, "mia").headers["Location"]
        == "/settings/second-factor/authenticate/"
    )
    assert client.get("/").status_code == 302
    assert (
        client.post("/settings/second-factor/authenticate/", {"code": "000000"}).status_code == 200
    )
    next_code = code_of(secret, time.time() + 30)  # the one of enrolment is used up
    assert (
        client.post("/settings/second-factor/authenticate/", {"code": next_code}).headers[
            "Location"
        ]
        == "/"
    )
    assert client.get("/").status_code == 200


def test_a_recovery_code_works_once(cast: SimpleNamespace, secret: str) -> None:
    codes = (
        Authenticator.objects.get(user=cast.mia, type="recovery_codes").wrap().get_unused_codes()
    )
    answers = []
    for _ in range(2):
        client = Client()
        sign_in_by_form(client, "mia")
        answers.append(
            client.post("/settings/second-factor/authenticate/", {"code": codes[0]}).status_code
        )

    assert (len(codes), answers) == (10, [302, 200])


def test_codes_cannot_be_guessed_without_end(secret: str) -> None:
    client = Client()
    sign_in_by_form(client, "mia")
    pages = [
        client.post("/settings/second-factor/authenticate/", {"code": "000000"}) for _ in range(7)
    ]

    assert ["Too many" in page.content.decode() for page in pages] == [False] * 5 + [True] * 2


def test_its_secret_is_sealed(cast: SimpleNamespace, secret: str) -> None:
    kept = Authenticator.objects.get(user=cast.mia, type="totp").data["secret"]

    assert kept.startswith("v1:test:")
    assert secret not in kept


def test_its_secret_opens_in_no_other_user_s_row(
    cast: SimpleNamespace, secret: str, sign_in: Any
) -> None:
    """Whoever can write to the database can't give their own app to someone else."""
    enrol(sign_in(cast.max), cast.max)
    app = Authenticator.objects.get(user=cast.mia, type="totp")
    Authenticator.objects.filter(user=cast.max, type="totp").update(data=dict(app.data))
    code = code_of(secret, time.time() + 30)
    answers = []
    for name in ("max", "mia"):
        client = Client()
        sign_in_by_form(client, name)
        page = client.post("/settings/second-factor/authenticate/", {"code": code})
        answers.append(page.status_code)

    assert answers == [200, 302]


def test_one_sealed_by_a_former_version_is_bound_by_the_migration(
    cast: SimpleNamespace, secret: str
) -> None:
    app = Authenticator.objects.get(user=cast.mia, type="totp")
    unbound = {"secret": MFAAdapter().encrypt(secret), "kept": 1}
    Authenticator.objects.filter(pk=app.pk).update(data=unbound)
    lost = Authenticator.objects.get(user=cast.mia, type="recovery_codes")
    Authenticator.objects.filter(pk=lost.pk).update(data={"seed": "v1:gone:AAAA"})
    migration = import_module("xdportal.accounts.migrations.0012_bind_second_factors")
    migration.bind(apps, None)

    app.refresh_from_db()
    lost.refresh_from_db()
    assert MFAAdapter().decrypt(app.data["secret"]) == secret
    assert (app.data["kept"], lost.data) == (1, {"seed": "v1:gone:AAAA"})


class TestKeys:
    OTHER = "other:" + base64.b64encode(os.urandom(32)).decode()
    OLD = next(
        line
        for line in (BASE / "tests/test.env").read_text().splitlines()
        if "CREDENTIAL_KEYS=" in line
    )

    def rotated(self) -> Keyring:
        """The new key first, the old one behind it."""
        return Keyring.parse(f"{self.OTHER},{self.OLD.partition('=')[2]}")

    def test_without_the_key_no_code_fits_and_nothing_breaks(
        self, cast: SimpleNamespace, secret: str, settings: Any
    ) -> None:
        settings.CREDENTIAL_KEYRING = Keyring.parse(self.OTHER)
        client = Client()
        sign_in_by_form(client, "mia")
        recovery = Authenticator.objects.get(user=cast.mia, type="recovery_codes").wrap()
        answer = client.post("/settings/second-factor/authenticate/", {"code": code_of(secret)})

        # Made of a random seed each time, so that no code ever fits.
        assert recovery.get_unused_codes() != recovery.get_unused_codes()
        assert answer.status_code == 200
        assert [(warning.id, "2 secrets" in warning.msg) for warning in unknown_keys()] == [
            ("accounts.W001", True)
        ]

    def test_with_a_new_key_it_is_sealed_again_when_it_is_used(
        self, cast: SimpleNamespace, secret: str, settings: Any
    ) -> None:
        settings.CREDENTIAL_KEYRING = self.rotated()
        client = Client()
        sign_in_by_form(client, "mia")
        client.post(
            "/settings/second-factor/authenticate/", {"code": code_of(secret, time.time() + 30)}
        )

        assert client.get("/").status_code == 200
        assert factors.key_ids() == {"other": 1, "test": 1}  # the app's, not the recovery codes'
        assert unknown_keys() == []


@pytest.mark.django_db(transaction=True)
def test_what_happened_is_in_the_audit_trail(cast: SimpleNamespace, sign_in: Any) -> None:
    enrol(sign_in(cast.mia), cast.mia)
    client = Client()
    sign_in_by_form(client, "mia")
    client.post("/settings/second-factor/authenticate/", {"code": "000000"})

    kinds = ("factor_added", "factor_failed", "factor_reset", "factor_removed")
    assert list(
        AuditEntry.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", "target")
    ) == [
        ("factor_added", "totp"),
        ("factor_added", "recovery_codes"),
        ("factor_failed", "totp"),
    ]


class TestRequired:
    def test_whoever_has_none_is_led_to_set_one_up(
        self, cast: SimpleNamespace, sign_in: Any, settings: Any
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = True
        client = sign_in(cast.mia)
        for path in ("/", "/settings/profile/", "/admin/", "/nowhere/"):
            assert client.get(path).headers["Location"] == "/settings/second-factor/"
        page = client.get("/settings/second-factor/").content.decode()
        assert "requires a second factor" in page

        enrol(client, cast.mia)
        assert client.get("/").status_code == 200

    def test_signing_out_and_the_language_stay_possible(
        self, cast: SimpleNamespace, sign_in: Any, settings: Any
    ) -> None:
        settings.REQUIRE_SECOND_FACTOR = True
        client = sign_in(cast.mia)

        assert (
            client.post("/settings/language/", {"language": "en", "next": "/x/"}).headers[
                "Location"
            ]
            == "/x/"
        )
        assert client.post("/logout/").headers["Location"] == "/login/"
