"""Small charts from plain numbers."""

from decimal import Decimal

import pytest

from xdportal.lib.charts import Bar, Point, Rule, Segment, plot, segments, spark_path
from xdportal.lib.templatetags.pieces import spark


def test_a_spark_steps_where_the_value_changes() -> None:
    assert spark_path([1, 1, 2, 2]) == "M0 20H50V2H100"
    assert spark_path([Decimal("1.25"), Decimal("1.10")]) == "M0 2H50V20H100"


@pytest.mark.parametrize("values", [[5], [5, 5, 5], [0, 0]])
def test_a_spark_of_one_value_is_a_line_in_the_middle(values: list[int]) -> None:
    assert spark_path(values) == "M0 11H100"
    assert '<path class="flat" d="M0 11H100"/>' in spark(values, "5 for 30 days")


def test_a_plot_keeps_a_value_until_the_next_and_shows_the_limit() -> None:
    drawn = plot([Point(0, Decimal("1.05")), Point(0.5, Decimal("1.25"))], limit=Decimal("1.20"))

    assert [rule.label for rule in drawn.rules] == ["1.25", "1.20", "1.15", "1.10", "1.05"]
    assert drawn.rules[0] == Rule("0", "1.25")
    assert drawn.path == "M0 160H500V0H1000"
    assert drawn.limit_y == "40"


@pytest.mark.parametrize("values", [(3, 3), (0, 0), (0, 17), (95, 105), (1, 1000), (0.001, 0.0011)])
def test_a_scale_holds_every_value_in_five_even_rules(values: tuple[float, float]) -> None:
    drawn = plot([Point(place / 2, value) for place, value in enumerate(values)])
    labels = [float(rule.label) for rule in drawn.rules]

    assert len(labels) == 5
    assert labels[-1] <= min(values) <= max(values) <= labels[0]
    assert drawn.limit_y == ""


def test_a_value_before_the_chart_begins_at_its_first_point() -> None:
    assert plot([Point(0.25, 1), Point(0.5, 2)]).path.startswith("M250 ")


def test_segments_share_the_width_and_even_a_short_one_is_seen() -> None:
    assert segments([Segment("old", 30), Segment("ok", 70)]) == [
        Bar("old", "0", "298"),
        Bar("ok", "300", "700"),
    ]
    bars = segments([Segment("ok", 100_000), Segment("del", 1)])
    assert (bars[1].css, float(bars[1].width)) == ("del", pytest.approx(4, abs=0.1))
    assert segments([]) == []
