"""The reference: a list of every documented code, and a page for each."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from xdportal.errorcodes.reference import ROWS


@pytest.fixture
def client(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.rita)


def html(client: Client, path: str, **query: str) -> str:
    answer = client.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def anchors(page: str) -> list[str]:
    return re.findall(r'<article class="code" id="([^"]+)"', page)


# The list


def test_every_documented_row_is_on_the_list(client: Client) -> None:
    found = anchors(html(client, "/errors/"))

    assert len(found) == len(set(found)) == 88
    assert found[:11] == [
        *("220001", "220002", "220016", "220017", "220012", "220018"),
        *("220004", "220018-2", "220024", "220010", "1021"),
    ]


def test_the_list_stays_light(client: Client) -> None:
    assert len(client.get("/errors/").content) < 100_000


def test_each_row_leads_to_its_place_on_its_codes_page(client: Client) -> None:
    links = re.findall(r'href="(/errors/\d+/[^"]*)"', html(client, "/errors/"))

    assert len(links) == 88
    assert links[5] == "/errors/220018/"
    assert links[7] == "/errors/220018/#220018-2"


@pytest.mark.parametrize("query", ["主机", "host"])
def test_both_meanings_of_220018_are_found_in_both_languages(client: Client, query: str) -> None:
    assert {"220018", "220018-2"} <= set(anchors(html(client, "/errors/", q=query)))


def test_synonyms_find_a_code(client: Client) -> None:
    assert anchors(html(client, "/errors/", q="type mismatch")) == ["7005", "7005-2"]


def test_chinese_and_english_stand_side_by_side(client: Client) -> None:
    page = html(client, "/errors/", q="220018", api="image-list")

    assert anchors(page) == ["220018", "220018-2"]
    assert "云硬盘和主机实例不在同一地区" in page
    assert "Wrong type of host to attach to" in page


def test_the_sms_service_is_marked(client: Client) -> None:
    assert html(client, "/errors/").count('<span class="tag">SMS service</span>') == 3


def test_what_is_not_found_is_repeated_as_text(client: Client) -> None:
    page = html(client, "/errors/", q="<b>x")

    assert "No code matches" in page
    assert "&lt;b&gt;x" in page


# A code's page


@pytest.mark.parametrize("code", sorted({row.code for row in ROWS}))
def test_every_code_has_a_page_with_all_its_rows(client: Client, code: int) -> None:
    page = html(client, f"/errors/{code}/")
    rows = [row for row in ROWS if row.code == code]

    for row in rows:
        assert f'<li id="{row.anchor}">' in page
        assert row.document in page
        assert row.message_zh in page
        assert row.solution_zh.replace("'", "&#x27;") in page


def test_its_title_names_the_code_and_its_meaning(client: Client) -> None:
    page = html(client, "/errors/7005/")

    title = "7005 The host package and the image are of different types · Error codes · xdportal"
    assert f"<title>{title}</title>" in page


def test_a_code_with_two_meanings_says_so(client: Client) -> None:
    page = html(client, "/errors/220018/")

    assert "<title>220018 has 2 meanings · Error codes · xdportal</title>" in page
    assert page.index("云硬盘和主机实例不在同一地区") < page.index("挂载主机类型错误")


def test_the_same_error_under_another_code_is_linked(client: Client) -> None:
    assert 'href="/errors/220004/"' in html(client, "/errors/220012/")
    assert 'href="/errors/6002/"' in html(client, "/errors/7005/")


def test_titles_are_unique(client: Client) -> None:
    codes = {row.code for row in ROWS}
    pages = [html(client, f"/errors/{code}/") for code in codes]

    assert len({re.search("<title>(.*)</title>", page)[1] for page in pages}) == len(codes)  # type: ignore[index]


def test_an_undocumented_code_has_no_page(client: Client) -> None:
    assert client.get("/errors/999999/").status_code == 404


@pytest.mark.parametrize("path", ["/errors/", "/errors/220018/"])
def test_pages_ask_the_database_for_nothing_of_their_own(
    client: Client, django_assert_num_queries: Any, path: str
) -> None:
    # session, user, teams, lists, pins and events of the side bar
    with django_assert_num_queries(7):
        client.get(path)
