"""The reference of error codes, and what a pasted error means."""

from typing import Any

import pytest

from tests.api.conftest import Api
from xdportal.catalog.models import Catalog
from xdportal.errorcodes.reference import ROWS


def test_the_whole_reference_is_walked(api: Api) -> None:
    rows = api.walk("/errors", {"limit": "30"})

    assert [row["code"] for row in rows] == [row.code for row in ROWS]


def test_a_code_with_its_meanings(api: Api) -> None:
    answer = api.get("/errors/7005").json()

    (first, *_others) = answer["data"]
    assert (first["code"], first["url"][-13:]) == (7005, "/errors/7005/")
    assert answer["next"] is None


def test_one_call_of_a_code(api: Api) -> None:
    row = next(row for row in ROWS if row.path)

    rows = api.data(f"/errors/{row.code}", {"api": row.api_slug})

    assert {found["api"] for found in rows} == {row.api_slug}


@pytest.mark.parametrize("code", ["1", "x", "1.5", "9" * 30, "²"])
def test_a_code_that_is_not_documented_is_nowhere(api: Api, code: str) -> None:
    assert api.get(f"/errors/{code}").status_code == 404


def test_a_call_that_does_not_exist_is_refused(api: Api) -> None:
    assert api.get("/errors", {"api": "nothing"}).status_code == 422


def decoded(api: Api, text: str) -> Any:
    return api.client.post(
        "/api/v1/decode", data=text, content_type="text/plain", headers=api.headers
    )


def test_a_pasted_error_is_explained(api: Api, images: Catalog) -> None:
    text = '{"code": 7005, "msg": "error", "traceId": "t1"} imageId=4034'

    data = decoded(api, text).json()["data"]

    assert (data["code"], data["trace_id"], data["image_ids"]) == (7005, "t1", ["4034"])
    assert data["meanings"][0]["code"] == 7005
    assert [(known["connection"], known["id"], known["listed"]) for known in data["known"]] == [
        (images.slug, "4034", True)
    ]


def test_nothing_to_explain_is_refused(api: Api) -> None:
    assert decoded(api, " ").status_code == 422
    assert decoded(api, "x" * 200_000).status_code == 422
