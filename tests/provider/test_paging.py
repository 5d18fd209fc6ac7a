"""A list in pages: all of them, or nothing."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from xdportal.lib import redaction
from xdportal.provider.client import Answer, Client
from xdportal.provider.credentials import AccountSecret
from xdportal.provider.errors import BadData, PassingApiError, ProviderError
from xdportal.provider.kinds import PERSONAL
from xdportal.simulator import Simulator

PATH = "image/personal/getList"
Item = dict[str, Any]


@pytest.fixture(autouse=True)
def scope() -> Iterator[None]:
    with redaction.scope():
        yield


@pytest.fixture
def sim() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


def items(start: int, end: int) -> list[Item]:
    return [{"id": f"p{n}", "imageName": f"n{n}", "status": 1} for n in range(start, end)]


def send(sim: Simulator, pages: Sequence[tuple[list[Any], Any]]) -> None:
    """Answer the next calls with these pages: their items, and the total that they claim."""
    sim.clear_faults()
    for rows, total in pages:
        data = {"data": rows, "totalCounts": total}
        sim.fault("body", on="personal", body=json.dumps({"code": 0, "traceId": "t", "data": data}))


def read(sim: Simulator, known: bytes | None = None) -> Answer:
    account = sim.accounts["production"][0]
    client = Client(sim.production_url, deadline=5, max_body=10**6, sleep=lambda _: None)
    with client:
        token = client.get_token(AccountSecret(account.account_id, account.secret))
        return client.read_list(PERSONAL, token.value, known)


def ids(answer: Answer) -> set[str]:
    assert answer.listed is not None
    return {PERSONAL.record_of(line).id for line in answer.listed.lines}


@pytest.mark.parametrize("total", [0, 1, 99, 100, 101, 200, 250])
def test_all_pages_are_read(sim: Simulator, total: int) -> None:
    starts = range(0, max(total, 1), 100)
    send(sim, [(items(start, min(start + 100, total)), total) for start in starts])

    assert ids(read(sim)) == {f"p{number}" for number in range(total)}
    assert [call.path for call in sim.calls if PATH in call.path] == [
        f"/v1/open/image/personal/getList?page={number}&pageSize=100"
        for number in range(1, len(starts) + 1)
    ]


def test_one_page_with_everything_is_a_whole_list(sim: Simulator) -> None:
    send(sim, [(items(0, 130), 130)])

    assert len(ids(read(sim))) == 130


def test_no_list_of_no_items_is_an_empty_list(sim: Simulator) -> None:
    send(sim, [(None, 0)])  # type: ignore[list-item]

    assert ids(read(sim)) == set()


def test_the_total_may_be_a_text(sim: Simulator) -> None:
    send(sim, [(items(0, 100), "101"), (items(100, 101), 101)])

    assert len(ids(read(sim))) == 101


FAULTS: dict[str, tuple[list[tuple[Any, Any]], str, int]] = {
    "a short page": ([(items(0, 99), 250)], "page_short", 1),
    "a short page in the middle": (
        [(items(0, 100), 250), (items(100, 180), 250)],
        "page_short",
        2,
    ),
    "an empty page": ([(items(0, 100), 250), ([], 250)], "page_empty", 2),
    "an empty first page": ([([], 5)], "page_empty", 1),
    "a repeated page": ([(items(0, 100), 250), (items(0, 100), 250)], "page_repeated", 2),
    "a repeated last page": ([(items(0, 100), 150), (items(50, 100), 150)], "page_repeated", 2),
    "a total that grows": ([(items(0, 100), 150), (items(100, 151), 151)], "total_moved", 2),
    "a total that shrinks": ([(items(0, 100), 150), (items(100, 149), 149)], "total_moved", 2),
    "a total too small": ([(items(0, 5), 4)], "total_mismatch", 1),
    "an id on two pages": ([(items(0, 100), 150), (items(99, 149), 150)], "total_mismatch", 2),
    "an id with two contents": (
        [([*items(0, 2), {"id": "p1", "imageName": "other", "status": 1}], 3)],
        "total_mismatch",
        1,
    ),
    "no total": ([(items(0, 5), None)], "no_total", 1),
    "a total that is no number": ([(items(0, 5), "many")], "no_total", 1),
    "a negative total": ([(items(0, 5), -5)], "no_total", 1),
    "a total that is half a number": ([(items(0, 5), 5.5)], "no_total", 1),
    "a total of 201 pages": ([(items(0, 100), 20_001)], "too_many_pages", 1),
    "no list": ([(None, 5)], "no_list", 1),
    "no usable item": ([([{}, {}], 2)], "unusable_items", 1),
}


@pytest.mark.parametrize(("pages", "reason", "calls"), FAULTS.values(), ids=FAULTS)
def test_pages_that_do_not_fit_together_are_bad_data(
    sim: Simulator, pages: list[tuple[list[Any], Any]], reason: str, calls: int
) -> None:
    send(sim, pages)
    with pytest.raises(BadData) as refused:
        read(sim)

    assert (refused.value.reason, sim.count(PATH)) == (reason, calls)


def test_data_that_is_no_object_is_bad_data(sim: Simulator) -> None:
    sim.fault("body", on="personal", body='{"code":0,"data":[]}')
    with pytest.raises(BadData, match="no_list"):
        read(sim)


def test_exactly_200_pages_are_read(sim: Simulator) -> None:
    send(sim, [(items(start, start + 100), 20_000) for start in range(0, 20_000, 100)])

    assert len(ids(read(sim))) == 20_000
    assert sim.count(PATH) == 200


def test_ignored_items_count_towards_the_total_and_keep_their_place(sim: Simulator) -> None:
    send(sim, [(items(0, 100), 103), ([*items(100, 102), {"id": "p102"}], 103)])
    listed = read(sim).listed

    assert listed is not None
    assert (len(listed.lines), listed.ignored) == (102, ((102, "imageName", "missing"),))


def test_all_pages_of_a_list_share_its_retries(sim: Simulator) -> None:
    sim.fault("code", on="personal", code=503)
    for start in (0, 100):
        send_more(sim, items(start, start + 100), 300)
        sim.fault("code", on="personal", code=503)
    with pytest.raises(PassingApiError):
        read(sim)

    assert sim.count(PATH) == 5  # two pages, three failures


def send_more(sim: Simulator, rows: list[Item], total: int) -> None:
    data = {"data": rows, "totalCounts": total}
    sim.fault("body", on="personal", body=json.dumps({"code": 0, "data": data}))


def test_one_deadline_covers_all_pages(sim: Simulator) -> None:
    account = sim.accounts["production"][0]
    send(sim, [(items(0, 100), 200)])
    sim.fault("hang", on="personal")
    with Client(sim.production_url, deadline=0.5, max_body=10**6) as client:
        token = client.get_token(AccountSecret(account.account_id, account.secret))
        with pytest.raises(ProviderError) as refused:
            client.read_list(PERSONAL, token.value)

    assert refused.value.outcome == "timeout"


class TestKnown:
    PAGES = [(items(0, 100), 150), (items(100, 150), 150)]

    def test_equal_pages_are_known(self, sim: Simulator) -> None:
        send(sim, self.PAGES)
        first = read(sim)
        send(sim, self.PAGES)
        again = read(sim, known=first.fingerprint)

        assert (again.listed, again.fingerprint) == (None, first.fingerprint)
        assert sim.count(PATH) == 4

    @pytest.mark.parametrize(
        "pages",
        [
            [(items(0, 100), 151), (items(100, 151), 151)],
            [(items(0, 100), 150), ([*items(100, 149), *items(150, 151)], 150)],
            [([*items(1, 100), *items(0, 1)], 150), (items(100, 150), 150)],
        ],
        ids=["one more", "a change on the last page", "another order"],
    )
    def test_a_difference_on_any_page_is_seen(
        self, sim: Simulator, pages: list[tuple[list[Any], Any]]
    ) -> None:
        send(sim, self.PAGES)
        first = read(sim)
        send(sim, pages)
        second = read(sim, known=first.fingerprint)

        assert ids(second) == {row["id"] for rows, _ in pages for row in rows}
        assert second.fingerprint != first.fingerprint
