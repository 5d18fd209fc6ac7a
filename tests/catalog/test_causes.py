"""The likely cause of an error, from what happened to the ids in it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.items import give, item, items, package
from xdportal.accounts.access import Viewer
from xdportal.catalog.models import Catalog
from xdportal.catalog.pages.causes import Cause, cause_of, moment_of, question_of, remedy_of
from xdportal.catalog.pages.fates import fates
from xdportal.errorcodes.decoder import read

FILLING = items(range(100, 110), name="CentOS")  # so that no list is suspect
PASTED = 'imageId=4166 packageId=pk {"code":7005,"msg":"x"}'
START = timezone.now().replace(microsecond=0) - timedelta(days=3)


@pytest.fixture
def viewer(cast: Any) -> Viewer:
    return Viewer(cast.mia)


@pytest.fixture
def catalog(connect: Any) -> Catalog:
    made = connect(kinds=["images", "packages-payg"])
    images: Catalog = made.catalogs.get(kind="images")
    return images


@pytest.fixture
def packages(catalog: Catalog) -> Catalog:
    found: Catalog = catalog.connection.catalogs.get(kind="packages-payg")
    return found


def list_images(catalog: Catalog, *rows: dict[str, Any], day: int = 0) -> None:
    give(catalog, [*rows, *FILLING], START + timedelta(days=day))


def list_packages(packages: Catalog, *rows: dict[str, Any], day: int = 0) -> None:
    filling = [package(f"p{number}", type="filling") for number in range(9)]
    give(packages, [*rows, *filling], START + timedelta(days=day))


def cause(viewer: Viewer, text: str = PASTED) -> Cause | None:
    pasted = read(text)
    return cause_of(pasted, fates(viewer, pasted.image_ids, pasted.package_ids))


def found(viewer: Viewer, text: str = PASTED) -> Cause:
    result = cause(viewer, text)
    assert result is not None
    return result


def test_an_image_that_changed_its_type_explains_7005(
    viewer: Viewer, catalog: Catalog, packages: Catalog
) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_packages(packages, package("pk", type="BL"))
    list_images(catalog, item("4166", type="SC"), day=1)

    result = found(viewer)
    assert (result.fate.item_id, result.is_change) == ("4166", True)
    assert (result.partner_id, result.partner_type) == ("pk", "BL")


def test_so_does_a_package_that_changed_its_type(
    viewer: Viewer, catalog: Catalog, packages: Catalog
) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_packages(packages, package("pk", type="BL"))
    list_packages(packages, package("pk", type="SC"), day=1)

    result = found(viewer)
    assert (result.fate.item_id, result.partner_id) == ("pk", "4166")


def test_types_that_always_differed_explain_it_as_well(
    viewer: Viewer, catalog: Catalog, packages: Catalog
) -> None:
    list_images(catalog, item("4166", type="SC"))
    list_packages(packages, package("pk", type="BL"))

    result = found(viewer)
    assert (result.fate.item_id, result.is_change, result.is_withdrawal) == ("4166", False, False)
    assert result.partner_type == "BL"


def test_equal_types_explain_nothing(viewer: Viewer, catalog: Catalog, packages: Catalog) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_packages(packages, package("pk", type="BL"))

    assert cause(viewer) is None


@pytest.mark.parametrize("code", [7005, 1003, 999999])
def test_a_withdrawn_id_explains_any_error(viewer: Viewer, catalog: Catalog, code: int) -> None:
    list_images(catalog, item("4166"))
    list_images(catalog, day=1)

    assert found(viewer, f"imageId=4166 code={code}").is_withdrawal


def test_but_no_success_and_no_number_that_is_not_called_an_id(
    viewer: Viewer, catalog: Catalog
) -> None:
    list_images(catalog, item("4166"))
    list_images(catalog, day=1)

    assert cause(viewer, 'imageId=4166 {"code":0}') is None
    assert cause(viewer, "attempt 4166 failed: code 1003") is None


def test_it_says_how_long_before_the_error(viewer: Viewer, catalog: Catalog) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_images(catalog, item("4166", type="SC"), day=1)
    changed_at = found(viewer).fate.at

    later = f"{changed_at + timedelta(minutes=12):%Y-%m-%d %H:%M:%S.%f%z} {PASTED}"
    earlier = f"{changed_at - timedelta(minutes=12):%Y-%m-%d %H:%M:%S%z} {PASTED}"
    assert found(viewer, later).earlier == timedelta(minutes=12)
    assert found(viewer, earlier).earlier is None


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-25 05:53:20 +0800", "2026-11-24T21:53:20+00:00"),
        ("2026-11-25T05:53:20.5Z", "2026-11-25T05:53:20.500000+00:00"),
        ("2026-11-25 05:53:20,123-08:00", "2026-11-25T13:53:20.123000+00:00"),
        ("2026-13-45 05:53", None),
        ("", None),
    ],
)
def test_times_of_log_lines_are_understood(written: str, moment: str | None) -> None:
    expected = None if moment is None else datetime.fromisoformat(moment)

    assert moment_of(written) == expected


# What to do


def test_an_image_of_the_needed_type_and_the_cheapest_package_that_fits_are_offered(
    viewer: Viewer, catalog: Catalog, packages: Catalog
) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_packages(
        packages,
        package("pk", type="BL"),
        package("dear", "10.00", type="SC"),
        package("cheap", "9.50", type="SC"),
    )
    list_images(
        catalog,
        item("4166", type="SC"),
        item("4171", type="BL"),
        item("4172", type="BL", version="22.04 x64"),
        item("4173", type="SC"),
        day=1,
    )
    remedy = remedy_of(found(viewer))

    assert remedy is not None
    assert [image.item_id for image in remedy.images] == ["4171", "4172"]
    assert remedy.package is not None
    assert (remedy.package.item_id, remedy.package_count) == ("cheap", 2)


def test_for_a_withdrawn_image_one_of_the_same_type_is_offered(
    viewer: Viewer, catalog: Catalog
) -> None:
    list_images(catalog, item("4166"), item("4171"), item("4172", type="SC"))
    list_images(catalog, item("4171"), item("4172", type="SC"), day=1)
    remedy = remedy_of(found(viewer, "imageId=4166 code=1003"))

    assert remedy is not None
    assert [image.item_id for image in remedy.images] == ["4171"]
    assert remedy.package is None


# In the message for the support


def test_the_support_is_asked_about_the_change(viewer: Viewer, catalog: Catalog) -> None:
    list_images(catalog, item("4166", type="BL"))
    list_images(catalog, item("4166", type="SC"), day=1)
    result = found(viewer)

    at = f"{timezone.localtime(result.fate.at):%Y-%m-%d %H:%M} +08:00"
    assert question_of(result) == (
        f"镜像 4166 于 {at} 由 BL 类型变为 SC 类型，请问是否为预期调整？"
    )
