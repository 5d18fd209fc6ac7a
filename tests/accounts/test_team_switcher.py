"""The team of a page, and the way to another team's."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from tests.reading import html_of
from xdportal.accounts.models import Membership, Team
from xdportal.accounts.navigation import Switcher


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def switcher(client: Client, path: str) -> Switcher:
    [part] = client.get(path).context["navigation"].top
    assert isinstance(part.data, Switcher)
    return part.data


def test_a_shared_team_comes_before_the_personal_one(olga: Client) -> None:
    shown = switcher(olga, "/errors/")

    assert (shown.current.name, [team.name for team in shown.others]) == ("Render", ["olga"])


def test_the_team_looked_at_last_stays(olga: Client) -> None:
    personal = Team.objects.get(personal_of__username="olga")
    olga.get(f"/settings/members/?team={personal.slug}")

    assert switcher(olga, "/errors/").current == personal


def test_a_team_s_page_stays_when_the_team_is_switched(olga: Client) -> None:
    assert switcher(olga, "/settings/audit/?team=render").url == "/settings/audit/"
    assert switcher(olga, "/settings/profile/").url == "/"
    assert '<a href="/settings/audit/?team=render" aria-current="true">' in html_of(
        olga.get("/settings/audit/?team=render")
    )


def test_with_one_team_only_its_name_is_there(cast: SimpleNamespace, olga: Client) -> None:
    Membership.objects.filter(user=cast.olga, team=cast.team).delete()
    page = html_of(olga.get("/errors/"))

    assert '<p class="team-name">olga</p>' in page
    assert 'class="team"' not in page


def test_the_audit_trail_is_among_the_settings_of_those_who_manage(
    cast: SimpleNamespace, sign_in: Any
) -> None:
    def labels(name: str) -> list[str]:
        page = sign_in(getattr(cast, name)).get("/settings/members/?team=render")
        return [str(link.label) for link in page.context["navigation"].settings]

    shared = ["Alerts", "API keys", "Feeds and badges", "Connections", "Members"]
    assert labels("max") == [*shared, "Audit trail", "Your account"]
    assert labels("mia") == [*shared, "Your account"]
