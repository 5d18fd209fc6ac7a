"""Every answer of the API in any test is held against the served specification."""

import gzip
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import xdportal.api.urls  # noqa: F401 (declares the operations)
from xdportal.api import specification

BASE = "/api/v1"
ROOT = "urn:spec"
SEEN: set[tuple[str, int]] = set()  # (operation, status) of this process


class Broken(AssertionError):
    """The API does not keep what its specification says."""


def validated(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """A middleware for tests."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.path.startswith(f"{BASE}/"):
            check(request, response)
        return response

    return middleware


def check(request: HttpRequest, response: HttpResponseBase) -> None:
    if response.status_code >= 400:
        _check_problem(request, response)
    operation = operation_of(request)
    if operation is None or response.status_code == 405 or request.method == "OPTIONS":
        return
    name = operation["operationId"]
    status = str(response.status_code)
    if status not in operation["responses"]:
        raise Broken(f"{name} does not document the status {status}.")
    SEEN.add((name, response.status_code))
    described = _resolved(operation["responses"][status])
    for header in described.get("headers", {}):
        if header not in response.headers:
            raise Broken(f"{name} {status} lacks the header {header}.")
    _check_content(f"{name} {status}", described, request, response)


def operation_of(request: HttpRequest) -> dict[str, Any] | None:
    method = "get" if request.method == "HEAD" else (request.method or "").lower()
    for pattern, path in _patterns():
        if pattern.fullmatch(request.path.removeprefix(BASE)):
            found: dict[str, Any] | None = path.get(method)
            return found
    return None


def _check_content(
    where: str, described: dict[str, Any], request: HttpRequest, response: Any
) -> None:
    if request.method == "HEAD" or response.status_code == 304:
        return
    content = described.get("content", {})
    if not content and not response.content:
        return
    media = response.headers["Content-Type"].partition(";")[0]
    if media not in content:
        raise Broken(f"{where} does not document {media}.")
    if not media.endswith("json"):
        return
    validator = _validator(json.dumps(content[media]["schema"]))
    found = validator.iter_errors(json.loads(content_of(response)))
    errors = [error.message for error in found]
    if errors:
        raise Broken(f"{where}: {errors[:3]}")


def content_of(response: Any) -> bytes:
    """Return the body as it was before it was compressed."""
    content: bytes = response.content
    is_packed = response.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(content) if is_packed else content


def _check_problem(request: HttpRequest, response: Any) -> None:
    media = response.headers["Content-Type"].partition(";")[0]
    if media != "application/problem+json" or request.method == "HEAD":
        return
    problem = json.loads(content_of(response))
    schema = json.dumps({"$ref": "#/components/schemas/Problem"})
    errors = [error.message for error in _validator(schema).iter_errors(problem)]
    if errors or problem["status"] != response.status_code:
        raise Broken(f"{request.path}: {errors[:3]} {problem}")


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    found: Any = specification.document()
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: dict[str, Any] = found
    return resolved


@cache
def _patterns() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    """Return the paths as patterns; words before parameters, as the routes are."""
    paths = specification.document()["paths"]
    ordered = sorted(paths, key=lambda path: (path.count("{"), path))
    return [
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), paths[path])
        for path in ordered
    ]


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Return a validator that refuses fields which the specification does not name."""
    document = _closed(json.loads(json.dumps(specification.document())))
    registry = Registry().with_resource(ROOT, Resource(document, DRAFT202012))
    absolute = json.loads(schema.replace('"#/', f'"{ROOT}#/'))
    return Draft202012Validator(absolute, registry=registry, format_checker=FormatChecker())


def _closed(document: dict[str, Any]) -> dict[str, Any]:
    for schema in document["components"]["schemas"].values():
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    document["components"]["schemas"]["Problem"]["additionalProperties"] = True
    return document
