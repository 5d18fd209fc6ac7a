import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.items import item, items
from xdportal.catalog.models import Catalog, Check, ImageListing, Snapshot
from xdportal.connections.models import Connection
from xdportal.simulator import Simulator

KEYS = [
    "connection",
    "kind",
    "outcome",
    "http_status",
    "code",
    "msg",
    "trace_id",
    "images",
    "ignored",
    "added",
    "removed",
    "changed",
    "snapshot",
    "duration_ms",
]


def run(*arguments: str, fails: bool = False) -> list[dict[str, Any]]:
    out = io.StringIO()
    if fails:
        with pytest.raises(CommandError):
            call_command("check_catalogs", "--json", *arguments, stdout=out)
    else:
        call_command("check_catalogs", "--json", *arguments, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def values_of(line: dict[str, Any], *keys: str) -> tuple[Any, ...]:
    return tuple(line[key] for key in keys)


COUNTS = ("outcome", "images", "added", "removed", "changed", "snapshot")


def test_first_list_then_nothing_new_then_exactly_the_difference(
    catalog: Catalog, simulator: Simulator
) -> None:
    (first,) = run()
    assert list(first) == KEYS
    assert values_of(first, *COUNTS) == ("ok", 40, 40, 0, 0, 1)
    assert values_of(first, "connection", "kind", "http_status", "code", "ignored") == (
        catalog.slug,
        "images",
        200,
        0,
        0,
    )

    (again,) = run()
    assert values_of(again, *COUNTS) == ("ok", 40, 0, 0, 0, 1)
    assert ImageListing.objects.count() == 40

    simulator.set_items("production", [*items(range(38)), item("x")])
    run(fails=True)
    simulator.set_items("production", None)
    before = {(i.item_id, i.version) for i in ImageListing.objects.filter(ended=None)}
    simulator.move(3)
    (moved,) = run()
    after = {(i.item_id, i.version) for i in ImageListing.objects.filter(ended=None)}
    old, new = dict(before), dict(after)
    assert values_of(moved, *COUNTS) == (
        "ok",
        len(after),
        len(new.keys() - old.keys()),
        len(old.keys() - new.keys()),
        len([k for k in old.keys() & new.keys() if old[k] != new[k]]),
        2,
    )
    assert before != after


def test_of_an_answer_without_sense_the_unusable_items_are_counted_and_the_first_ten_named(
    catalog: Catalog, simulator: Simulator
) -> None:
    simulator.fault(
        "body", body=json.dumps({"code": 0, "data": [*items(range(20)), *[{}] * 12, item("")]})
    )

    (line,) = run(fails=True)
    assert values_of(line, "outcome", "images", "ignored", "snapshot") == ("bad_data", 0, 13, None)
    check = Check.objects.get()
    assert (check.ignored_count, check.warnings) == (
        13,
        {
            "ignored": [[place, "imageId", "missing"] for place in range(20, 30)],
            "duplicates": 0,
            "conflicts": 0,
        },
    )


def test_a_named_one_is_checked_although_not_due_and_the_others_are_left(connect: Any) -> None:
    one, other = connect("one"), connect("other", environment="sandbox")
    run()
    (line,) = run(one.slug)

    assert line["connection"] == one.slug
    assert Check.objects.filter(catalog__connection=other).count() == 1


def test_due_checks_what_is_due_alone(connect: Any) -> None:
    one, other = connect("one"), connect("other", environment="sandbox")
    Catalog.objects.filter(connection=other).update(
        next_check_at=timezone.now() + timedelta(hours=1)
    )

    assert [line["connection"] for line in run("--due")] == [one.slug]
    assert run("--due") == []


def test_a_failure_is_printed_and_exits_with_one(catalog: Catalog, simulator: Simulator) -> None:
    simulator.fault("code", code=1001, msg="无权限")
    (line,) = run(fails=True)

    assert values_of(line, "outcome", "http_status", "code", "msg", *COUNTS[1:]) == (
        "denied",
        200,
        1001,
        "无权限",
        0,
        0,
        0,
        0,
        None,
    )
    assert len(line["trace_id"]) == 32


def test_one_that_fails_does_not_stop_the_others(connect: Any, simulator: Simulator) -> None:
    connect("a"), connect("b")
    simulator.fault("code", code=1001)

    assert [line["outcome"] for line in run(fails=True)] == ["denied", "ok"]


def test_a_paused_list_is_skipped_printed_and_not_stored(catalog: Catalog) -> None:
    catalog.connection.pause("by_user")
    (line,) = run(fails=True)

    assert values_of(line, "outcome", "msg", "snapshot") == (
        "skipped",
        "The connection is paused.",
        None,
    )
    assert Check.objects.count() == 0


def test_retry_after_holds_the_next_check_back(catalog: Catalog, simulator: Simulator) -> None:
    simulator.fault("retry_after", value=120)
    assert [line["outcome"] for line in run(fails=True) + run(fails=True)] == [
        "rate_limited",
        "skipped",
    ]
    connection = Connection.objects.get()
    assert connection.not_before is not None
    assert 115 < (connection.not_before - timezone.now()).total_seconds() <= 120


def test_retry_after_of_any_failure_holds_all_lists_of_the_connection_back(
    connect: Any, simulator: Simulator
) -> None:
    connect(kinds=["images", "personal"])
    simulator.fault("status", status=503, headers={"Retry-After": "120"})

    assert [values_of(line, "kind", "outcome") for line in run(fails=True)] == [
        ("images", "provider"),
        ("personal", "skipped"),
    ]


def test_without_a_time_named_nothing_but_the_schedule_waits(
    catalog: Catalog, simulator: Simulator
) -> None:
    simulator.fault("code", code=429)

    assert [line["outcome"] for line in run(fails=True) + run()] == ["rate_limited", "ok"]


def test_a_line_is_ascii_whatever_the_provider_said(catalog: Catalog, simulator: Simulator) -> None:
    simulator.fault("code", code=1003, msg="自定义\u2028业务")
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("check_catalogs", "--json", stdout=out)

    assert out.getvalue().isascii()
    assert json.loads(out.getvalue())["msg"] == "自定义\u2028业务"


def test_an_unknown_slug_is_named_and_nothing_is_checked(catalog: Catalog) -> None:
    with pytest.raises(CommandError, match=r"There is no connection nope\. Nothing was checked\."):
        call_command("check_catalogs", "nope", catalog.slug)
    assert Check.objects.count() == 0


def test_for_people_one_line_a_check(catalog: Catalog) -> None:
    out = io.StringIO()
    call_command("check_catalogs", stdout=out)

    assert out.getvalue() == f"{catalog.slug} images: ok, 40 items, +40 -0 ~0, snapshot 1\n"


def test_the_seeds_example_comes_through_to_the_row(catalog: Catalog, simulator: Simulator) -> None:
    simulator.set_items("production", [item("4005")])
    run()

    columns = ("item_id", "type", "name", "version", "first", "ended", "first_seen")
    assert list(ImageListing.objects.values_list(*columns)) == [
        ("4005", "BL", "Ubuntu Server", "20.04 x64", 1, None, 1)
    ]
    assert Snapshot.objects.get().facets == {"type": {"BL": 1}, "name": {"Ubuntu Server": 1}}
