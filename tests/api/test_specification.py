"""The served specification: valid, kept in docs/openapi.json, and never poorer than the last
release.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from tests.api import compatibility
from tests.api.conftest import Api
from xdportal.api import specification
from xdportal.catalog.addresses import id_part

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_it_is_valid(db: None) -> None:
    document = Api(None).get("/openapi.json").json()

    validate(document)
    assert document["openapi"] == "3.1.0"


def test_it_has_two_addresses(db: None) -> None:
    assert Api(None).get("/api/openapi.json").json() == Api(None).get("/openapi.json").json()


def test_an_id_in_a_path_is_described_as_what_it_names() -> None:
    paths = specification.document()["paths"]

    (recipe,) = paths["/recipes/{id}"]["get"]["parameters"]
    (*_list, item) = paths["/connections/{slug}/{kind}/{id}"]["get"]["parameters"]
    assert recipe["description"] == "The name of a recipe, or its UUID."
    assert item["schema"]["maxLength"] == len(id_part("\U0001f600" * 128))


def test_it_is_the_one_in_the_repository() -> None:
    kept = json.loads((DOCS / "openapi.json").read_text())

    assert kept == json.loads(json.dumps(specification.document())), "Run scripts/openapi.py."


def test_nothing_of_the_last_release_is_gone() -> None:
    released = json.loads((DOCS / "openapi.released.json").read_text())

    assert compatibility.broken(released, specification.document()) == []


DOCUMENT: dict[str, Any] = {
    "paths": {
        "/a": {
            "get": {
                "parameters": [{"name": "q", "in": "query", "required": False, "schema": {}}],
                "responses": {"200": {"content": {"application/json": {"schema": {}}}}},
            }
        }
    },
    "components": {
        "schemas": {
            "A": {"properties": {"x": {"enum": ["1", "2"]}, "y": {}}, "required": ["x"]},
        }
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(DOCUMENT))
    for path, value in changes.items():
        node = document
        *parents, last = path.split("__")
        for name in parents:
            node = node[int(name)] if isinstance(node, list) else node[name]
        if value is None:
            del node[last]
        else:
            node[last] = value
    return document


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (changed(), []),
        (changed(paths={}), ["/a is gone"]),
        (changed(**{"paths__/a__get": None}), ["GET /a is gone"]),
        (
            changed(**{"paths__/a__get__parameters__0__required": True}),
            ["GET /a: the parameter q is needed now"],
        ),
        (changed(**{"paths__/a__get__parameters": []}), ["GET /a: the parameter q is gone"]),
        (changed(**{"paths__/a__get__responses": {}}), ["GET /a: 200 is gone"]),
        (changed(components__schemas__A__properties__y=None), ["A.y is gone"]),
        (changed(components__schemas__A__required=["x", "y"]), []),
        (
            changed(components__schemas__A__properties__x__enum=["1"]),
            ["A.x: the value 2 is gone"],
        ),
    ],
)
def test_what_breaks_a_client_is_noticed(newer: dict[str, Any], expected: list[str]) -> None:
    assert compatibility.broken(DOCUMENT, newer) == expected


def test_a_new_input_that_is_needed_is_noticed() -> None:
    older = changed()
    older["paths"]["/a"]["get"]["requestBody"] = {
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
    }
    newer = json.loads(json.dumps(older))
    newer["components"]["schemas"]["A"]["required"] = ["x", "y"]

    assert compatibility.broken(older, newer) == ["A.y is needed now"]
