"""A team's pins for scripts: CSV, JSON, and an .env file with a variable a pin."""

import json
import re
from collections.abc import Iterator, Sequence

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from xdportal.accounts.models import Team
from xdportal.alerts import records
from xdportal.alerts.pins.state import Finding
from xdportal.alerts.pins.states import State
from xdportal.lib.csv import csv_pieces, rows_of

COLUMNS = ("name", "id", "connection", "environment", "kind", "state", "level", "revision")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "env": "text/plain; charset=utf-8",
}
NOT_IN_A_NAME = re.compile(r"[^A-Z0-9]+")


def respond(team: Team, findings: Sequence[Finding], ending: str) -> HttpResponseBase:
    lines = {"csv": _csv, "json": _json, "env": _env}[ending]
    answer = StreamingHttpResponse(lines(findings), content_type=TYPES[ending])
    name = f"xdportal-{team.slug}-pins-{timezone.localtime():%Y%m%d-%H%M}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _csv(findings: Sequence[Finding]) -> Iterator[str]:
    columns = [*COLUMNS, "sentence"]
    return csv_pieces(columns, rows_of(columns, map(records.pin, findings)))


def _json(findings: Sequence[Finding]) -> Iterator[str]:
    yield json.dumps({"pins": records.pins(findings)}, ensure_ascii=False, indent=2)


def _env(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield `MAYA_BASE=4034`; above what is not fine, a comment that says so."""
    taken: set[str] = set()
    for finding in sorted(findings, key=lambda one: one.pin.name):
        if finding.state is not State.OK:
            yield f"# {records.sentence(finding)}\n"
        yield f"{_variable(finding.pin.name, taken)}={_quoted(finding.revision.item_id)}\n"


def _variable(name: str, taken: set[str]) -> str:
    """Return a name for the shell; of two that come out alike, the second gets a number."""
    base = NOT_IN_A_NAME.sub("_", name.upper()).strip("_") or "PIN"
    if base[0].isdigit():
        base = f"PIN_{base}"
    variable = base
    number = 2
    while variable in taken:
        variable = f"{base}_{number}"
        number += 1
    taken.add(variable)
    return variable


def _quoted(item_id: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9._-]+", item_id):
        return item_id
    escaped = item_id.replace("'", "'\\''")
    return f"'{escaped}'"
