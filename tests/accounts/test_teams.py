"""Teams: members, roles, leaving, handing over; what becomes of a member's connections."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.reading import html_of
from xdportal.accounts import keys, teams
from xdportal.accounts.keys import NewKey
from xdportal.accounts.models import AuditEntry, Membership, Role, Team, User
from xdportal.connections.models import Connection
from xdportal.simulator import Simulator

PAGE = "/settings/members/?team=render"


def role_of(user: User, team: str = "render") -> str | None:
    return (
        Membership.objects.filter(user=user, team__slug=team).values_list("role", flat=True).first()
    )


def row(user: User) -> int:
    return Membership.objects.get(user=user, team__slug="render").pk


def trail() -> list[tuple[Any, ...]]:
    """(kind, who, whom, on what), without sign-ins."""
    entries = AuditEntry.objects.exclude(kind="signed_in").order_by("pk")
    return list(entries.values_list("kind", "actor__username", "subject__username", "target"))


class TestRoles:
    @pytest.mark.parametrize(
        ("who", "whom", "to", "status"),
        [
            ("olga", "rita", "owner", 302),
            ("olga", "max", "reader", 302),
            ("max", "rita", "member", 302),
            ("max", "mia", "manager", 302),
            ("max", "rita", "owner", 403),
            ("max", "olga", "reader", 403),
            ("mia", "rita", "member", 403),
            ("rita", "rita", "owner", 403),
            ("stefan", "rita", "owner", 404),
            ("ada", "rita", "owner", 404),
        ],
    )
    def test_who_may_make_whom_what(
        self, cast: SimpleNamespace, sign_in: Any, who: str, whom: str, to: str, status: int
    ) -> None:
        before = role_of(getattr(cast, whom))
        answer = sign_in(getattr(cast, who)).post(
            f"/settings/members/{row(getattr(cast, whom))}/role/", {"role": to}
        )

        assert answer.status_code == status
        assert role_of(getattr(cast, whom)) == (to if status == 302 else before)

    def test_it_is_effective_on_the_next_request_and_in_the_audit_trail(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        mias = sign_in(cast.mia)
        assert mias.get("/settings/audit/?team=render").status_code == 403
        sign_in(cast.olga).post(f"/settings/members/{row(cast.mia)}/role/", {"role": "manager"})

        assert mias.get("/settings/audit/?team=render").status_code == 200
        assert trail() == [("role", "olga", "mia", "member → manager")]

    def test_nonsense_changes_nothing(self, cast: SimpleNamespace, sign_in: Any) -> None:
        sign_in(cast.olga).post(f"/settings/members/{row(cast.mia)}/role/", {"role": "emperor"})

        assert role_of(cast.mia) == "member"

    @pytest.mark.parametrize(("name", "action"), [("change_role", "role"), ("remove", "remove")])
    def test_what_counts_is_the_role_of_now(
        self,
        cast: SimpleNamespace,
        sign_in: Any,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
        action: str,
    ) -> None:
        """Olga makes Rita an owner while Max, who may not touch owners, demotes or removes her."""
        olgas, do = sign_in(cast.olga), getattr(teams, name)

        def slow(*arguments: Any) -> None:
            monkeypatch.undo()
            olgas.post(f"/settings/members/{row(cast.rita)}/role/", {"role": "owner"})
            do(*arguments)

        monkeypatch.setattr(teams, name, slow)
        answer = sign_in(cast.max).post(
            f"/settings/members/{row(cast.rita)}/{action}/", {"role": "member"}
        )

        assert (answer.status_code, role_of(cast.rita)) == (403, "owner")

    def test_a_member_who_was_removed_is_not_found(
        self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change = teams.change_role

        def slow(*arguments: Any) -> None:
            Membership.objects.filter(user=cast.rita, team=cast.team).delete()
            change(*arguments)

        monkeypatch.setattr(teams, "change_role", slow)
        path = f"/settings/members/{row(cast.rita)}/role/"

        assert sign_in(cast.max).post(path, {"role": "member"}).status_code == 404


class TestLastOwner:
    def test_cannot_leave(self, cast: SimpleNamespace, sign_in: Any) -> None:
        page = sign_in(cast.olga).post(f"/settings/members/{row(cast.olga)}/remove/", follow=True)

        assert "needs at least one owner" in page.content.decode()
        assert role_of(cast.olga) == "owner"

    def test_cannot_become_less(self, cast: SimpleNamespace, sign_in: Any) -> None:
        page = sign_in(cast.olga).post(
            f"/settings/members/{row(cast.olga)}/role/", {"role": "reader"}, follow=True
        )

        assert "needs at least one owner" in page.content.decode()
        assert role_of(cast.olga) == "owner"

    def test_of_a_personal_team_neither(self, cast: SimpleNamespace, sign_in: Any) -> None:
        own = Membership.objects.get(user=cast.olga, team__personal_of=cast.olga)
        sign_in(cast.olga).post(f"/settings/members/{own.pk}/remove/")

        assert Membership.objects.filter(pk=own.pk).exists()

    def test_one_of_two_can(self, cast: SimpleNamespace, sign_in: Any) -> None:
        Membership.objects.filter(pk=row(cast.max)).update(role=Role.OWNER)
        answer = sign_in(cast.olga).post(f"/settings/members/{row(cast.olga)}/remove/")

        assert (answer.headers["Location"], role_of(cast.olga)) == ("/", None)

    def test_of_two_who_leave_at_once_one_stays(
        self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Membership.objects.filter(pk=row(cast.max)).update(role=Role.OWNER)
        maxs, leave = sign_in(cast.max), teams.remove

        def slow(*arguments: Any) -> None:
            monkeypatch.undo()
            maxs.post(f"/settings/members/{row(cast.max)}/remove/")
            leave(*arguments)

        monkeypatch.setattr(teams, "remove", slow)
        page = sign_in(cast.olga).post(f"/settings/members/{row(cast.olga)}/remove/", follow=True)

        assert "needs at least one owner" in page.content.decode()
        assert (role_of(cast.olga), role_of(cast.max)) == ("owner", None)


class TestLeaving:
    @pytest.fixture
    def connections(
        self, connect: Callable[..., Connection], cast: SimpleNamespace
    ) -> list[Connection]:
        """Mia's two in the team, one of hers elsewhere, one of Max's."""
        elsewhere = Team.objects.personal(cast.mia)
        return [
            connect("A"),
            connect("B"),
            connect("C", team=elsewhere),
            connect("D", owner=cast.max),
        ]

    def test_a_removed_members_credentials_are_wiped_and_connections_paused(
        self, cast: SimpleNamespace, sign_in: Any, connections: list[Connection]
    ) -> None:
        sign_in(cast.max).post(f"/settings/members/{row(cast.mia)}/remove/")
        for connection in connections:
            connection.refresh_from_db()

        assert [
            (one.state, one.reason, bool(one.credential), one.owner) for one in connections
        ] == [
            ("paused", "owner_gone", False, None),
            ("paused", "owner_gone", False, None),
            ("ok", "", True, cast.mia),
            ("ok", "", True, cast.max),
        ]
        assert trail() == [
            ("removed", "max", "mia", "member"),
            ("credential_wiped", None, "mia", connections[0].slug),
            ("credential_wiped", None, "mia", connections[1].slug),
        ]

    def test_owners_and_managers_are_notified(
        self,
        cast: SimpleNamespace,
        sign_in: Any,
        connections: list[Connection],
        mailoutbox: Any,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        User.objects.filter(pk=cast.max.pk).update(language="zh-hans")
        with django_capture_on_commit_callbacks(execute=True):
            sign_in(cast.mia).post(f"/settings/members/{row(cast.mia)}/remove/")

        assert [
            (mail.to, mail.subject) for mail in sorted(mailoutbox, key=lambda mail: mail.to)
        ] == [
            (["max@example.com"], "[xdportal] Render 中 mia 的连接已暂停"),
            (["olga@example.com"], "[xdportal] Connections of mia in Render are paused"),
        ]
        assert f"http://127.0.0.1:8000{connections[0].get_absolute_url()}" in mailoutbox[0].body

    def test_who_becomes_a_reader_takes_their_credentials_along_too(
        self, cast: SimpleNamespace, sign_in: Any, connections: list[Connection]
    ) -> None:
        sign_in(cast.max).post(
            f"/settings/members/{row(cast.mia)}/role/", {"role": "reader", "confirmed": "on"}
        )
        for connection in connections:
            connection.refresh_from_db()

        assert [(one.state, one.reason, bool(one.credential)) for one in connections] == [
            ("paused", "owner_gone", False),
            ("paused", "owner_gone", False),
            ("ok", "", True),
            ("ok", "", True),
        ]

    def test_they_are_out_at_once(
        self, cast: SimpleNamespace, sign_in: Any, connections: list[Connection]
    ) -> None:
        mias = sign_in(cast.mia)
        assert mias.get(f"/c/{connections[3].slug}/images/").status_code == 200
        sign_in(cast.max).post(f"/settings/members/{row(cast.mia)}/remove/")

        assert mias.get(f"/c/{connections[3].slug}/images/").status_code == 404
        assert mias.get(PAGE).status_code == 404

    @pytest.mark.parametrize(("who", "taken"), [("max", True), ("rita", False), ("stefan", False)])
    def test_a_member_takes_an_orphan_over_with_a_credential_of_their_own(
        self,
        cast: SimpleNamespace,
        sign_in: Any,
        connections: list[Connection],
        simulator: Simulator,
        who: str,
        taken: bool,
    ) -> None:
        sign_in(cast.olga).post(f"/settings/members/{row(cast.mia)}/remove/")
        secret = simulator.accounts["production"][0].secret
        orphan = connections[0]
        sign_in(getattr(cast, who)).post(
            f"/settings/connections/{orphan.slug}/credential/", {"secret": secret}
        )
        orphan.refresh_from_db()

        assert (orphan.owner == getattr(cast, who), orphan.state == "ok") == (taken, taken)
        assert (AuditEntry.objects.filter(kind="taken_over").count() == 1) == taken


class TestAsking:
    """What a click must not do by itself."""

    @pytest.fixture
    def connections(self, connect: Callable[..., Connection]) -> None:
        connect("QA")
        connect("Prod")

    def test_a_reader_s_role_that_stops_something_is_asked_about(
        self, cast: SimpleNamespace, sign_in: Any, connections: None
    ) -> None:
        path = f"/settings/members/{row(cast.mia)}/role/"
        maxs = sign_in(cast.max)
        answer = maxs.post(path, {"role": "reader"})

        assert answer.headers["Location"] == f"{path}?role=reader"
        assert "2 connections stop: Prod, QA" in html_of(maxs.get(f"{path}?role=reader"))
        assert role_of(cast.mia) == "member"
        assert [one.state for one in Connection.objects.all()] == ["ok", "ok"]

    def test_a_role_that_stops_nothing_is_saved_at_once(
        self, cast: SimpleNamespace, sign_in: Any, connections: None
    ) -> None:
        sign_in(cast.max).post(f"/settings/members/{row(cast.mia)}/role/", {"role": "manager"})

        assert role_of(cast.mia) == "manager"

    def test_removing_names_connections_and_keys(
        self, cast: SimpleNamespace, sign_in: Any, connections: None
    ) -> None:
        keys.create(cast.team, cast.mia, NewKey("ci", ["read"], days=30))
        page = html_of(sign_in(cast.max).get(f"/settings/members/{row(cast.mia)}/remove/"))

        assert "2 connections stop: Prod, QA" in page
        assert "1 API key is revoked." in page
        assert role_of(cast.mia) == "member"

    def test_one_without_connections_is_asked_about_too(
        self, cast: SimpleNamespace, sign_in: Any, connections: None
    ) -> None:
        page = html_of(sign_in(cast.max).get(f"/settings/members/{row(cast.rita)}/remove/"))

        assert "No connection stops." in page

    def test_the_last_owner_is_refused_at_once_when_leaving(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        page = html_of(sign_in(cast.olga).get(f"/settings/members/{row(cast.olga)}/remove/"))

        assert "needs at least one owner" in page
        assert '<button class="btn danger">' not in page


class TestPage:
    def test_shows_who_belongs_to_it(self, cast: SimpleNamespace, sign_in: Any) -> None:
        page = sign_in(cast.rita).get(PAGE)

        assert [one["membership"].user.username for one in page.context["members"]] == [
            "olga",
            "max",
            "mia",
            "rita",
        ]
        assert "Invite someone" not in page.content.decode()
        assert 'name="role"' not in page.content.decode()

    def test_costs_the_same_for_three_members_and_for_six(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        client, counts = sign_in(cast.olga), []
        for number in range(3):
            client.get(PAGE)
            with CaptureQueriesContext(database) as counted:
                client.get(PAGE)
            counts.append(len(counted))
            user = User.objects.create_user(f"more{number}")
            Membership.objects.create(team=cast.team, user=user)

        assert counts[0] == counts[1] == counts[2]

    def test_the_team_looked_at_last_is_remembered_and_checked_again(
        self, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        other = Team.objects.create(name="Another", slug="another")
        Membership.objects.create(team=other, user=cast.mia, role="member")
        client = sign_in(cast.mia)
        assert client.get("/settings/members/").context["team"] == other
        client.get(PAGE)
        assert client.get("/settings/members/").context["team"] == cast.team
        Membership.objects.filter(user=cast.mia, team=cast.team).delete()
        assert client.get("/settings/members/").context["team"] == other

    def test_a_personal_team_invites_nobody(self, cast: SimpleNamespace, sign_in: Any) -> None:
        own = Team.objects.personal(cast.mia)
        page = sign_in(cast.mia).post(
            f"/settings/teams/{own.slug}/invite/", {"email": "x@example.com", "role": "reader"}
        )

        assert "for one person" in page.content.decode()


class TestTeam:
    def test_anyone_can_create_one_and_owns_it(self, cast: SimpleNamespace, sign_in: Any) -> None:
        answer = sign_in(cast.stefan).post("/settings/teams/new/", {"name": "Light & Co"})
        team = Team.objects.get(name="Light & Co")

        assert answer.headers["Location"] == f"/settings/members/?team={team.slug}"
        assert role_of(cast.stefan, team.slug) == "owner"

    def test_is_renamed_by_its_owner(self, cast: SimpleNamespace, sign_in: Any) -> None:
        sign_in(cast.olga).post("/settings/teams/render/rename/", {"name": "Farm"})
        cast.team.refresh_from_db()

        assert (cast.team.name, cast.team.slug) == ("Farm", "render")

    @pytest.mark.parametrize(
        ("path", "field"),
        [("/settings/teams/render/rename/", "team_form"), ("/settings/teams/new/", "form")],
    )
    def test_its_name_is_one_line_that_can_be_shown(
        self, cast: SimpleNamespace, sign_in: Any, path: str, field: str
    ) -> None:
        client = sign_in(cast.olga)
        page = client.post(path, {"name": "Ring\aring"})
        assert "cannot be shown" in str(page.context[field].errors["name"])
        client.post(path, {"name": " Night\r\n\u2028 shift\t"})

        assert Team.objects.filter(name="Night shift").count() == 1

    def test_an_old_name_with_line_breaks_does_not_break_a_mail(
        self, cast: SimpleNamespace, sign_in: Any, mailoutbox: Any
    ) -> None:
        Team.objects.filter(pk=cast.team.pk).update(name="Night\r\nshift")
        form = {"email": "new@example.com", "role": "reader"}
        assert sign_in(cast.olga).post("/settings/teams/render/invite/", form).status_code == 200

        assert mailoutbox[0].subject == "[xdportal] olga invites you to the team Night"

    def test_is_handed_over(self, cast: SimpleNamespace, sign_in: Any) -> None:
        sign_in(cast.olga).post("/settings/teams/render/hand-over/", {"to": row(cast.mia)})

        assert (role_of(cast.mia), role_of(cast.olga)) == ("owner", "manager")
        assert trail() == [
            ("role", "olga", "mia", "member → owner"),
            ("role", "olga", "olga", "owner → manager"),
        ]

    def test_is_handed_over_to_a_member_only(self, cast: SimpleNamespace, sign_in: Any) -> None:
        foreign = Membership.objects.get(user=cast.stefan)
        page = sign_in(cast.olga).post("/settings/teams/render/hand-over/", {"to": foreign.pk})

        assert page.status_code == 200
        assert (role_of(cast.olga), role_of(cast.stefan)) == ("owner", None)

    def test_is_deleted_by_typing_its_name(
        self, cast: SimpleNamespace, sign_in: Any, connect: Any
    ) -> None:
        connect()
        client = sign_in(cast.olga)
        client.post("/settings/teams/render/delete/", {"name": "render"})
        assert Team.objects.filter(slug="render").exists()
        client.post("/settings/teams/render/delete/", {"name": "Render"})

        assert not Team.objects.filter(slug="render").exists()
        assert Connection.objects.count() == 0
        assert trail() == [("team_deleted", "olga", None, "Render (render)")]

    def test_a_personal_one_is_not(self, cast: SimpleNamespace, sign_in: Any) -> None:
        own = Team.objects.personal(cast.mia)
        sign_in(cast.mia).post(f"/settings/teams/{own.slug}/delete/", {"name": own.name})

        assert Team.objects.filter(pk=own.pk).exists()


def test_an_id_in_the_body_does_not_cross_teams(cast: SimpleNamespace, sign_in: Any) -> None:
    """Stefan owns a team, and names members of another in path, query, body and hidden field."""
    theirs = Team.objects.create(name="Theirs", slug="theirs")
    Membership.objects.create(team=theirs, user=cast.stefan, role="owner")
    client: Client = sign_in(cast.stefan)

    answers = [
        client.get(PAGE),
        client.post(
            f"/settings/members/{row(cast.rita)}/role/?team=theirs",
            {"role": "owner", "team": "theirs"},
        ),
        client.post(f"/settings/members/{row(cast.rita)}/remove/?team=theirs", {"team": "theirs"}),
        client.post(
            "/settings/teams/render/invite/?team=theirs",
            {"email": "s@example.com", "role": "owner"},
        ),
        client.get("/settings/audit/?team=render"),
        client.get("/settings/audit.csv?team=render"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert (
        client.post("/settings/teams/theirs/hand-over/", {"to": row(cast.rita)}).status_code == 200
    )
    page = client.get(f"/settings/audit/?team=theirs&person={cast.rita.uuid}")
    assert "was ignored" in page.content.decode()
    own_form = client.post("/settings/connections/new/", {"team": cast.team.pk, "name": "x"})
    assert "team" in own_form.context["form"].errors
