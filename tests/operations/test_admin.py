from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.items import give, items
from xdportal.accounts.models import AuditEntry, User
from xdportal.catalog.models import Catalog, Check
from xdportal.connections.models import Connection
from xdportal.simulator import Simulator

LISTS = [
    "accounts/user/",
    "accounts/team/",
    "accounts/apikey/",
    "accounts/auditentry/",
    "connections/connection/",
    "catalog/check/",
    "catalog/snapshot/",
    "catalog/imagelisting/",
]


@pytest.fixture
def ada(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.ada)


def act(client: Client, action: str, connection: Connection) -> None:
    client.post(
        "/admin/connections/connection/", {"action": action, "_selected_action": [connection.pk]}
    )
    connection.refresh_from_db()


def test_pause_resume_and_check_now(catalog: Catalog, ada: Client) -> None:
    connection = catalog.connection
    act(ada, "pause", connection)
    assert connection.state == "paused"
    act(ada, "resume", connection)
    assert connection.state == "ok"
    Catalog.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    act(ada, "check_now", connection)
    assert Catalog.objects.due(timezone.now()).count() == 1

    Catalog.objects.update(next_check_at=timezone.now() + timedelta(hours=1))
    act(ada, "check_now", connection)
    assert Catalog.objects.due(timezone.now()).count() == 0, "once in ten seconds"


@pytest.mark.parametrize("path", LISTS)
def test_lists_cost_the_same_for_one_and_for_three(path: str, connect: Any, ada: Client) -> None:
    counts = []
    for name in ("a", "b", "c"):
        give(
            connect(name).catalogs.get(kind="images"),
            items(range(3)),
            timezone.now() - timedelta(hours=1),
        )
        ada.get(f"/admin/{path}")
        with CaptureQueriesContext(database) as counted:
            assert ada.get(f"/admin/{path}").status_code == 200
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("path", [f"{path}?q=main" for path in LISTS])
def test_lists_can_be_searched(path: str, catalog: Catalog, check: Any, ada: Client) -> None:
    check()

    assert ada.get(f"/admin/{path}").status_code == 200


DATES = {
    "accounts/user/": "date_joined",
    "accounts/team/": "created_at",
    "accounts/auditentry/": "at",
    "accounts/apikey/": "expires_at",
    "connections/connection/": "created_at",
    "catalog/check/": "started",
    "catalog/snapshot/": "taken_at",
}


@pytest.mark.parametrize("path", DATES)
@pytest.mark.parametrize(
    "value",
    ["__year=1", "__year=0", "__gte=0001-01-01 00:00:00%2B08:00", "__lt=9999-12-31 23:59:59-08:00"],
)
def test_a_date_beyond_the_calendar_shows_the_list(path: str, value: str, ada: Client) -> None:
    answer = ada.get(f"/admin/{path}?{DATES[path]}{value}", follow=True)

    assert answer.status_code == 200
    assert "cl" in answer.context


def test_history_is_read_only(catalog: Catalog, check: Any, ada: Client) -> None:
    check()
    row = Check.objects.get()

    assert ada.get(f"/admin/catalog/check/{row.pk}/change/").status_code == 200
    assert ada.post(f"/admin/catalog/check/{row.pk}/change/", {"outcome": "ok"}).status_code == 403
    assert ada.post(f"/admin/catalog/check/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert ada.get("/admin/catalog/snapshot/add/").status_code == 403


def test_nothing_sealed_or_secret_is_shown_anywhere(
    catalog: Catalog, check: Any, ada: Client, simulator: Simulator
) -> None:
    check()
    connection = Connection.objects.get()
    secret = simulator.accounts["production"][0].secret
    key = connection.pk
    assert connection.account_id in ada.get("/admin/connections/connection/").content.decode()
    team, user = connection.team_id, connection.owner_id
    previews = [f"accounts/team/{team}/delete/", f"accounts/user/{user}/delete/"]
    pages = [
        f"connections/connection/{key}/change/",
        f"connections/connection/{key}/history/",
        *previews,
        *LISTS,
    ]
    for path in pages:
        page = ada.get(f"/admin/{path}").content.decode()
        for hidden in (secret, connection.credential, connection.token):
            assert hidden not in page, path


def test_libraries_add_no_pages_of_their_own(ada: Client) -> None:
    apps = {app["app_label"] for app in ada.get("/admin/").context["app_list"]}

    assert apps == {"accounts", "alerts", "catalog", "connections"}


class TestUsers:
    def act(self, ada: Client, action: str, user: User) -> None:
        ada.post("/admin/accounts/user/", {"action": action, "_selected_action": [user.pk]})

    def test_deactivating_ends_sessions_at_once(
        self, cast: SimpleNamespace, ada: Client, sign_in: Any
    ) -> None:
        mias = sign_in(cast.mia)
        self.act(ada, "deactivate", cast.mia)
        assert mias.get("/").status_code == 302
        self.act(ada, "activate", cast.mia)

        assert mias.get("/").status_code == 302
        assert (
            AuditEntry.objects.filter(kind="deactivated", actor=cast.ada, subject=cast.mia).count()
            == 1
        )

    def test_the_form_does_it_too(self, cast: SimpleNamespace, ada: Client, sign_in: Any) -> None:
        mias = sign_in(cast.mia)
        form = ada.get(f"/admin/accounts/user/{cast.mia.pk}/change/").context["adminform"].form
        data = {
            name: value
            for name, value in form.initial.items()
            if value is not None and name != "is_active"
        }
        answer = ada.post(f"/admin/accounts/user/{cast.mia.pk}/change/", data)

        assert answer.status_code == 302
        assert mias.get("/").status_code == 302
        assert AuditEntry.objects.get(kind="admin").target == f"change user {cast.mia.uuid}"

    def change(self, ada: Client, user: User, **fields: str) -> Any:
        path = f"/admin/accounts/user/{user.pk}/change/"
        form = ada.get(path).context["adminform"].form
        return ada.post(
            path,
            {
                **{name: value for name, value in form.initial.items() if value is not None},
                **fields,
            },
        )

    def test_another_address_takes_the_place_of_all_former_ones(
        self, cast: SimpleNamespace, ada: Client, sign_in: Any
    ) -> None:
        sign_in(cast.mia)
        EmailAddress.objects.create(user=cast.mia, email="wished@example.com")
        self.change(ada, cast.mia, email="New@example.com")

        found = EmailAddress.objects.filter(user=cast.mia).values_list(
            "email", "primary", "verified"
        )
        assert list(found) == [("new@example.com", True, True)]
        assert (
            AuditEntry.objects.filter(kind="email", actor=cast.ada, subject=cast.mia).count() == 1
        )

    def test_none_takes_it_too(self, cast: SimpleNamespace, ada: Client, sign_in: Any) -> None:
        sign_in(cast.mia)
        self.change(ada, cast.mia, email="")

        assert not EmailAddress.objects.filter(user=cast.mia).exists()

    def test_a_form_that_leaves_it_alone_leaves_it_alone(
        self, cast: SimpleNamespace, ada: Client, sign_in: Any
    ) -> None:
        sign_in(cast.mia)
        before = EmailAddress.objects.get(user=cast.mia)
        self.change(ada, cast.mia, theme="dark")

        assert EmailAddress.objects.get(user=cast.mia) == before

    def test_nobody_gets_an_address_that_another_confirmed(
        self, cast: SimpleNamespace, ada: Client, sign_in: Any
    ) -> None:
        sign_in(cast.olga)
        page = self.change(ada, cast.mia, email="Olga@example.com")

        assert "already registered" in str(page.context["adminform"].form.errors["email"])

    def test_not_oneself(self, cast: SimpleNamespace, ada: Client) -> None:
        self.act(ada, "deactivate", cast.ada)

        assert ada.get("/admin/").status_code == 200

    def test_sessions_and_second_factors_are_taken_away(
        self, cast: SimpleNamespace, ada: Client, sign_in: Any
    ) -> None:
        Authenticator.objects.create(user=cast.mia, type="totp", data={"secret": "sealed-secret"})
        mias = sign_in(cast.mia)
        assert (
            "sealed-secret"
            not in ada.get(f"/admin/accounts/user/{cast.mia.pk}/delete/").content.decode()
        )
        self.act(ada, "remove_second_factors", cast.mia)
        self.act(ada, "end_sessions", cast.mia)

        assert not Authenticator.objects.exists()
        assert mias.get("/").status_code == 302

    def test_deleting_many_is_noted_for_each(self, cast: SimpleNamespace, ada: Client) -> None:
        keys = [cast.mia.pk, cast.rita.pk]
        ada.post(
            "/admin/accounts/user/",
            {"action": "delete_selected", "_selected_action": keys, "post": "yes"},
        )

        assert sorted(
            AuditEntry.objects.filter(kind="admin").values_list("target", flat=True)
        ) == sorted(f"delete user {user.uuid}" for user in (cast.mia, cast.rita))

    def test_nothing_of_a_password_is_shown(
        self, cast: SimpleNamespace, ada: Client, settings: Any
    ) -> None:
        settings.PASSWORD_HASHERS = ["xdportal.accounts.hashers.Argon2"]
        cast.mia.set_password("correct horse")
        cast.mia.save()
        page = ada.get(f"/admin/accounts/user/{cast.mia.pk}/change/").content.decode()

        assert "argon2" in page
        assert not any(part[:6] in page for part in cast.mia.password.split("$")[-2:])


def key(key_id: str, **changes: Any) -> dict[str, Any]:
    """Return a row of the keys in use: by default a known key that sealed nothing."""
    counts = {"credentials": 0, "factors": 0, "channels": 0}
    return {"id": key_id, **counts, "known": True, "seals": False, **changes}


class TestStatus:
    def test_it_says_how_the_portal_does(self, catalog: Catalog, check: Any, ada: Client) -> None:
        check()
        context = ada.get("/admin/status/").context

        assert context["ready"]["database"] is True
        assert context["keys"] == [key("test", credentials=1, seals=True)]
        assert (context["rows"]["connections"], context["rows"]["checks"]) == (1, 1)
        assert context["size"] > 10_000
        assert {"Python", "Django", "django-allauth"} <= set(context["versions"])

    def test_a_missing_key_is_named(self, catalog: Catalog, ada: Client) -> None:
        Connection.objects.update(credential="v1:old:abc")

        assert ada.get("/admin/status/").context["keys"] == [
            key("old", credentials=1, known=False),
            key("test", seals=True),
        ]

    def test_in_chinese(self, cast: SimpleNamespace, catalog: Catalog, ada: Client) -> None:
        cast.ada.language = "zh-hans"
        cast.ada.save()

        assert "加密密钥" in ada.get("/admin/status/").content.decode()
        assert "管理" in ada.get("/admin/").content.decode()


def test_failures_of_the_last_day_by_code(connect: Any, ada: Client) -> None:
    catalogs = [connect(name).catalogs.get(kind="images") for name in ("a", "b")]
    now = timezone.now()

    def failed(catalog: Catalog, outcome: str, code: int | None, hours: int = 1) -> None:
        at = now - timedelta(hours=hours)
        Check.objects.create(
            catalog=catalog, started=at, ended=at, outcome=outcome, code=code, http_status=200
        )

    for catalog in catalogs:
        failed(catalog, "busy", 1005)
    failed(catalogs[0], "provider", 500)
    failed(catalogs[0], "provider", 500, hours=30)
    failed(catalogs[0], "ok", 0)
    with CaptureQueriesContext(database) as counted:
        rows = ada.get("/admin/failures/").context["failures"]

    assert [(row["outcome"], row["code"], row["checks"], row["connections"]) for row in rows] == [
        ("busy", 1005, 2, 2),
        ("provider", 500, 1, 1),
    ]
    assert sum("catalog_check" in query["sql"] for query in counted) == 1


def test_failures_lead_to_their_checks(connect: Any, ada: Client) -> None:
    catalog, now = connect().catalogs.get(kind="images"), timezone.now()
    for code, hours in ((1005, 1), (1005, 30), (None, 1), (500, 1)):
        at = now - timedelta(hours=hours)
        Check.objects.create(catalog=catalog, started=at, ended=at, outcome="busy", code=code)
    page = ada.get("/admin/failures/")
    assert "<h1" in page.content.decode()
    led = {}
    for row in page.context["failures"]:
        rows = ada.get(f"/admin/catalog/check/?{row['query']}").context["cl"].queryset
        led[row["code"]] = [check.code for check in rows]

    assert led == {1005: [1005], None: [None], 500: [500]}
