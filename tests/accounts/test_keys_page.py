import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.sign_in import PASSWORD, confirm_identity
from xdportal.accounts import keys, privacy
from xdportal.accounts.keys import NewKey, viewer_for_key
from xdportal.accounts.models import ApiKey, AuditEntry, Scope, User

PAGE, ADD = "/settings/keys/?team=render", "/settings/teams/render/keys/"
WISH = {"name": "ci", "scopes": ["check"], "days": "365"}


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    client = sign_in(cast.mia)
    confirm_identity(client, cast.mia)
    return client


def create(client: Client, **changes: Any) -> Any:
    return client.post(ADD, {**WISH, **changes})


def key_in(page: Any) -> str:
    found = re.search(r"<code>(xdp_\w+)</code>", page.content.decode())
    assert found
    return found[1]


def key_of(cast: SimpleNamespace, name: str) -> ApiKey:
    return keys.create(cast.team, getattr(cast, name), NewKey(name, [Scope.READ], 30))[0]


class TestCreate:
    def test_it_is_shown_once(self, cast: SimpleNamespace, mia: Client) -> None:
        text = key_in(create(mia, scopes=["check", "run"], days="30"))
        viewer = viewer_for_key(text, timezone.now())
        assert viewer is not None

        assert (viewer.user, viewer.team, viewer.scopes) == (cast.mia, cast.team, {"check", "run"})
        assert text not in mia.get(PAGE).content.decode()
        assert viewer.key.prefix in mia.get(PAGE).content.decode()
        assert (
            AuditEntry.objects.get(kind="key_created").target
            == f"ci ({viewer.key.prefix}): check run"
        )

    def test_it_may_be_confined_to_connections(self, mia: Client, connect: Any) -> None:
        shown = connect("Shown")
        connect("Hidden")
        viewer = viewer_for_key(key_in(create(mia, connections=[str(shown.uuid)])), timezone.now())
        assert viewer is not None
        assert viewer.connections == {shown.uuid}
        assert "Shown" in mia.get(PAGE).content.decode()
        shown.delete()

        assert "deleted connection" in mia.get(PAGE).content.decode()

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "a\x07b"}, "name"),
            ({"scopes": []}, "scopes"),
            ({"scopes": ["admin"]}, "scopes"),
            ({"days": "366"}, "days"),
            ({"days": "-1"}, "days"),
            ({"days": "soon"}, "days"),
            ({"connections": ["00000000-0000-0000-0000-000000000000"]}, "connections"),
            ({"connections": ["x"]}, "connections"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_makes_nothing(
        self, mia: Client, connect: Any, changes: dict[str, Any], field: str
    ) -> None:
        connect()
        page = create(mia, **changes)

        assert page.context["form"].errors[field]
        assert str(page.context["form"].errors[field][0]) in page.content.decode()
        assert not ApiKey.objects.exists()

    def test_connections_of_another_team_are_not_offered(
        self, cast: SimpleNamespace, mia: Client, connect: Any
    ) -> None:
        from xdportal.accounts.models import Team

        foreign = connect("Elsewhere", team=Team.objects.personal(cast.mia))

        assert create(mia, connections=[str(foreign.uuid)]).context["form"].errors["connections"]

    def test_a_reader_is_offered_what_a_reader_may(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.rita)
        confirm_identity(client, cast.rita)
        offered = client.get(PAGE).context["form"].fields["scopes"].choices

        assert [value for value, _ in offered] == ["check", "read"]
        assert create(client, scopes=["run"]).context["form"].errors["scopes"]

    def test_it_asks_for_the_password_and_goes_on_afterwards(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client = sign_in(cast.mia, recent=False)
        asked = create(client)
        assert (
            asked.headers["Location"]
            == "/reauthenticate/?next=%2Fsettings%2Fteams%2Frender%2Fkeys%2F"
        )
        assert not ApiKey.objects.exists()
        page = client.post(asked.headers["Location"], {"password": PASSWORD})

        assert viewer_for_key(key_in(page), timezone.now()) is not None


class TestList:
    def test_managers_see_all_and_others_their_own(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        for name in ("olga", "mia", "rita"):
            key_of(cast, name)

        def seen(user: User) -> list[str]:
            return [row["key"].name for row in sign_in(user).get(PAGE).context["rows"]]

        assert seen(cast.olga) == seen(cast.max) == ["mia", "olga", "rita"]
        assert (seen(cast.mia), seen(cast.rita)) == (["mia"], ["rita"])

    def test_revoked_ones_are_gone_and_expired_ones_say_so(
        self, cast: SimpleNamespace, mia: Client
    ) -> None:
        keys.revoke([key_of(cast, "mia")])
        key_of(cast, "mia")
        ApiKey.objects.update(expires_at=timezone.now())

        assert [row["expired"] for row in mia.get(PAGE).context["rows"]] == [True]
        assert "expired" in mia.get(PAGE).content.decode()

    def test_it_costs_the_same_for_one_and_for_three(
        self, cast: SimpleNamespace, mia: Client
    ) -> None:
        counts = []
        for _number in range(3):
            key_of(cast, "mia")
            with CaptureQueriesContext(database) as counted:
                mia.get(PAGE)
            counts.append(len(counted))

        assert counts[0] == counts[1] == counts[2]


class TestRenew:
    @pytest.fixture
    def ending(self, cast: SimpleNamespace) -> ApiKey:
        """A key of Mia's for 90 days, of which six are left."""
        key = keys.create(cast.team, cast.mia, NewKey("ci", [Scope.READ], 90))[0]
        made = timezone.now() - timedelta(days=84)
        ApiKey.objects.update(created_at=made, expires_at=made + timedelta(days=90))
        key.refresh_from_db()
        return key

    def renew(self, client: Client, key: ApiKey) -> Any:
        return client.post(f"/settings/keys/{key.pk}/renew/")

    def test_it_lives_as_long_again(self, mia: Client, ending: ApiKey) -> None:
        assert ">in 5 d</time>" in mia.get(PAGE).content.decode()

        assert self.renew(mia, ending).headers["Location"] == PAGE

        page = mia.get(PAGE).content.decode()
        ending.refresh_from_db()
        assert (ending.expires_at - timezone.now()).days + 1 == 90
        assert ending.term == timedelta(days=90)
        assert "The key was renewed." in page
        assert "/renew/" not in page
        assert AuditEntry.objects.filter(kind="key_renewed").count() == 1

    def test_never_longer_than_the_limit(self, mia: Client, ending: ApiKey, settings: Any) -> None:
        settings.API_KEY_MAX_DAYS = 60
        self.renew(mia, ending)
        ending.refresh_from_db()

        assert (ending.expires_at - timezone.now()).days + 1 == 60

    def test_it_is_offered_near_its_end_to_whoever_made_it(
        self, cast: SimpleNamespace, mia: Client, sign_in: Any, ending: ApiKey
    ) -> None:
        key_of(cast, "mia")

        assert mia.get(PAGE).content.decode().count("/renew/") == 1
        assert "/renew/" not in sign_in(cast.olga).get(PAGE).content.decode()

    @pytest.mark.parametrize("change", ["expires_at", "revoked_at"])
    def test_what_is_dead_stays_dead(self, mia: Client, ending: ApiKey, change: str) -> None:
        ApiKey.objects.update(**{change: timezone.now()})

        answer = mia.post(f"/settings/keys/{ending.pk}/renew/", follow=True)

        assert "The key no longer works." in answer.content.decode()
        assert not ApiKey.objects.usable(timezone.now()).exists()
        assert not AuditEntry.objects.filter(kind="key_renewed").exists()

    def test_it_asks_for_the_password(
        self, cast: SimpleNamespace, sign_in: Any, ending: ApiKey
    ) -> None:
        answer = self.renew(sign_in(cast.mia, recent=False), ending)

        assert answer.headers["Location"].startswith("/reauthenticate/")
        assert not AuditEntry.objects.filter(kind="key_renewed").exists()


def test_the_page_leads_to_what_keys_are_for(mia: Client) -> None:
    below = mia.get(PAGE).content.decode().partition('id="which"')[2]

    assert re.findall(r'<a href="(/\w+/(?:docs/)?)">', below)[:2] == ["/ci/", "/api/docs/"]


class TestRevoke:
    @pytest.mark.parametrize(
        ("who", "status"),
        [("mia", 302), ("max", 302), ("olga", 302), ("rita", 403), ("stefan", 404)],
    )
    def test_by_its_maker_and_by_managers(
        self, cast: SimpleNamespace, sign_in: Any, who: str, status: int
    ) -> None:
        key = key_of(cast, "mia")
        answer = sign_in(getattr(cast, who)).post(f"/settings/keys/{key.pk}/revoke/")
        key.refresh_from_db()

        assert answer.status_code == status
        assert (key.revoked_at is not None) is (status == 302)
        assert AuditEntry.objects.filter(kind="key_revoked").count() == int(status == 302)


def test_a_persons_data_name_their_keys_without_hashes(cast: SimpleNamespace) -> None:
    key = key_of(cast, "mia")
    told = privacy.about(cast.mia)["api_keys"]

    assert [(row["name"], row["key_id"], row["scopes"]) for row in told] == [
        ("mia", key.key_id, ["read"])
    ]
    assert key.secret_hash not in str(told)


def test_the_admin_shows_keys_without_hashes(cast: SimpleNamespace, sign_in: Any) -> None:
    key = key_of(cast, "mia")
    client = sign_in(cast.ada)
    page = client.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()

    assert key.prefix in page
    assert key.secret_hash not in page
    assert client.post(f"/admin/accounts/apikey/{key.pk}/delete/").status_code == 403
