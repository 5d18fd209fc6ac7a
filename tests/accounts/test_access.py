from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from hypothesis import given
from hypothesis import strategies as st

from xdportal.accounts.access import GRANTS, Right, Viewer, allows, get_or_404, gives
from xdportal.accounts.models import Invitation, Membership, Role, Team, User

ROLES = {"olga": "owner", "max": "manager", "mia": "member", "rita": "reader"}


def viewer_of(cast: SimpleNamespace, name: str, **limits: Any) -> Viewer:
    return Viewer(getattr(cast, name), **limits)


@pytest.mark.parametrize(
    ("name", "rights"),
    [
        ("olga", {Right.LOOK, Right.WORK, Right.MANAGE, Right.OWN}),
        ("max", {Right.LOOK, Right.WORK, Right.MANAGE}),
        ("mia", {Right.LOOK, Right.WORK}),
        ("rita", {Right.LOOK}),
    ],
)
def test_each_role_has_its_rights(cast: SimpleNamespace, name: str, rights: set[Right]) -> None:
    viewer = viewer_of(cast, name)
    for right in Right:
        if right in rights:
            assert get_or_404(Team.objects.all(), viewer, right, slug="render") == cast.team
        else:
            with pytest.raises(PermissionDenied):
                get_or_404(Team.objects.all(), viewer, right, slug="render")


@pytest.mark.parametrize("name", ["stefan", "ada"])
def test_foreign_is_absent_for_the_administrator_too(cast: SimpleNamespace, name: str) -> None:
    viewer = viewer_of(cast, name)
    with pytest.raises(Http404):
        get_or_404(Team.objects.all(), viewer, Right.LOOK, slug="render")
    with pytest.raises(Http404):
        get_or_404(Team.objects.all(), viewer, Right.LOOK, slug="no-such-team")


def test_every_role_is_in_the_table(cast: SimpleNamespace) -> None:
    assert set(GRANTS) == set(Role.values)


def test_a_row_that_was_not_fetched_for_a_viewer_allows_nothing(cast: SimpleNamespace) -> None:
    assert not allows(cast.team, Right.LOOK)


def test_nothing_is_visible_without_an_account(cast: SimpleNamespace) -> None:
    Team.objects.create(name="Without members", slug="without-members")

    assert list(Team.objects.visible_to(Viewer(AnonymousUser()))) == []  # type: ignore[arg-type]


def test_it_costs_one_query(cast: SimpleNamespace, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        get_or_404(Team.objects.all(), viewer_of(cast, "mia"), Right.WORK, slug="render")


@pytest.mark.parametrize(
    ("name", "roles", "may"),
    [
        ("olga", ("owner", "reader"), True),
        ("max", ("manager", "reader"), True),
        ("max", ("owner",), False),
        ("max", ("reader", "owner"), False),
        ("mia", ("reader",), False),
        ("rita", ("reader",), False),
    ],
)
def test_no_one_makes_or_unmakes_someone_of_a_higher_role(
    cast: SimpleNamespace, name: str, roles: tuple[str, ...], may: bool
) -> None:
    team = get_or_404(Team.objects.all(), viewer_of(cast, name), Right.LOOK, slug="render")

    assert gives(team, *roles) is may


# A ceiling


@given(role=st.sampled_from(sorted(GRANTS)), ceiling=st.frozensets(st.sampled_from(list(Right))))
def test_a_ceiling_only_takes_rights_away(role: str, ceiling: frozenset[Right]) -> None:
    row = Team()
    row.viewer_role, row.viewer_ceiling = role, " ".join(ceiling)  # type: ignore[attr-defined]

    assert {right for right in Right if allows(row, right)} == GRANTS[role] & ceiling


@pytest.mark.parametrize("name", ROLES)
@pytest.mark.parametrize("ceiling", [set(), {Right.LOOK}, {Right.LOOK, Right.WORK}, set(Right)])
def test_a_row_carries_the_ceiling_of_its_viewer(
    cast: SimpleNamespace, name: str, ceiling: set[Right]
) -> None:
    viewer = viewer_of(cast, name, ceiling=frozenset(ceiling))
    team = Team.objects.visible_to(viewer).get(slug="render")

    assert {right for right in Right if allows(team, right)} == GRANTS[ROLES[name]] & ceiling


def test_a_ceiling_below_managing_gives_no_roles(cast: SimpleNamespace) -> None:
    viewer = viewer_of(cast, "olga", ceiling=frozenset({Right.LOOK, Right.WORK}))
    team = Team.objects.visible_to(viewer).get(slug="render")

    assert not gives(team, "reader")


def test_above_the_ceiling_is_forbidden_and_not_absent(cast: SimpleNamespace) -> None:
    viewer = viewer_of(cast, "olga", ceiling=frozenset({Right.LOOK}))
    with pytest.raises(PermissionDenied):
        get_or_404(Team.objects.all(), viewer, Right.WORK, slug="render")


# Confined to a team, or to some connections


def test_a_viewer_confined_to_a_team_sees_no_other(cast: SimpleNamespace) -> None:
    own = Team.objects.personal(cast.olga)
    Invitation.objects.invite(cast.team, "new@example.com", Role.READER, cast.olga)
    Invitation.objects.invite(own, "else@example.com", Role.READER, cast.olga)
    viewer = viewer_of(cast, "olga", team=cast.team)

    assert list(Team.objects.visible_to(viewer)) == [cast.team]
    assert {row.team for row in Membership.objects.visible_to(viewer)} == {cast.team}
    assert {row.team for row in Invitation.objects.visible_to(viewer)} == {cast.team}
    with pytest.raises(Http404):
        get_or_404(Team.objects.all(), viewer, Right.LOOK, slug=own.slug)


def test_a_viewer_confined_to_a_team_of_others_sees_nothing(cast: SimpleNamespace) -> None:
    assert list(Team.objects.visible_to(viewer_of(cast, "stefan", team=cast.team))) == []


def test_a_viewer_confined_to_connections_sees_the_team_but_not_its_people(
    cast: SimpleNamespace,
) -> None:
    viewer = viewer_of(cast, "olga", team=cast.team, connections=frozenset())

    assert list(Team.objects.visible_to(viewer)) == [cast.team]
    assert list(Membership.objects.visible_to(viewer)) == []


def test_a_session_asks_with_all_rights_of_its_user(cast: SimpleNamespace, sign_in: Any) -> None:
    request = sign_in(cast.mia).get("/").wsgi_request

    assert request.viewer == Viewer(User.objects.get(username="mia"))
