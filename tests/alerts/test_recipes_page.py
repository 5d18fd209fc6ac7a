"""Recipes: what they say, and how they are made."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.alerts.stage import pin
from tests.items import give, item, items, package
from tests.reading import html_of
from xdportal.alerts.models import Pin, Recipe
from xdportal.alerts.pins import recipe_actions
from xdportal.alerts.pins.actions import Actor
from xdportal.alerts.pins.recipe_actions import RecipeWish
from xdportal.catalog.models import Catalog

RECIPES = "/recipes/?team=render"
ADD = "/recipes/of/render/"


class Parts(NamedTuple):
    images: Catalog
    packages: Catalog
    image: Pin
    package: Pin


@pytest.fixture
def parts(connect: Any) -> Parts:
    """Return a pinned image and a pinned package of the same type."""
    before = timezone.now() - timedelta(minutes=50)
    connection = connect(kinds=["images", "packages-payg"])
    images = connection.catalogs.get(kind="images")
    packages = connection.catalogs.get(kind="packages-payg")
    give(images, items(range(1, 8)), before)
    give(packages, [package(f"p{number}", useType="0") for number in range(8)], before)
    at = before + timedelta(minutes=1)
    return Parts(images, packages, pin(images, "1", at, "base"), pin(packages, "p1", at, "gpu"))


@pytest.fixture
def mia(cast: SimpleNamespace, sign_in: Any) -> Client:
    client: Client = sign_in(cast.mia)
    return client


def make(parts: Parts, label: str = "Night", billing: str = "packages-payg") -> Recipe:
    actor = Actor(parts.image.owner, timezone.now())
    wish = RecipeWish(label, parts.image, parts.package, billing)
    return recipe_actions.create(parts.image.team, wish, actor)


def test_without_pins_it_says_what_to_do_first(mia: Client) -> None:
    page = html_of(mia.get(RECIPES))

    assert "No recipes yet" in page
    assert "Pin an image and a package first" in page


def test_it_is_made_of_two_pins(mia: Client, parts: Parts) -> None:
    data = {"label": "Night batch", "image": parts.image.uuid, "package": parts.package.uuid}
    page = html_of(mia.post(ADD, {**data, "billing": "packages-payg"}, follow=True))

    assert "Night batch" in page
    assert "Image and package fit: both have the type BL." in page


def test_other_types_answer_7005(mia: Client, parts: Parts) -> None:
    make(parts)
    rows = [*items(range(2, 8)), item(1, type="SC")]
    give(parts.images, rows, timezone.now())
    Pin.objects.filter(pk=parts.image.pk)
    mia.post(f"/pins/{parts.image.uuid}/repin/", {"to": "1"})
    page = html_of(mia.get(RECIPES))

    assert "Creating a host will fail with 7005: image SC, package BL." in page
    assert "1 recipe, 1 broken" in page


def test_a_broken_part_is_named(mia: Client, parts: Parts) -> None:
    make(parts)
    give(parts.images, items(range(2, 8)), timezone.now())
    page = html_of(mia.get(RECIPES))

    assert "base (1) has not been listed since" in page
    assert "Withdrawn" in page


def test_wrong_billing(mia: Client, parts: Parts) -> None:
    make(parts, billing="packages-rental")
    page = html_of(mia.get(RECIPES))

    assert "Wrong billing" in page
    assert "The package isn’t available with this billing: packages for a period." in page


@pytest.mark.parametrize(
    "changed",
    [{"label": ""}, {"label": "x" * 101}, {"image": "nonsense"}, {"package": ""}, {"billing": "x"}],
)
def test_bad_input_is_said_on_the_page(mia: Client, parts: Parts, changed: dict[str, str]) -> None:
    data = {"label": "Night", "image": parts.image.uuid, "package": parts.package.uuid}
    page = mia.post(ADD, {**data, "billing": "packages-payg", **changed})

    assert page.status_code == 200
    assert 'class="wrong"' in html_of(page)
    assert not Recipe.objects.exists()


def test_a_name_is_taken_once(mia: Client, parts: Parts) -> None:
    make(parts, "Night")
    data = {"label": "Night", "image": parts.image.uuid, "package": parts.package.uuid}
    page = html_of(mia.post(ADD, {**data, "billing": "packages-payg"}))

    assert "Another recipe of the team has this name." in page


def test_a_package_is_no_image(mia: Client, parts: Parts) -> None:
    data = {"label": "Night", "image": parts.package.uuid, "package": parts.image.uuid}
    page = mia.post(ADD, {**data, "billing": "packages-payg"})

    assert html_of(page).count("Select a valid choice") == 2


def test_removed_its_pins_stay(mia: Client, parts: Parts) -> None:
    recipe = make(parts)
    mia.post(f"/recipes/{recipe.uuid}/remove/")

    assert not Recipe.objects.exists()
    assert Pin.objects.count() == 2


def test_a_constant_number_of_queries(mia: Client, parts: Parts) -> None:
    def queries() -> int:
        with CaptureQueriesContext(database) as captured:
            assert mia.get(RECIPES).status_code == 200
        return len(captured)

    make(parts, "1")
    queries()
    one = queries()
    for label in "23":
        make(parts, label)
    assert queries() == one


def test_a_reader_can_only_look(cast: SimpleNamespace, sign_in: Any, parts: Parts) -> None:
    make(parts)
    page = html_of(sign_in(cast.rita).get(RECIPES))

    assert "Night" in page
    assert "New recipe" not in page
    assert "Remove" not in page


class TestOfPair:
    """On the page of pairs, where image and package have been chosen."""

    def page(self, client: Client, parts: Parts, image: str = "1", package: str = "p1") -> str:
        slug = parts.images.connection.slug
        url = f"/c/{slug}/pairs/?billing=payg&image={image}&package={package}"
        return html_of(client.get(url))

    def save(self, client: Client, parts: Parts, **fields: str) -> Any:
        values = {"image": "1", "package": "p1", "billing": "packages-payg", "label": "Night"}
        url = f"/recipes/of-pair/{parts.images.connection.slug}/"
        return client.post(url, {**values, **fields}, follow=True)

    def test_it_can_be_saved_and_then_says_so(self, mia: Client, parts: Parts) -> None:
        assert "Save as a recipe" in self.page(mia, parts)
        page = html_of(self.save(mia, parts))

        assert "The recipe Night was saved." in page
        recipe = Recipe.objects.get()
        assert (recipe.image, recipe.package) == (parts.image, parts.package)
        assert "Saved as the recipe Night" in self.page(mia, parts)

    def test_ids_that_are_not_pinned_are_pinned(self, mia: Client, parts: Parts) -> None:
        self.save(mia, parts, image="2", package="p2")

        recipe = Recipe.objects.get()
        assert [recipe.image.item_id, recipe.package.item_id] == ["2", "p2"]
        assert Pin.objects.count() == 4

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"label": " "}, "This field is required."),
            ({"label": "Night"}, "Another recipe of the team has this name."),
            ({"billing": "nonsense"}, "Select a valid choice."),
            ({"image": ""}, "This field is required."),
        ],
    )
    def test_what_is_refused_is_said_there(
        self, mia: Client, parts: Parts, fields: dict[str, str], said: str
    ) -> None:
        make(parts)
        page = self.save(mia, parts, **fields)

        assert said in html_of(page)
        assert page.request["PATH_INFO"] == f"/c/{parts.images.connection.slug}/pairs/"
        assert (Recipe.objects.count(), Pin.objects.count()) == (1, 2)

    def test_a_reader_is_offered_nothing(
        self, cast: SimpleNamespace, sign_in: Any, parts: Parts
    ) -> None:
        rita = sign_in(cast.rita)

        assert "Save as a recipe" not in self.page(rita, parts)
        assert self.save(rita, parts).status_code in (403, 404)
