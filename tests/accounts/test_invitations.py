"""Invitations: a link by mail, shown once, good once and for seven days."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db.models import Q
from django.test import Client
from django.utils import timezone

from tests.sign_in import sign_in_by_form
from xdportal.accounts import tasks
from xdportal.accounts.forms import InviteForm
from xdportal.accounts.models import AuditEntry, Invitation, Membership, Team, User

NEW = {
    "username": "nora",
    "password1": "a long enough passphrase",
    "password2": "a long enough passphrase",
}


@pytest.fixture
def link(cast: SimpleNamespace, sign_in: Any) -> str:
    """Olga has invited nora@example.com as a member."""
    page = invite(sign_in(cast.olga), "nora@example.com", "member")
    return re.findall(r"<code>http://127.0.0.1:8000(\S+?)</code>", page.content.decode())[0]


def invite(client: Client, email: str, role: str) -> Any:
    return client.post("/settings/teams/render/invite/", {"email": email, "role": role})


def role_of(name: str) -> str | None:
    return (
        Membership.objects.filter(user__username=name, team__slug="render")
        .values_list("role", flat=True)
        .first()
    )


def test_it_is_mailed_and_shown_and_only_its_hash_is_kept(link: str, mailoutbox: Any) -> None:
    assert [mail.to for mail in mailoutbox] == [["nora@example.com"]]
    assert mailoutbox[0].subject == "[xdportal] olga invites you to the team Render"
    assert f"http://127.0.0.1:8000{link}" in mailoutbox[0].body
    assert link.strip("/").split("/")[1] not in str(list(Invitation.objects.values()))


def test_a_newcomer_makes_an_account_and_belongs_to_the_team(link: str) -> None:
    client = Client()
    assert client.get(link).status_code == 200
    assert client.post(link, NEW).headers["Location"] == "/"

    user = User.objects.get(username="nora")
    assert (user.email, user.is_staff, role_of("nora")) == ("nora@example.com", False, "member")
    assert client.get("/settings/members/?team=render").status_code == 200
    assert list(
        AuditEntry.objects.filter(actor=user).order_by("pk").values_list("kind", "target")
    ) == [
        ("joined_portal", ""),
        ("joined", "member"),
        ("signed_in", ""),
    ]


def addresses() -> list[tuple[Any, ...]]:
    return list(
        EmailAddress.objects.order_by("pk").values_list(
            "user__username", "email", "primary", "verified"
        )
    )


def test_the_newcomers_address_counts_once_it_is_confirmed(link: str, mailoutbox: Any) -> None:
    """The link proves nothing: the inviter has seen it, too."""
    client = Client()
    client.post(link, NEW)
    assert addresses()[-1] == ("nora", "nora@example.com", True, False)
    assert [mail.to for mail in mailoutbox] == [["nora@example.com"]] * 2
    client.post(re.findall(r"http://127.0.0.1:8000(/settings/email/\S+)", mailoutbox[1].body)[0])

    assert addresses()[-1] == ("nora", "nora@example.com", True, True)
    assert client.get("/").status_code == 200


def test_until_then_a_newcomer_signs_in_by_it_and_resets_a_password(
    link: str, mailoutbox: Any
) -> None:
    Client().post(link, NEW)
    assert sign_in_by_form(Client(), "nora@example.com", NEW["password1"]).status_code == 302
    tasks.send_password_reset(User.objects.get(username="nora").pk)

    assert [mail.to for mail in mailoutbox[2:]] == [["nora@example.com"]]
    assert addresses()[-1] == ("nora", "nora@example.com", True, False)


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_address_of_another_account_stays_with_it(
    cast: SimpleNamespace, sign_in: Any, mailoutbox: Any, confirmed: bool
) -> None:
    """Stefan's account, made by an administrator; Stefan may never have signed in."""
    if confirmed:
        sign_in(cast.stefan)
    page = invite(sign_in(cast.olga), "Stefan@example.com", "reader")
    link = re.findall(r"<code>http://127.0.0.1:8000(\S+?)</code>", page.content.decode())[0]
    Client().post(link, NEW)

    assert (User.objects.get(username="nora").email, role_of("nora")) == ("", "reader")
    assert [mail.to for mail in mailoutbox] == [["Stefan@example.com"]]  # the invitation alone
    assert sign_in_by_form(Client(), "stefan@example.com").status_code == 302
    assert sorted(addresses()) == [
        ("olga", "olga@example.com", True, True),
        ("stefan", "stefan@example.com", True, True),
    ]


class TestInviterGoes:
    """An invitation ends when its sender may no longer give that role."""

    @pytest.fixture
    def offers(self, cast: SimpleNamespace) -> None:
        """A link of Olga (owner) and Max (manager) for each role, and one into a team of Max's."""
        for inviter in (cast.olga, cast.max):
            for role in ("owner", "manager", "reader"):
                Invitation.objects.invite(
                    cast.team, f"{role}-by-{inviter}@example.com", role, inviter
                )
        elsewhere = Team.objects.create(name="Elsewhere", slug="elsewhere")
        Membership.objects.create(team=elsewhere, user=cast.max, role="owner")
        Invitation.objects.invite(elsewhere, "elsewhere@example.com", "owner", cast.max)
        Membership.objects.create(team=cast.team, user=cast.ada, role="owner")

    def left(self, of: str) -> list[str]:
        mine = Invitation.objects.filter(
            Q(email__contains=f"-by-{of}@") | Q(team__slug="elsewhere")
        ).order_by("pk")
        return [invitation.email.partition("@")[0].partition("-")[0] for invitation in mine]

    def members(self, client: Client, user: User, action: str, **form: str) -> None:
        row = Membership.objects.get(user=user, team__slug="render")
        assert client.post(f"/settings/members/{row.pk}/{action}/", form).status_code == 302

    def test_who_is_removed_or_leaves_leaves_no_link_into_the_team(
        self, cast: SimpleNamespace, sign_in: Any, offers: None
    ) -> None:
        self.members(sign_in(cast.olga), cast.max, "remove")
        self.members(sign_in(cast.olga), cast.olga, "remove")

        assert (self.left("max"), self.left("olga")) == (["elsewhere"], ["elsewhere"])
        withdrawn = AuditEntry.objects.filter(kind="uninvited", team=cast.team).order_by("pk")
        assert list(withdrawn.values_list("actor", "subject__username", "target")) == [
            (None, name, role)
            for name in ("max", "olga")
            for role in ("owner", "manager", "reader")
        ]

    @pytest.mark.parametrize(
        ("role", "left"),
        [
            ("owner", ["owner", "manager", "reader", "elsewhere"]),
            ("manager", ["manager", "reader", "elsewhere"]),
            ("member", ["elsewhere"]),
            ("reader", ["elsewhere"]),
        ],
    )
    def test_in_another_role_what_it_may_give_stays(
        self, cast: SimpleNamespace, sign_in: Any, offers: None, role: str, left: list[str]
    ) -> None:
        self.members(sign_in(cast.ada), cast.olga, "role", role=role)

        assert self.left("olga") == left

    def test_handing_over_withdraws_what_an_owner_alone_may_offer(
        self, cast: SimpleNamespace, sign_in: Any, offers: None
    ) -> None:
        row = Membership.objects.get(user=cast.mia, team=cast.team)
        sign_in(cast.olga).post("/settings/teams/render/hand-over/", {"to": row.pk})

        assert self.left("olga") == ["manager", "reader", "elsewhere"]

    def test_the_links_of_a_deleted_account_go(self, cast: SimpleNamespace, offers: None) -> None:
        User.objects.get(pk=cast.olga.pk).delete()

        assert self.left("olga") == ["elsewhere"]

    def test_a_deactivated_user_does_not_come_back_by_one(
        self, cast: SimpleNamespace, offers: None
    ) -> None:
        cast.max.is_active = False
        cast.max.save()

        assert self.left("max") == []
        assert self.left("olga") == ["owner", "manager", "reader"]

    def test_who_is_demoted_while_inviting_invites_nobody(
        self, cast: SimpleNamespace, sign_in: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        clean = InviteForm.clean

        def slow(form: InviteForm) -> Any:
            self.members(sign_in(cast.olga), cast.max, "role", role="reader")
            return clean(form)

        monkeypatch.setattr(InviteForm, "clean", slow)

        assert invite(sign_in(cast.max), "new@example.com", "reader").status_code == 403
        assert not Invitation.objects.exists()


def test_a_person_with_an_account_signs_in_and_joins(
    cast: SimpleNamespace, link: str, sign_in: Any
) -> None:
    assert f"/login/?next={link}" in Client().get(link).content.decode()
    client = sign_in(cast.stefan)
    assert "Join as stefan" in client.get(link).content.decode()
    assert role_of("stefan") is None
    client.post(link)

    assert role_of("stefan") == "member"


def test_who_belongs_to_the_team_already_keeps_the_role(
    cast: SimpleNamespace, link: str, sign_in: Any
) -> None:
    sign_in(cast.max).post(link)

    assert role_of("max") == "manager"


def test_it_works_once(cast: SimpleNamespace, link: str, sign_in: Any) -> None:
    Client().post(link, NEW)

    assert Client().get(link).status_code == 404
    assert sign_in(cast.stefan).post(link).status_code == 404
    assert role_of("stefan") is None


def test_a_refused_form_does_not_use_it_up(link: str) -> None:
    assert Client().post(link, {**NEW, "password2": "other"}).status_code == 200
    assert Client().post(link, NEW).status_code == 302


def test_it_ends_after_seven_days(link: str) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        assert Client().post(link, NEW).status_code == 404


def test_it_can_be_withdrawn(cast: SimpleNamespace, link: str, sign_in: Any) -> None:
    sign_in(cast.max).post(f"/settings/invitations/{Invitation.objects.get().pk}/withdraw/")

    assert Client().get(link).status_code == 404
    assert AuditEntry.objects.filter(kind="uninvited", actor=cast.max).count() == 1


def test_inviting_again_ends_the_earlier_link(
    cast: SimpleNamespace, link: str, sign_in: Any
) -> None:
    invite(sign_in(cast.olga), "Nora@example.com", "reader")

    assert Client().get(link).status_code == 404
    assert list(Invitation.objects.values_list("role", flat=True)) == ["reader"]


@pytest.mark.parametrize(
    ("who", "role", "status"),
    [
        ("olga", "owner", 200),
        ("max", "manager", 200),
        ("max", "owner", 200),
        ("mia", "reader", 403),
        ("ada", "reader", 404),
    ],
)
def test_who_may_invite_as_what(
    cast: SimpleNamespace, sign_in: Any, who: str, role: str, status: int
) -> None:
    answer = invite(sign_in(getattr(cast, who)), "new@example.com", role)

    assert answer.status_code == status
    assert Invitation.objects.exists() == (status == 200 and (who, role) != ("max", "owner"))


def test_a_member_is_not_invited_again(cast: SimpleNamespace, sign_in: Any) -> None:
    assert (
        "is already in the team"
        in invite(sign_in(cast.olga), "MIA@example.com", "reader").content.decode()
    )


def test_the_first_administrators_link_is_another_matter(cast: SimpleNamespace, link: str) -> None:
    User.objects.filter(is_superuser=True).delete()
    token = Invitation.objects.issue()

    assert Client().get(f"/invitations/{token}/").status_code == 404
    assert Client().get(link.replace("invitations", "welcome")).status_code == 404
    assert Client().get(link).status_code == 200


def test_without_mail_the_link_is_shown_all_the_same(
    cast: SimpleNamespace, sign_in: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert "is invited" in invite(sign_in(cast.olga), "nora@example.com", "member").content.decode()
    assert "could not be sent" in caplog.text


def test_nobody_sends_them_without_end(
    cast: SimpleNamespace, sign_in: Any, mailoutbox: Any
) -> None:
    client = sign_in(cast.olga)
    for number in range(32):
        page = invite(client, f"n{number}@example.com", "reader")

    assert len(mailoutbox) == 30
    assert "Too many invitations for now" in page.content.decode()
