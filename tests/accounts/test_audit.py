"""The audit trail: what it holds, who sees it, and that nobody changes it."""

import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests.sign_in import PASSWORD
from xdportal.accounts import audit
from xdportal.accounts.models import AuditEntry, Membership, Team, User

PAGE = "/settings/audit/?team=render"
Kind = AuditEntry.Kind


def kinds(page: Any) -> list[str]:
    return [entry.kind for entry in page.context["page"]]


def test_an_entry_says_who_what_when_and_from_where(cast: SimpleNamespace, sign_in: Any) -> None:
    sign_in(cast.olga).post(
        "/settings/teams/render/rename/", {"name": "Farm"}, REMOTE_ADDR="192.0.2.8"
    )
    entry = AuditEntry.objects.get(kind="team_changed")

    assert (entry.who, entry.target, entry.ip, entry.actor_uuid) == (
        "olga",
        "Farm",
        "192.0.2.8",
        cast.olga.uuid,
    )
    assert entry.request_id


def test_every_answer_names_its_request(cast: SimpleNamespace, sign_in: Any) -> None:
    answer = sign_in(cast.olga).post("/settings/teams/render/rename/", {"name": "Farm"})

    assert answer.headers["X-Request-ID"] == AuditEntry.objects.get(kind="team_changed").request_id


def test_it_shows_the_team_and_its_peoples_sign_ins(cast: SimpleNamespace, sign_in: Any) -> None:
    audit.note(Kind.PAUSED, cast.team, "c-1", actor=cast.mia)
    audit.note(Kind.PAUSED, Team.objects.personal(cast.mia), "c-2", actor=cast.mia)
    audit.note(Kind.SIGN_IN_FAILED, subject=cast.mia)
    audit.note(Kind.SIGN_IN_FAILED, subject=cast.stefan)
    audit.note(Kind.DATA_EXPORTED, actor=cast.mia)

    assert kinds(sign_in(cast.olga).get(PAGE)) == ["signed_in", "sign_in_failed", "paused"]


def test_not_what_a_member_did_before_joining(cast: SimpleNamespace, sign_in: Any) -> None:
    audit.note(Kind.SIGNED_IN, actor=cast.stefan, subject=cast.stefan)
    client = sign_in(cast.olga)
    Membership.objects.create(team=cast.team, user=cast.stefan)

    assert [entry.who for entry in client.get(PAGE).context["page"]] == ["olga"]


def test_not_what_an_administrator_in_the_team_does_to_outsiders(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    Membership.objects.create(team=cast.team, user=cast.ada)
    for subject in (cast.stefan, cast.mia):
        audit.note(Kind.FACTOR_REMOVED, target="all", actor=cast.ada, subject=subject)
    page = sign_in(cast.max).get(PAGE)

    assert [(entry.who, entry.whom) for entry in page.context["page"]] == [
        ("max", "max"),
        ("ada", "mia"),
    ]


def test_what_an_administrator_does_to_the_team_and_its_members(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    """And not what is done to other teams and to outsiders."""
    ada = sign_in(cast.ada)
    for user in (cast.mia, cast.stefan):
        for action in ("deactivate", "activate"):
            fields = {"action": action, "_selected_action": [user.pk]}
            ada.post("/admin/accounts/user/", fields)
    for team in (cast.team, Team.objects.create(name="Other", slug="other")):
        memberships = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
        fields = {"name": f"{team.name} 2", "slug": team.slug, "personal_of": "", **memberships}
        answer = ada.post(f"/admin/accounts/team/{team.pk}/change/", fields)
        assert answer.status_code == 302
    page = sign_in(cast.max).get(PAGE).context["page"]

    assert [(entry.who, entry.kind, entry.whom, entry.target) for entry in page] == [
        ("max", "signed_in", "max", ""),
        ("ada", "admin", "", f"change team {cast.team.uuid}"),
        ("ada", "activated", "mia", ""),
        ("ada", "deactivated", "mia", ""),
    ]


@pytest.mark.parametrize(
    ("query", "targets"),
    [
        ("", ["3", "2", "1"]),
        ("&kind=paused", ["3", "1"]),
        ("&person={mia}", ["2", "1"]),
        ("&person={mia}&kind=paused", ["1"]),
        ("&since=2020-01-01&until=2020-01-02", []),
        ("&since=2020-01-01", ["3", "2", "1"]),
        ("&person=nonsense&since=yesterday", ["3", "2", "1"]),
    ],
)
def test_filters(cast: SimpleNamespace, sign_in: Any, query: str, targets: list[str]) -> None:
    client = sign_in(cast.olga)
    audit.note(Kind.PAUSED, cast.team, "1", actor=cast.mia)
    audit.note(Kind.RESUMED, cast.team, "2", actor=cast.mia)
    audit.note(Kind.PAUSED, cast.team, "3", actor=cast.max)
    page = client.get(PAGE + query.format(mia=cast.mia.uuid))

    assert [entry.target for entry in page.context["page"] if entry.target] == targets


def test_as_csv_with_the_same_filter_and_no_formulas(cast: SimpleNamespace, sign_in: Any) -> None:
    audit.note(Kind.PAUSED, cast.team, "=1+1", actor=cast.mia)
    answer = sign_in(cast.max).get("/settings/audit.csv?team=render&kind=paused")
    text = b"".join(answer.streaming_content).decode()

    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["time", "who", "what", "whom", "on_what", "address", "request"]
    assert [row[1:5] for row in rows[1:]] == [["mia", "paused", "", "'=1+1"]]
    assert AuditEntry.objects.latest("pk").target == "audit.csv"


def test_costs_the_same_for_one_entry_and_for_three(cast: SimpleNamespace, sign_in: Any) -> None:
    client, counts = sign_in(cast.olga), []
    for user in (cast.mia, cast.max, cast.rita):
        audit.note(Kind.PAUSED, cast.team, "c", actor=user, subject=user)
        client.get(PAGE)
        with CaptureQueriesContext(database) as counted:
            client.get(PAGE)
        counts.append(len(counted))

    assert counts[0] == counts[1] == counts[2]


def test_nobody_changes_it(cast: SimpleNamespace, sign_in: Any) -> None:
    entry = audit.note(Kind.PAUSED, cast.team, "c")
    for change in (
        entry.save,
        entry.delete,
        lambda: AuditEntry.objects.update(target="x"),
        lambda: AuditEntry.objects.all().delete(),
    ):
        with pytest.raises(TypeError, match="is not"):
            change()
    ada = sign_in(cast.ada)
    row = f"/admin/accounts/auditentry/{entry.pk}"
    assert ada.get(f"{row}/change/").status_code == 200
    assert [
        ada.post(f"{row}/change/", {"target": "x"}).status_code,
        ada.post(f"{row}/delete/", {"post": "yes"}).status_code,
        ada.get("/admin/accounts/auditentry/add/").status_code,
    ] == [403, 403, 403]


def test_of_who_is_gone_the_uuid_stays(cast: SimpleNamespace) -> None:
    uuid = cast.mia.uuid
    entry = audit.note(Kind.PAUSED, cast.team, "c", actor=cast.mia, subject=cast.mia)
    User.objects.get(pk=cast.mia.pk).delete()
    entry.refresh_from_db()

    assert (entry.who, entry.whom) == (str(uuid), str(uuid))


def test_it_holds_what_was_done_to_connections_and_never_a_value(
    cast: SimpleNamespace, sign_in: Any, connect: Any, simulator: Any
) -> None:
    connection = connect()
    secret = simulator.accounts["production"][0].secret
    client, base = sign_in(cast.mia), f"/settings/connections/{connection.slug}"
    client.post(f"{base}/credential/", {"secret": secret})
    client.post(f"{base}/test/")
    client.post(f"{base}/pause/")
    client.post(f"{base}/resume/")
    client.post(
        f"{base}/",
        {
            "name": "New",
            "environment": "production",
            "account_id": connection.account_id,
            "interval": 60,
        },
    )
    client.post(f"{base}/delete/", {"name": "New"})
    form = {
        "team": cast.team.pk,
        "name": "x",
        "environment": "production",
        "account_id": "A1",
        "interval": 60,
        "kinds": ["images"],
    }
    client.post("/settings/connections/new/", {**form, "secret": secret})

    entries = AuditEntry.objects.exclude(kind="signed_in").order_by("pk")
    assert [(entry.kind, entry.who, entry.team) for entry in entries] == [
        (kind, "mia", cast.team)
        for kind in (
            *("credential_replaced", "credential_tested", "paused", "resumed"),
            *("connection_changed", "connection_deleted", "credential_saved"),
        )
    ]
    assert secret not in str(list(AuditEntry.objects.values()))
    assert PASSWORD not in str(list(AuditEntry.objects.values()))
