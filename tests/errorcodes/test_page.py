import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def client(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.rita)


def anchors(page: Any) -> list[str]:
    return re.findall(r'<article class="code" id="([^"]+)"', page.content.decode())


def test_every_documented_row_stands_on_the_page(client: Client) -> None:
    found = anchors(client.get("/errors/"))

    assert len(found) == len(set(found)) == 79
    assert found[:11] == [
        "220001", "220002", "220016", "220017", "220012", "220018", "220004", "220018-2", "220024", "220010", "1021"
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["主机", "host"])
def test_both_meanings_of_220018_are_found_in_both_languages(client: Client, query: str) -> None:
    found = anchors(client.get("/errors/", {"q": query}))

    assert {"220018", "220018-2"} <= set(found)


def test_chinese_and_english_stand_side_by_side_with_the_source(client: Client) -> None:
    page = client.get("/errors/?q=220018&api=image-list").content.decode()

    assert "云硬盘和主机实例不在同一地区" in page
    assert "挂载主机类型错误" in page
    assert page.count("<code>000_f0c9cbfe5113e6cb.txt</code>") == 2
    assert page.count("English (ours)") == 2


def test_a_code_leads_to_its_anchor(client: Client) -> None:
    assert client.get("/errors/220018/").headers["Location"] == "/errors/#220018"
    assert client.get("/errors/999999/").status_code == 404


def test_what_is_not_found_is_repeated_as_text(client: Client) -> None:
    page = client.get("/errors/", {"q": "<b>x"}).content.decode()

    assert "No code matches" in page
    assert "&lt;b&gt;x" in page


def test_it_asks_the_database_for_nothing_of_its_own(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # session, user, catalogs and teams of the side bar
        client.get("/errors/")
