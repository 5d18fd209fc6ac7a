from datetime import UTC, datetime, timedelta

from xdportal.catalog.pages.charts import Share, shares, size_line

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_line_of_sizes_steps_where_the_list_changed() -> None:
    points = [(START, 10), (START + timedelta(days=1), 5)]
    line = size_line(points, START + timedelta(days=2))

    assert line is not None
    assert line.path == "M0 4.0H450.0V33.0H900"
    assert (line.since, line.first, line.last, line.least, line.most) == (START, 10, 5, 5, 10)


def test_one_snapshot_of_this_moment_and_an_empty_list_are_drawn_too() -> None:
    line = size_line([(START, 0)], START)

    assert line is not None
    assert line.path == "M0 62.0H900"
    assert size_line([], START) is None


def test_large_shares_are_shown_one_by_one_and_the_rest_together() -> None:
    counts = {name: number for number, name in enumerate("hgfedcba", 1)}

    assert shares(counts) == [
        Share("a", 8, 22),
        Share("b", 7, 19),
        Share("c", 6, 17),
        Share("d", 5, 14),
        Share("e", 4, 11),
        Share("f", 3, 8),
        Share("", 3, 8),
    ]
    assert shares({"BL": 1, "ceph": 3}) == [Share("ceph", 3, 75), Share("BL", 1, 25)]
    assert shares(None) == shares({}) == []
