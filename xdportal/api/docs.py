"""What the page of the API says about each operation, from what is declared of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings

from xdportal.api import problems, specification
from xdportal.api.groups import GROUPS
from xdportal.api.operations import ANY, JSON, REGISTRY, Group, Operation
from xdportal.api.specification import BASE, IN_PATH, Document

TAGS = {"GET": "add", "DELETE": "del"}  # colours of methods; the others are changes
SAMPLES = {"slug": "SLUG", "kind": "images", "id": "4034", "n": "12", "pin": "NAME", "code": "7005"}
DEEPEST = 6


class Parameter(NamedTuple):
    name: str
    type: str
    is_needed: bool
    description: str


class Section(NamedTuple):
    group: Group
    operations: list["Described"]


@dataclass(frozen=True)
class Described:
    """One operation as the page shows it."""

    operation: Operation
    specified: Document

    @property
    def tag(self) -> str:
        return TAGS.get(self.operation.method, "chg")

    @property
    def scopes(self) -> list[str]:
        if self.operation.is_public or self.operation.scopes == ANY:
            return []
        return sorted(self.operation.scopes)

    @cached_property
    def parameters(self) -> list[Parameter]:
        return [_parameter(parameter) for parameter in self.specified["parameters"]]

    @cached_property
    def curl(self) -> str:
        lines = [f'curl -sS "{self._url}"']
        if self.operation.method not in ("GET", "POST"):
            lines[0] += f" -X {self.operation.method}"
        if not self.operation.is_public:
            lines.append('-H "Authorization: Bearer $XDP_KEY"')
        if self.operation.bodies:
            lines += self._body()
        elif self.operation.method == "POST":
            lines[0] += " -X POST"
        return " \\\n  ".join(lines)

    @cached_property
    def answer(self) -> str:
        """Return the shape of the answer; empty if it is no JSON of fields."""
        content = self._success.get("content", {})
        if JSON not in content or self.operation.is_public:
            return ""
        sample = _sample(content[JSON]["schema"], 0)
        return json.dumps(sample, ensure_ascii=False, indent=2)

    @property
    def media(self) -> list[str]:
        return [media for media in self._success.get("content", {}) if media != JSON]

    @cached_property
    def problems(self) -> list[problems.Kind]:
        statuses = {int(status) for status in self.specified["responses"]}
        return [kind for kind in problems.KINDS if kind.status in statuses and _is_said(self, kind)]

    @property
    def _success(self) -> Document:
        found: Document = self.specified["responses"][str(self.operation.status)]
        return found

    @property
    def _url(self) -> str:
        path = IN_PATH.sub(lambda name: SAMPLES[name[1]], self.operation.path)
        needed = [parameter for parameter in self.parameters if parameter.is_needed]
        names = IN_PATH.findall(self.operation.path)
        query = [f"{one.name}=…" for one in needed if one.name not in names]
        return f"{settings.SITE_URL}{BASE}{path}" + (f"?{'&'.join(query)}" if query else "")

    def _body(self) -> list[str]:
        media = next(iter(self.operation.bodies))
        text = self.operation.example or ("@error.txt" if media != JSON else "{}")
        option = "--data-binary" if media != JSON else "-d"
        quoted = text if text.startswith("@") else f"'{text}'"
        return [f'-H "Content-Type: {media}"', f"{option} {quoted}"]


def sections() -> list[Section]:
    paths = specification.document()["paths"]
    described = [
        Described(operation, paths[operation.path][operation.method.lower()])
        for operation in REGISTRY
    ]
    found = []
    for group in GROUPS:
        of_group = [one for one in described if one.operation.group is group]
        of_group.sort(key=lambda one: one.operation.path)
        if of_group:
            found.append(Section(group, of_group))
    return found


def _is_said(described: Described, kind: problems.Kind) -> bool:
    """Leave out the conflicts of other operations."""
    particular = described.operation.conflicts
    return kind.status != 409 or kind in (particular or (problems.CONFLICT,))


def _parameter(parameter: Document) -> Parameter:
    return Parameter(
        name=parameter["name"],
        type=_type_of(parameter["schema"]),
        is_needed=parameter["required"],
        description=parameter.get("description", ""),
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(_type_of(part) for part in schema["anyOf"])
    return str(schema.get("format") or schema.get("type", ""))


def _sample(schema: Mapping[str, Any], depth: int) -> Any:
    """Return a value of the schema's shape that says what stands where."""
    if "$ref" in schema:
        return _sample(_component(schema["$ref"]), depth)
    if "anyOf" in schema:
        return _sample(schema["anyOf"][0], depth)
    if "properties" in schema:
        if depth > DEEPEST:
            return {}
        return {name: _sample(part, depth + 1) for name, part in _ordered(schema)}
    if schema.get("type") == "array":
        return [_sample(schema["items"], depth + 1)]
    if schema.get("type") == "object":
        return {}
    return _plain_sample(schema)


def _plain_sample(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return "|".join(map(str, schema["enum"]))
    if schema.get("format") == "date-time":
        return "2026-11-25T01:30:12+00:00"
    return {"integer": 0, "boolean": False, "number": 0}.get(schema.get("type", ""), "…")


def _ordered(schema: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return the fields, what identifies a thing first."""
    properties: dict[str, Any] = schema["properties"]
    first = ("data", "id", "name", "connection")
    return sorted(properties.items(), key=lambda entry: entry[0] not in first)


def _component(reference: str) -> Mapping[str, Any]:
    components = specification.document()["components"]["schemas"]
    found: Mapping[str, Any] = components[reference.rpartition("/")[2]]
    return found
