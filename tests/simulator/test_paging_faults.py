"""Faults of pages: what comes, and what the client makes of it."""

from typing import Any

import pytest

from tests.simulator.calls import PERSONAL, call, token_of
from xdportal.provider.client import Client
from xdportal.provider.errors import BadData
from xdportal.provider.kinds import PERSONAL as PERSONAL_KIND
from xdportal.simulator import Simulator


@pytest.fixture
def many() -> Any:
    """A simulator with 250 personal images: three pages."""
    with Simulator(personal=250) as simulator:
        yield simulator


def page(simulator: Simulator, token: str, number: int) -> tuple[list[str], int]:
    query = f"{PERSONAL}?page={number}&pageSize=100"
    data = call(simulator.production_url, query, token).json["data"]
    return [row["id"] for row in data["data"]], data["totalCounts"]


def test_without_a_fault(many: Simulator) -> None:
    token = token_of(many)
    pages = [page(many, token, number) for number in (1, 2, 3, 4)]

    assert [len(ids) for ids, _ in pages] == [100, 100, 50, 0]
    assert {total for _, total in pages} == {250}
    assert len({own_id for ids, _ in pages for own_id in ids}) == 250


FAULTS: list[tuple[str, dict[str, Any], list[tuple[int, int]], str, int]] = [
    ("short_page", {"page": 2}, [(100, 250), (99, 250), (50, 250)], "page_short", 2),
    ("short_page", {"missing": 7}, [(93, 250), (93, 250), (43, 250)], "page_short", 1),
    ("empty_page", {}, [(100, 250), (0, 250), (50, 250)], "page_empty", 2),
    ("repeated_page", {"page": 3}, [(100, 250), (100, 250), (100, 250)], "page_repeated", 3),
    ("repeated_page", {}, [(100, 250), (100, 250), (100, 250)], "page_repeated", 2),
    ("lying_total", {}, [(100, 251), (100, 251), (50, 251)], "page_short", 3),
    ("lying_total", {"by": -1}, [(100, 249), (100, 249), (50, 249)], "total_mismatch", 3),
    ("moving_total", {"by": -5}, [(100, 250), (100, 245), (50, 250)], "total_moved", 2),
    ("endless_pages", {}, [(100, 10**6)] * 3, "too_many_pages", 1),
    ("endless_pages", {"total": 20_000}, [(100, 20_000)] * 3, "", 200),
    ("endless_pages", {"total": None}, [(100, 101), (100, 201), (100, 301)], "total_moved", 2),
]


@pytest.mark.parametrize(
    ("name", "options", "pages", "reason", "calls"),
    FAULTS,
    ids=[f"{name} {options}" for name, options, *_ in FAULTS],
)
def test_a_fault_of_pages(
    many: Simulator,
    name: str,
    options: dict[str, Any],
    pages: list[tuple[int, int]],
    reason: str,
    calls: int,
) -> None:
    token = token_of(many)
    many.fault(name, times=None, on="personal", **options)
    sent = [page(many, token, number) for number in (1, 2, 3)]
    many.clear_calls()

    assert [(len(ids), total) for ids, total in sent] == pages
    assert (read(many, token), many.count("getList")) == (reason, calls)


def read(simulator: Simulator, token: str) -> str:
    """Return why the list cannot be read, or nothing."""
    with Client(simulator.production_url, deadline=10, max_body=10**6) as client:
        try:
            client.read_list(PERSONAL_KIND, token)
        except BadData as error:
            return error.reason
    return ""


def test_other_lists_are_left_alone(many: Simulator) -> None:
    token = token_of(many)
    many.fault("code", on="packages-rental", times=None, code=1001)
    answers = {
        path: call(many.production_url, path, token).code
        for path in (PERSONAL, "/v1/pve/open/packAge/0", "/v1/pve/open/packAge/1")
    }

    assert list(answers.values()) == [0, 0, 1001]


def test_a_list_that_is_no_page_is_unchanged_by_faults_of_pages(many: Simulator) -> None:
    token = token_of(many)
    many.fault("short_page", on="packages-payg")
    first, second = (
        call(many.production_url, "/v1/pve/open/packAge/0", token).json["data"] for _ in range(2)
    )

    assert len(first) == len(second) == 11
