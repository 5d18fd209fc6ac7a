"""The pieces that pages are made of: what they say, and to whom."""

from typing import Any

import pytest
from django.template import Context, Template
from django.template.loader import render_to_string

from tests.reading import squeezed
from xdportal.lib.charts import Point, Segment, plot, segments


def piece(name: str, **context: Any) -> str:
    return squeezed(render_to_string(f"includes/{name}.html", context))


def test_a_spark_says_in_words_what_it_draws() -> None:
    template = Template("{% spark prices words %}")
    drawn = squeezed(template.render(Context({"prices": [1, 2], "words": "from 1 to 2"})))

    assert 'role="img" aria-label="from 1 to 2"' in drawn
    assert '<path d="M0 20H50V2H100"/>' in drawn


def test_a_plot_has_a_scale_a_limit_and_the_days_below() -> None:
    drawn = piece(
        "plot",
        title="Price",
        plot=plot([Point(0, 1), Point(0.5, 2)], limit=1.5),
        words="1, then 2",
        limit="your limit 1.5",
        days=["10-26", "11-25"],
    )

    assert drawn.count('class="ax"') == 5
    assert drawn.count('class="cap"') == 2
    assert "<li>10-26</li><li>11-25</li>" in drawn
    assert "your limit 1.5" in drawn


def test_without_a_limit_no_line_is_dashed() -> None:
    drawn = piece("plot", title="Price", plot=plot([Point(0, 1)]), words="1", days=[])

    assert 'class="cap"' not in drawn


def test_segments_have_a_legend_of_what_each_means() -> None:
    bars = segments([Segment("old", 1), Segment("ok", 3)])
    legend = [("old", "Rocky Linux 9.1"), ("ok", "Rocky Linux 9.3")]
    drawn = piece("segments", bars=bars, words="two meanings", legend=legend)

    assert drawn.count("<li>") == 2
    assert '<rect class="b-ok" x="250" width="750" height="20"/>' in drawn
    assert "<ul" not in piece("segments", bars=bars, words="two meanings")


def test_code_is_shown_once_and_copied_from_where_it_is_shown() -> None:
    drawn = piece("snip", code="curl <url>", label="Copy the command")

    assert drawn.count("curl &lt;url&gt;") == 1
    assert 'data-copy data-says="Copied" aria-label="Copy the command"' in drawn


@pytest.mark.parametrize(("is_current", "times"), [(True, 1), (False, 0)])
def test_the_tab_of_the_page_is_marked(is_current: bool, times: int) -> None:
    tab = {"label": "Changes", "url": "/c/x/changes/", "is_current": is_current, "count": 6}
    drawn = piece("tabs", tabs=[tab], label="Views of this list")

    assert drawn.count('aria-current="page"') == times
    assert '<span class="n num">6</span>' in drawn
