"""What a newer specification takes away from clients of an older one."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


def broken(older: Document, newer: Document) -> list[str]:
    return [*_paths(older, newer), *_schemas(older, newer)]


def _paths(older: Document, newer: Document) -> Iterator[str]:
    for path, methods in older["paths"].items():
        if path not in newer["paths"]:
            yield f"{path} is gone"
            continue
        for method in METHODS:
            if method in methods:
                name = f"{method.upper()} {path}"
                yield from _operation(name, methods[method], newer["paths"][path].get(method))


def _operation(name: str, older: Document, newer: Document | None) -> Iterator[str]:
    if newer is None:
        yield f"{name} is gone"
        return
    before = {one["name"]: one for one in older.get("parameters", [])}
    after = {one["name"]: one for one in newer.get("parameters", [])}
    for parameter, described in before.items():
        if parameter not in after:
            yield f"{name}: the parameter {parameter} is gone"
            continue
        yield from _values(f"{name} {parameter}", described["schema"], after[parameter]["schema"])
    for parameter, described in after.items():
        was_needed = before.get(parameter, {}).get("required", False)
        if described["required"] and not was_needed:
            yield f"{name}: the parameter {parameter} is needed now"
    for status, response in older["responses"].items():
        media = response.get("content", {})
        others = newer["responses"].get(status)
        if others is None:
            yield f"{name}: {status} is gone"
            continue
        for one in media:
            if one not in others.get("content", {}):
                yield f"{name}: {status} {one} is gone"


def _schemas(older: Document, newer: Document) -> Iterator[str]:
    inputs = _inputs(older)
    for name, schema in older["components"]["schemas"].items():
        other = newer["components"]["schemas"].get(name)
        if other is None:
            yield f"{name} is gone"
            continue
        for field, described in schema.get("properties", {}).items():
            if field not in other.get("properties", {}):
                yield f"{name}.{field} is gone"
                continue
            yield from _values(f"{name}.{field}", described, other["properties"][field])
        if name in inputs:
            for field in other.get("required", []):
                if field not in schema.get("required", []):
                    yield f"{name}.{field} is needed now"


def _values(name: str, older: Document, newer: Document) -> Iterator[str]:
    if "enum" in older and "enum" in newer:
        for value in older["enum"]:
            if value not in newer["enum"]:
                yield f"{name}: the value {value} is gone"


def _inputs(document: Document) -> set[str]:
    """Return the names of the schemas that bodies are made of."""
    found: set[str] = set()
    waiting = [
        operation["requestBody"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(document["components"]["schemas"][name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"].rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
