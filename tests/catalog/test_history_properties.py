"""The engine against a naive oracle that keeps every full list."""

import re
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.items import START, Ended, answer, fail, give, item, package
from xdportal.accounts.models import Team, User
from xdportal.catalog import history
from xdportal.catalog.compare import compare
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider.errors import BadData, Busy
from xdportal.provider.kinds import IMAGES, PACKAGES_PAYG, ImageRecord, Kind, PackageRecord
from xdportal.provider.records import Line

RUNS = 200 if connection.vendor == "sqlite" else 25
IDS = ["1", "2", "3", "10", "a", "a/b?c", "."]
TEXTS = ["v1", "v2", "中文"]
PRICES = {"1.1": ["1.10", 1.1, "1.1", "01.100"], "2": [2, "2.0", "2"], "0.8": ["0.80", 0.8]}
Raw = Any  # an item of the provider's list


class Reading:
    """The oracle's own reading of one kind of list: by the words of the design, not by our code."""

    kind: Kind[Any] = IMAGES

    def good(self) -> st.SearchStrategy[Raw]:
        return st.builds(
            self.image, st.sampled_from(IDS), st.sampled_from(TEXTS), st.integers(0, 3)
        )

    def bad(self) -> st.SearchStrategy[Raw]:
        return st.sampled_from(
            [
                *(None, 7, "text", [], {}),
                *(item(""), item("  "), item(None), item(1.5), item(True)),
                *(item("x" * 129), item("a\x00"), item("1", version="v" * 129)),
                *(item("2", name="a\x07b"), item("3", type=None)),  # type: ignore[arg-type]
            ]
        )

    @staticmethod
    def image(image_id: str, version: str, spaces: int) -> Raw:
        as_number = spaces % 2 and image_id.isdigit()
        return item(
            int(image_id) if as_number else f"{' ' * spaces}{image_id}",
            version=f"{version}{' ' * spaces}",
            name="Ubuntu" + " " * (1 + spaces) + "Server",
        )

    def plain(self, raw: Raw) -> Any:
        """Return the record of an item; None for one that is unusable."""
        names = ["imageId", "type", "systemImageName", "systemImageVersion"]
        if not isinstance(raw, dict) or set(raw) != set(names):
            return None
        item_id, *texts = (raw[name] for name in names)
        if isinstance(item_id, bool) or not isinstance(item_id, int | str):
            return None
        if not all(isinstance(text, str) for text in texts):
            return None
        row = ImageRecord(str(item_id).strip(), *(plain_text(text) for text in texts))
        return row if is_usable(row) else None

    def listed_again(self, row: Any) -> Raw:
        """Return an item for the record."""
        return item(row.id, row.version)


class PackageReading(Reading):
    kind = PACKAGES_PAYG

    def good(self) -> st.SearchStrategy[Raw]:
        price = st.sampled_from(sorted(PRICES)).flatmap(lambda text: st.sampled_from(PRICES[text]))
        gpu = st.sampled_from([None, "RTX 4090", " RTX  4090"])
        return st.builds(
            lambda item_id, text, price, gpu: package(item_id, price, name=text, gpuName=gpu),
            st.sampled_from(IDS),
            st.sampled_from(TEXTS),
            price,
            gpu,
        )

    def bad(self) -> st.SearchStrategy[Raw]:
        return st.sampled_from(
            [
                *(None, 7, [], {}, package(""), package(None), package(True)),
                *(package("1", "cheap"), package("1", None), package("2", name="a\x07b")),
            ]
        )

    def plain(self, raw: Raw) -> Any:
        if not isinstance(raw, dict) or "packageId" not in raw:
            return None
        item_id, price, name = raw["packageId"], raw["amount"], raw["name"]
        prices = [text for text, forms in PRICES.items() if price in forms]
        if isinstance(item_id, bool) or not isinstance(item_id, int | str) or not prices:
            return None
        row = PackageRecord(
            id=str(item_id).strip(),
            name=plain_text(name),
            type="BL",
            gpu=plain_text(raw["gpuName"] or ""),
            gpu_count="1",
            cpu="8",
            memory="32",
            disk="256",
            bandwidth="10",
            area="0",
            machine_type="2",
            use_type="2",
            price=prices[0],
            discount="1",
        )
        return row if is_usable(row) else None

    def listed_again(self, row: Any) -> Raw:
        return package(row.id, row.price, name=row.name, gpuName=row.gpu)


def plain_text(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def is_usable(row: Any) -> bool:
    if any(len(text) > 128 or re.search("[\x00-\x1f]", text) for text in row):
        return False
    return bool(row.id)


class Engine(RuleBasedStateMachine):
    """Answers come in any order; after each, the list of now and of every snapshot agree."""

    reading = Reading()

    def __init__(self) -> None:
        super().__init__()
        user = User.objects.create_user(uuid.uuid4().hex)
        made = Connection.objects.create(
            team=Team.objects.personal(user),
            owner=user,
            name="n",
            environment="production",
            account_id="A",
            suspect_percent=100,
        )
        self.catalog: Catalog = made.catalogs.get(kind=self.reading.kind.name)
        self.lists: list[frozenset[Any]] = []  # the oracle: snapshot n is lists[n - 1]
        self.at = START
        # what is held, how often it came, since when
        self.quarantined: tuple[frozenset[Any], int, datetime] | None = None

    def lines(self, *rows: Any) -> frozenset[Line]:
        return frozenset(self.reading.kind.line(row) for row in rows)

    def first_rows(self) -> list[Any]:
        usual = self.reading.plain(self.reading.image("1", "20.04 x64", 0))
        return [usual, usual._replace(id="2")]

    @initialize()
    def first_list(self) -> None:
        self.answer([self.reading.listed_again(row) for row in self.first_rows()], 0)

    @rule(data=st.data(), shift=st.integers(0, 8))
    def any_answer(self, data: st.DataObject, shift: int) -> None:
        good = self.reading.good()
        items = good | good | good | good | self.reading.bad()
        self.answer(data.draw(st.lists(items, max_size=9)), shift)

    def answer(self, listed: list[Any], shift: int) -> None:
        self.at += timedelta(minutes=30)
        listed = listed[shift:] + listed[:shift]
        rows = [self.reading.plain(raw) for raw in listed]
        usable = frozenset(row for row in rows if row is not None)
        ignored = rows.count(None)
        known = self.lists[-1] if self.lists else frozenset()
        if rows and (not usable or ignored / len(rows) > 0.3):
            with pytest.raises(BadData):
                answer(listed, kind=self.reading.kind)
            fail(self.catalog, BadData(), self.at)
            return
        result = give(self.catalog, listed, self.at)
        ids, known_ids = {row.id for row in usable}, {row.id for row in known}
        stays = frozenset(row for row in known if ignored and row.id not in ids)
        target = usable | stays
        if target != known and (not usable or (len(known_ids) >= 5 and not known_ids & ids)):
            self._held_or_confirmed(result, target)
            return
        self.quarantined = None
        warned = ignored or len(usable) != len(rows) or len(ids) != len(usable)
        assert result.check.outcome == ("ok_with_warnings" if warned else "ok")
        assert result.check.ignored_count == ignored
        if target != known or not self.lists:
            self.lists.append(target)
        assert result.check.snapshot is not None
        assert result.check.snapshot.number == len(self.lists)

    @rule()
    def shrunken_answer(self) -> None:
        """With the usual threshold, half of five or more is held."""
        self.at += timedelta(minutes=30)
        Connection.objects.filter(pk=self.catalog.connection_id).update(suspect_percent=None)
        ids = sorted({row.id for row in self.lists[-1]})
        if len(ids) >= 5:
            kept = [
                self.reading.listed_again(row)
                for row in self.lists[-1]
                if row.id in ids[: len(ids) // 2]
            ]
            target = frozenset(row for row in self.lists[-1] if row.id in ids[: len(ids) // 2])
            self._held_or_confirmed(give(self.catalog, kept, self.at), target)
        Connection.objects.filter(pk=self.catalog.connection_id).update(suspect_percent=100)

    def _held_or_confirmed(self, result: Ended, target: frozenset[Any]) -> None:
        """Three times running over an hour: believed, dated to the first; failures in between do
        not count.
        """
        if self.quarantined is None or self.quarantined[0] != target:
            self.quarantined = (target, 0, self.at)
        self.quarantined = (target, self.quarantined[1] + 1, self.quarantined[2])
        if self.quarantined[1] < 3 or self.at - self.quarantined[2] < timedelta(hours=1):
            assert result.check.outcome == "suspect"
            return
        assert result.check.outcome in ("ok", "ok_with_warnings")
        assert result.check.snapshot is not None
        assert result.check.snapshot.taken_at == self.quarantined[2]
        self.lists.append(target)
        self.quarantined = None

    @rule()
    def failure(self) -> None:
        self.at += timedelta(minutes=30)
        fail(self.catalog, Busy(), self.at)

    @invariant()
    def lists_agree(self) -> None:
        if not self.lists:
            return
        assert {row.record for row in self.catalog.listings.current()} == self.lists[-1]
        for number, wanted in enumerate(self.lists, start=1):
            found = [row.record for row in self.catalog.listings.as_of(number)]
            assert sorted(found) == sorted(wanted)

    def teardown(self) -> None:
        """At the end of a run: every pair in both directions, every timeline, every snapshot's
        own changes.
        """
        numbers = range(1, len(self.lists) + 1)
        for older in numbers:
            for newer in numbers:
                wanted = compare(
                    self.reading.kind,
                    self.lines(*self.lists[older - 1]),
                    self.lines(*self.lists[newer - 1]),
                )
                assert history.difference(self.catalog, older, newer) == wanted
        snapshots = list(Snapshot.objects.filter(catalog=self.catalog))
        changes = history.changes_of(snapshots)
        for snapshot in snapshots:
            before = self.lists[snapshot.number - 2] if snapshot.number > 1 else frozenset()
            seen = {row.id for rows in self.lists[: snapshot.number - 1] for row in rows}
            wanted = compare(
                self.reading.kind,
                self.lines(*before),
                self.lines(*self.lists[snapshot.number - 1]),
                seen,
            )
            assert changes[snapshot.pk] == wanted
            assert snapshot.change_count == len(wanted)
            assert snapshot.item_count == len(self.lists[snapshot.number - 1])
        for image_id in IDS:
            self._life_agrees(image_id, numbers)

    def _life_agrees(self, image_id: str, numbers: range) -> None:
        present = [n for n in numbers if any(row.id == image_id for row in self.lists[n - 1])]
        life = history.timeline(self.catalog, image_id)
        if not present:
            assert life is None
            return
        assert life is not None
        assert [n for start, end in life.spans for n in range(start, end)] == present
        assert (life.snapshots_with, life.snapshots_in_all) == (len(present), len(self.lists))
        assert life.is_listed == (present[-1] == len(self.lists))
        changed = [event.snapshot.number for event in life.moments[::-1]]
        rows = [
            frozenset(row for row in rows if row.id == image_id)
            for rows in [frozenset(), *self.lists]
        ]
        assert changed == [n for n in numbers if rows[n] != rows[n - 1]]


class PackageEngine(Engine):
    reading = PackageReading()

    def first_rows(self) -> list[Any]:
        return [self.reading.plain(package("1")), self.reading.plain(package("2"))]


def run(engine: type[Engine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        engine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


class HistoryAgreesWithTheOracle(TestCase):
    def test_random_answers_of_images(self) -> None:
        run(Engine, RUNS, 15)

    def test_random_answers_of_packages(self) -> None:
        run(PackageEngine, RUNS // 2, 15)

    @pytest.mark.full
    def test_many_random_answers(self) -> None:
        run(Engine, 10 * RUNS, 20)
        run(PackageEngine, 10 * RUNS, 20)
