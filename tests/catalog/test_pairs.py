"""Which package fits which image, and the page that leads from one to the other."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.items import give, item, items, package
from tests.reading import html_of
from xdportal.catalog.pairs import Billing, Problem, Wish, fit, offers
from xdportal.connections.models import Connection
from xdportal.provider.kinds import ImageRecord, PackageRecord

TYPES = st.sampled_from(["BL", "ceph", "SC", "bl", ""])
IMAGES = st.builds(
    ImageRecord,
    st.text("0123456789", min_size=1, max_size=3),
    TYPES,
    st.sampled_from("AB"),
    st.just("1"),
)
PACKAGES = st.builds(
    lambda id, type, use: PackageRecord(
        id, "p", type, "", "0", "1", "1", "1", "1", "0", "0", use, "1", "1"
    ),
    st.text("abc", min_size=1, max_size=3),
    TYPES,
    st.sampled_from(["0", "1", "2", "3", ""]),
)


def oracle(image: ImageRecord, one: PackageRecord, billing: Billing) -> bool:
    """The documented conditions: equal types, and a use type of this billing or of both."""
    if one.use_type in ("0", "1", "2"):
        allowed = {"0": ["payg"], "1": ["rental"], "2": ["payg", "rental"]}[one.use_type]
    else:
        allowed = ["payg", "rental"]  # an unknown code forbids nothing
    return image.type == one.type and billing.value in allowed


@settings(max_examples=1000, deadline=None)
@given(st.lists(IMAGES, max_size=6), st.lists(PACKAGES, max_size=6), st.sampled_from(list(Billing)))
def test_the_pairs_of_any_catalog_are_those_of_the_documented_conditions(
    images: list[ImageRecord], packages: list[PackageRecord], billing: Billing
) -> None:
    found = [
        (one.image, package)
        for one in offers(images, packages, billing)
        for package in one.packages
    ]
    expected = [(image, one) for image in images for one in packages if oracle(image, one, billing)]

    assert found == expected
    assert all(
        (fit(image, one, billing) is None) == oracle(image, one, billing)
        for image in images
        for one in packages
    )


def test_a_wish_names_what_it_wants() -> None:
    ubuntu = ImageRecord("1", "BL", "Ubuntu", "20.04")
    centos = ImageRecord("2", "ceph", "CentOS", "8")

    assert [
        one.image for one in offers([ubuntu, centos], [], Billing.PAYG, Wish(name="CentOS"))
    ] == [centos]
    assert [one.image for one in offers([ubuntu, centos], [], Billing.PAYG, Wish(type="BL"))] == [
        ubuntu
    ]
    assert offers([ubuntu], [], Billing.PAYG, Wish("Ubuntu", "22.04")) == []


def test_a_pair_that_cannot_work_says_why() -> None:
    image = ImageRecord("1", "BL", "Ubuntu", "20.04")
    package = PackageRecord("p", "n", "ceph", "", "", "", "", "", "", "", "", "0", "1", "1")

    assert fit(image, package, Billing.PAYG) is Problem.TYPE
    assert fit(image, package._replace(type="BL"), Billing.RENTAL) is Problem.BILLING
    assert fit(image, package._replace(type="BL"), Billing.PAYG) is None


@pytest.fixture
def stage(cast: SimpleNamespace) -> Connection:
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    at = timezone.now() - timedelta(minutes=5)
    lists = {catalog.kind: catalog for catalog in connection.catalogs.all()}
    images = [
        item("1"),
        item("2", version="22.04 x64"),
        item("3", type="ceph"),
        item("4", name="CentOS"),
    ]
    give(lists["images"], images, at)
    by_the_hour = [
        package("dear", "9.5"),
        package("cheap", "1.10"),
        package("other", "0.5", type="ceph"),
        package("rental-only", "0.1", useType="1"),
    ]
    give(lists["packages-payg"], by_the_hour, at)
    give(lists["packages-rental"], [package("cheap", "0.9"), package("both", "0.8")], at)
    return connection


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.rita)
    return client


def shown(page: Any) -> list[str]:
    return [listing.item_id for listing in page.context["page"]]


class TestPage:
    def test_first_it_offers_the_systems(self, stage: Connection, rita: Client) -> None:
        page = rita.get(f"/c/{stage.slug}/pairs/")

        assert [(c.value, c.number) for c in page.context["pairs"].systems] == [
            ("Ubuntu Server", 3),
            ("CentOS", 1),
        ]
        assert shown(page) == []

    def test_a_system_and_version_lead_to_types_and_packages_by_price(
        self, stage: Connection, rita: Client
    ) -> None:
        page = rita.get(
            f"/c/{stage.slug}/pairs/", {"name": "Ubuntu Server", "version": "20.04 x64"}
        )
        types = page.context["pairs"].types

        assert [(t.listing.item_id, t.listing.type, t.number, t.is_chosen) for t in types] == [
            ("1", "BL", 2, False),
            ("3", "ceph", 1, False),
        ]
        chosen = rita.get(f"/c/{stage.slug}/pairs/?image=1")
        assert shown(chosen) == ["cheap", "dear"]
        assert shown(rita.get(f"/c/{stage.slug}/pairs/?image=1&billing=rental")) == [
            "both",
            "cheap",
        ]

    def test_what_is_the_only_choice_is_taken(self, stage: Connection, rita: Client) -> None:
        assert shown(rita.get(f"/c/{stage.slug}/pairs/?name=CentOS")) == ["cheap", "dear"]

    def test_an_empty_version_can_be_chosen(self, stage: Connection, rita: Client) -> None:
        images = [item("1"), item("2", version=""), item("3", name="", version="8")]
        give(stage.catalogs.get(kind="images"), images, timezone.now())
        path = f"/c/{stage.slug}/pairs/"

        without_version = rita.get(path, {"name": "Ubuntu Server", "version": ""})
        assert without_version.context["pairs"].image.item_id == "2"
        assert shown(without_version) == ["cheap", "dear"]
        assert rita.get(path, {"name": ""}).context["pairs"].image.item_id == "3"

    def test_a_rental_says_what_its_request_still_lacks(
        self, stage: Connection, rita: Client
    ) -> None:
        path = f"/c/{stage.slug}/pairs/?image=1&package=cheap"

        assert "periodNumber" in html_of(rita.get(f"{path}&billing=rental"))
        assert "periodNumber" not in html_of(rita.get(path))

    def test_a_complete_pair_comes_with_its_request(self, stage: Connection, rita: Client) -> None:
        page = rita.get(f"/c/{stage.slug}/pairs/?image=1&package=cheap")

        assert page.context["snippet"] == (
            "POST /v1/pve/open/createquantity\nContent-Type: "
            "application/json\nFinovy-Access-Token: $TOKEN\n\n"
            '{\n  "packageId": "cheap",\n  "imageId": "1"\n}'
        )
        rental = rita.get(f"/c/{stage.slug}/pairs/?image=1&package=cheap&billing=rental")
        assert rental.context["snippet"].startswith("POST /v1/pve/open/createRent\n")

    def test_a_pair_of_different_types_says_7005(self, stage: Connection, rita: Client) -> None:
        page = rita.get(f"/c/{stage.slug}/pairs/?image=1&package=other")

        assert "7005</a>: image BL, package ceph" in html_of(page)
        assert page.context["snippet"] == ""

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("image=4711", "4711 is not among the images that are listed now."),
            (
                "image=1&package=gone",
                "gone is not among the packages that are listed now (By the hour).",
            ),
            ("image=1&package=rental-only", "it isn’t available with this billing: By the hour."),
            ("name=nothing&version=x&billing=nonsense", "Choose an image and a package."),
        ],
    )
    def test_odd_questions_are_answered(
        self, stage: Connection, rita: Client, query: str, sentence: str
    ) -> None:
        assert sentence in html_of(rita.get(f"/c/{stage.slug}/pairs/?{query}"))

    def test_a_list_that_is_not_up_to_date_is_named(self, stage: Connection, rita: Client) -> None:
        stage.catalogs.filter(kind="packages-payg").update(
            last_ok_at=timezone.now() - timedelta(days=2)
        )

        assert "Packages by the hour:</b>Out of date" in html_of(
            rita.get(f"/c/{stage.slug}/pairs/")
        )

    def test_without_lists_it_says_so(self, cast: SimpleNamespace, rita: Client) -> None:
        new = Connection.objects.create(
            team=cast.team, owner=cast.mia, name="New", environment="production", account_id="A2"
        )

        assert "The list of images has not been read yet" in html_of(
            rita.get(f"/c/{new.slug}/pairs/")
        )

    def test_queries_do_not_grow_with_the_rows(self, stage: Connection, rita: Client) -> None:
        packages = stage.catalogs.get(kind="packages-payg")
        counts = []
        for number in (1, 3):
            give(packages, [package(f"p{n}", "1") for n in range(number)], timezone.now())
            rita.get(f"/c/{stage.slug}/pairs/?image=1")
            with CaptureQueriesContext(database) as counted:
                rita.get(f"/c/{stage.slug}/pairs/?image=1&package=p0")
            counts.append(len(counted))

        assert counts[0] == counts[1] <= 18


class TestExport:
    def test_every_pair_that_is_asked_for(self, stage: Connection, rita: Client) -> None:
        answer = rita.get(f"/c/{stage.slug}/pairs.json?name=Ubuntu Server&type=BL")
        pairs = answer.getvalue().decode()

        assert answer.status_code == 200
        assert [
            (p["image_id"], p["package_id"], p["price"], p["billing"]) for p in read(pairs)
        ] == [
            ("1", "cheap", "1.1", "payg"),
            ("1", "dear", "9.5", "payg"),
            ("2", "cheap", "1.1", "payg"),
            ("2", "dear", "9.5", "payg"),
        ]

    def test_a_csv_names_its_columns(self, stage: Connection, rita: Client) -> None:
        lines = (
            rita.get(f"/c/{stage.slug}/pairs.csv?type=ceph")
            .getvalue()
            .decode("utf-8-sig")
            .splitlines()
        )

        assert lines[0].startswith("image_id,system,version,type,package_id,package,gpu,")
        assert len(lines) == 2

    def test_too_many_for_one_file_are_refused(
        self, stage: Connection, rita: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("xdportal.catalog.pages.pairs.MOST_PAIRS", 3)
        answer = rita.get(f"/c/{stage.slug}/pairs.csv")

        assert answer.status_code == 400
        assert (
            answer.content.decode()
            == "There are too many pairs for one file. Choose a system first."
        )
        assert rita.get(f"/c/{stage.slug}/pairs.csv?name=CentOS").status_code == 200


def read(text: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(text)["pairs"]
    return found


def test_an_image_shows_the_packages_that_fit_and_a_package_the_images(
    stage: Connection, rita: Client
) -> None:
    image = rita.get(f"/c/{stage.slug}/images/1/")
    one = rita.get(f"/c/{stage.slug}/packages-payg/items/cheap/")
    listed = rita.get(f"/c/{stage.slug}/images/")

    assert [listing.item_id for listing in image.context["packages"]] == ["cheap", "dear"]
    assert [listing.item_id for listing in one.context["images"]] == ["1", "2", "4"]
    assert {
        type: (offer.number, str(offer.price)) for type, offer in listed.context["offers"].items()
    } == {
        "BL": (2, "1.10"),
        "ceph": (1, "0.50"),
    }


def test_many_images_are_paged_without_more_queries(stage: Connection, rita: Client) -> None:
    give(stage.catalogs.get(kind="images"), items(range(1, 120), name="Debian"), timezone.now())

    assert rita.get(f"/c/{stage.slug}/pairs/").context["pairs"].systems[0].number == 119
