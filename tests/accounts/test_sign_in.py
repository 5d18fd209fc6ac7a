"""Signing in, by name or mail; resetting a password; signing up; the administrator's door."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.test import Client
from kombu.exceptions import OperationalError

from tests.sign_in import PASSWORD, sign_in_by_form
from xdportal.accounts import emails, tasks
from xdportal.accounts.models import AuditEntry, User
from xdportal.celery import app

NEW = "an even longer passphrase"
SIGN_UP = {"username": "newcomer", "email": "new@example.com", "password1": NEW, "password2": NEW}


def test_by_name_or_by_mail(cast: SimpleNamespace) -> None:
    for name in ("mia", "mia@example.com"):
        assert sign_in_by_form(Client(), name).headers["Location"] == "/"


@pytest.mark.parametrize("length", [151, 255, 51_000])
def test_a_very_long_name_is_a_wrong_one(cast: SimpleNamespace, length: int) -> None:
    answer = sign_in_by_form(Client(raise_request_exception=False), "x" * length)

    assert (answer.status_code, "are not correct" in answer.content.decode()) == (200, True)


def test_in_and_out(cast: SimpleNamespace) -> None:
    client = Client()
    assert client.get("/").headers["Location"] == "/login/?next=/"
    answer = client.post("/login/", {"username": "mia", "password": PASSWORD, "next": "/errors/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/errors/")
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "http://127.0.0.1.evil.example/",
        "\\\\evil",
    ],
)
def test_a_foreign_next_is_not_followed(cast: SimpleNamespace, target: str) -> None:
    login = {"username": "mia", "password": PASSWORD, "next": target}

    assert Client().post("/login/", login).headers["Location"] == "/"


def test_a_deactivated_user_does_not_get_in(cast: SimpleNamespace) -> None:
    User.objects.filter(pk=cast.mia.pk).update(is_active=False)
    client = Client()

    assert sign_in_by_form(client, "mia").headers["Location"] == "/inactive/"
    assert client.get("/").status_code == 302


class TestReset:
    @pytest.fixture
    def worker(self) -> Iterator[None]:
        """What is queued is done at once."""
        app.conf.task_always_eager = True
        yield
        app.conf.task_always_eager = False

    def ask(self, email: str, host: str = "testserver") -> Any:
        return Client().post("/password/reset/", {"email": email}, HTTP_HOST=host)

    def link(self, mailoutbox: Any) -> str:
        return str(re.findall(r"http\S+", mailoutbox[-1].body)[0])

    def test_the_link_leads_to_the_site_and_works_once(
        self, cast: SimpleNamespace, mailoutbox: Any, worker: None
    ) -> None:
        self.ask("mia@example.com", host="localhost")
        link = self.link(mailoutbox)
        assert link.startswith("http://127.0.0.1:8000/password/reset/")
        path = link.removeprefix("http://127.0.0.1:8000")
        client = Client()
        form = client.get(path, follow=True)
        client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})

        assert sign_in_by_form(Client(), "mia", NEW).status_code == 302
        assert "no longer works" in Client().get(path).content.decode()

    def test_an_unknown_address_gets_the_same_answer_and_no_mail(
        self, cast: SimpleNamespace, mailoutbox: Any, worker: None
    ) -> None:
        User.objects.filter(pk=cast.rita.pk).update(is_active=False)
        answers = [self.ask(f"{name}@example.com") for name in ("mia", "nobody", "rita")]

        assert [answer.headers["Location"] for answer in answers] == ["/password/reset/sent/"] * 3
        assert [mail.to for mail in mailoutbox] == [["mia@example.com"]]

    def test_a_worker_sends_it_and_the_queue_holds_an_id_alone(
        self, cast: SimpleNamespace, mailoutbox: Any
    ) -> None:
        queued = []
        for name in ("mia", "nobody"):
            self.ask(f"{name}@example.com")
            (message,) = Path(django_settings.DATA_DIR, "broker").glob("*.celery.msg")
            queued.append(
                json.loads(base64.b64decode(json.loads(message.read_bytes())["body"]))[:2]
            )
            message.unlink()

        assert queued == [[[cast.mia.pk], {}], [[0], {}]]
        assert mailoutbox == []

    def test_it_is_in_the_readers_language(self, cast: SimpleNamespace, mailoutbox: Any) -> None:
        User.objects.filter(pk=cast.mia.pk).update(language="zh-hans")
        tasks.send_password_reset(cast.mia.pk)

        assert mailoutbox[0].subject == "[xdportal] 密码重置邮件"

    def test_it_goes_to_the_owner_alone_even_if_others_claim_the_address(
        self, cast: SimpleNamespace, mailoutbox: Any, worker: None
    ) -> None:
        EmailAddress.objects.create(user=cast.stefan, email="mia@example.com", verified=False)
        self.ask("Mia@example.com")

        assert [(mail.to, "mia" in mail.body) for mail in mailoutbox] == [
            (["mia@example.com"], True)
        ]

    def test_an_old_address_that_is_still_confirmed_leads_to_the_present_one(
        self, cast: SimpleNamespace, mailoutbox: Any, worker: None
    ) -> None:
        EmailAddress.objects.create(
            user=cast.mia, email="old@example.com", verified=True, primary=True
        )
        self.ask("old@example.com")

        assert [mail.to for mail in mailoutbox] == [["mia@example.com"]]

    def test_a_mail_server_that_is_away_is_logged(
        self, cast: SimpleNamespace, settings: Any, worker: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

        assert self.ask("mia@example.com").status_code == 302
        assert "A mail could not be sent" in caplog.text

    def test_so_is_a_broker_that_is_away(
        self,
        cast: SimpleNamespace,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def away(*args: Any, **kwargs: Any) -> None:
            raise OperationalError("refused")

        monkeypatch.setattr(tasks.send_password_reset, "apply_async", away)
        answers = [self.ask(f"{name}@example.com").status_code for name in ("mia", "nobody")]

        assert answers == [302, 302]
        assert caplog.text.count("whose mail is not sent: refused") == 2


class TestSignUp:
    def test_is_closed_unless_the_setting_opens_it(self, db: None) -> None:
        page = Client().post("/signup/", SIGN_UP)

        assert "Sign-up is closed" in page.content.decode()
        assert User.objects.count() == 0
        assert "Create an account" not in Client().get("/login/").content.decode()

    def test_open(self, db: None, settings: Any, mailoutbox: Any) -> None:
        settings.OPEN_SIGN_UP = True
        assert "Create an account" in Client().get("/login/").content.decode()
        assert Client().post("/signup/", SIGN_UP).headers["Location"] == "/"

        user = User.objects.get()
        assert (user.username, user.is_staff, list(user.teams.values_list("name", flat=True))) == (
            "newcomer",
            False,
            ["newcomer"],
        )
        assert "http://127.0.0.1:8000/settings/email/" in mailoutbox[0].body

    def test_a_known_address_looks_like_an_unknown_one(
        self, cast: SimpleNamespace, settings: Any, mailoutbox: Any
    ) -> None:
        settings.OPEN_SIGN_UP = True
        unknown = Client().post("/signup/", SIGN_UP)
        known = Client().post(
            "/signup/", {**SIGN_UP, "username": "another", "email": "mia@example.com"}
        )

        assert (known.status_code, known.headers["Location"]) == (
            unknown.status_code,
            unknown.headers["Location"],
        )
        assert len(mailoutbox) == 2

    def test_and_what_is_mias_stays_mias(
        self, cast: SimpleNamespace, sign_in: Any, settings: Any
    ) -> None:
        settings.OPEN_SIGN_UP = True
        sign_in(cast.mia)  # confirms her address
        Client().post("/signup/", {**SIGN_UP, "username": "another", "email": "mia@example.com"})
        found = Client()
        sign_in_by_form(found, "mia@example.com")

        assert found.get("/").context["user"] == cast.mia
        assert emails.owner_of("mia@example.com") == cast.mia


class TestEmail:
    def test_another_address_counts_once_it_is_confirmed(
        self, cast: SimpleNamespace, sign_in: Any, mailoutbox: Any
    ) -> None:
        from tests.sign_in import confirm_identity

        client = sign_in(cast.mia)
        confirm_identity(client, cast.mia)
        client.post("/settings/email/", {"action_add": "", "email": "new@example.com"})
        cast.mia.refresh_from_db()
        assert cast.mia.email == "mia@example.com"
        path = re.findall(r"http://127.0.0.1:8000(\S+)", mailoutbox[0].body)[0]
        client.post(path)
        cast.mia.refresh_from_db()

        assert cast.mia.email == "new@example.com"
        assert list(
            EmailAddress.objects.filter(user=cast.mia).values_list("email", "verified")
        ) == [("new@example.com", True)]

    def test_a_link_of_anothers_signs_out_by_confirming_alone(
        self, cast: SimpleNamespace, sign_in: Any, mailoutbox: Any
    ) -> None:
        from tests.sign_in import confirm_identity

        mias, olgas = sign_in(cast.mia), sign_in(cast.olga)
        confirm_identity(mias, cast.mia)
        mias.post("/settings/email/", {"action_add": "", "email": "new@example.com"})
        path = re.findall(r"http://127.0.0.1:8000(\S+)", mailoutbox[0].body)[0]

        assert "becomes the email address of mia" in olgas.get(path).content.decode()
        assert olgas.get("/").status_code == 200
        olgas.post(path)
        assert olgas.get("/").status_code == 302


def test_the_admin_panels_door_is_the_same_door(cast: SimpleNamespace) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/?next=")


def test_every_sign_in_is_in_the_audit_trail(cast: SimpleNamespace) -> None:
    sign_in_by_form(Client(), "mia", address="192.0.2.9")
    sign_in_by_form(Client(), "mia", "wrong")
    sign_in_by_form(Client(), "my password by mistake", "wrong")

    fields = ("kind", "actor__username", "subject__username", "target", "ip")
    assert list(AuditEntry.objects.order_by("pk").values_list(*fields)) == [
        ("signed_in", "mia", "mia", "", "192.0.2.9"),
        ("sign_in_failed", None, "mia", "", "192.0.2.1"),
        ("sign_in_failed", None, None, "unknown name", "192.0.2.1"),
    ]
