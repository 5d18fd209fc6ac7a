"""The decoder's page: what it explains, what it knows of ids, what it never gives back."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.items import give, item, package
from tests.traces import stored
from xdportal.catalog.models import Catalog
from xdportal.connections.models import Connection
from xdportal.errorcodes.decoder import MAX_BYTES
from xdportal.errorcodes.reference import ROWS


@pytest.fixture
def rita(cast: SimpleNamespace, sign_in: Any) -> Client:
    return sign_in(cast.rita)


@pytest.fixture
def catalog(cast: SimpleNamespace) -> Catalog:
    """4005 (BL) was withdrawn; 4006 and 4007 are of the same system, 4007 of another type."""
    connection = Connection.objects.create(
        team=cast.team, owner=cast.mia, name="Main", environment="production", account_id="A1"
    )
    catalog = connection.catalogs.get(kind="images")
    now = timezone.now()
    listed = [
        item("4006", version="22.04 x64"),
        item("4007", type="ceph"),
        item("4008", name="CentOS"),
    ]
    give(catalog, [item("4005"), *listed], now - timedelta(days=2))
    give(catalog, listed, now - timedelta(days=1))
    return catalog


def decode(client: Client, text: str) -> Any:
    answer = client.post("/errors/decode/", {"text": text})
    assert answer.status_code == 200
    return answer


def test_each_documented_row_is_explained(rita: Client) -> None:
    for row in ROWS:
        page = decode(
            rita, f'{{"code":{row.code},"msg":"{row.message_zh}","traceId":"t-1"}}'
        ).content.decode()
        assert row.message_zh in page
        assert f"/errors/{row.code}/" in page


def test_a_withdrawn_image_is_the_cause_and_another_one_the_remedy(
    rita: Client, catalog: Catalog
) -> None:
    page = decode(rita, '{"imageId":"4005"} {"code":1003,"msg":"x"}')

    assert [image.item_id for image in page.context["remedy"].images] == ["4006"]
    html = page.content.decode()
    assert "Most likely cause: image 4005 was withdrawn." in html
    assert html.index("Most likely cause") < html.index("自定义业务异常")


def test_a_changed_type_is_the_cause_of_7005(rita: Client, catalog: Catalog) -> None:
    now = timezone.now()
    packages = catalog.connection.catalogs.get(kind="packages-payg")
    give(
        packages, [package("pk", type="BL"), package("other", type="ceph")], now - timedelta(days=2)
    )
    listed = [item("4006", version="22.04 x64", type="ceph"), item("4009", version="22.04 x64")]
    give(catalog, [*listed, item("4007"), item("4008", name="CentOS")], now - timedelta(minutes=12))
    page = decode(rita, 'imageId=4006 packageId=pk {"code":7005,"msg":"x"}')

    html = page.content.decode()
    assert "Most likely cause: image 4006 changed its type." in html
    assert "The package pk is of type BL, so the two do not fit." in html
    assert [image.item_id for image in page.context["remedy"].images] == ["4009", "4007"]
    assert page.context["remedy"].package.item_id == "other"
    assert "由 BL 类型变为 ceph 类型，请问是否为预期调整？" in page.context["message"]


def test_types_that_differ_are_both_named(rita: Client, catalog: Catalog) -> None:
    page = decode(
        rita, '-d {"imageId":"4007","type":"BL"} {"code":7005,"msg":"x"}'
    ).content.decode()

    assert "Most likely cause: the image and the package are of different types." in page
    assert "The text names the type BL, so the two do not fit." in page


def test_a_number_in_a_log_line_counts_as_an_id_if_it_is_one(
    rita: Client, catalog: Catalog
) -> None:
    page = decode(rita, "no host from 4008 (try 31): code 1005")

    assert [fate.item_id for fate in page.context["fates"]] == ["4008"]
    assert page.context["unknown"] == []


def test_nobody_learns_of_catalogs_of_other_teams(
    cast: SimpleNamespace, sign_in: Any, catalog: Catalog
) -> None:
    page = decode(sign_in(cast.stefan), "imageId=4005 code=1003")

    assert page.context["fates"] == []
    assert page.context["unknown"] == ["4005"]


def test_success_is_no_finding(rita: Client) -> None:
    page = decode(rita, '{"code":0,"msg":"success","success":true}').content.decode()

    assert "differs from the documented message" not in page
    assert "Other possible meanings" not in page
    assert "Message for the provider" not in page


def test_a_message_of_another_meaning_leads_to_that_meaning(rita: Client) -> None:
    page = decode(rita, '{"code":220018,"msg":"挂载主机类型错误"}').content.decode()

    assert page.index("挂载主机类型错误") < page.index("云硬盘和主机实例不在同一地区")
    assert 'href="/errors/220018/#220018-2"' in page


def test_a_package_in_the_text_is_shown(rita: Client) -> None:
    page = decode(rita, '{"packageId":"teTapaSUFq"} {"code":7005}').content.decode()

    assert '<span class="iid">teTapaSUFq</span>' in page
    assert "Never listed" in page


SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"code":999999,"msg":"odd","traceId":"t-1"}', "The provider does not document this code"),
        ('{"code":0,"msg":"success"}', "The call succeeded"),
        ("disk is already mounted", "Codes that match these words"),
        ('{"msg": "cut o', "No error code was found"),
        ("<html><script>alert(1)</script>", "A web page instead of an answer"),
        ("x" * MAX_BYTES, "No error code was found"),
        ("x" * MAX_BYTES + "x", "The text is too long: at most 128 KiB can be read."),
        ("错" * 2**20, "The text is too long: at most 128 KiB can be read."),
        ("", "Nothing was pasted"),
        ("\0\ud83d\ude00", "No error code was found"),
    ],
    ids=[
        "unknown",
        "success",
        "words",
        "broken",
        "html",
        "longest",
        "longer",
        "megabytes",
        "empty",
        "odd",
    ],
)
def test_anything_gets_a_clear_answer(rita: Client, text: str, said: str) -> None:
    page = decode(rita, text.encode("utf-8", "replace").decode()).content.decode()

    assert said in page
    assert "<script>alert" not in page


def test_a_secret_is_neither_shown_nor_stored(rita: Client, catalog: Catalog, caplog: Any) -> None:
    text = (
        f'Authorization: Basic {SECRET}\n{{"secret":"{SECRET}"}} token={SECRET} '
        f"4vL4rcNGNcgx5v0RLCcFew code=401"
    )
    page = decode(rita, text).content.decode()

    assert "4 tokens or secrets" in page
    assert SECRET not in page
    assert "4vL4rcNGNcgx5v0RLCcFew" not in page
    assert [row for row in stored() if SECRET in row] == []
    assert SECRET not in caplog.text


def test_a_text_that_is_too_long_is_not_repeated(rita: Client) -> None:
    page = decode(rita, f"secret={SECRET}" + "x" * MAX_BYTES).content.decode()

    assert "xxxx" not in page
    assert SECRET not in page


def test_megabytes_are_refused_in_words(rita: Client) -> None:
    answer = rita.post("/errors/decode/", {"text": "x" * 6_000_000})

    assert answer.status_code == 400
    assert "The request is too large or damaged." in answer.content.decode()


def test_a_link_shows_the_same_explanation_without_the_text(rita: Client, catalog: Catalog) -> None:
    pasted = decode(rita, 'render-07 imageId=4005 {"code":220018,"msg":"挂载主机类型错误"}')
    link = pasted.context["link"]
    shared = rita.get(link)

    assert link == "http://testserver/errors/decode/?meaning=220018-2&image=4005"
    assert [fate.item_id for fate in shared.context["fates"]] == ["4005"]
    assert shared.context["pasted"].meanings[0].row.anchor == "220018-2"
    assert "render-07" not in shared.content.decode()


def test_looking_costs_no_query_of_its_own(rita: Client, django_assert_num_queries: Any) -> None:
    # session, user, teams, lists, pins and events of the side bar
    with django_assert_num_queries(7):
        rita.get("/errors/decode/")
