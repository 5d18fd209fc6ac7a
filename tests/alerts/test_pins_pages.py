"""The pages of pins: what they say, what can be done there, and who may."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.stage import pin
from tests.items import give, item, items, package
from tests.reading import html_of
from xdportal.alerts.models import Pin, PinState, Recipe
from xdportal.catalog.models import Catalog

HOUR = timedelta(hours=1)
PINS = "/pins/?team=render"


@pytest.fixture
def images(catalog: Catalog) -> Catalog:
    """Return a list of seven images, read almost an hour ago."""
    give(catalog, items(range(1, 8)), timezone.now() - 0.9 * HOUR)
    return catalog


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.mia)
    return client


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def change(catalog: Catalog, *, gone: int | None = None, moved: int | None = None) -> None:
    """Let the provider withdraw one id, and give another a new system."""
    rows = [row for row in items(range(1, 8)) if row["imageId"] not in (gone, moved)]
    if moved is not None:
        rows.append(item(moved, name="Debian", version="12 x64"))
    give(catalog, rows, timezone.now())


def ago(hours: float) -> Any:
    return timezone.now() - hours * HOUR


class TestList:
    def test_without_pins_it_says_what_to_do(self, mia: Client, images: Catalog) -> None:
        page = html_of(mia.get(PINS))

        assert "Nothing is pinned yet" in page
        assert "Pin many IDs" in page
        assert 'href="#add"' in page

    def test_without_a_list_to_pin_from_it_leads_to_a_connection(
        self, mia: Client, cast: SimpleNamespace
    ) -> None:
        page = html_of(mia.get(PINS))

        assert "Nothing is pinned yet" in page
        assert f'href="/settings/connections/new/?team={cast.team.pk}"' in page
        assert 'href="#add"' not in page

    @pytest.mark.parametrize(
        ("sort", "names"),
        [
            ("", ["c-gone", "a-one", "b-two"]),
            ("-name", ["c-gone", "b-two", "a-one"]),
            ("id", ["c-gone", "b-two", "a-one"]),
            ("-used", ["c-gone", "b-two", "a-one"]),
            ("connection", ["c-gone", "a-one", "b-two"]),
            ("nonsense", ["c-gone", "a-one", "b-two"]),
        ],
    )
    def test_each_group_can_be_sorted(
        self, mia: Client, images: Catalog, sort: str, names: list[str]
    ) -> None:
        pin(images, "5", ago(0.5), "a-one")
        pin(images, "4", ago(0.5), "b-two", sources=["repo main.tf:1"])
        pin(images, "2", ago(0.5), "c-gone")
        change(images, gone=2)
        page = mia.get(f"{PINS}&sort={sort}")

        assert [row.pin.name for row in page.context["page"]] == names

    def test_what_broke_comes_first(self, mia: Client, images: Catalog) -> None:
        pin(images, "1", ago(0.5), "a-fine")
        pin(images, "2", ago(0.5), "b-gone")
        pin(images, "3", ago(0.5), "c-moved")
        change(images, gone=2, moved=3)
        page = html_of(mia.get(PINS))

        assert "3 pins, 2 broken" in page
        assert page.index("b-gone") < page.index("c-moved") < page.index("a-fine")
        assert "<del>Ubuntu Server</del>" in page
        assert "<ins>Debian</ins>" in page
        assert "Other system" in page

    def test_a_list_that_is_not_read_makes_unknown(self, mia: Client, catalog: Catalog) -> None:
        give(catalog, items(range(1, 8)), ago(48))
        pin(catalog, "1", ago(0.5), "base")
        page = mia.get(PINS)

        assert [row.group for row in page.context["listed"].rows] == ["unknown"]
        assert "its list is out of date" in html_of(page)

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("state=broken", ["gone"]),
            ("state=fine", ["base", "web"]),
            ("state=mine", ["base", "gone", "web"]),
            ("state=muted", []),
            ("state=nonsense", ["base", "gone", "web"]),
            ("q=we", ["web"]),
            ("source=farm-infra", ["base"]),
        ],
    )
    def test_filters(self, mia: Client, images: Catalog, query: str, names: list[str]) -> None:
        pin(images, "1", ago(0.5), "base", sources=["farm-infra main.tf:12"])
        pin(images, "2", ago(0.5), "gone")
        pin(images, "3", ago(0.5), "web")
        change(images, gone=2)
        page = mia.get(f"{PINS}&{query}").context["listed"]

        assert sorted(row.pin.name for row in page.rows) == names

    def test_a_constant_number_of_queries(self, mia: Client, images: Catalog) -> None:
        def queries() -> int:
            with CaptureQueriesContext(database) as captured:
                assert mia.get(PINS).status_code == 200
            return len(captured)

        pin(images, "1", ago(0.5), sources=["a", "b"])
        queries()
        one = queries()
        for number in (2, 3):
            pin(images, str(number), ago(0.5), sources=["a", "b"])
        assert queries() == one

    def test_a_reader_can_only_look(self, rita: Client, images: Catalog) -> None:
        pin(images, "1", ago(0.5), "base")
        page = html_of(rita.get(PINS))

        assert "base" in page
        assert "Pin many IDs" not in page


class TestPaste:
    def test_many_ids_with_names(self, mia: Client, images: Catalog) -> None:
        data = {"catalog": images.pk, "ids": "1 base\n2\n\n 3, web \n99", "source": "repo main.tf"}
        page = mia.post("/pins/of/render/", data, follow=True)

        assert "4 IDs were pinned." in html_of(page)
        made = dict(Pin.objects.order_by("pk").values_list("item_id", "name"))
        assert made == {"1": "base", "2": "2", "3": "web", "99": "99"}
        assert Pin.objects.filter(sources__text="repo main.tf").count() == 4

    def test_what_is_pinned_already_is_counted(self, mia: Client, images: Catalog) -> None:
        pin(images, "1", ago(0.5))
        page = mia.post("/pins/of/render/", {"catalog": images.pk, "ids": "1\n2"}, follow=True)

        assert "1 ID was pinned. 1 were pinned already." in html_of(page)

    @pytest.mark.parametrize(
        "ids", ["", "x" * 129, "1 a/b", "1 same\n2 same", "\n".join("9" * 501)]
    )
    def test_bad_input_is_said_on_the_page(self, mia: Client, images: Catalog, ids: str) -> None:
        page = mia.post("/pins/of/render/", {"catalog": images.pk, "ids": ids})

        assert page.status_code == 200
        assert 'class="wrong"' in html_of(page) or "note error" in html_of(page)
        assert not Pin.objects.exists()

    def test_a_foreign_list_is_no_choice(
        self, mia: Client, cast: SimpleNamespace, images: Catalog, connect: Any
    ) -> None:
        other = cast.stefan.memberships.get().team
        foreign = connect("Foreign", team=other, owner=cast.stefan).catalogs.get(kind="images")
        page = mia.post("/pins/of/render/", {"catalog": foreign.pk, "ids": "1"})

        assert "Select a valid choice" in html_of(page)


class TestExport:
    def test_an_env_file(self, mia: Client, images: Catalog) -> None:
        pin(images, "1", ago(0.5), "maya-base")
        pin(images, "2", ago(0.5), "gone")
        change(images, gone=2)
        answer = mia.get("/pins.env?team=render")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

        lines = text.splitlines()
        assert lines[0].startswith("# gone (2) has not been listed since")
        assert lines[1:] == ["GONE=2", "MAYA_BASE=1"]

    def test_names_that_come_out_alike(self, mia: Client, images: Catalog) -> None:
        for number, name in ((1, "a-b"), (2, "a.b"), (3, "1st"), (4, "合成")):
            pin(images, str(number), ago(0.5), name)
        answer = mia.get("/pins.env?team=render")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]

        assert text == "PIN_1ST=3\nA_B=1\nA_B_2=2\nPIN=4\n"

    def test_the_filter_holds_for_csv_and_json(self, mia: Client, images: Catalog) -> None:
        pin(images, "1", ago(0.5), "base")
        pin(images, "2", ago(0.5), "=web")
        csv = b"".join(mia.get("/pins.csv?team=render&q=web").streaming_content)  # type: ignore[attr-defined]
        json = b"".join(mia.get("/pins.json?team=render&q=base").streaming_content)  # type: ignore[attr-defined]

        assert csv.decode("utf-8-sig").splitlines()[1].startswith("'=web,2,")
        assert b'"name": "base"' in json
        assert b"web" not in json


class TestOnePin:
    def test_what_it_meant_and_where_it_can_go(self, mia: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base", sources=["repo main.tf:3"], note="For Maya")
        change(images, moved=3)
        page = html_of(mia.get(f"/pins/{made.uuid}/"))

        assert "base (3) has meant another system since" in page
        assert "<del>Ubuntu Server</del>" in page
        assert "Keep the ID and accept what it means now." in page
        assert "xdportal repin 3 1 . --dry-run" in page
        assert "repo main.tf:3" in page
        assert "For Maya" in page

    def test_it_moves_to_another_id(self, mia: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base")
        change(images, gone=3)
        page = mia.post(f"/pins/{made.uuid}/repin/", {"to": "4"}, follow=True)
        made.refresh_from_db()

        assert "base now points to 4 (revision 2)." in html_of(page)
        assert (made.item_id, made.revision.number) == ("4", 2)

    def test_its_present_meaning_can_be_accepted(self, mia: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base")
        change(images, moved=3)
        mia.post(f"/pins/{made.uuid}/repin/", {"to": "3"})
        made.refresh_from_db()

        assert made.revision.meaning["name"] == "Debian"
        assert "means what it meant when it was pinned" in html_of(mia.get(f"/pins/{made.uuid}/"))

    @pytest.mark.parametrize(
        "data", [{}, {"to": "other"}, {"to": "x" * 129}, {"to": "other", "other": "\x07"}]
    )
    def test_a_move_to_nowhere_is_refused(
        self, mia: Client, images: Catalog, data: dict[str, str]
    ) -> None:
        made = pin(images, "3", ago(0.5), "base")
        change(images, gone=3)
        page = mia.post(f"/pins/{made.uuid}/repin/", data)

        assert page.status_code == 200
        assert 'class="wrong"' in html_of(page) or "note error" in html_of(page)
        assert made.revisions.count() == 1

    def test_acknowledged_it_is_silent_until_it_changes(self, mia: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base")
        change(images, gone=3)
        mia.post(f"/pins/{made.uuid}/acknowledge/", {"note": "we know"})
        page = html_of(mia.get(f"/pins/{made.uuid}/"))

        assert "Acknowledged by mia" in page
        assert "we know" in page

    def test_it_is_muted_with_a_reason_and_speaks_again(self, mia: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base")
        until = timezone.localtime() + 24 * HOUR
        data = {"until": f"{until:%Y-%m-%dT%H:%M}", "reason": "moving"}
        mia.post(f"/pins/{made.uuid}/mute/", data)
        assert "moving" in html_of(mia.get(f"/pins/{made.uuid}/"))

        mia.post(f"/pins/{made.uuid}/unmute/")
        made.refresh_from_db()
        assert made.muted_until is None

    @pytest.mark.parametrize(
        ("data", "wrong"),
        [
            ({"until": "2020-01-01T00:00", "reason": "late"}, "This time has passed."),
            ({"until": "nonsense", "reason": "x"}, "Enter a valid date/time."),
            ({"until": "2099-01-01T00:00", "reason": " "}, "This field is required."),
        ],
    )
    def test_a_mute_without_end_or_reason_is_refused(
        self, mia: Client, images: Catalog, data: dict[str, str], wrong: str
    ) -> None:
        made = pin(images, "3", ago(0.5), "base")

        assert wrong in html_of(mia.post(f"/pins/{made.uuid}/mute/", data))

    def test_name_note_sources_and_options_can_be_changed(
        self, mia: Client, images: Catalog
    ) -> None:
        made = pin(images, "3", ago(0.5), "base", sources=["old"])
        data = {"name": "new", "note": "n", "sources": "a b:1\nc", "exact": "on", "remind_days": 3}
        page = mia.post(f"/pins/{made.uuid}/edit/", data, follow=True)
        made.refresh_from_db()

        assert "Saved." in html_of(page)
        assert (made.name, made.note, made.exact, made.remind_days) == ("new", "n", True, 3)
        assert [source.text for source in made.sources.all()] == ["a b:1", "c"]

    @pytest.mark.parametrize("name", ["taken", "a/b", "", "8cbd5a1e-2a43-4a3c-b39e-0b4ee5fd9ed2"])
    def test_a_bad_name_is_refused(self, mia: Client, images: Catalog, name: str) -> None:
        pin(images, "2", ago(0.5), "taken")
        made = pin(images, "3", ago(0.5), "base")
        page = mia.post(f"/pins/{made.uuid}/edit/", {"name": name, "sources": ""})
        made.refresh_from_db()

        assert 'class="wrong"' in html_of(page)
        assert made.name == "base"

    def test_another_version_is_red_where_the_pin_is_exact(
        self, mia: Client, images: Catalog
    ) -> None:
        made = pin(images, "3", ago(0.5), "base")
        rows = [row for row in items(range(1, 8)) if row["imageId"] != 3]
        give(images, [*rows, item(3, version="22.04 x64")], timezone.now())
        assert 'class="note warning"' in html_of(mia.get(f"/pins/{made.uuid}/"))

        mia.post(f"/pins/{made.uuid}/edit/", {"name": "base", "sources": "", "exact": "on"})
        assert 'class="note crit"' in html_of(mia.get(f"/pins/{made.uuid}/"))
        assert PinState.objects.get(pin=made).level == "critical"

    def test_a_package_has_a_price_limit(self, mia: Client, connect: Any) -> None:
        packages = connect(kinds=["packages-payg"]).catalogs.get(kind="packages-payg")
        give(packages, [package("p1", "1.10")], ago(0.5))
        made = pin(packages, "p1", ago(0.4), "gpu")
        data = {"name": "gpu", "sources": "", "ceiling": "1.05"}
        page = html_of(mia.post(f"/pins/{made.uuid}/edit/", data, follow=True))

        assert "gpu (p1) costs 1.1; your limit is 1.05." in page

    def test_it_is_removed_after_asking(self, mia: Client, images: Catalog, connect: Any) -> None:
        made = pin(images, "3", ago(0.5), "base", sources=["repo main.tf"])
        Recipe.objects.create(
            team=made.team, label="Night", image=made, package=made, billing="packages-payg"
        )
        asked = html_of(mia.get(f"/pins/{made.uuid}/remove/"))
        assert "Night" in asked
        assert "repo main.tf" in asked
        assert Pin.objects.filter(pk=made.pk).exists()

        mia.post(f"/pins/{made.uuid}/remove/")
        assert not Pin.objects.filter(pk=made.pk).exists()

    def test_a_constant_number_of_queries(self, mia: Client, images: Catalog) -> None:
        def queries(made: Pin) -> int:
            with CaptureQueriesContext(database) as captured:
                assert mia.get(f"/pins/{made.uuid}/").status_code == 200
            return len(captured)

        one = pin(images, "1", ago(0.5), sources=["a"])
        three = pin(images, "2", ago(0.5), sources=["a", "b", "c"])
        queries(one)
        assert queries(three) == queries(one)

    def test_a_reader_sees_no_forms(self, rita: Client, images: Catalog) -> None:
        made = pin(images, "3", ago(0.5), "base")
        page = html_of(rita.get(f"/pins/{made.uuid}/"))

        assert "base (3) means what it meant" in page
        assert f"/pins/{made.uuid}/" not in page.split("</header>")[1]


class TestStars:
    def test_one_click_pins_and_another_unpins(self, mia: Client, images: Catalog) -> None:
        url = f"/pins/star/{images.slug}/images/1/"
        assert 'aria-pressed="false"' in html_of(mia.get(f"/c/{images.slug}/images/"))
        mia.post(url, {"pin": "on"})
        assert Pin.objects.get().item_id == "1"
        assert 'aria-pressed="true"' in html_of(mia.get(f"/c/{images.slug}/images/"))

        mia.post(url, {"pin": "off"})
        assert not Pin.objects.exists()

    def test_a_second_click_from_another_window_changes_nothing(
        self, mia: Client, images: Catalog
    ) -> None:
        for _twice in range(2):
            mia.post(f"/pins/star/{images.slug}/images/1/", {"pin": "on"})

        assert Pin.objects.count() == 1

    def test_htmx_gets_the_star_alone(self, mia: Client, images: Catalog) -> None:
        url = f"/pins/star/{images.slug}/images/1/"
        answer = mia.post(url, {"pin": "on"}, headers={"HX-Request": "true"})

        assert html_of(answer).strip().startswith('<form class="pin-star"')
        assert 'aria-pressed="true"' in html_of(answer)

    def test_a_pin_with_more_than_an_id_is_not_lost_by_a_click(
        self, mia: Client, images: Catalog
    ) -> None:
        made = pin(images, "1", ago(0.5), note="keep")
        answer = mia.post(f"/pins/star/{images.slug}/images/1/", {"pin": "off"})

        assert answer.headers["Location"] == f"/pins/{made.uuid}/"
        assert Pin.objects.count() == 1

    def test_one_query_for_all_stars(self, mia: Client, images: Catalog) -> None:
        def stars() -> int:
            with CaptureQueriesContext(database) as captured:
                mia.get(f"/c/{images.slug}/images/")
            return sum("alerts_pin" in query["sql"] for query in captured)

        none = stars()
        for number in (1, 2, 3):
            pin(images, str(number), ago(0.5))
        assert stars() == none

    def test_a_reader_sees_what_is_pinned_but_no_button(
        self, rita: Client, images: Catalog
    ) -> None:
        pin(images, "1", ago(0.5), "base")
        page = html_of(rita.get(f"/c/{images.slug}/images/"))

        assert "Pinned as base" in page
        assert "aria-pressed" not in page

    def test_an_id_outside_the_plain_ones(self, mia: Client, catalog: Catalog) -> None:
        give(catalog, items(["a b/c"]), ago(0.5))
        page = html_of(mia.get(f"/c/{catalog.slug}/images/"))
        url = page.split('action="/pins/star/')[1].split('"')[0]
        mia.post(f"/pins/star/{url}", {"pin": "on"})

        assert Pin.objects.get().item_id == "a b/c"

    @pytest.mark.parametrize("part", ["~!", "~_w"])
    def test_no_id_is_no_page(self, mia: Client, images: Catalog, part: str) -> None:
        answer = mia.post(f"/pins/star/{images.slug}/images/{part}/", {"pin": "on"})

        assert answer.status_code == 404
