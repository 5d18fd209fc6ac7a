"""The outcome of a check as JUnit. Names stay the same from run to run: kind, place, id."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

Row = dict[str, Any]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def report(outcome: Row, at: datetime) -> str:
    cases = [*map(_case, outcome["pins"]), *map(_recipe, outcome["recipes"])]
    results = [result for result, _text in cases]
    attributes = {
        "id": "0",
        "package": "xdportal",
        "name": "xdportal",
        "timestamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
        "tests": str(len(cases)),
        "failures": str(results.count("failure")),
        "errors": str(results.count("error")),
        "skipped": str(results.count("skipped")),
        "time": "0",
    }
    return "\n".join(_lines(attributes, [text for _result, text in cases], outcome["verdict"]))


def _lines(attributes: dict[str, str], cases: Sequence[str], verdict: str) -> list[str]:
    return [
        HEAD,
        "<testsuites>",
        f"<testsuite {_written(attributes)}>",
        "<properties/>",
        *cases,
        f"<system-out>{escape(verdict)}</system-out>",
        "<system-err/>",
        "</testsuite>",
        "</testsuites>",
        "",
    ]


def _case(row: Row) -> tuple[str, str]:
    group = f"xdportal.{row['kind']}.{row['environment']}"
    result = "skipped" if row["ignored"] else _result(row)
    return result, _element(group, row["id"], row, result)


def _recipe(row: Row) -> tuple[str, str]:
    name = f"{row['image']} + {row['package']} ({row['billing']})"
    result = _result(row)
    return result, _element("xdportal.recipes", name, row, result)


def _result(row: Row) -> str:
    if row["state"] == "unknown":
        return "error"
    return "failure" if row["level"] == "critical" else ""


def _element(group: str, name: str, row: Row, result: str) -> str:
    head = f"<testcase {_written({'classname': group, 'name': name, 'time': '0'})}"
    if not result:
        return f"{head}/>"
    attributes = {"message": row["sentence"]}
    if result != "skipped":
        attributes["type"] = row["state"]
    text = escape(row["sentence"])
    return f"{head}><{result} {_written(attributes)}>{text}</{result}></testcase>"


def _written(attributes: dict[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
