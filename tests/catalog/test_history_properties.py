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
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.items import START, Ended, answer, fail, give, item, lines
from xdportal.accounts.models import Team, User
from xdportal.catalog import history
from xdportal.catalog.compare import compare
from xdportal.catalog.models import Catalog, Snapshot
from xdportal.connections.models import Connection
from xdportal.provider.errors import BadData, Busy
from xdportal.provider.kinds import IMAGES, ImageRecord

RUNS = 200 if connection.vendor == "sqlite" else 25
IDS = ["1", "2", "3", "10", "a", "a/b?c", "."]
VERSIONS = ["v1", "v2", "中文"]
GOOD = st.builds(
    lambda image_id, version, spaces: item(
        int(image_id) if spaces % 2 and image_id.isdigit() else f"{' ' * spaces}{image_id}",
        version=f"{version}{' ' * spaces}",
        name="Ubuntu" + " " * (1 + spaces) + "Server",
    ),
    st.sampled_from(IDS),
    st.sampled_from(VERSIONS),
    st.integers(0, 3),
)
BAD = st.sampled_from(
    [None, 7, "text", [], {}, item(""), item("  "), item(None), item(1.5), item(True), item("x" * 129), item("a\x00"),
     item("1", version="v" * 129), item("2", name="a\x07b"), item("3", type=None)]  # type: ignore[arg-type]
)  # fmt: skip
answers = st.lists(GOOD | GOOD | GOOD | GOOD | BAD, max_size=9)


def plain(raw: Any) -> ImageRecord | None:
    """The oracle's own reading of an item: by its words in the design, not by the engine's code."""
    if not isinstance(raw, dict) or set(raw) != {"imageId", "type", "systemImageName", "systemImageVersion"}:
        return None
    image_id, *texts = raw["imageId"], raw["type"], raw["systemImageName"], raw["systemImageVersion"]
    if isinstance(image_id, bool) or not isinstance(image_id, int | str) or not all(isinstance(t, str) for t in texts):
        return None
    row = ImageRecord(str(image_id).strip(), *(re.sub(r"\s+", " ", text).strip() for text in texts))
    if not row.id or any(len(text) > 128 or re.search("[\x00-\x1f]", text) for text in row):
        return None
    return row


class Engine(RuleBasedStateMachine):
    """Answers come in any order; after each, the current list and the list as of every snapshot agree."""

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
        self.catalog: Catalog = made.catalogs.get(kind="images")
        self.lists: list[frozenset[ImageRecord]] = []  # the oracle: snapshot n is lists[n - 1]
        self.at = START
        # what is held, how often it came, since when
        self.quarantined: tuple[frozenset[ImageRecord], int, datetime] | None = None

    @initialize()
    def first_list(self) -> None:
        self.answer([item("1"), item("2")], 0)

    @rule(told=answers, shift=st.integers(0, 8))
    def answer(self, told: list[Any], shift: int) -> None:
        self.at += timedelta(minutes=30)
        told = told[shift:] + told[:shift]
        rows = [plain(raw) for raw in told]
        usable = frozenset(row for row in rows if row is not None)
        ignored = rows.count(None)
        known = self.lists[-1] if self.lists else frozenset()
        if rows and (not usable or ignored / len(rows) > 0.3):
            with pytest.raises(BadData):
                answer(told)
            fail(self.catalog, BadData(), self.at)
            return
        result = give(self.catalog, told, self.at)
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
            kept = [item(row.id, row.version) for row in self.lists[-1] if row.id in ids[: len(ids) // 2]]
            target = frozenset(row for row in self.lists[-1] if row.id in ids[: len(ids) // 2])
            self._held_or_confirmed(give(self.catalog, kept, self.at), target)
        Connection.objects.filter(pk=self.catalog.connection_id).update(suspect_percent=100)

    def _held_or_confirmed(self, result: Ended, target: frozenset[ImageRecord]) -> None:
        """Three times running over an hour: believed, dated to the first; failures in between do not count."""
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
        """At the end of a run: every pair in both directions, every timeline, every snapshot's own changes."""
        numbers = range(1, len(self.lists) + 1)
        for older in numbers:
            for newer in numbers:
                wanted = compare(IMAGES, lines(*self.lists[older - 1]), lines(*self.lists[newer - 1]))
                assert history.difference(self.catalog, older, newer) == wanted
        snapshots = list(Snapshot.objects.filter(catalog=self.catalog))
        changes = history.changes_of(snapshots)
        for snapshot in snapshots:
            before = self.lists[snapshot.number - 2] if snapshot.number > 1 else frozenset()
            seen = {row.id for rows in self.lists[: snapshot.number - 1] for row in rows}
            wanted = compare(IMAGES, lines(*before), lines(*self.lists[snapshot.number - 1]), seen)
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
        rows = [frozenset(row for row in rows if row.id == image_id) for rows in [frozenset(), *self.lists]]
        assert changed == [n for n in numbers if rows[n] != rows[n - 1]]


class HistoryAgreesWithTheOracle(TestCase):
    def test_random_sequences_of_answers(self) -> None:
        run_state_machine_as_test(
            Engine,
            settings=settings(
                max_examples=RUNS, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )

    @pytest.mark.full
    def test_many_random_sequences_of_answers(self) -> None:
        run_state_machine_as_test(
            Engine,
            settings=settings(
                max_examples=10 * RUNS, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
