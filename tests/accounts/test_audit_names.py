"""The audit trail names what it is about, and leads there."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.reading import html_of
from xdportal.accounts import audit
from xdportal.accounts.models import SLUG, AuditEntry, Team, new_slug
from xdportal.connections import actions
from xdportal.connections.actions import Actor
from xdportal.connections.models import Connection

PAGE = "/settings/audit/?team=render"
Kind = AuditEntry.Kind


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.olga)


def test_a_connection_is_named_with_a_link(
    olga: Client, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    connection = connect("Prod")
    audit.note(Kind.NOTED, cast.team, f"{connection.slug} 4005", actor=cast.mia)

    assert (
        f'<td role="cell"><a href="{connection.get_absolute_url()}">Prod · production</a>4005</td>'
        in html_of(olga.get(PAGE))
    )


def test_one_of_another_team_is_not_named(
    olga: Client, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    elsewhere = connect("Secret", team=Team.objects.personal(cast.mia))
    audit.note(Kind.PAUSED, cast.team, elsewhere.slug, actor=cast.mia)

    assert "Secret" not in html_of(olga.get(PAGE))


def test_a_deleted_one_keeps_its_name(
    olga: Client, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    connection = connect("Prod")
    slug = connection.slug
    actions.delete(connection, Actor.by_command(cast.olga))

    assert f"Prod · production ({slug})" in html_of(olga.get(PAGE))


def test_people_lead_to_their_entries_and_roles_are_words(
    olga: Client, cast: SimpleNamespace
) -> None:
    audit.note(Kind.ROLE, cast.team, "member → reader", actor=cast.olga, subject=cast.mia)
    page = html_of(olga.get(PAGE))

    assert f'<a href="?team=render&amp;person={cast.mia.uuid}">mia</a>· Member → Reader' in page


def test_names_cost_one_query(
    olga: Client, cast: SimpleNamespace, connect: Callable[..., Connection]
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as found:
            assert olga.get(PAGE).status_code == 200
        return len(found)

    audit.note(Kind.PAUSED, cast.team, connect("A").slug, actor=cast.mia)
    once = queries()
    audit.note(Kind.PAUSED, cast.team, connect("B").slug, actor=cast.mia)
    audit.note(Kind.PAUSED, cast.team, connect("C").slug, actor=cast.mia)

    assert queries() == once


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("Render farm", "render-farm-"),
        ("生产环境", "a2-"),
        ("生产 2", "a2-"),
        ("上海 QA", "qa-"),
        ("!", "a2-"),
    ],
)
def test_a_slug_is_a_word_of_the_name_or_the_account(name: str, begins: str) -> None:
    slug = new_slug(name, "a2")

    assert slug.startswith(begins)
    assert SLUG.fullmatch(slug)
