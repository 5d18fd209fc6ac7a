from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from xdportal.accounts.access import GRANTS, Right, allows, get_or_404, gives
from xdportal.accounts.models import Team


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
    for right in Right:
        if right in rights:
            assert get_or_404(Team.objects.all(), getattr(cast, name), right, slug="render") == cast.team
        else:
            with pytest.raises(PermissionDenied):
                get_or_404(Team.objects.all(), getattr(cast, name), right, slug="render")


@pytest.mark.parametrize("name", ["stefan", "ada"])
def test_foreign_is_absent_for_the_administrator_too(cast: SimpleNamespace, name: str) -> None:
    with pytest.raises(Http404):
        get_or_404(Team.objects.all(), getattr(cast, name), Right.LOOK, slug="render")
    with pytest.raises(Http404):
        get_or_404(Team.objects.all(), getattr(cast, name), Right.LOOK, slug="no-such-team")


def test_every_role_is_in_the_table(cast: SimpleNamespace) -> None:
    from xdportal.accounts.models import Role

    assert set(GRANTS) == set(Role.values)


def test_a_row_that_was_not_fetched_for_a_viewer_allows_nothing(cast: SimpleNamespace) -> None:
    assert not allows(cast.team, Right.LOOK)


def test_it_costs_one_query(cast: SimpleNamespace, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        get_or_404(Team.objects.all(), cast.mia, Right.WORK, slug="render")


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
def test_nobody_makes_or_unmakes_somebody_greater(
    cast: SimpleNamespace, name: str, roles: tuple[str, ...], may: bool
) -> None:
    team = get_or_404(Team.objects.all(), getattr(cast, name), Right.LOOK, slug="render")

    assert gives(team, *roles) is may
