"""The status line of a list says one thing: what, since when, and what comes next."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from tests.items import fail, give, items
from xdportal.catalog.models import Catalog, QuarantinedAnswer
from xdportal.connections.models import Connection
from xdportal.provider.errors import (
    BadData,
    Busy,
    Details,
    ProviderError,
    RateLimited,
    TransportError,
)


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.olga, name="Main", environment="production", account_id="A1"
    )
    return connection.catalogs.get(kind="images")


@pytest.fixture
def olga(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.olga)
    return client


def ago(**length: float) -> Any:
    return timezone.now() - timedelta(**length)


def status(client: Client, catalog: Catalog, page: str = "images/") -> str:
    """Return the words of the status line."""
    shown = client.get(f"/c/{catalog.slug}/{page}").content.decode()
    line = re.search(
        rf'<section class="card status.*?id="catalog-{catalog.pk}".*?</section>', shown, re.S
    )
    assert line is not None
    return " ".join(strip_tags(line[0]).split())


@pytest.mark.parametrize(
    ("error", "said", "not_said"),
    [
        (BadData("not_json", Details(200)), "Invalid answer", "Nothing to do"),
        (Busy("", Details(200, 1005)), "Nothing to do", "whether there is a proxy"),
        (TransportError("tls"), "whether there is a proxy between", "Nothing to do"),
        (TransportError("name"), "whether this server can resolve host names", "Nothing to do"),
    ],
)
def test_a_current_list_whose_last_check_failed_is_not_called_up_to_date(
    cat: Catalog, olga: Client, error: ProviderError, said: str, not_said: str
) -> None:
    give(cat, items("123"), ago(minutes=10))
    fail(cat, error, ago(minutes=1))
    line = status(olga, cat)

    assert "Last check failed" in line
    assert said in line
    assert "Up to date" not in line
    assert not_said not in line


def test_items_that_could_not_be_read_are_counted(cat: Catalog, olga: Client) -> None:
    give(cat, [*items(range(20)), None, 7], ago(minutes=1))
    line = status(olga, cat)

    assert line.startswith("Up to date 2 items could not be read; items they may refer to stay")
    assert "Which ones?" in line
    assert "Which ones?" not in status(olga, cat, f"checks/{cat.latest_check_id}/")


def test_a_suspect_answer_says_how_much_it_holds_and_when_it_is_accepted(
    cat: Catalog, olga: Client
) -> None:
    give(cat, items(range(60)), ago(minutes=40))
    give(cat, items(range(30)), ago(minutes=10))
    waiting = QuarantinedAnswer.objects.get()
    accepted = timezone.localtime(waiting.first_seen_at + timedelta(hours=1))
    line = status(olga, cat)

    assert "holds 30 items; the list holds 60." in line
    assert "Nothing was recorded as withdrawn." in line
    assert f"it will be accepted at {accepted:%H:%M}" in line


def test_a_request_to_wait_says_until_when(cat: Catalog, olga: Client) -> None:
    give(cat, items("123"), ago(minutes=10))
    fail(cat, RateLimited("", Details(429), 1500), ago(minutes=1))
    cat.connection.refresh_from_db()
    until = timezone.localtime(cat.connection.not_before)
    refused = olga.post(f"/c/{cat.slug}/check/", follow=True).content.decode()

    assert f"Next {until:%H:%M:%S}" in status(olga, cat)
    assert f"The provider asked us to wait until {until:%H:%M:%S}." in refused


class TestDecision:
    @pytest.fixture(autouse=True)
    def _held(self, cat: Catalog) -> None:
        give(cat, items(range(60)), ago(minutes=40))
        give(cat, items(range(30)), ago(minutes=10))

    def test_accepting_is_the_first_choice_and_both_are_asked_for(
        self, cat: Catalog, olga: Client
    ) -> None:
        check = QuarantinedAnswer.objects.get().first_check
        page = olga.get(check.get_absolute_url()).content.decode()

        assert f'<a class="btn pri" href="/c/{cat.slug}/held/accept/">Accept</a>' in page
        assert f'<a class="btn" href="/c/{cat.slug}/held/discard/">Discard</a>' in page

    @pytest.mark.parametrize(
        ("word", "said"),
        [("accept", "You can’t undo this."), ("discard", "The list stays as it is")],
    )
    def test_asking_changes_nothing(self, cat: Catalog, olga: Client, word: str, said: str) -> None:
        page = olga.get(f"/c/{cat.slug}/held/{word}/").content.decode()

        assert said in page
        assert "holds 30 items; the list holds 60." in page
        assert QuarantinedAnswer.objects.count() == 1
        assert cat.snapshots.count() == 1

    def test_of_what_is_settled_nothing_is_asked(self, cat: Catalog, olga: Client) -> None:
        olga.post(f"/c/{cat.slug}/held/discard/")
        page = olga.get(f"/c/{cat.slug}/held/accept/", follow=True)

        assert page.redirect_chain == [(f"/c/{cat.slug}/images/", 302)]
        assert "No answer is waiting any more." in page.content.decode()
