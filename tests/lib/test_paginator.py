"""The foot of a list: where one is, how many rows a page has, the way to any other page."""

from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory

from tests.reading import squeezed


def foot(rows: int, size: int, query: str = "") -> str:
    page = Paginator(range(rows), size).get_page(1)
    request = RequestFactory().get(f"/list/?{query}")
    context = {"page": page, "request": request}
    return squeezed(render_to_string("includes/paginator.html", context))


def test_few_rows_have_none() -> None:
    assert foot(50, 50).strip() == ""


def test_two_sizes_lead_to_more_rows_and_keep_the_query() -> None:
    shown = foot(120, 50, "q=rocky&page=2")

    assert "<b>50</b>" in shown
    assert '<a href="?q=rocky&amp;rows=100">100</a>' in shown


def test_all_rows_on_one_page_still_lead_back() -> None:
    assert '<a href="?rows=50">50</a>' in foot(120, 200, "rows=200")


def test_a_page_of_another_size_has_no_choice() -> None:
    assert "rows=" not in foot(120, 25)


def test_among_many_pages_one_is_typed() -> None:
    shown = foot(500, 50, "q=rocky&type=BL&type=SC&page=3")

    assert shown.count('<input type="hidden"') == 3
    assert '<input type="hidden" name="type" value="SC">' in shown
    assert 'name="page" inputmode="numeric"' in shown
    assert 'name="page"' not in foot(120, 50)
