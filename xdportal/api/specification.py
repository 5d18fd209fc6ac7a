"""The OpenAPI 3.1 document, made from the operations as they are declared."""

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from xdportal import VERSION
from xdportal.api import problems, schemas
from xdportal.api.groups import GROUPS
from xdportal.api.operations import ANY, REGISTRY, Operation
from xdportal.catalog.kinds import KINDS

Document = dict[str, Any]
BASE = "/api/v1"
REFERENCE = "#/components/schemas/{name}"
GENERIC = re.compile(r"(?<=#/components/schemas/)\w+")
IN_PATH = re.compile(r"\{(\w+)\}")
TEXT = {"type": "string", "minLength": 1}
LONGEST_ID = 684  # in a path: ~, and 128 characters of four bytes each in base64url
PATH_PARAMETERS: dict[str, tuple[str, Document]] = {
    "slug": (gettext_noop("The connection."), TEXT),
    "kind": (gettext_noop("The kind of list."), {"type": "string", "enum": list(KINDS)}),
    "id": (
        gettext_noop(
            "The ID. If it has characters other than A-Za-z0-9._-, write ~ and the ID in base64url."
        ),
        {**TEXT, "maxLength": LONGEST_ID},
    ),
    "n": (gettext_noop("The number of a snapshot, or a time."), TEXT),
    "pin": (gettext_noop("The name of a pin, or its UUID."), TEXT),
    "code": (gettext_noop("The error code."), {"type": "integer"}),
}
RECIPE = (gettext_noop("The name of a recipe, or its UUID."), TEXT)
RETRY_AFTER = {
    "description": "Seconds to wait.",
    "schema": {"type": "integer", "minimum": 1},
}
ETAG = {"description": "For If-None-Match.", "schema": {"type": "string"}}
WAITING = frozenset({429, 503})


class Problem(msgspec.Struct):
    """An RFC 9457 problem."""

    type: schemas.Address
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list["InvalidField"] | msgspec.UnsetType = msgspec.UNSET
    candidates: list[dict[str, Any] | str] | msgspec.UnsetType = msgspec.UNSET
    nearest: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    last_seen: dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


class InvalidField(msgspec.Struct):
    field: str
    detail: str


@cache
def document() -> Document:
    """Return the document, which is the same in every language."""
    with translation.override("en"):
        return _document(REGISTRY)


def _document(operations: Iterable[Operation]) -> Document:
    declared = list(operations)
    types = _types(declared)
    by_type, components = _schemas(types)
    paths: dict[str, Document] = {}
    for operation in declared:
        path = paths.setdefault(operation.path, {})
        path[operation.method.lower()] = _operation(operation, by_type)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": BASE}],
        "tags": [{"name": group.name, "description": str(group.title)} for group in GROUPS],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": _problem_responses(),
            "securitySchemes": _security_schemes(),
        },
    }


def _schemas(types: list[Any]) -> tuple[dict[str, Document], Document]:
    """Return the schema of each type, and the named ones they refer to."""
    found, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    for name in [name for name in components if "_" in name]:  # of generics: One_Connection_
        components[name.replace("_", "")] = components.pop(name)
    plain = GENERIC.sub(lambda match: match[0].replace("_", ""), json.dumps([found, components]))
    found, components = json.loads(plain, object_hook=_with_numbers)
    return dict(zip(map(repr, types), found, strict=True)), components


def _with_numbers(schema: Document) -> Document:
    """A decimal is read from a text and from a number; msgspec describes the text alone."""
    if schema.get("format") == "decimal":
        return {**schema, "type": ["string", "number"]}
    return schema


def _types(operations: Iterable[Operation]) -> list[Any]:
    types: list[Any] = [Problem, *schemas.VARIANTS]
    for operation in operations:
        types += [*operation.answers.values(), *operation.bodies.values()]
        types += [answer for by_media in operation.others.values() for answer in by_media.values()]
        types += [field.type for field in msgspec.structs.fields(operation.query)]
    return list({repr(one): one for one in types}.values())


def _info() -> Document:
    return {
        "title": "xdportal",
        "version": VERSION,
        "description": str(
            _(
                "Lists of images and packages, their history, and the state of pinned IDs. Every "
                "error is a problem according to RFC 9457; a method that isn’t supported returns "
                "405 with Allow."
            )
        ),
    }


def _operation(operation: Operation, by_type: Mapping[str, Document]) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": str(operation.summary),
        "tags": [operation.group.name],
        "parameters": [*_in_path(operation), *_in_query(operation, by_type)],
        "responses": _responses(operation, by_type),
        "security": _security(operation),
    }
    if operation.description:
        described["description"] = str(operation.description)
    if operation.bodies:
        described["requestBody"] = {
            "required": operation.is_body_required,
            "content": _content(operation.bodies, by_type),
        }
    return described


def _in_path(operation: Operation) -> list[Document]:
    described = []
    for name in IN_PATH.findall(operation.path):
        is_recipe = operation.path.startswith("/recipes/")
        description, schema = RECIPE if is_recipe else PATH_PARAMETERS[name]
        described.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": description,
                "schema": schema,
            }
        )
    return described


def _in_query(operation: Operation, by_type: Mapping[str, Document]) -> list[Document]:
    described = []
    for field in msgspec.structs.fields(operation.query):
        schema = _without_null(by_type[repr(field.type)])
        parameter: Document = {"name": field.encode_name, "in": "query", "required": field.required}
        description = schema.pop("description", "")
        if description:
            parameter["description"] = description
        if not field.required and field.default is not None:
            schema["default"] = field.default
        parameter["schema"] = schema
        described.append(parameter)
    return described


def _without_null(schema: Document) -> Document:
    """A parameter is there or not: it cannot be null."""
    if "anyOf" not in schema:
        return dict(schema)
    others = [part for part in schema["anyOf"] if part.get("type") != "null"]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**others[0], **rest} if len(others) == 1 else {**rest, "anyOf": others}


def _responses(operation: Operation, by_type: Mapping[str, Document]) -> Document:
    success: Document = {"description": str(operation.summary)}
    if operation.answers:
        success["content"] = _content(operation.answers, by_type)
    responses: Document = {str(operation.status): success}
    if operation.is_read:
        success["headers"] = {"ETag": ETAG}
        responses["304"] = {"description": "Not modified.", "headers": {"ETag": ETAG}}
    for status in sorted(problems_of(operation)):
        responses[str(status)] = {"$ref": f"#/components/responses/{_name_of(status)}"}
    for status, by_media in operation.others.items():
        responses[str(status)] = _other(status, by_media, by_type)
    return dict(sorted(responses.items()))


def problems_of(operation: Operation) -> frozenset[int]:
    """Return the statuses of errors that this operation can answer with."""
    found = {406, 422, *operation.problems}
    if not operation.is_public:
        found |= {401, 429, 503}  # 503 also if the database or the queue is down
    if not operation.is_public and operation.scopes != ANY:
        found.add(403)
    if operation.bodies:
        found |= {413, 415}
    return frozenset(found - set(operation.others))


def _other(status: int, by_media: Mapping[str, Any], by_type: Mapping[str, Document]) -> Document:
    content = _content(by_media, by_type)
    if status >= 400:
        content[problems.MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
    described: Document = {"description": _title_of(status), "content": content}
    if status in WAITING:
        described["headers"] = {"Retry-After": RETRY_AFTER}
    return described


def _content(types: Mapping[str, Any], by_type: Mapping[str, Document]) -> Document:
    return {media: {"schema": by_type[repr(one)]} for media, one in types.items()}


def _problem_responses() -> Document:
    described: Document = {}
    for status in sorted({kind.status for kind in problems.KINDS}):
        response: Document = {
            "description": _title_of(status),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if status in WAITING:
            response["headers"] = {"Retry-After": RETRY_AFTER}
        described[_name_of(status)] = response
    return described


def _title_of(status: int) -> str:
    kinds = [kind for kind in problems.KINDS if kind.status == status]
    return " ".join(f"`{kind.code}`: {kind.explanation}" for kind in kinds)


def _name_of(status: int) -> str:
    kind = next(kind for kind in problems.KINDS if kind.status == status)
    return "".join(word.title() for word in kind.code.split("_"))


def _security_schemes() -> Document:
    return {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key: xdp_…"},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A browser that is signed in. For reading only.",
        },
    }


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.is_public:
        return []
    keys = [{"key": [str(scope)]} for scope in sorted(operation.scopes)]
    return [*keys, {"session": []}] if operation.is_read else keys
