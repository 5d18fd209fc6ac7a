"""A team's note on an image."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import give, item
from xdportal.accounts.models import AuditEntry
from xdportal.accounts.privacy import about
from xdportal.catalog.models import Catalog, Note
from xdportal.connections.models import Connection


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production"
    )
    catalog = connection.catalogs.get(kind="images")
    give(catalog, [item("4005"), item("a/b?c"), item("4006")], timezone.now() - timedelta(days=1))
    return catalog


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.mia)


def write(client: Client, catalog: Catalog, text: str, part: str = "4005") -> Any:
    return client.post(f"/c/{catalog.slug}/images/{part}/note/", {"text": text})


def notes() -> list[tuple[str, str, str]]:
    return [
        (note.item_id, note.text, str(note.author)) for note in Note.objects.order_by("item_id")
    ]


def test_a_member_writes_it_and_everyone_in_the_team_reads_it(
    cat: Catalog, cast: SimpleNamespace, mia: Client, sign_in: Any
) -> None:
    answer = write(mia, cat, "  base of the Maya template\r\nask Olga first ")

    assert answer.headers["Location"] == f"/c/{cat.slug}/images/4005/"
    assert notes() == [("4005", "base of the Maya template\r\nask Olga first", "mia")]
    page = sign_in(cast.rita).get(f"/c/{cat.slug}/images/4005/").content.decode()
    assert "<p>base of the Maya template<br>ask Olga first</p>" in page
    assert "/note/" not in page, "a reader has nothing to write with"
    entry = AuditEntry.objects.get(kind="noted")
    assert (entry.actor, entry.team, entry.target) == (cast.mia, cast.team, f"{cat.slug} 4005")


def test_another_text_takes_its_place_and_an_empty_one_takes_it_away(
    cat: Catalog, cast: SimpleNamespace, mia: Client, sign_in: Any
) -> None:
    write(mia, cat, "one")
    write(sign_in(cast.olga), cat, "two")
    assert notes() == [("4005", "two", "olga")]
    write(mia, cat, "  ")
    assert notes() == []


def test_too_long_a_text_is_refused_and_stays_in_the_form(cat: Catalog, mia: Client) -> None:
    write(mia, cat, "kept")
    page = write(mia, cat, "x" * 501)

    assert page.status_code == 200
    assert page.context["form"].errors == {
        "text": ["Ensure this value has at most 500 characters (it has 501)."],
    }
    assert "x" * 501 in page.content.decode()
    assert "<details open>" in page.content.decode()
    assert notes() == [("4005", "kept", "mia")]


@pytest.mark.parametrize("part", ["9999", "~", "~_w", "~YS9iPw"])
def test_an_id_that_was_never_listed_takes_no_note(cat: Catalog, mia: Client, part: str) -> None:
    assert write(mia, cat, "text", part).status_code == 404
    assert notes() == []


def test_odd_ids_and_withdrawn_images_take_notes(cat: Catalog, mia: Client) -> None:
    give(cat, [item("4005"), item("4006")], timezone.now())
    answer = write(mia, cat, "gone", "~YS9iP2M")

    assert answer.headers["Location"] == f"/c/{cat.slug}/images/~YS9iP2M/"
    assert notes() == [("a/b?c", "gone", "mia")]


def test_html_is_text(cat: Catalog, mia: Client) -> None:
    write(mia, cat, "<script>alert(1)</script>")

    assert (
        "&lt;script&gt;alert(1)&lt;/script&gt;"
        in mia.get(f"/c/{cat.slug}/images/4005/").content.decode()
    )


def test_it_stays_when_its_author_goes_and_is_among_what_is_stored_about_them(
    cat: Catalog, cast: SimpleNamespace, mia: Client
) -> None:
    write(mia, cat, "mine")
    assert [(row["item_id"], row["text"]) for row in about(cast.mia)["notes"]] == [("4005", "mine")]
    cast.mia.delete()

    assert notes() == [("4005", "mine", "None")]
