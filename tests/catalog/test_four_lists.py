"""All four lists of a connection, from the provider's answer to the records, by the command."""

import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from xdportal.catalog.models import Catalog, Check, PackageListing, Snapshot
from xdportal.connections.models import Connection
from xdportal.lib.deadline import Deadline
from xdportal.provider.kinds import KINDS
from xdportal.simulator import PackageWorld, PersonalWorld, Simulator

Report = dict[str, dict[str, Any]]


@pytest.fixture
def connection(connect: Callable[..., Connection]) -> Connection:
    return connect(kinds=list(KINDS))


def check(connection: Connection) -> Report:
    """Check every list once; return the printed lines by kind."""
    out = StringIO()
    with suppress(CommandError):  # an outcome that is not ok is printed, too
        call_command("check_catalogs", connection.slug, "--json", stdout=out, stderr=StringIO())
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    return {line["kind"]: line for line in lines}


def outcomes(report: Report) -> dict[str, str]:
    return {kind: line["outcome"] for kind, line in report.items()}


def counts(report: Report) -> dict[str, tuple[int, int, int, int]]:
    return {
        kind: (line["images"], line["added"], line["removed"], line["changed"])
        for kind, line in report.items()
    }


def prices(use: str, step: int) -> dict[str, tuple[Decimal, Decimal]]:
    return {
        str(row["packageId"]): (Decimal(str(row["amount"])), Decimal(str(row["discount"])))
        for row in PackageWorld(1).items(use, step)
    }


def difference(before: dict[str, Any], after: dict[str, Any]) -> tuple[int, int, int, int]:
    both = before.keys() & after.keys()
    changed = sum(before[key] != after[key] for key in both)
    return len(after), len(after.keys() - both), len(before.keys() - both), changed


ALL_OK = dict.fromkeys(KINDS, "ok")


def test_a_fresh_connection_and_again(connection: Connection) -> None:
    first = check(connection)

    assert outcomes(first) == ALL_OK
    assert counts(first) == {
        "images": (40, 40, 0, 0),
        "packages-payg": (11, 11, 0, 0),
        "packages-rental": (9, 9, 0, 0),
        "personal": (5, 5, 0, 0),
    }
    again = check(connection)
    assert outcomes(again) == ALL_OK
    assert {line["snapshot"] for line in again.values()} == {1}
    assert counts(again) == {kind: (size, 0, 0, 0) for kind, (size, *_) in counts(first).items()}


def test_after_the_lists_moved_exactly_the_changes(
    connection: Connection, simulator: Simulator
) -> None:
    check(connection)
    simulator.move(12)
    moved = counts(check(connection))

    assert moved["packages-payg"] == difference(prices("0", 0), prices("0", 12))
    assert moved["packages-rental"] == difference(prices("1", 0), prices("1", 12))
    before, after = (personal(connection, step) for step in (0, 12))
    assert moved["personal"] == difference(before, after)


def personal(connection: Connection, step: int) -> dict[str, Any]:
    world = PersonalWorld(connection.account_id)
    return {str(row["id"]): row for row in world.items(step)}


def test_another_form_of_the_same_price_is_no_change(
    connection: Connection, simulator: Simulator
) -> None:
    package = {"packageId": "a", "name": "n", "type": "BL", "useType": "0", "gpuName": None}
    forms = [("1.10", "0.80"), (1.1, 0.8), ("1.1", 0.8), (1.1, "0.8"), ("01.100", "8e-1")]
    for amount, discount in forms:
        row = package | {"amount": amount, "discount": discount}
        simulator.set_items("production", [row], kind="packages-payg")
        line = check(connection)["packages-payg"]

        assert (line["outcome"], line["snapshot"]) == ("ok", 1)


def test_large_numbers_and_unknown_codes_survive(
    connection: Connection, simulator: Simulator
) -> None:
    image = {"id": "p", "imageId": 2**53 + 1, "imageName": "n", "status": 17}
    simulator.set_items("production", [image], kind="personal")
    check(connection)
    listing = connection.catalogs.get(kind="personal").listings.get()

    assert (listing.image_id, listing.status) == ("9007199254740993", "17")


PAGING = {
    "short_page": ({"page": 2}, "page_short"),
    "empty_page": ({}, "page_empty"),
    "repeated_page": ({"page": 2}, "page_repeated"),
    "lying_total": ({"by": -1}, "total_mismatch"),
    "moving_total": ({}, "total_moved"),
    "endless_pages": ({}, "too_many_pages"),
}


@pytest.mark.parametrize("name", PAGING)
def test_pages_that_do_not_fit_together_record_nothing(
    name: str, connection: Connection, simulator: Simulator
) -> None:
    options, reason = PAGING[name]
    rows = PersonalWorld(connection.account_id, 250).items(0)
    simulator.set_items("production", rows, kind="personal")
    assert check(connection)["personal"]["images"] == 250
    before = list(Snapshot.objects.filter(catalog__kind="personal").values())
    simulator.fault(name, times=None, on="personal", **options)
    report = check(connection)

    assert outcomes(report) == ALL_OK | {"personal": "bad_data"}
    assert Check.objects.filter(catalog__kind="personal").latest("pk").reason == reason
    assert list(Snapshot.objects.filter(catalog__kind="personal").values()) == before
    simulator.clear_faults()
    assert outcomes(check(connection)) == ALL_OK


def test_a_denied_list_leaves_the_others_and_the_connection_alone(
    connection: Connection, simulator: Simulator
) -> None:
    simulator.fault("code", times=None, on="packages-rental", code=1001, msg="无权限")
    assert outcomes(check(connection)) == ALL_OK | {"packages-rental": "denied"}
    connection.refresh_from_db()
    problems = dict(Catalog.objects.values_list("kind", "problem"))

    assert (connection.state, problems["packages-rental"]) == ("ok", "denied")
    assert {problems[kind] for kind in KINDS if kind != "packages-rental"} == {""}
    simulator.clear_faults()
    assert outcomes(check(connection)) == ALL_OK
    assert set(Catalog.objects.values_list("problem", flat=True)) == {""}


def test_a_package_in_both_lists_keeps_two_prices_and_two_histories(
    connection: Connection, simulator: Simulator
) -> None:
    steps = 40
    for _ in range(steps):
        check(connection)
        simulator.move()
    check(connection)
    both = prices("0", 0).keys() & prices("1", 0).keys()
    for use, kind in (("0", "packages-payg"), ("1", "packages-rental")):
        for package_id in both:
            history = [prices(use, step).get(package_id) for step in range(steps + 1)]
            kept = PackageListing.objects.filter(catalog__kind=kind, item_id=package_id)
            rows = kept.order_by("first").values_list("price", "discount")
            listed = [tuple(map(Decimal, row)) for row in rows]
            assert listed == without_repeats(history)


def without_repeats(history: list[Any]) -> list[Any]:
    """Return each price once as long as it lasts; None is a time when it was not listed."""
    changes = [
        price for place, price in enumerate(history) if place == 0 or price != history[place - 1]
    ]
    return [price for price in changes if price is not None]


def test_a_sitting_costs_one_token_four_calls_and_one_connection(
    connection: Connection, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    connect = Deadline.connect

    def noted(self: Deadline, ips: list[str], port: int) -> Any:
        opened.append(port)
        return connect(self, ips, port)

    monkeypatch.setattr(Deadline, "connect", noted)
    assert outcomes(check(connection)) == ALL_OK
    paths = sorted(call.plain_path for call in simulator.calls)

    assert paths == sorted(["/v1/auth/getToken", *(kind.path for kind in KINDS.values())])
    assert len(opened) == 1
