"""The page of one image: what happened first, what it has meant, what could take its place."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import give, item, items
from tests.reading import html_of
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    return connection.catalogs.get(kind="images")


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


def page_of(rita: Client, cat: Catalog, image_id: str = "1") -> Any:
    return rita.get(f"/c/{cat.slug}/images/{image_id}/")


@pytest.mark.parametrize(
    ("fields", "grade", "sentence"),
    [
        (
            {"name": "CentOS"},
            "system",
            "Until then 1 was Ubuntu Server 20.04 x64 (BL); now it boots CentOS 20.04 x64 (BL).",
        ),
        (
            {"type": "SC"},
            "type",
            "type BL → SC: with a package of the old type, the provider answers 7005.",
        ),
        ({"version": "22.04 x64"}, "version", "now it boots Ubuntu Server 22.04 x64 (BL)."),
    ],
)
def test_a_change_of_meaning_is_the_first_thing_said(
    cat: Catalog, rita: Client, fields: dict[str, str], grade: str, sentence: str
) -> None:
    give(cat, [item("1"), item("2")], ago(days=9))
    give(cat, [item("1", **fields), item("2")], ago(days=1))
    page = page_of(rita, cat)

    assert page.context["verdict"].grade == grade
    assert sentence in html_of(page)
    assert page_of(rita, cat, "2").context["verdict"] is None


@pytest.mark.parametrize(
    ("ids", "grade", "icon"), [("12", "returned", "check"), ("2", "withdrawn", "warn")]
)
def test_good_news_comes_without_a_warning_sign(
    cat: Catalog, rita: Client, ids: str, grade: str, icon: str
) -> None:
    give(cat, items("123"), ago(days=9))
    give(cat, items("23"), ago(days=5))
    give(cat, items(ids + "3"), ago(days=1))
    verdict = page_of(rita, cat).context["verdict"]

    assert (verdict.grade, verdict.icon) == (grade, icon)


def test_after_thirty_days_it_is_history(cat: Catalog, rita: Client) -> None:
    give(cat, items("12"), ago(days=60))
    give(cat, [item("1", name="CentOS"), item("2")], ago(days=31))

    assert page_of(rita, cat).context["verdict"] is None


def test_a_withdrawn_one_names_what_is_listed_instead(cat: Catalog, rita: Client) -> None:
    give(cat, [item("1"), *items("234"), item("5", version="22.04 x64")], ago(days=9))
    give(cat, [*items("234"), item("5", version="22.04 x64")], ago(days=1))
    page = page_of(rita, cat)

    assert page.context["verdict"].grade == "withdrawn"
    assert "It was Ubuntu Server 20.04 x64 (BL). No host can be created from it." in html_of(page)
    assert [(one.image.id, one.reason) for one in page.context["replacements"]] == [
        ("2", "same"),
        ("3", "same"),
        ("4", "same"),
        ("5", "later"),
    ]
    assert page_of(rita, cat, "2").context["replacements"] == []


def test_the_bar_has_a_part_for_each_meaning(cat: Catalog, rita: Client) -> None:
    give(cat, [item("1", version="A"), *items("23")], ago(days=40))
    give(cat, [item("1", version="A"), item("2", version="B"), item("3")], ago(days=30))
    give(cat, [item("2", version="B"), item("3")], ago(days=20))
    give(cat, [item("1", version="A"), item("2", version="B"), item("3")], ago(days=15))
    give(cat, [item("1", name="CentOS"), item("2", version="B"), item("3")], ago(days=5))
    page = page_of(rita, cat)
    meanings = [(meaning.words, meaning.css) for meaning in page.context["meanings"]]

    assert meanings == [
        ("Ubuntu Server A (BL)", "old"),
        ("", "none"),
        ("Ubuntu Server A (BL)", "old"),
        ("CentOS 20.04 x64 (BL)", "crit"),
    ]
    assert [bar.css for bar in page.context["bars"]] == ["old", "none", "old", "crit"]
    grades = [event.grade for event in page.context["events"]]
    assert grades == ["system", "returned", "withdrawn", "added"]


def test_an_id_that_is_listed_twice_says_so(cat: Catalog, rita: Client) -> None:
    give(cat, items("12"), ago(days=9))
    give(cat, [*items("12"), item("1", version="22.04 x64")], ago(days=1))
    page = page_of(rita, cat)

    assert page.context["verdict"].grade == "ambiguous"
    assert len(page.context["timeline"].listed) == 2
