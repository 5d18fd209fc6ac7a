"""The inbox: what is open, what is unread, what is silent, what was expected."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.stage import pin
from tests.items import give, items
from tests.reading import html_of
from xdportal.alerts import reading, receiving
from xdportal.alerts.models import CatalogMute, ExpectedChange, Pin, ReadMark
from xdportal.alerts.navigation import CALLING
from xdportal.catalog.models import Catalog, Event

HOUR = timedelta(hours=1)
INBOX = "/inbox/?team=render"


@pytest.fixture
def images(catalog: Catalog) -> Catalog:
    give(catalog, items(range(1, 8)), timezone.now() - 0.9 * HOUR)
    return catalog


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.mia)
    return client


def withdraw(catalog: Catalog, *gone: int) -> list[Pin]:
    """Pin ids that the provider then withdraws; the portal notices."""
    at = timezone.now()
    made = [pin(catalog, str(number), at - 0.5 * HOUR, f"pin-{number}") for number in gone]
    give(catalog, [row for row in items(range(1, 8)) if row["imageId"] not in gone], at)
    receiving.receive(at + timedelta(seconds=2))
    return made


def shown(client: Client, show: str = "open") -> list[str]:
    entries = client.get(f"{INBOX}&show={show}").context["entries"]
    return [entry.event.type for entry in entries]


def local(hours: float) -> str:
    return f"{timezone.localtime() + hours * HOUR:%Y-%m-%dT%H:%M}"


def test_nothing_open(mia: Client, images: Catalog) -> None:
    assert "Nothing is open" in html_of(mia.get(INBOX))


def test_a_team_without_lists_is_offered_no_form_for_one(
    mia: Client, cast: SimpleNamespace
) -> None:
    page = html_of(mia.get(INBOX))

    assert "No changes are expected." in page
    assert "Add an expected change" not in page
    assert "Mute a list" not in page


def test_what_broke_is_open_until_someone_takes_it(mia: Client, images: Catalog) -> None:
    (made,) = withdraw(images, 1)
    assert shown(mia) == ["pin.withdrawn"]
    assert "pin-1 (1) has not been listed since" in html_of(mia.get(INBOX))

    mia.post(f"/pins/{made.uuid}/acknowledge/", {"next": INBOX})
    assert shown(mia) == []
    assert "acknowledged by mia" in html_of(mia.get(f"{INBOX}&show=mine"))


def test_the_navigation_counts_what_broke_and_what_is_unread(mia: Client, images: Catalog) -> None:
    (made, _other) = withdraw(images, 1, 2)
    page = html_of(mia.get("/errors/"))
    assert '<span class="n num hot">2<span class="sr">broken</span></span>' in page
    assert '<span class="n num">2<span class="sr">unread</span></span>' in page

    mia.post(f"/pins/{made.uuid}/acknowledge/")
    page = html_of(mia.get("/errors/"))
    assert '<span class="n num hot">1<span class="sr">broken</span></span>' in page


def test_what_is_counted_is_what_the_orm_counts(cast: SimpleNamespace, images: Catalog) -> None:
    first, _second = withdraw(images, 1, 2)
    now = timezone.now()
    Pin.objects.filter(pk=first.pk).update(muted_until=now + HOUR)
    plain = Pin.objects.filter(team=cast.team).calling(now)
    events = Event.objects.for_inbox().filter(team=cast.team)

    assert CALLING.rows(team=cast.team.pk, at=now) == list(plain)
    assert CALLING.count(team=cast.team.pk, at=now) == plain.count() == 1
    assert reading.unread_count(cast.mia, cast.team, 99) == events.count() == 2
    assert reading.unread_count(cast.mia, cast.team, 1) == 1


def test_the_dashboard_says_what_broke(mia: Client, images: Catalog) -> None:
    assert "pinned ID" not in html_of(mia.get("/"))
    withdraw(images, 1, 2)

    assert "2 pinned IDs are broken" in html_of(mia.get("/"))
    assert "2 pinned IDs are broken" not in html_of(mia.get("/errors/"))


def test_one_is_read_singly_and_all_together(
    mia: Client, cast: SimpleNamespace, images: Catalog
) -> None:
    withdraw(images, 1, 2)
    first = Event.objects.filter(type="pin.withdrawn").earliest("pk")
    mia.post("/inbox/of/render/read/", {"event": first.pk})
    assert shown(mia, "unread") == ["pin.withdrawn"]

    mia.post("/inbox/of/render/read/")
    assert shown(mia, "unread") == []
    mark = ReadMark.objects.get(user=cast.mia)
    assert (mark.event_id, mark.singly) == (Event.objects.latest("pk").pk, [])


def test_what_came_after_the_page_was_shown_stays_unread(mia: Client, images: Catalog) -> None:
    withdraw(images, 1, 2)
    first = Event.objects.filter(type="pin.withdrawn").earliest("pk")
    mia.post("/inbox/of/render/read/", {"upto": first.pk})

    assert shown(mia, "unread") == ["pin.withdrawn"]


@pytest.mark.parametrize("sent", ["nonsense", "-1", "9" * 30, "١"])
def test_a_bad_number_marks_no_single_one(mia: Client, images: Catalog, sent: str) -> None:
    withdraw(images, 1)

    assert mia.post("/inbox/of/render/read/", {"upto": sent}).status_code == 302


def test_reading_is_each_persons_own(
    mia: Client, cast: SimpleNamespace, sign_in: Any, images: Catalog
) -> None:
    withdraw(images, 1)
    mia.post("/inbox/of/render/read/")

    assert shown(sign_in(cast.rita), "unread") == ["pin.withdrawn"]


def test_a_page_writes_no_mark(mia: Client, images: Catalog) -> None:
    withdraw(images, 1)
    mia.get(INBOX)

    assert not ReadMark.objects.exists()


def test_a_list_is_muted_with_a_reason(mia: Client, images: Catalog) -> None:
    data = {"catalog": images.pk, "until": local(24), "reason": "being closed"}
    mia.post("/inbox/of/render/mute/", data)
    withdraw(images, 1)
    page = html_of(mia.get(INBOX))

    assert "being closed" in page
    assert "3 events muted" in page  # two of the list, one of the pin
    assert shown(mia, "muted") == ["pin.withdrawn"]
    mia.post(f"/inbox/lists/{images.slug}/images/unmute/")
    assert not CatalogMute.objects.exists()


def test_an_expected_change_is_counted_and_not_open(mia: Client, images: Catalog) -> None:
    pin(images, "1", timezone.now() - 0.5 * HOUR)
    data = {"catalog": images.pk, "starts_at": local(-1), "ends_at": local(1), "ids": "1, 2"}
    data |= {"systems": "Debian，CentOS", "note": "renewal"}
    mia.post("/inbox/of/render/expect/", data)
    change = ExpectedChange.objects.get()
    assert (change.ids, change.systems) == (["1", "2"], ["Debian", "CentOS"])

    withdraw(images, 2)
    assert shown(mia, "expected") == ["pin.withdrawn"]
    assert "renewal" in html_of(mia.get(INBOX))
    mia.post(f"/inbox/expected/{change.uuid}/withdraw/")
    assert not ExpectedChange.objects.exists()


def test_what_did_not_happen_is_said(mia: Client, cast: SimpleNamespace, images: Catalog) -> None:
    ExpectedChange.objects.create(
        team=cast.team,
        catalog=images,
        starts_at=timezone.now() - 3 * HOUR,
        ends_at=timezone.now() - HOUR,
        note="4044 moves",
    )
    page = html_of(mia.get(INBOX))

    assert "Expected, but did not happen:" in page
    assert "4044 moves" in page


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"starts_at": "2026-01-02T00:00", "ends_at": "2026-01-01T00:00"},
        {"starts_at": "nonsense", "ends_at": "2099-01-01T00:00"},
    ],
)
def test_a_bad_window_is_refused_on_the_page(
    mia: Client, images: Catalog, data: dict[str, str]
) -> None:
    page = mia.post("/inbox/of/render/expect/", {"catalog": images.pk, **data})

    assert page.status_code == 200
    assert 'class="wrong"' in html_of(page)
    assert not ExpectedChange.objects.exists()


def test_a_constant_number_of_queries(mia: Client, images: Catalog) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            assert mia.get(f"{INBOX}&show=all").status_code == 200
        return len(captured)

    withdraw(images, 1)
    queries()
    one = queries()
    withdraw(images, 2, 3)
    assert queries() == one


def test_a_reader_marks_as_read_but_acknowledges_nothing(
    cast: SimpleNamespace, sign_in: Any, images: Catalog
) -> None:
    withdraw(images, 1)
    page = html_of(sign_in(cast.rita).get(INBOX))

    assert "Mark as read" in page
    assert "Acknowledge</button>" not in page
    assert "Add an expected change" not in page
