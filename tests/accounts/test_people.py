"""Users, their personal teams, their preferences, the first administrator."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.test import Client
from django.utils import timezone

from xdportal.accounts.models import Invitation, Membership, Team, User

PASSWORD = "a long enough passphrase"


@pytest.mark.django_db
class TestPersonalTeam:
    def test_every_user_has_one_however_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DJANGO_SUPERUSER_USERNAME", "root")
        monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        monkeypatch.setenv("DJANGO_SUPERUSER_EMAIL", "root@example.com")
        call_command("createsuperuser", "--noinput", verbosity=0)
        User.objects.create(username="shell")

        assert list(
            Membership.objects.order_by("user__username").values_list("user__username", "role")
        ) == [
            ("root", "owner"),
            ("shell", "owner"),
        ]
        assert [
            team.personal_of.username for team in Team.objects.order_by("name") if team.personal_of
        ] == [
            "root",
            "shell",
        ]

    def test_the_first_is_made_without_a_word_on_standard_output(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in (
            ("USERNAME", "root"),
            ("PASSWORD", PASSWORD),
            ("EMAIL", "root@example.com"),
        ):
            monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)
        call_command("createsuperuser", "--noinput")

        assert capsys.readouterr() == ("", "Superuser created successfully.\n")

    def test_a_bulk_insert_gets_its_team_when_it_is_needed(self) -> None:
        User.objects.bulk_create([User(username="bulk")])
        user = User.objects.get()

        assert Team.objects.personal(user) == Team.objects.personal(user)
        assert Team.objects.count() == 1

    def test_or_when_they_sign_in(self, client: Client) -> None:
        User.objects.bulk_create([User(username="bulk")])
        client.force_login(User.objects.get())

        assert Team.objects.get().personal_of == User.objects.get()

    def test_it_goes_with_the_user(self) -> None:
        User.objects.create(username="gone").delete()

        assert Team.objects.count() == 0


class TestName:
    """It belongs to one user in any case, and looks like nobody's mail address."""

    PASSWORDS = {"password1": PASSWORD, "password2": PASSWORD}
    TAKEN, ADDRESS = "already exists", "A user name can’t contain “@”"

    @pytest.fixture(
        params=[
            "invited",
            "first administrator",
            "sign-up",
            "added in the panel",
            "renamed in the panel",
        ]
    )
    def error_of(self, request: Any, cast: SimpleNamespace, sign_in: Any, settings: Any) -> Any:
        """What one of the forms that name a user says of a name."""
        settings.OPEN_SIGN_UP = True
        ada, form = (
            sign_in(cast.ada),
            {"email": "new@example.com", "theme": "auto", **self.PASSWORDS},
        )
        token = Invitation.objects.invite(cast.team, "x@example.com", "reader", cast.olga)
        address = {
            "invited": f"/invitations/{token}/",
            "first administrator": f"/welcome/{Invitation.objects.issue()}/",
            "sign-up": "/signup/",
            "added in the panel": "/admin/accounts/user/add/",
            "renamed in the panel": f"/admin/accounts/user/{cast.mia.pk}/change/",
        }[request.param]

        def ask(name: str) -> str:
            client = ada if "panel" in request.param else Client()
            if request.param == "first administrator":
                User.objects.update(is_superuser=False)
            page = client.post(address, {**form, "username": name, "usable_password": "true"})
            if page.status_code == 302:
                return ""
            found = (
                page.context["adminform"].form if "panel" in request.param else page.context["form"]
            )
            return str(found.errors["username"])

        return ask

    @pytest.mark.parametrize("name", ["olga", "OLGA", "Olga"])
    def test_another_persons_is_refused(self, error_of: Any, name: str) -> None:
        assert self.TAKEN in error_of(name)
        assert User.objects.filter(username__iexact="olga").count() == 1

    def test_with_an_at_sign_is_refused(self, error_of: Any) -> None:
        assert self.ADDRESS in error_of("olga@example.com")

    def test_of_nobody_is_taken(self, error_of: Any) -> None:
        assert error_of("Nora") == ""
        assert User.objects.filter(username="Nora").count() == 1

    def test_of_oneself_may_change_its_case(self, cast: SimpleNamespace, sign_in: Any) -> None:
        form = {"username": "MIA", "theme": "auto"}
        sign_in(cast.ada).post(f"/admin/accounts/user/{cast.mia.pk}/change/", form)

        assert User.objects.get(pk=cast.mia.pk).username == "MIA"

    def test_of_an_old_account_stays(self, cast: SimpleNamespace, sign_in: Any) -> None:
        User.objects.filter(pk=cast.mia.pk).update(username="mia@work")
        form = {"username": "mia@work", "theme": "dark"}
        sign_in(cast.ada).post(f"/admin/accounts/user/{cast.mia.pk}/change/", form)

        assert User.objects.get(pk=cast.mia.pk).theme == "dark"

    def test_the_database_refuses_it_too(self, cast: SimpleNamespace) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username="OLGA")

    def test_twins_of_before_the_migration_are_renamed_and_the_oldest_keeps_it(
        self, cast: SimpleNamespace, caplog: pytest.LogCaptureFixture
    ) -> None:
        with database.cursor() as cursor:
            cursor.execute("DROP INDEX one_user_name_in_any_case")
        User.objects.bulk_create([User(username=name) for name in ("Olga", "OLGA", "olga-2")])
        migration = import_module("xdportal.accounts.migrations.0005_user_names_in_any_case")
        migration.rename_twins(apps, SimpleNamespace(connection=database))

        names = User.objects.filter(username__istartswith="olga").order_by("pk")
        assert list(names.values_list("username", flat=True)) == [
            "olga",
            "Olga-3",
            "OLGA-4",
            "olga-2",
        ]
        assert "'OLGA' differed from another in case alone: it is 'OLGA-4' now" in caplog.text


class TestPreferences:
    def test_the_language_is_kept_in_cookie_and_profile_and_leads_back(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.mia)
        answer = client.post(
            "/settings/language/", {"language": "zh-hans", "next": "/errors/?q=主机"}
        )
        cast.mia.refresh_from_db()

        assert answer.headers["Location"] == "/errors/?q=%E4%B8%BB%E6%9C%BA"
        assert cast.mia.language == "zh-hans"
        assert '<html lang="zh-Hans"' in client.get("/").content.decode()
        client.post("/logout/")
        assert '<html lang="zh-Hans"' in client.get("/login/").content.decode()

    def test_nonsense_changes_nothing(self, cast: SimpleNamespace, sign_in: Any) -> None:
        client = sign_in(cast.mia)
        for path, field in (("/settings/language/", "language"), ("/settings/theme/", "theme")):
            answer = client.post(path, {field: "xx", "next": "//evil.example"})
            assert (answer.headers["Location"], answer.cookies) == ("/", {})
        cast.mia.refresh_from_db()
        assert (cast.mia.language, cast.mia.theme) == ("", "auto")

    def test_the_server_writes_the_theme_into_the_page(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.mia)
        assert 'data-theme="auto"' in client.get("/").content.decode()
        client.post("/settings/theme/", {"theme": "dark"})
        assert 'data-theme="dark"' in client.get("/").content.decode()

    def test_the_profile_changes_the_time_zone(self, cast: SimpleNamespace, sign_in: Any) -> None:
        client = sign_in(cast.mia)
        client.post(
            "/settings/profile/", {"language": "en", "time_zone": "Europe/Berlin", "theme": "light"}
        )
        cast.mia.refresh_from_db()

        assert (cast.mia.language, cast.mia.time_zone, cast.mia.theme, cast.mia.shortcuts) == (
            "en",
            "Europe/Berlin",
            "light",
            False,
        )

    def test_a_time_zone_there_is_not_is_refused(self, cast: SimpleNamespace, sign_in: Any) -> None:
        page = sign_in(cast.mia).post(
            "/settings/profile/", {"time_zone": "Mars/Base", "theme": "auto"}
        )

        assert page.context["form"].errors.keys() == {"time_zone"}


@pytest.mark.django_db
class TestFirstAdministrator:
    FORM = {
        "username": "root",
        "email": "root@example.com",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    def link(self, capsys: pytest.CaptureFixture[str]) -> str:
        call_command("setup_link")
        return capsys.readouterr().out.strip().removeprefix("http://127.0.0.1:8000")

    def test_the_link_works_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        link = self.link(capsys)
        client = Client()

        assert client.get(link).status_code == 200
        assert client.post(link, self.FORM).headers["Location"] == "/"
        assert client.get("/admin/").status_code == 200
        assert Client().get(link).status_code == 404
        assert list(User.objects.values_list("username", "is_superuser")) == [("root", True)]

    def test_the_team_that_is_named_is_made(self, capsys: pytest.CaptureFixture[str]) -> None:
        Client().post(self.link(capsys), {**self.FORM, "team": " Render\nplatform "})
        team = Team.objects.get(personal_of=None)

        assert team.name == "Render platform"
        assert [(m.user.username, m.role) for m in team.memberships.all()] == [("root", "owner")]

    def test_without_a_name_there_is_the_personal_one(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        Client().post(self.link(capsys), self.FORM)

        assert [team.personal_of is None for team in Team.objects.all()] == [False]

    def test_only_its_hash_is_kept(self, capsys: pytest.CaptureFixture[str]) -> None:
        token = self.link(capsys).strip("/").split("/")[1]

        assert token not in str(list(Invitation.objects.values()))

    def test_a_later_link_ends_the_earlier(self, capsys: pytest.CaptureFixture[str]) -> None:
        first, second = self.link(capsys), self.link(capsys)

        assert [Client().get(link).status_code for link in (first, second)] == [404, 200]

    def test_it_ends_after_a_day(self, capsys: pytest.CaptureFixture[str]) -> None:
        link = self.link(capsys)
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

        assert Client().post(link, self.FORM).status_code == 404
        assert User.objects.count() == 0

    def test_with_an_administrator_there_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        link = self.link(capsys)
        User.objects.create_superuser("root", "r@example.com", PASSWORD)

        assert Client().get(link).status_code == 404
        assert self.link(capsys) == ""

    def test_a_weak_password_is_refused_and_the_link_stays(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        link = self.link(capsys)
        page = Client().post(link, {**self.FORM, "password1": "root", "password2": "root"})

        assert page.context["form"].errors
        assert Client().get(link).status_code == 200
