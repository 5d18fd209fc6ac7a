"""The link to an explained error leads to the same explanation, and holds nothing of the text."""

import pytest
from django.http import QueryDict

from xdportal.errorcodes.decoder import Pasted, read
from xdportal.errorcodes.sharing import query_of, text_of

PASTED = (
    "2026-11-25 05:53:20 +0800 render-07: imageId=4005 imageId=4006 packageId=teTapaSUFq "
    '{"code":220018,"msg":"挂载主机类型错误","traceId":"t-1"}'
)


def opened(query: str) -> Pasted:
    return read(text_of(QueryDict(query)))


def test_a_link_leads_to_the_same_meaning_ids_and_time() -> None:
    pasted = read(PASTED)
    shared = opened(query_of(pasted))

    assert shared.meanings[0].row.anchor == "220018-2"
    assert shared.image_ids == pasted.image_ids == ("4005", "4006")
    assert shared.package_ids == pasted.package_ids == ("teTapaSUFq",)
    assert shared.at == pasted.at == "2026-11-25 05:53:20 +0800"


def test_a_link_holds_nothing_else() -> None:
    assert query_of(read(PASTED)) == (
        "meaning=220018-2&image=4005&image=4006&package=teTapaSUFq&at=2026-11-25+05%3A53%3A20+%2B0800"
    )


def test_an_undocumented_code_has_no_link() -> None:
    assert query_of(read('{"code":999999}')) == ""


@pytest.mark.parametrize(
    "query", ["", "meaning=", "meaning=999999", "image=4005", f"meaning=7005&image={'9' * 140_000}"]
)
def test_a_query_that_shares_nothing_is_an_empty_form(query: str) -> None:
    assert text_of(QueryDict(query)) == ""


def test_what_is_no_id_is_not_read_as_one() -> None:
    shared = opened("meaning=7005&image=<script>&image=None&package=token%3Dhunter2&at=yesterday")

    assert (shared.image_ids, shared.package_ids, shared.at) == ((), ("token=•••",), "")
