"""The rules of the design that always hold, each by its number."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.items import START, answer, fail, give, image, item, items, refresh
from xdportal.accounts.models import AuditEntry
from xdportal.catalog.checks import quarantine
from xdportal.catalog.checks.engine import finish
from xdportal.catalog.checks.run import LeaseLost, Refused, Run
from xdportal.catalog.models import Catalog, Check, ImageListing, QuarantinedAnswer, Snapshot
from xdportal.catalog.signals import events_written
from xdportal.catalog.tasks import check_connection, queue_checks, sweep
from xdportal.connections.models import Connection
from xdportal.provider import errors
from xdportal.simulator import Simulator

HOUR = timedelta(hours=1)


@pytest.fixture
def cat(cast: SimpleNamespace) -> Catalog:
    connection = Connection.objects.create(
        team=cast.team,
        owner=cast.mia,
        name="Main",
        environment="production",
        account_id="A1",
        interval=1800,
    )
    return connection.catalogs.get(kind="images")


def listed(catalog: Catalog) -> set[Any]:
    return {row.record for row in catalog.listings.current()}


def state(catalog: Catalog) -> tuple[Any, ...]:
    return (
        list(Snapshot.objects.values_list("number", "digest", "confirmed_at")),
        list(ImageListing.objects.order_by("pk").values_list("item_id", "first", "ended")),
        Check.objects.count(),
    )


FAILURES = [
    errors.AuthError,
    errors.Denied,
    errors.Busy,
    errors.ApiError,
    errors.RateLimited,
    errors.TransportError,
    errors.DeadlineExceeded,
    errors.BadData,
    errors.TooLarge,
]


class TestRule1FailuresWriteNoHistory:
    @pytest.mark.parametrize("error", FAILURES)
    def test_a_failed_run_writes_one_check_and_nothing_else(
        self, cat: Catalog, error: type
    ) -> None:
        give(cat, items(range(10)), START)
        snapshots, listings, checks = state(cat)
        result = fail(cat, error(), START + HOUR)

        assert state(cat) == (snapshots, listings, checks + 1)
        assert (result.check.outcome, result.check.snapshot) == (error.outcome, None)
        assert cat.lease_until is None

    def test_a_suspect_answer_that_is_confirmed_is_recorded_by_the_run_that_confirms_it(
        self, cat: Catalog
    ) -> None:
        give(cat, items(range(10)), START)
        times = [START + HOUR, START + HOUR * 1.5, START + HOUR * 2]
        results = [give(cat, items(range(5)), at) for at in times]

        assert [r.check.outcome for r in results] == ["suspect", "suspect", "ok"]
        assert [r.check.snapshot and r.check.snapshot.number for r in results] == [None, None, 2]
        assert cat.latest_snapshot is not None
        assert cat.latest_snapshot.taken_at == times[0]
        assert not QuarantinedAnswer.objects.exists()
        assert list(AuditEntry.objects.values_list("kind", "actor")) == [("confirmed", None)]

    def test_one_accepted_by_hand_links_to_the_check_that_held_it(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        held = give(cat, items(range(5)), START + HOUR).check
        snapshot = quarantine.accept(cat, START + 2 * HOUR)
        held.refresh_from_db()

        assert (held.outcome, held.snapshot) == ("suspect", snapshot)
        assert len(listed(cat)) == 5


class TestRule2OnlyACompleteAndPlausibleAnswerSaysRemoved:
    def test_with_an_ignored_item_what_is_missing_stays(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        result = give(cat, [*items(range(1, 10)), item("0", version="\x00")], START + HOUR)

        assert (result.check.outcome, result.counts) == ("ok_with_warnings", (0, 0, 0))
        assert len(listed(cat)) == 10

    def test_changes_and_news_of_such_an_answer_are_recorded(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        rows = [item("1", version="new"), item("11"), *items(range(2, 9)), None]
        result = give(cat, rows, START + HOUR)

        assert result.counts == (1, 0, 1)
        assert listed(cat) == {
            image("1", "new"),
            image("11"),
            *(image(str(n)) for n in (0, 2, 3, 4, 5, 6, 7, 8, 9)),
        }

    @pytest.mark.parametrize(
        "rows", [[], items(range(6)), items(range(50, 60))], ids=["empty", "shrunken", "all new"]
    )
    def test_an_implausible_answer_is_held_and_removes_nothing(
        self, cat: Catalog, rows: list[Any]
    ) -> None:
        give(cat, items(range(10)), START)
        snapshots, listings, _ = state(cat)
        result = give(cat, rows, START + HOUR)

        assert state(cat)[:2] == (snapshots, listings)
        assert result.check.outcome == "suspect"
        assert cat.next_check_at == result.check.ended + timedelta(minutes=5)

    def test_a_normal_answer_in_between_drops_it(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        for rows in ([], items(range(10)), [], []):
            result = give(cat, rows, (Check.objects.latest("pk").ended + HOUR))

        assert result.check.outcome == "suspect"
        assert QuarantinedAnswer.objects.get().times == 2

    def test_another_suspect_answer_starts_the_count_again(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        for hour, rows in enumerate(([], [], items(range(3)), items(range(3))), start=1):
            result = give(cat, rows, START + hour * HOUR)

        assert result.check.outcome == "suspect"
        assert (QuarantinedAnswer.objects.get().reason, QuarantinedAnswer.objects.get().times) == (
            "shrunken",
            2,
        )

    def test_three_times_within_the_hour_are_not_enough(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        for minutes in (60, 65, 70, 75):
            result = give(cat, [], START + timedelta(minutes=minutes))

        assert result.check.outcome == "suspect"


class TestRule3WritingIsNoChange:
    def test_order_numbers_spaces_and_keys(self, cat: Catalog) -> None:
        give(cat, [item("1"), item("2", name="e\u0301 x")], START)
        rows = [
            dict(reversed(item(2, name=" \u00e9  x ").items())),
            item(" 1 ", version="20.04\tx64"),
        ]
        result = give(cat, rows, START + HOUR)

        assert (result.check.outcome, result.check.snapshot.number) == ("ok", 1)  # type: ignore[union-attr]
        assert Snapshot.objects.count() == 1
        assert ImageListing.objects.count() == 2

    def test_letter_case_is_one(self, cat: Catalog) -> None:
        give(cat, [item("1", type="BL")], START)

        assert give(cat, [item("1", type="bl")], START + HOUR).counts == (0, 0, 1)


class TestRule4ACatalogIsASet:
    def test_equal_duplicates_count_once_with_a_warning(self, cat: Catalog) -> None:
        result = give(cat, [item("1"), item(1)], START)

        assert (result.check.outcome, result.check.item_count, result.counts) == (
            "ok_with_warnings",
            1,
            (1, 0, 0),
        )
        assert result.check.warnings == {"ignored": [], "duplicates": 1, "conflicts": 0}

    def test_one_id_with_differing_contents_keeps_each_and_counts_by_id(self, cat: Catalog) -> None:
        result = give(cat, [item("1"), item("1", version="other")], START)

        assert (result.check.outcome, result.counts) == ("ok_with_warnings", (1, 0, 0))
        assert listed(cat) == {image("1"), image("1", "other")}

    def test_a_removed_and_an_added_row_of_one_id_read_as_changed(self, cat: Catalog) -> None:
        give(cat, items("ab"), START)

        assert give(cat, [item("a"), item("b", version="new")], START + HOUR).counts == (0, 0, 1)


class TestRule5OneTransactionWhileTheLeaseIsOurs:
    def test_a_run_whose_lease_was_taken_over_writes_nothing(self, cat: Catalog) -> None:
        give(cat, items(range(5)), START)
        stalled = Run.claim(cat.pk, START + HOUR)
        give(cat, items(range(6)), START + HOUR * 2)
        before = state(cat)
        with pytest.raises(LeaseLost):
            stalled.fail(errors.Busy(), START + HOUR * 3)

        assert state(cat) == before

    def test_who_finds_an_expired_lease_writes_aborted_and_the_catalog_is_due(
        self, cat: Catalog
    ) -> None:
        Catalog.objects.exclude(pk=cat.pk).update(enabled=False)
        give(cat, items(range(5)), START)
        Run.claim(cat.pk, START + HOUR)

        assert list(Catalog.objects.due(START + HOUR + timedelta(seconds=59))) == []
        assert list(Catalog.objects.due(START + HOUR + timedelta(seconds=60))) == [cat]
        give(cat, items(range(5)), START + HOUR + timedelta(seconds=61))
        assert list(Check.objects.order_by("pk").values_list("outcome", "started")) == [
            ("ok", START),
            ("aborted", START + HOUR),
            ("ok", START + HOUR + timedelta(seconds=61)),
        ]

    def test_an_expired_lease_of_a_paused_catalog_is_reported_too(self, cat: Catalog) -> None:
        Run.claim(cat.pk, START)
        cat.connection.pause("by_user")
        with pytest.raises(Refused, match="paused"):
            Run.claim(cat.pk, START + HOUR)

        assert list(Check.objects.values_list("outcome", flat=True)) == ["aborted"]

    def test_accepting_an_answer_ends_a_running_check(self, cat: Catalog) -> None:
        give(cat, items(range(10)), START)
        give(cat, [], START + HOUR)
        running = Run.claim(cat.pk, START + HOUR * 2)
        quarantine.accept(cat, START + HOUR * 2)
        with pytest.raises(LeaseLost):
            finish(running, answer(items(range(10))), START + HOUR * 2)

        assert listed(cat) == set()

    @pytest.mark.parametrize("point", ["_record", "_check", "_trust", "_end"])
    def test_a_failure_at_any_statement_leaves_nothing(
        self, cat: Catalog, point: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        give(cat, items(range(5)), START)
        before = state(cat)

        def broken(*args: Any, **kwargs: Any) -> None:
            if point == "_end":
                real(*args, **kwargs)
            raise RuntimeError("killed")

        real = getattr(Run, point)
        monkeypatch.setattr(Run, point, broken)
        with pytest.raises(RuntimeError):
            give(cat, items(range(6)), START + HOUR)

        assert state(cat) == before

    def test_the_doorbell_rings_after_the_commit(
        self, cat: Catalog, django_capture_on_commit_callbacks: Any
    ) -> None:
        heard: list[Catalog] = []

        def receiver(catalog: Catalog, **kwargs: Any) -> None:
            heard.append(catalog)

        events_written.connect(receiver)
        with django_capture_on_commit_callbacks(execute=True):
            give(cat, items("abc"), START)
            assert heard == []
        assert heard == [cat]


class TestRule6OneCheckAtATime:
    def test_a_second_claim_is_refused_until_the_lease_runs_out(self, cat: Catalog) -> None:
        Run.claim(cat.pk, START)
        for second in (0, 30, 59):
            with pytest.raises(Refused, match="leased"):
                Run.claim(cat.pk, START + timedelta(seconds=second))

        assert Run.claim(cat.pk, START + timedelta(seconds=60)).holder

    def test_a_refused_check_is_reported_and_not_stored(
        self, catalog: Catalog, simulator: Simulator
    ) -> None:
        Run.claim(catalog.pk, timezone.now())
        report = refresh(catalog)

        assert (report["outcome"], report["msg"], report["snapshot"]) == (
            "skipped",
            "A check is already running.",
            None,
        )
        assert (Check.objects.count(), simulator.calls) == (0, [])

    def test_a_named_check_is_refused_by_a_pause_and_by_retry_after_alone(
        self, catalog: Catalog, simulator: Simulator
    ) -> None:
        catalog.connection.needs_attention("auth")
        Catalog.objects.update(next_check_at=timezone.now() + 9 * HOUR)
        assert refresh(catalog)["outcome"] == "ok"

        catalog.connection.pause("by_user")
        assert refresh(catalog)["msg"] == "The connection is paused."
        catalog.connection.resume()
        catalog.connection.wait_until(timezone.now() + HOUR)
        assert refresh(catalog)["msg"] == "The provider asked us to wait."


@pytest.mark.django_db
class TestRule7TheQueueOnlyCarriesIds:
    def test_a_sweep_sends_what_is_due_once(
        self, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sent: list[Any] = []
        monkeypatch.setattr(
            check_connection, "apply_async", lambda args, **options: sent.append((args, options))
        )

        assert (sweep(), sweep()) == (1, 0)
        assert sent == [((catalog.connection_id,), {"expires": 60.0, "retry": False})]

    def test_a_doubled_message_checks_once(self, catalog: Catalog, simulator: Simulator) -> None:
        connection_id = catalog.connection_id

        assert [check_connection(connection_id), check_connection(connection_id)] == [["ok"], []]
        assert simulator.count("open/image") == 1

    def test_a_lost_message_is_sent_again(self, catalog: Catalog) -> None:
        assert queue_checks(catalog.connection_id)
        assert not queue_checks(catalog.connection_id)
        Catalog.objects.update(queued_until=timezone.now() - timedelta(seconds=1))
        assert queue_checks(catalog.connection_id)

    def test_a_message_for_a_connection_that_is_gone_does_nothing(self, catalog: Catalog) -> None:
        key = catalog.connection_id
        catalog.connection.delete()

        assert check_connection(key) == []

    def test_a_paused_connection_is_not_swept(self, catalog: Catalog) -> None:
        catalog.connection.pause("by_user")

        assert sweep() == 0


class TestRule9PageGetsWriteNothing:
    def test_every_page_of_a_catalog(
        self, cat: Catalog, cast: SimpleNamespace, sign_in: Any
    ) -> None:
        give(cat, items(range(10)), START)
        give(cat, [], START + HOUR)
        client: Client = sign_in(cast.olga)
        base = f"/c/{cat.slug}"
        check = Check.objects.latest("pk")
        paths = [
            "images/",
            "images/1/",
            "changes/",
            "snapshots/",
            "snapshots/1/",
            "compare/",
            f"checks/{check.pk}/",
        ]
        with _ReadOnly():
            for path in [
                "/",
                "/errors/",
                "/settings/connections/",
                *(f"{base}/{path}" for path in paths),
            ]:
                assert client.get(path).status_code == 200, path


class _ReadOnly:
    """Refuses every statement that could write."""

    def __enter__(self) -> None:
        def refuse(execute: Any, sql: str, *rest: Any) -> Any:
            assert sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE")), sql
            return execute(sql, *rest)

        self.wrapper = connection.execute_wrapper(refuse)
        self.wrapper.__enter__()

    def __exit__(self, *error: Any) -> None:
        self.wrapper.__exit__(*error)
