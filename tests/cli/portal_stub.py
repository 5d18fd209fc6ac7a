"""A portal on loopback that refuses what the real one would refuse, and keeps what it was sent."""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.cli.portal import Meaning

Json = dict[str, Any]

KEY = re.compile(r"Bearer (xdp_[A-Za-z0-9]{12}_[A-Za-z0-9_-]{43}_[A-Za-z0-9]{6})")
KINDS = ("images", "packages-payg", "packages-rental", "personal")
PIN_FIELDS = {"id", "kind", "environment", "connection", "meaning", "ignore"}
RESOLVE_PARAMETERS = {
    "environment",
    "connection",
    "name",
    "version",
    "type",
    "as_of",
    "pin",
    "allow_stale",
}
CHECKED_AT = "2026-11-25T01:30:12Z"


class Problem(Exception):
    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        self.status = status
        self.body = {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": detail,
            **more,
        }


@dataclass
class Listing:
    """One list of one connection."""

    items: dict[str, Meaning] = field(default_factory=dict)
    ever: dict[str, Meaning] = field(default_factory=dict)
    stale: bool = False
    held: bool = False


@dataclass
class Connection:
    slug: str
    environment: str
    lists: dict[str, Listing] = field(default_factory=lambda: {kind: Listing() for kind in KINDS})


@dataclass
class Sent:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


class PortalStub:
    key = f"xdp_{'a' * 12}_{'b' * 43}_{'c' * 6}"
    wrong_key = f"xdp_{'a' * 12}_{'x' * 43}_{'c' * 6}"

    def __init__(self) -> None:
        self.connections = [Connection("farm", "production"), Connection("lab", "sandbox")]
        self.pins: dict[str, str] = {}
        self.sent: list[Sent] = []
        self.script: list[
            tuple[int, dict[str, str], bytes]
        ] = []  # answers to give instead, in turn
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def list_of(self, kind: str, environment: str) -> Listing:
        connection = next(each for each in self.connections if each.environment == environment)
        return connection.lists[kind]

    def list_item(
        self, item_id: str, meaning: Meaning, kind: str = "images", environment: str = "production"
    ) -> None:
        listing = self.list_of(kind, environment)
        listing.items[item_id] = listing.ever[item_id] = meaning

    def withdraw(self, item_id: str, kind: str = "images", environment: str = "production") -> None:
        del self.list_of(kind, environment).items[item_id]

    def make_stale(self, kind: str = "images", environment: str = "production") -> None:
        self.list_of(kind, environment).stale = True

    @property
    def bodies(self) -> list[Json]:
        return [json.loads(request.body) for request in self.sent if request.body]

    def answer(self, request: Sent) -> Json:
        self._authenticate(request)
        parts = urlsplit(request.path)
        query = parse_qsl(parts.query, keep_blank_values=True)
        if (request.method, parts.path) == ("POST", "/api/v1/check"):
            _only("query", [name for name, _ in query], {"strict"})
            return self._check(_json_body(request))
        if (request.method, parts.path) == ("GET", "/api/v1/resolve"):
            _only("query", [name for name, _ in query], RESOLVE_PARAMETERS)
            return self._resolve(_values(query))
        raise Problem(404, "Not found", "There is nothing here.")

    def _authenticate(self, request: Sent) -> None:
        found = KEY.fullmatch(request.headers.get("authorization", ""))
        if not found or found[1] != self.key:
            raise Problem(401, "Unauthorized", "This key is unknown, expired or revoked.")

    def _check(self, body: Json) -> Json:
        _only("body", list(body), {"pins", "recipes"})
        pins = body.get("pins", [])
        for index, pin in enumerate(pins):
            _valid_pin(f"pins.{index}", pin)
        judged = [self._judge(pin) for pin in pins]
        catalogs = {(found.slug, kind): _catalog(found, kind) for _, found, kind in judged}
        rows = [row for row, _, _ in judged]
        states = {row["state"] for row in rows}
        verdict = "ok"
        if states & {"withdrawn", "meaning_changed", "never_listed"}:
            verdict = "broken"
        elif "unknown" in states:
            verdict = "unknown"
        return {
            "verdict": verdict,
            "pins": rows,
            "recipes": [],
            "catalogs": list(catalogs.values()),
        }

    def _judge(self, pin: Json) -> tuple[Json, Connection, str]:
        kind = pin.get("kind", "images")
        connection = self._connection(pin)
        row = _judged(pin["id"], pin.get("meaning"), connection.lists[kind])
        return row, connection, kind

    def _connection(self, where: Json) -> Connection:
        slug, environment = where.get("connection"), where.get("environment")
        if slug:
            matches = [each for each in self.connections if each.slug == slug]
            if not matches:
                raise Problem(404, "Not found", f"There is no connection {slug}.")
            return matches[0]
        matches = [each for each in self.connections if environment in (None, each.environment)]
        if len(matches) != 1:
            words = f"{len(matches)} connections match: name one."
            raise Problem(
                409, "which_connection", words, candidates=[each.slug for each in matches]
            )
        return matches[0]

    def _resolve(self, query: dict[str, str]) -> Json:
        if "pin" in query:
            if query["pin"] not in self.pins:
                raise Problem(404, "Not found", "There is no such pin.")
            return {"data": {"id": self.pins[query["pin"]]}, "rule": "pin", "lock": {}, "meta": {}}
        listing = self._connection(query).lists["images"]
        if listing.stale and query.get("allow_stale") != "1":
            raise Problem(503, "Unknown", "The list of images has not been read since 07:12.")
        wanted = {name: query[name] for name in ("name", "version", "type") if name in query}
        matches = [
            {"id": item_id, **meaning}
            for item_id, meaning in listing.items.items()
            if wanted.items() <= meaning.items()
        ]
        if not matches:
            raise Problem(
                404, "Not found", "No image matches.", nearest=[{"id": "4106", "name": "Rocky"}]
            )
        if len(matches) > 1:
            raise Problem(409, "Ambiguous", "Several images match.", candidates=matches)
        return {"data": matches[0], "rule": "exact", "lock": {}, "meta": {"snapshot": 79}}


def _values(query: list[tuple[str, str]]) -> dict[str, str]:
    for name, value in query:
        if not value:
            raise _invalid(f"query.{name}", "must not be empty")
    if len(dict(query)) != len(query):
        raise _invalid("query", "a parameter is given twice")
    return dict(query)


def _invalid(name: str, detail: str) -> Problem:
    errors = [{"field": name, "detail": detail}]
    return Problem(422, "Invalid input", "The request is not valid.", errors=errors)


def _only(where: str, names: list[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise _invalid(f"{where}.{name}", "unknown field")


def _json_body(request: Sent) -> Json:
    if request.headers.get("content-type") != "application/json":
        raise Problem(415, "Unsupported media type", "Send application/json.")
    if len(request.body.encode()) > 1024 * 1024:
        raise Problem(413, "Too large", "The body is larger than 1 MiB.")
    body = json.loads(request.body)
    if not isinstance(body, dict):
        raise _invalid("body", "must be an object")
    return body


def _valid_pin(where: str, pin: Json) -> None:
    for name in pin:
        if name not in PIN_FIELDS:
            raise _invalid(f"{where}.{name}", "unknown field")
    if not isinstance(pin.get("id"), str) or not 1 <= len(pin["id"]) <= 128:
        raise _invalid(f"{where}.id", "must be a text of 1 to 128 characters")
    if pin.get("kind", "images") not in KINDS:
        raise _invalid(f"{where}.kind", "unknown kind")
    if pin.get("environment", "sandbox") not in ("production", "sandbox"):
        raise _invalid(f"{where}.environment", "unknown environment")
    meaning = pin.get("meaning", {})
    if not isinstance(meaning, dict) or not all(
        isinstance(value, str) for value in meaning.values()
    ):
        raise _invalid(f"{where}.meaning", "must be an object of texts")


def _judged(item_id: str, meaning: Meaning | None, listing: Listing) -> Json:
    now, before = listing.items.get(item_id), listing.ever.get(item_id)
    was = meaning or before
    state, level = _state(was, now, listing)
    return {
        "id": item_id,
        "state": state,
        "level": level,
        "since": None if state == "ok" else CHECKED_AT,
        "was": was,
        "now": now,
        "successors": _successors(item_id, was, listing) if level else [],
        "sentence": f"{item_id}: {state.replace('_', ' ')} since 05:35.",
        "url": None,
    }


def _state(was: Meaning | None, now: Meaning | None, listing: Listing) -> tuple[str, str | None]:
    if listing.stale or listing.held:
        return "unknown", None
    if now is None:
        return ("withdrawn", "critical") if was else ("never_listed", "critical")
    if was is None or was == now:
        return "ok", None
    different = {name for name in now if now[name] != was.get(name)}
    return "meaning_changed", "warning" if different == {"version"} else "critical"


def _successors(item_id: str, was: Meaning | None, listing: Listing) -> list[Json]:
    return [
        {"id": other, "reason": "same system, version and type"}
        for other, meaning in listing.items.items()
        if other != item_id and meaning == was
    ]


def _catalog(connection: Connection, kind: str) -> Json:
    listing = connection.lists[kind]
    return {
        "connection": connection.slug,
        "kind": kind,
        "snapshot": 79 if listing.ever else None,
        "checked_at": CHECKED_AT,
        "stale": listing.stale,
        "held": listing.held,
    }


def _handler(portal: PortalStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve("")

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            self._serve(self.rfile.read(length).decode())

        def _serve(self, body: str) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Sent(self.command, self.path, headers, body)
            portal.sent.append(request)
            if portal.script:
                self._send(*portal.script.pop(0))
                return
            try:
                self._send_json(200, "application/json", portal.answer(request))
            except Problem as problem:
                self._send_json(problem.status, "application/problem+json", problem.body)

        def _send_json(self, status: int, kind: str, body: Json) -> None:
            self._send(status, {"Content-Type": kind}, json.dumps(body).encode())

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    return Handler
