#!/usr/bin/env python3
"""Check the image and package ids that your files rely on against an xdportal.

One file, standard library only, Python 3.8 or newer. Settings: XDP_URL, XDP_KEY.

Exit status
  0  everything is ok
  1  a finding at or above --fail-on
  2  usage or configuration error, or the portal refused the key
  3  unknown: the portal or one of its lists could not be read (see --unknown)
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import http.client
import json
import os
import re
import stat
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, Iterator, NamedTuple, Tuple
from xml.sax.saxutils import escape, quoteattr

VERSION = "0.1.0"

OK, FOUND, REFUSED, UNKNOWN = 0, 1, 2, 3
LEVELS = ("info", "warning", "critical")
KINDS = ("images", "packages-payg", "packages-rental", "personal")
ENVIRONMENTS = ("production", "sandbox")
FORMATS = ("text", "json", "junit", "github", "gitlab")
LOCK_FILE = "images.lock"

MAX_ANSWER = 8 * 1024 * 1024
PINS_A_REQUEST = 200  # with the longest texts still below the portal's 1 MiB
MAX_WAIT = 60  # seconds to wait, in all, for a portal that says "too many requests"

Json = Dict[str, Any]


class Failure(Exception):
    """Ends the program with a message and an exit status."""

    status = REFUSED


class Misuse(Failure):
    """Usage, configuration, or a key that the portal refused."""


class Unanswered(Failure):
    """The portal could not be reached, or does not know."""

    status = UNKNOWN


class Refusal(Misuse):
    """The portal understood the request and refused it."""

    def __init__(self, code: int, problem: Json) -> None:
        self.code = code
        self.problem = problem
        super().__init__(_problem_words(code, problem))


def _problem_words(code: int, problem: Json) -> str:
    words = clean(problem.get("detail") or problem.get("title") or f"HTTP {code}")
    errors = problem.get("errors")
    if not isinstance(errors, list):
        return words
    named = [
        f"{clean(e.get('field'))}: {clean(e.get('detail'))}" for e in errors if isinstance(e, dict)
    ]
    return "; ".join([words, *named])


def clean(text: object) -> str:
    """Return the text on one line and without control characters: it may come from anywhere."""
    printable = (c if c.isprintable() else " " for c in str(text if text is not None else ""))
    return " ".join("".join(printable).split())


def encoded(text: str) -> bytes:
    """Return the text in UTF-8. What UTF-8 can't express is escaped as in JSON.

    A file name may be no UTF-8; the file system's bytes are surrogates then.
    """
    return text.encode("utf-8", "backslashreplace")


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


def say(*words: object) -> None:
    print("xdportal:", *words, file=sys.stderr)


# The portal ----------------------------------------------------------------------------------


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Refuses redirects: they would send the key elsewhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Portal:
    """The portal's REST API. Proxies are taken from the environment, as urllib does."""

    def __init__(self, url: str, key: str, timeout: float) -> None:
        self.url = url
        self.timeout = timeout
        self._key = key
        self._opener = urllib.request.build_opener(NoRedirect)
        self._waited = 0.0

    def get(self, path: str, parameters: dict[str, str]) -> Json:
        query = urllib.parse.urlencode({name: value for name, value in parameters.items() if value})
        return self._answer("GET", f"{path}?{query}", None)

    def post(self, path: str, body: Json) -> Json:
        return self._answer("POST", path, encoded(json.dumps(body, ensure_ascii=False)))

    def _answer(self, method: str, path: str, body: bytes | None) -> Json:
        code, headers, content = self._within_time(method, path, body)
        while code == 429 and self._may_wait(headers):
            code, headers, content = self._within_time(method, path, body)
        if code >= 500 or code == 429:
            raise Unanswered(_problem_words(code, _json_object(content) or {}))
        if 300 <= code < 400:
            target = clean(headers.get("Location", "elsewhere"))
            raise Misuse(f"{self.url} redirects to {target}. Set XDP_URL to where the portal is.")
        answer = _json_object(content)
        if code >= 400:
            raise self._refusal(code, answer)
        if answer is None:
            raise Unanswered(f"{self.url} did not answer with JSON. Is it an xdportal?")
        return answer

    def _refusal(self, code: int, problem: Json | None) -> Failure:
        if problem is None:
            return Misuse(f"There is no xdportal API at {self.url} (HTTP {code}).")
        refusal = Refusal(code, problem)
        if code in (401, 403):
            return Misuse(f"The portal refused the key: {refusal}")
        return refusal

    def _may_wait(self, headers: Any) -> bool:
        """Wait as long as the portal asks for; return False if that is too long."""
        asked = headers.get("Retry-After", "")
        seconds = max(int(asked), 1) if asked.isdecimal() else 5
        if self._waited + seconds > MAX_WAIT:
            return False
        self._waited += seconds
        time.sleep(seconds)
        return True

    def _within_time(self, method: str, path: str, body: bytes | None) -> tuple[int, Any, bytes]:
        """Ask in a separate thread, so neither a slow name server nor a slow answer blocks us."""
        results: list[tuple[int, Any, bytes]] = []
        errors: list[Exception] = []

        def ask() -> None:
            try:
                results.append(self._ask(method, path, body))
            except (OSError, http.client.HTTPException, ValueError, Unanswered) as error:
                errors.append(error)

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(self.timeout)
        if results:
            return results[0]
        if errors:
            reason = getattr(errors[0], "reason", None) or errors[0]
            raise Unanswered(f"{self.url} could not be read: {clean(reason) or 'no answer'}")
        raise Unanswered(f"{self.url} did not answer within {self.timeout:g} seconds.")

    def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any, bytes]:
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "User-Agent": f"xdportal-cli/{VERSION}",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        address = f"{self.url}/api/v1{path}"
        request = urllib.request.Request(address, data=body, headers=headers, method=method)
        try:
            with self._opener.open(request, timeout=self.timeout) as response:
                return response.status, response.headers, _bounded(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, _bounded(error)


def _bounded(response: Any) -> bytes:
    content: bytes = response.read(MAX_ANSWER + 1)
    if len(content) > MAX_ANSWER:
        raise Unanswered(f"an answer of more than {MAX_ANSWER // 1024 // 1024} MiB")
    return content


def _json_object(content: bytes) -> Json | None:
    try:
        value = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def connect(options: argparse.Namespace) -> Portal:
    url = _url(options.url or os.environ.get("XDP_URL", ""))
    key = _key_of_file(options.key_file) if options.key_file else os.environ.get("XDP_KEY", "")
    key = key.strip()
    if not key:
        raise Misuse("Set XDP_KEY to an API key, or name a file that holds it with --key-file.")
    if not re.fullmatch(r"[!-~]+", key):
        raise Misuse("The API key must be one line of ASCII characters without spaces.")
    return Portal(url, key, options.timeout)


def _url(text: str) -> str:
    if not text:
        raise Misuse("Set XDP_URL to the address of the portal, or pass --url.")
    try:
        parts = urllib.parse.urlsplit(text)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or parts.username is not None:
        raise Misuse(
            f"The address of the portal must look like https://portal.example: {clean(text)}"
        )
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        say("the key travels unencrypted, because the address begins with http://")
    return text.rstrip("/")


def _key_of_file(path: str) -> str:
    lines = _text_of(Path(path)).split("\n")
    return lines[0]


# Pins, and the files that hold them ----------------------------------------------------------


@dataclass(frozen=True)
class Ignore:
    levels: tuple[str, ...]
    reason: str
    until: str

    def is_over(self) -> bool:
        """Whether `until` has passed. A date counts to its end, in UTC."""
        now = datetime.now(timezone.utc)
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", self.until):
            return now.date() > date.fromisoformat(self.until)
        return now >= _moment(self.until)


@dataclass(frozen=True)
class Pin:
    id: str
    kind: str = "images"
    environment: str = ""
    connection: str = ""
    meaning: Json | None = None
    seen: Json | None = None
    used: tuple[str, ...] = ()
    ignore: Ignore | None = None
    origin: str = ""  # path:line where we read it

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.kind, self.environment, self.connection, self.id

    @property
    def place(self) -> str:
        return self.used[0] if self.used else self.origin

    @property
    def whereabouts(self) -> str:
        """Say where the portal should look for it."""
        return f"{self.kind} {self.connection or self.environment}".strip()


def _moment(text: str) -> datetime:
    """Return an ISO 8601 time; without an offset it is UTC."""
    moment = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text))
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Misuse(f"{path} could not be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Misuse(f"{path} is not UTF-8 text.") from None


def read_pins(path: Path) -> list[Pin]:
    """Read a lock file, plain ids (one a line), or a file with `# xdportal:` comments."""
    text = _text_of(path)
    if _is_lock(text):
        return LockReader(path, text).pins()
    pins = _plain_pins(path, text)
    if not pins:
        raise Misuse(
            f"{path} holds no ids: expected a lock file, one id a line, "
            "or ids with an xdportal comment beside them."
        )
    return pins


def _is_lock(text: str) -> bool:
    return text.lstrip().startswith("{")


class LockReader:
    """Reads a lock file strictly: a misspelt field must not pass unnoticed."""

    FIELDS = frozenset(
        {"id", "kind", "environment", "connection", "meaning", "seen", "used", "ignore"}
    )

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self._lines = text.split("\n")

    def pins(self) -> list[Pin]:
        try:
            document = json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise self._wrong(f"is not valid JSON: {clean(error)}") from None
        if document.get("version") != 1:
            raise self._wrong('is not a lock file that this version reads: "version" must be 1')
        entries = document.get("pins")
        if not isinstance(entries, list):
            raise self._wrong('has no list "pins"')
        return [self._pin(entry) for entry in entries]

    def _wrong(self, words: str) -> Misuse:
        return Misuse(f"{self.path} {words}.")

    def _pin(self, entry: Any) -> Pin:
        if not isinstance(entry, dict):
            raise self._wrong("has a pin that is not an object")
        pin_id = self._id(entry)
        self._known_fields(pin_id, entry)
        return Pin(
            id=pin_id,
            kind=self._one_of(entry, "kind", KINDS) or "images",
            environment=self._one_of(entry, "environment", ENVIRONMENTS),
            connection=self._text(entry, "connection"),
            meaning=self._object(entry, "meaning"),
            seen=self._object(entry, "seen"),
            used=self._used(entry),
            ignore=self._ignore(pin_id, entry.get("ignore")),
            origin=f"{shown(self.path)}:{self._line_of(pin_id)}",
        )

    def _id(self, entry: Json) -> str:
        value = entry.get("id")
        if isinstance(value, bool) or not isinstance(value, (str, int)) or not str(value).strip():
            raise self._wrong(f"has a pin without an id: {clean(json.dumps(entry))[:80]}")
        return str(value).strip()

    def _known_fields(self, pin_id: str, entry: Json) -> None:
        unknown = sorted(set(entry) - self.FIELDS)
        if unknown:
            raise self._wrong(f"has an unknown field {clean(unknown[0])} in the pin {pin_id}")

    def _text(self, entry: Json, name: str) -> str:
        value = entry.get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(f"has a {name} that is not a text")
        return value or ""

    def _one_of(self, entry: Json, name: str, words: tuple[str, ...]) -> str:
        value = self._text(entry, name)
        if value and value not in words:
            raise self._wrong(f"has an unknown {name}: {clean(value)} (one of {', '.join(words)})")
        return value

    def _object(self, entry: Json, name: str) -> Json | None:
        value = entry.get(name)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(f"has a {name} that is not an object")
        return value

    def _used(self, entry: Json) -> tuple[str, ...]:
        value = entry.get("used") or []
        if not isinstance(value, list) or not all(isinstance(place, str) for place in value):
            raise self._wrong('has a "used" that is not a list of texts')
        return tuple(value)

    def _ignore(self, pin_id: str, value: Any) -> Ignore | None:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) - {"levels", "reason", "until"}:
            raise self._wrong(
                f'has an "ignore" for {pin_id} that is not {{"levels", "reason", "until"}}'
            )
        until = value.get("until")
        if not until:
            raise self._wrong(f'ignores {pin_id} for ever: "ignore" needs "until", a date')
        return Ignore(
            levels=self._levels(pin_id, value.get("levels")),
            reason=str(value.get("reason") or ""),
            until=self._until(pin_id, until),
        )

    def _levels(self, pin_id: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or not all(level in LEVELS for level in value):
            words = ", ".join(LEVELS)
            raise self._wrong(f'has an "ignore" for {pin_id} whose "levels" are not among {words}')
        return tuple(value)

    def _until(self, pin_id: str, value: Any) -> str:
        try:
            _moment(value)
        except (ValueError, TypeError):
            words = f'has an "ignore" for {pin_id} whose "until" is not a date such as 2030-12-31'
            raise self._wrong(words) from None
        return str(value)

    def _line_of(self, pin_id: str) -> int:
        pattern = re.compile(r'"id"\s*:\s*"?' + re.escape(pin_id) + r'"?\s*[,}]')
        for number, line in enumerate(self._lines, 1):
            if pattern.search(line):
                return number
        return 1


PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}")
WORD = re.compile(r"[A-Za-z0-9._~-]+")
COMMENT = re.compile(r"(?:#|//)\s*xdportal:(?P<settings>.*)$")
SETTING = re.compile(r"""\s*(?P<name>[a-z_]+)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))""")
MEANING_FIELDS = frozenset(
    {
        "type",
        "name",
        "version",
        "gpu",
        "gpu_count",
        "cpu",
        "memory",
        "disk",
        "bandwidth",
        "area",
        "machine_type",
        "os",
    }
)


class Comment(NamedTuple):
    """The comment `# xdportal: type=BL name="…" version="…" env=production`."""

    kind: str
    environment: str
    connection: str
    meaning: tuple[tuple[str, str], ...]

    def pin(self, pin_id: str, **fields: Any) -> Pin:
        meaning = dict(self.meaning) or None
        return Pin(pin_id, self.kind, self.environment, self.connection, meaning, **fields)


def parse_comment(line: str, where: str) -> Comment | None:
    found = COMMENT.search(line)
    if not found:
        return None
    settings = _settings(found["settings"], where)
    environment = settings.pop("env", "") or settings.pop("environment", "")
    kind = settings.pop("kind", "images")
    connection = settings.pop("connection", "")
    if environment and environment not in ENVIRONMENTS:
        raise Misuse(f"{where}: env must be one of {', '.join(ENVIRONMENTS)}.")
    if kind not in KINDS:
        raise Misuse(f"{where}: kind must be one of {', '.join(KINDS)}.")
    unknown = sorted(set(settings) - MEANING_FIELDS)
    if unknown:
        raise Misuse(f"{where}: unknown word in the xdportal comment: {unknown[0]}.")
    return Comment(kind, environment, connection, tuple(sorted(settings.items())))


def _settings(text: str, where: str) -> dict[str, str]:
    settings: dict[str, str] = {}
    at = 0
    text = text.strip()
    while at < len(text):
        found = SETTING.match(text, at)
        if not found:
            raise Misuse(f'{where}: the xdportal comment must read name=value or name="value".')
        settings[found["name"]] = found["bare"] if found["quoted"] is None else found["quoted"]
        at = found.end()
    return settings


def _plain_pins(path: Path, text: str) -> list[Pin]:
    """Return the ids of lines that hold nothing else, or that have an xdportal comment beside them.

    A file in which other lines hold something else is taken by its comments alone.
    """
    plain: list[Pin] = []
    commented: list[Pin] = []
    only_ids = True
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{shown(path)}:{number}"
        comment = parse_comment(line, where)
        content = _without_comment(line)
        if comment:
            commented.append(_commented_pin(comment, content, where))
        elif PLAIN_ID.fullmatch(content):
            plain.append(Pin(id=content, origin=where))
        elif content:
            only_ids = False
    return commented + plain if only_ids else commented


def _without_comment(line: str) -> str:
    return re.split(r"(?:^|\s)(?:#|//)", line, maxsplit=1)[0].strip()


def _commented_pin(comment: Comment, content: str, where: str) -> Pin:
    word = id_beside(content)
    if not word:
        raise Misuse(f"{where}: there is no id beside the xdportal comment.")
    return comment.pin(word.group(), origin=where)


def id_beside(content: str) -> re.Match[str] | None:
    """Return the last word that may be an id; prefer one with a digit in it."""
    words = [word for word in WORD.finditer(content) if PLAIN_ID.fullmatch(word.group())]
    with_digits = [word for word in words if re.search("[0-9]", word.group())]
    chosen = with_digits or words
    return chosen[-1] if chosen else None


def shown(path: Path) -> str:
    """Return the path relative to the working directory if it lies within, else as it was given."""
    inside = os.path.relpath(path)
    chosen = str(path) if inside.startswith("..") else inside
    return os.path.normpath(chosen).replace(os.sep, "/")


# The lock file -------------------------------------------------------------------------------


def write_lock(path: Path, pins: Iterable[Pin]) -> None:
    """Write sorted, one pin a line, so that a change of one pin is a change of one line."""
    ordered = sorted(pins, key=lambda pin: pin.key)
    lines = [json.dumps(_entry(pin), ensure_ascii=False) for pin in ordered]
    body = ",\n".join(lines) + ("\n" if lines else "")
    write_file(path, f'{{"version": 1, "pins": [\n{body}]}}\n')


def _entry(pin: Pin) -> Json:
    entry: Json = {"id": pin.id, "kind": pin.kind, "environment": pin.environment}
    if pin.connection:
        entry["connection"] = pin.connection
    entry["meaning"] = pin.meaning or {}
    entry["seen"] = pin.seen or {}
    entry["used"] = sorted(pin.used, key=_place_order)
    if pin.ignore:
        entry["ignore"] = {
            "levels": list(pin.ignore.levels),
            "reason": pin.ignore.reason,
            "until": pin.ignore.until,
        }
    return entry


def _place_order(place: str) -> tuple[str, int]:
    path, _, line = place.rpartition(":")
    return path, int(line) if line.isdecimal() else 0


def write_file(path: Path, text: str) -> None:
    """Replace the file as a whole, so readers see either the old or the new one."""
    target = Path(os.path.realpath(path))
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
        handle, temporary = tempfile.mkstemp(dir=str(target.parent), prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(encoded(text))
        os.chmod(temporary, mode)
        os.replace(temporary, str(target))
    except OSError as error:
        raise Misuse(f"{path} could not be written: {error.strerror}") from None


# What the portal says about pins -------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    pin: Pin
    state: str
    level: str = ""
    since: str = ""
    was: Json | None = None
    now: Json | None = None
    successors: tuple[Json, ...] = ()
    sentence: str = ""
    url: str = ""
    seen: Json | None = None

    @property
    def weight(self) -> str:
        """Return ok, info, warning, critical, unknown or ignored."""
        if self.state in ("ok", "unknown"):
            return self.state
        level = self.level if self.level in LEVELS else "critical"
        ignore = self.pin.ignore
        is_ignored = ignore is not None and level in ignore.levels and not ignore.is_over()
        return "ignored" if is_ignored else level

    @property
    def words(self) -> str:
        return self.sentence or f"{self.pin.id}: {self.state.replace('_', ' ')}"


class Outcome(NamedTuple):
    findings: list[Finding]
    catalogs: list[Json]
    problem: str  # why the portal could not be asked, or empty


def ask_about(portal: Portal, pins: list[Pin], with_meaning: bool) -> Outcome:
    """Ask about all pins. If the portal fails in between, the remaining ones are unknown.

    Without pins it is asked, too: an empty lock file doesn't make a portal that is down ok.
    """
    findings: list[Finding] = []
    catalogs: list[Json] = []
    for start in range(0, len(pins) or 1, PINS_A_REQUEST):
        batch = pins[start : start + PINS_A_REQUEST]
        questions = [_question(pin, with_meaning) for pin in batch]
        try:
            answer = portal.post("/check", {"pins": questions})
            findings += _findings(batch, answer)
            catalogs += [entry for entry in _catalogs(answer) if entry not in catalogs]
        except Unanswered as error:
            findings += [Finding(pin, "unknown", sentence=str(error)) for pin in pins[start:]]
            return Outcome(findings, catalogs, str(error))
    return Outcome(findings, catalogs, "")


def _question(pin: Pin, with_meaning: bool) -> Json:
    """Return all that leaves this machine: an id, where to look for it, the meaning it had."""
    question: Json = {"id": pin.id, "kind": pin.kind}
    if pin.connection:
        question["connection"] = pin.connection
    elif pin.environment:
        question["environment"] = pin.environment
    if with_meaning and pin.meaning:
        question["meaning"] = pin.meaning
    return question


def _content(answer: Json) -> Json:
    data = answer.get("data")
    return data if isinstance(data, dict) else answer


def _catalogs(answer: Json) -> list[Json]:
    catalogs = _content(answer).get("catalogs")
    if not isinstance(catalogs, list):
        return []
    return [entry for entry in catalogs if isinstance(entry, dict)]


def _findings(pins: list[Pin], answer: Json) -> list[Finding]:
    """Match answers to questions by id, in their order."""
    rows = _content(answer).get("pins")
    if not isinstance(rows, list):
        raise Unanswered("The portal's answer has no pins in it.")
    by_id: dict[str, list[Json]] = {}
    for row in rows:
        if isinstance(row, dict):
            by_id.setdefault(str(row.get("id")), []).append(row)
    catalogs = _catalogs(answer)
    return [_finding(pin, by_id.get(pin.id, []), catalogs) for pin in pins]


def _finding(pin: Pin, rows: list[Json], catalogs: list[Json]) -> Finding:
    if not rows:
        return Finding(pin, "unknown", sentence=f"The portal did not answer about {pin.id}.")
    row = rows.pop(0) if len(rows) > 1 else rows[0]
    return Finding(
        pin=pin,
        state=clean(row.get("state") or "unknown"),
        level=clean(row.get("level")),
        since=clean(row.get("since")),
        was=_meaning(row.get("was")),
        now=_meaning(row.get("now")),
        successors=tuple(entry for entry in row.get("successors") or () if isinstance(entry, dict)),
        sentence=clean(row.get("sentence")),
        url=clean(row.get("url")),
        seen=_seen(pin, catalogs),
    )


def _meaning(value: Any) -> Json | None:
    if not isinstance(value, dict) or not value:
        return None
    return {clean(name): part for name, part in value.items() if name != "id"}


def _seen(pin: Pin, catalogs: list[Json]) -> Json | None:
    """Return which list the answer comes from, if that is beyond doubt."""
    of_kind = [catalog for catalog in catalogs if catalog.get("kind") == pin.kind]
    matches = [one for one in of_kind if pin.connection in ("", one.get("connection"))]
    if len(matches) != 1 or matches[0].get("snapshot") is None:
        return None
    return {"at": matches[0].get("checked_at"), "snapshot": matches[0]["snapshot"]}


def meaning_words(meaning: Json | None) -> str:
    """Return the meaning on one line. A number that is not a version follows its field's name."""
    if not meaning:
        return ""
    leading = ("name", "os", "version")
    first = [meaning.get(name) for name in leading]
    rest = {name: meaning[name] for name in sorted(meaning) if name not in leading}
    numbers = [f"{name} {part}" for name, part in rest.items() if str(part).isdecimal()]
    texts = [part for part in rest.values() if not str(part).isdecimal()]
    return clean(" ".join(str(part) for part in first + texts + numbers if part not in (None, "")))


def exit_status(outcome: Outcome, options: argparse.Namespace) -> int:
    """Return the exit status. A finding beats an unknown state, because it is certain."""
    failing = LEVELS[LEVELS.index(options.fail_on) :]
    weights = {finding.weight for finding in outcome.findings}
    if weights.intersection(failing):
        return FOUND
    if "unknown" in weights or outcome.problem:
        return unknown_status(options)
    return OK


def unknown_status(options: argparse.Namespace) -> int:
    return UNKNOWN if options.unknown == "fail" else OK


# Reports -------------------------------------------------------------------------------------

ORDER = ("critical", "unknown", "warning", "info", "ignored", "ok")
LABELS = {
    "critical": "BROKEN",
    "unknown": "UNKNOWN",
    "warning": "WARNING",
    "info": "INFO",
    "ignored": "IGNORED",
    "ok": "ok",
}


class Report:
    """What every format says about an outcome."""

    def __init__(self, outcome: Outcome, options: argparse.Namespace) -> None:
        self.outcome = outcome
        self.options = options
        self.findings = sorted(outcome.findings, key=self._order)
        self.status = exit_status(outcome, options)

    @staticmethod
    def _order(finding: Finding) -> tuple[int, tuple[str, str, str, str]]:
        return ORDER.index(finding.weight), finding.pin.key

    def fails(self, finding: Finding) -> bool:
        if finding.weight == "unknown":
            return bool(self.options.unknown == "fail")
        return finding.weight in LEVELS[LEVELS.index(self.options.fail_on) :]

    def notable(self) -> list[Finding]:
        """Return the findings that a report of problems has to show."""
        hidden = {"ok", "ignored"}
        if self.options.unknown == "pass":
            hidden.add("unknown")
        return [finding for finding in self.findings if finding.weight not in hidden]

    def summary(self) -> str:
        names = {"critical": "broken"}
        weights = [finding.weight for finding in self.findings]
        counts = [
            f"{weights.count(word)} {names.get(word, word)}" for word in ORDER if word in weights
        ]
        return ", ".join(counts) or "nothing to check"


def text_report(report: Report) -> str:
    width = max([len(finding.pin.id) for finding in report.findings], default=0)
    lines: list[str] = []
    for finding in report.findings:
        label = LABELS[finding.weight]
        lines.append(f"{label:<8} {finding.pin.id:<{width}}  {_headline(finding)}".rstrip())
        lines += [f"{'':<8} {'':<{width}}  {line}" for line in _details(finding)]
    return "\n".join([*lines, report.summary(), ""])


def _headline(finding: Finding) -> str:
    if finding.weight == "ok":
        return meaning_words(finding.now)
    return finding.words


def _details(finding: Finding) -> list[str]:
    if finding.weight == "ok":
        return []
    was, now = meaning_words(finding.was), meaning_words(finding.now)
    lines = [f"was {was}, now {now}"] if was and now and was != now else []
    lines += [f"instead {_successor(entry)}" for entry in finding.successors]
    if finding.pin.used:
        lines.append("used in " + ", ".join(clean(place) for place in finding.pin.used))
    return lines + _ignore_words(finding)


def _successor(entry: Json) -> str:
    fields = {name: value for name, value in entry.items() if name not in ("id", "reason", "url")}
    nested = fields.pop("meaning", None)
    meaning = meaning_words(nested if isinstance(nested, dict) else fields)
    reason = f"({clean(entry['reason'])})" if entry.get("reason") else ""
    return " ".join(part for part in (clean(entry.get("id")), meaning, reason) if part)


def _ignore_words(finding: Finding) -> list[str]:
    ignore = finding.pin.ignore
    if ignore is None:
        return []
    if finding.weight == "ignored":
        return [f"ignored until {ignore.until}: {clean(ignore.reason)}".rstrip(": ")]
    return [f"was ignored until {ignore.until}"] if ignore.is_over() else []


def json_report(report: Report) -> str:
    verdicts = {OK: "ok", FOUND: "broken", UNKNOWN: "unknown"}
    verdict = verdicts[report.status]
    if verdict == "ok":
        verdict = _worst_that_passed(report)
    document = {
        "version": VERSION,
        "verdict": verdict,
        "exit": report.status,
        "problem": report.outcome.problem or None,
        "pins": [_json_row(finding) for finding in report.findings],
        "catalogs": report.outcome.catalogs,
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _worst_that_passed(report: Report) -> str:
    """Return the verdict of a run that the options let pass."""
    names = {"unknown": "unknown", "critical": "broken", "warning": "warning"}
    weights = {finding.weight for finding in report.findings}
    return next((name for weight, name in names.items() if weight in weights), "ok")


def _json_row(finding: Finding) -> Json:
    pin = finding.pin
    return {
        "id": pin.id,
        "kind": pin.kind,
        "environment": pin.environment or None,
        "connection": pin.connection or None,
        "state": finding.state,
        "level": finding.level or None,
        "ignored": finding.weight == "ignored",
        "since": finding.since or None,
        "was": finding.was,
        "now": finding.now,
        "successors": list(finding.successors),
        "sentence": finding.words,
        "url": finding.url or None,
        "used": list(pin.used),
    }


def junit_report(report: Report) -> str:
    """Return JUnit's XML. Names consist of what stays the same: kind, environment, id."""
    findings = sorted(report.findings, key=lambda finding: finding.pin.key)
    cases = "".join(_junit_case(report, finding) for finding in findings)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
<testsuite {_junit_head(report)}>
<properties/>
{cases}<system-out>{escape(report.summary())}</system-out>
<system-err/>
</testsuite>
</testsuites>
"""


def _junit_head(report: Report) -> str:
    results = [_junit_result(report, finding) for finding in report.findings]
    attributes = {
        "id": "0",
        "package": "xdportal",
        "name": "xdportal",
        "timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S"),
        "hostname": "localhost",
        "tests": str(len(results)),
        "failures": str(results.count("failure")),
        "errors": str(results.count("error")),
        "skipped": str(results.count("skipped")),
        "time": "0",
    }
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def _junit_result(report: Report, finding: Finding) -> str:
    if report.fails(finding):
        return "error" if finding.weight == "unknown" else "failure"
    return "skipped" if finding.weight in ("unknown", "ignored") else ""


def _junit_case(report: Report, finding: Finding) -> str:
    pin = finding.pin
    result = _junit_result(report, finding)
    group = ".".join(part for part in (pin.kind, pin.connection or pin.environment) if part)
    names = f"classname={quoteattr('xdportal.' + group)} name={quoteattr(clean(pin.id))}"
    head = f'<testcase {names} time="0"'
    if not result:
        return head + "/>\n"
    text = escape("\n".join([finding.words, *_details(finding)]))
    attributes = f"message={quoteattr(finding.words)}"
    if result != "skipped":
        attributes += f" type={quoteattr(finding.state)}"
    return f"{head}><{result} {attributes}>{text}</{result}></testcase>\n"


MAX_ANNOTATIONS = 10


def github_report(report: Report) -> str:
    """Print at most ten annotations; the rest is in the log and in the step's summary."""
    notable = report.notable()
    lines = [_annotation(report, finding) for finding in notable[:MAX_ANNOTATIONS]]
    for finding in notable[MAX_ANNOTATIONS:]:
        lines.append(f"{LABELS[finding.weight]:<8} {finding.pin.id}  {finding.words}")
    _write_step_summary(report, notable)
    return "\n".join([*lines, report.summary(), ""])


def _annotation(report: Report, finding: Finding) -> str:
    command = "notice" if finding.weight == "info" else "warning"
    if report.fails(finding):
        command = "error"
    path, _, line = finding.pin.place.rpartition(":")
    where = f"file={_github_property(path)},line={line}," if path else ""
    title = _github_property(f"{LABELS[finding.weight]} {finding.pin.id}")
    message = "\n".join([finding.words, *_details(finding)])
    return f"::{command} {where}title={title}::{_github_data(message)}"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def _write_step_summary(report: Report, notable: list[Finding]) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    rows = ["| | id | list | what | used in |", "| --- | --- | --- | --- | --- |"]
    rows += [_summary_row(finding) for finding in notable]
    table = rows if notable else []
    text = "\n".join([f"### xdportal: {report.summary()}", "", *table, ""])
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        say(f"GITHUB_STEP_SUMMARY could not be written: {error.strerror}")


def _summary_row(finding: Finding) -> str:
    pin = finding.pin
    places = ", ".join(pin.used)
    cells = [LABELS[finding.weight], pin.id, pin.whereabouts, finding.words, places]
    return "| " + " | ".join(_markdown(cell) for cell in cells) + " |"


def _markdown(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>|])", r"\\\1", clean(text))


GITLAB_SEVERITY = {"critical": "critical", "unknown": "major", "warning": "minor", "info": "info"}


def gitlab_report(report: Report) -> str:
    """Return a Code Quality report."""
    issues = [_gitlab_issue(finding) for finding in report.notable()]
    return json.dumps(issues, ensure_ascii=False, indent=2) + "\n"


def _gitlab_issue(finding: Finding) -> Json:
    path, _, line = finding.pin.place.rpartition(":")
    identity = "|".join([*finding.pin.key, finding.state, path])
    return {
        "description": finding.words,
        "check_name": f"xdportal/{finding.state}",
        "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
        "severity": GITLAB_SEVERITY[finding.weight],
        "location": {
            "path": path or LOCK_FILE,
            "lines": {"begin": int(line) if line.isdecimal() else 1},
        },
    }


REPORTS: dict[str, Callable[[Report], str]] = {
    "text": text_report,
    "json": json_report,
    "junit": junit_report,
    "github": github_report,
    "gitlab": gitlab_report,
}


def chosen_format(options: argparse.Namespace) -> str:
    if options.format:
        return str(options.format)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "gitlab" if os.environ.get("GITLAB_CI") == "true" else "text"


# Finding ids in files ------------------------------------------------------------------------
#
# A number is an id only if its name says so: `image_id = "4034"`, `images: [4034, 4044]`. The
# scanner reads a line as words, separators and brackets, and knows for each word the names that
# lead to it: the key to its left, the keys of the brackets and YAML blocks around it. Nothing
# else is ever sent to the portal.

IMAGE_WORDS = _set_of("image images imageid imageids img imgs iso os template templates")
PACKAGE_WORDS = _set_of("package packages packageid packageids pkg pkgs plan flavor flavour")
ID_WORDS = _set_of("id ids imageid imageids packageid packageids")
# The last word of a name that holds a quantity, a time, a place …, not an id: image_size.
OTHER_WORDS = _set_of(
    """
    age amount area at attempts bandwidth batch branch buffer build built bytes cache code
    cols column columns commit concurrency connections cost count counts cpu cpus created
    date day days delay depth description dir directory disk dpi duration epoch epochs
    expires expiry file filename format gb gid gpu gpus height host hostname hour hours
    index interval kb label layer layers length level limit limits line lines max mb mem
    memory min minutes mode ms name num number offset order page pages path percent phone
    pid pixels policy port ports price priority pull px quality quantity rank rate ratio
    registry release replicas repo repository retries retry revision rotation row rows scale
    schema sec seconds secs seed size sizes state status step steps tag tags threads time
    timeout timeouts timestamp title total ttl type uid updated uri url user version
    versions weight width workers year zip
    """
)
SECRET_WORDS = _set_of(
    """
    apikey auth credential credentials digest fingerprint hash key keys md5 passwd password
    private pwd secret secrets sha sha256 signature token tokens
    """
)
TYPE_NAMES = _set_of("str int Final string number String Optional any Any")
VALUE_WORDS = _set_of("id ids value values default")
PLURALS = _set_of("images imgs templates packages pkgs")
LOOPS = frozenset({"in", "IN"})
DEEPEST = 24  # brackets and blocks around a word that may name it

KINDS_OF_SORT = {"images": ("images", "personal"), "packages": ("packages-payg", "packages-rental")}

ID_SHAPE = re.compile(r"(?=[A-Za-z_-]*[0-9])[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NO_ID = re.compile(
    r"[0-9]+[A-Za-z]{1,2}"  # 512Mi, 30s
    r"|[A-Za-z]{1,12}[0-9]{1,2}"  # python3, node20, v2
    r"|0[xX][0-9A-Fa-f]+|[0-9]+[eE][0-9]+"
    r"|[0-9]{4}-[0-9]{2}(-[0-9]{2})?"  # a date
    r"|[0-9a-f]{32,}"  # a digest
)
TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>(?<!\S)\#.*|(?<!\S)//.*)
    | (?P<quote>\\*["'`])
    | (?P<separator>:=|\?=|:-|=>|===?|=|(?<=["']):|:(?=[\s"'\[{]|$))
    | (?P<open>[\[{(])
    | (?P<close>[\]})])
    | (?P<end>[,;&|<>])
    | (?P<word>(?:[^\s"'`,;&|<>()\[\]{}=\\:]|:(?![\s"'\[{=-]|$))+)
    | (?P<other>.)
    """,
    re.VERBOSE,
)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[\u4e00-\u9fff]+")
QUOTED_IDS = re.compile(r"[\s,]*[A-Za-z0-9_-]+(?:[\s,]+[A-Za-z0-9_-]+)*[\s,]*")
INDENTED = (".yml", ".yaml", ".j2", ".tpl", ".tmpl")

QUOTES = ("'", '"', "`")

Names = Tuple[str, ...]


class Place(NamedTuple):
    """An id in a file."""

    id: str
    sort: str  # images or packages
    line: int
    start: int
    end: int
    comment: Comment | None = None


def words_of(name: str) -> Names:
    """Split a name: imageIDs, IMAGE_ID and image-id are (image, id)."""
    found = WORDS.findall(name.replace("IDs", "Ids"))
    return tuple(_in_english(word.lower()) for word in found)


def _in_english(word: str) -> str:
    if "镜像" in word:
        return "image"
    return "package" if "套餐" in word else word


def sort_of(names: Iterable[Names], is_quoted: bool = False) -> str:
    """Return images, packages or nothing, judged from the nearest name outwards."""
    nearer: Names = ()
    for words in filter(None, names):
        if SECRET_WORDS.intersection(words):
            return ""
        letters = [word for word in words if not word.isdecimal()]
        if letters and letters[-1] in OTHER_WORDS:
            return ""
        sort = _sort_of_words(letters)
        if sort:
            return sort if _may_inherit(nearer, words, is_quoted) else ""
        nearer = nearer or words
    return ""


def _sort_of_words(words: list[str]) -> str:
    for word in reversed(words):
        if word in IMAGE_WORDS:
            return "images"
        if word in PACKAGE_WORDS:
            return "packages"
    return ""


def _may_inherit(nearer: Names, words: Names, is_quoted: bool) -> bool:
    """Return whether `nearer` names an id inside `words`.

    Under `images` every name does; under `image` it may be any other property of one.
    """
    if not nearer or is_quoted or ID_WORDS.intersection(words):
        return True
    return VALUE_WORDS.issuperset(nearer) or bool(PLURALS.intersection(words))


def looks_like_id(word: str, key: Names) -> bool:
    if PACKAGE_WORDS.intersection(key) and _looks_like_package(word):
        return True
    if not ID_SHAPE.fullmatch(word) or NO_ID.fullmatch(word):
        return False
    return len(word) > 1 or bool(ID_WORDS.intersection(key))


def _looks_like_package(word: str) -> bool:
    """Whether it is a package id of letters alone. A name such as packageId is none."""
    if not re.fullmatch(r"[A-Za-z]{8,64}", word):
        return False
    is_mixed = word not in (word.lower(), word.upper(), word.title())
    return is_mixed and not _sort_of_words(list(words_of(word)))


class Block(NamedTuple):
    """A YAML block: what is indented deeper belongs to its name."""

    indent: int
    names: Names
    is_mapping: bool  # its list items may have the indent of its own key


class Scanner:
    """Finds the ids of one file."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._lines = text.split("\n")
        self._by_indent = path.endswith(INDENTED)
        self._blocks: list[Block] = []
        self._brackets: list[Names] = []
        self._waiting: Comment | None = None

    def places(self) -> Iterator[Place]:
        for number, line in enumerate(self._lines, 1):
            if len(line) <= 20_000 and line.strip():
                yield from self._line(number, line)

    def _line(self, number: int, line: str) -> Iterator[Place]:
        comment = self._comment_for(number, line)
        self._leave_blocks(line)
        reader = LineReader(line, self._brackets, self._blocks)
        found = list(reader.read())
        if comment:
            yield from self._commented(number, line, comment)
        else:
            yield from (place._replace(line=number) for place in found)
        if self._by_indent and reader.opened_block:
            self._blocks.append(reader.opened_block)

    def _comment_for(self, number: int, line: str) -> Comment | None:
        """Return the xdportal comment beside the line, or on a line of its own above it."""
        comment = parse_comment(line, f"{self._path}:{number}")
        if comment and not _without_comment(line):
            self._waiting = comment
            return None
        above, self._waiting = self._waiting, None
        return comment or above

    def _leave_blocks(self, line: str) -> None:
        if line[0].isalpha() or line[0] == "_":
            self._brackets.clear()  # a statement at the margin: what was open was no bracket
        indent = len(line) - len(line.lstrip())
        is_item = line.lstrip().startswith("-")
        while self._blocks and not _is_inside(indent, is_item, self._blocks[-1]):
            self._blocks.pop()

    def _commented(self, number: int, line: str, comment: Comment) -> Iterator[Place]:
        word = id_beside(COMMENT.sub("", line))
        if word:
            sort = "packages" if comment.kind.startswith("packages") else "images"
            yield Place(word.group(), sort, number, word.start(), word.end(), comment)


def _is_inside(indent: int, is_item: bool, block: Block) -> bool:
    return indent > block.indent or (indent == block.indent and is_item and block.is_mapping)


class LineReader:
    """Reads one line from left to right, and keeps the names that lead to where it is."""

    def __init__(self, line: str, brackets: list[Names], blocks: list[Block]) -> None:
        self._line = line
        self._brackets = brackets
        self._blocks = blocks
        self._depth = len(brackets)
        self._closed = ""
        self._hint: Names = ()  # an item such as "IMAGE_ID" that names what follows it
        self._last_word = ""
        self._outside: list[tuple[Names, bool]] = []  # the key of each bracket opened on this line
        self._remark = _remark_names(line)
        self.opened_block: Block | None = None
        self._begin()

    def _begin(self) -> None:
        """Begin a part of the line, where nothing has a name yet."""
        self._key: Names = ()
        self._named = False
        self._said: list[str] = []
        self._at_value = True
        self._before = ""  # kind of the token before this one, spaces left out

    def read(self) -> Iterator[Place]:
        for token in TOKEN.finditer(self._line):
            kind = str(token.lastgroup)
            if kind == "comment":
                break
            if kind == "word":
                place = self._word(token)
                if place:
                    yield place
            elif kind not in ("space", "quote", "other"):
                getattr(self, f"_{kind}")(token.group(), token.start())
            if kind != "space":
                self._before = kind
        self._finish()

    def _word(self, token: re.Match[str]) -> Place | None:
        word = token.group()
        is_value = self._at_value
        self._at_value = False
        self._last_word = word
        self._said.append(word)
        if word == "-":
            self._at_value = True
        elif word.startswith("-") or word in LOOPS:
            self._name(word if word not in LOOPS else " ".join(self._said))
        elif is_value:
            return self._value(word, token.start(), token.end())
        return None

    def _name(self, text: str) -> None:
        """Give this name to what follows."""
        self._key = words_of(text)
        self._named = True
        self._at_value = True

    def _value(self, word: str, start: int, end: int) -> Place | None:
        if _names_an_id(word):
            self._hint = words_of(word)
        if not looks_like_id(word, self._key) or not self._is_whole(start):
            return None
        self._at_value = True  # another one may follow: IMAGES="4034 4044"
        is_quoted = self._line[start - 1 : start] in QUOTES
        sort = sort_of(self._names(), is_quoted)
        return Place(word, sort, 0, start, end) if sort else None

    def _names(self) -> Iterator[Names]:
        """Yield the names that lead here, the nearest first."""
        yield self._key
        yield from reversed(self._brackets[-DEEPEST:])
        yield from (block.names for block in reversed(self._blocks[-DEEPEST:]))
        yield self._remark

    def _is_whole(self, start: int) -> bool:
        """Return whether a quoted text holds ids and nothing else."""
        quote = self._line[start - 1 : start]
        if quote not in QUOTES:
            return True
        end = self._line.find(quote, start)
        content = self._line[start:end] if end >= 0 else self._line[start:]
        return bool(QUOTED_IDS.fullmatch(content.rstrip("\\")))

    def _separator(self, text: str, start: int) -> None:
        self._hint = ()
        self._at_value = True
        name = re.findall(r"[\w-]+", self._last_word)[-1:]
        if name and not self._is_past_the_name():
            self._name(name[0])

    def _is_past_the_name(self) -> bool:
        """Return whether a type or a call, not a name, is what the separator follows.

        IMAGE: str = …, IMAGES: dict[str, str] = …, len(images) == …
        """
        if self._named and self._last_word in TYPE_NAMES:
            return True
        return self._before == "close" and (self._named or self._closed == ")")

    def _open(self, bracket: str, start: int) -> None:
        self._outside.append((self._key, self._named))
        self._brackets.append(self._names_before(bracket, start))
        self._begin()

    def _names_before(self, bracket: str, start: int) -> Names:
        if bracket == "{" and self._before == "close":
            return ()  # the body of a function or condition
        is_index = bracket == "[" and self._line[start - 1 : start].isalnum()
        if self._named or bracket == "(" or is_index:
            return self._key
        return words_of(" ".join(self._said))

    def _close(self, bracket: str, start: int) -> None:
        if self._brackets:
            self._brackets.pop()
        self._hint = ()
        self._key, self._named = self._outside.pop() if self._outside else ((), False)
        self._closed = bracket
        self._at_value = False

    def _end(self, text: str, start: int) -> None:
        self._keep_hint()
        key, named = self._key, self._named
        self._begin()
        if text == "," and len(self._brackets) <= self._depth:
            self._key, self._named = key, named  # IMAGES=4034,4044

    def _keep_hint(self) -> None:
        """Let `os.getenv("IMAGE_ID", …` and `- name: IMAGE_ID` name what follows."""
        if self._hint and self._brackets:
            self._brackets[-1] += self._hint
        self._hint = ()

    def _finish(self) -> None:
        hint = self._hint
        self._keep_hint()
        content = self._line.lstrip()
        indent = len(self._line) - len(content)
        column = indent + len(content) - len(content.lstrip("- "))
        if hint and not self._brackets:
            self.opened_block = Block(column - 1, hint, False)
        elif self._before == "separator":
            self.opened_block = Block(column, self._key, column == indent)


def _names_an_id(word: str) -> bool:
    """Whether a word is such as IMAGE_ID: the name of an id, and none itself."""
    names = words_of(word)
    has_digit = any(letter.isdigit() for letter in word)
    return not has_digit and bool(ID_WORDS.intersection(names)) and bool(sort_of([names]))


def _remark_names(line: str) -> Names:
    """Return what a remark at the end of the line says: BASE = "4034"  # the image of the farm"""
    found = re.search(r"(?<!\S)(?:#|//)(?P<text>.*)$", line)
    words = words_of(found["text"]) if found else ()
    return tuple(word for word in words if word in ("image", "images", "package"))


# Which files are read ------------------------------------------------------------------------

SKIPPED_FOLDERS = _set_of(
    "node_modules venv __pycache__ vendor dist build site-packages target coverage"
)
SUFFIXES = _set_of(
    """
    .json .jsonc .json5 .tf .tfvars .hcl .yml .yaml .env .py .sh .bash .zsh .ksh .ps1 .toml
    .ini .cfg .conf .properties .j2 .tpl .tmpl .js .mjs .ts .go .rb .groovy .mk .http
    """
)
NAMES = frozenset({"Makefile", "Dockerfile", "Jenkinsfile", "Vagrantfile", ".envrc"})
LOCKS = frozenset(
    {
        "package-lock.json",
        "composer.lock",
        "npm-shrinkwrap.json",
        ".terraform.lock.hcl",
        "Pipfile.lock",
    }
)
MAX_FILE = 2 * 1024 * 1024
OWN_HEAD = """\
#!/usr/bin/env python3
\"\"\"Check the image and package ids that your files rely on against an xdportal.
"""


def files_of(paths: Iterable[str]) -> Iterator[Path]:
    """Yield files that are named, and those in folders that look like code or configuration."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            yield from _files_in(path)
        elif path.is_file():
            yield path
        else:
            raise Misuse(f"There is no file or folder {name}.")


def _files_in(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(str(folder)):
        folders[:] = sorted(name for name in folders if _is_read(name))
        for name in sorted(names):
            path = Path(parent, name)
            if _is_text_name(name) and path.is_file() and not path.is_symlink():
                yield path


def _is_read(folder: str) -> bool:
    if folder.startswith("."):
        return folder in (".github", ".gitlab")
    return folder not in SKIPPED_FOLDERS


def _is_text_name(name: str) -> bool:
    if name in LOCKS or name.endswith((".min.js", ".lock")):
        return False
    if name in NAMES or name == ".env" or name.startswith((".env.", "Dockerfile.")):
        return True
    return os.path.splitext(name)[1].lower() in SUFFIXES or "." not in name


def text_to_scan(path: Path) -> str:
    """Return the file's text, or nothing for what is too large or no text."""
    try:
        if path.stat().st_size > MAX_FILE:
            say(f"{path} is left out: it is larger than {MAX_FILE // 1024 // 1024} MiB.")
            return ""
        content = path.read_bytes()
    except OSError as error:
        say(f"{path} is left out: {error.strerror}")
        return ""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
    return "" if "\0" in text or _is_our_own(text) else text


def _is_our_own(text: str) -> bool:
    """Return whether it is a lock file, or this program, which speaks of comments and ids."""
    return text.startswith(('{"version": 1, "pins": [', OWN_HEAD))


def places_in(path: Path) -> list[Place]:
    return list(Scanner(shown(path), text_to_scan(path)).places())


# Commands ------------------------------------------------------------------------------------


def run_check(options: argparse.Namespace) -> int:
    pins = _named_pins(options)
    if not pins:
        say("there are no pins to check.")
    outcome = ask_about(connect(options), pins, with_meaning=True)
    report = Report(outcome, options)
    _print_report(report, options)
    if outcome.problem and options.unknown != "pass":
        say(outcome.problem)
    return report.status


def _print_report(report: Report, options: argparse.Namespace) -> None:
    name = chosen_format(options)
    text = REPORTS[name](report)
    if options.output:
        write_file(Path(options.output), text)
        sys.stdout.write(text_report(report))
        return
    sys.stdout.write(text)
    if name == "gitlab":
        sys.stderr.write(text_report(report))  # what people read in the log of the job


def _named_pins(options: argparse.Namespace) -> list[Pin]:
    pins: list[Pin] = []
    for name in options.names or [LOCK_FILE]:
        if os.path.isfile(name):
            pins += read_pins(Path(name))
        elif _looks_like_file(name):
            raise Misuse(_no_file(name))
        else:
            pins.append(Pin(id=name))
    return _merged([_with_defaults(pin, options) for pin in pins])


def _looks_like_file(name: str) -> bool:
    return bool(re.search(r"[/\\]|\.[A-Za-z]\w*$", name)) or not PLAIN_ID.fullmatch(name)


def _no_file(name: str) -> str:
    if os.path.basename(name) == LOCK_FILE:
        return f"There is no {name}. Make one with: xdportal scan, or write one id a line into it."
    return f"There is no file {name}."


def _with_defaults(pin: Pin, options: argparse.Namespace) -> Pin:
    """Fill in what plain ids don't specify."""
    if pin.environment or pin.connection:
        return pin
    is_plain = pin.seen is None and pin.meaning is None
    return replace(
        pin,
        kind=options.kind if options.kind and is_plain else pin.kind,
        environment=options.environment or "",
        connection=options.connection or "",
    )


def _merged(pins: Iterable[Pin]) -> list[Pin]:
    """Return each id once, unless it was written down with different meanings."""
    merged: dict[str, Pin] = {}
    for pin in pins:
        until = pin.ignore.until if pin.ignore else ""
        identity = json.dumps([*pin.key, pin.meaning, until], sort_keys=True)
        earlier = merged.get(identity)
        merged[identity] = replace(earlier, used=earlier.used + pin.used) if earlier else pin
    return list(merged.values())


def run_lock(options: argparse.Namespace) -> int:
    """Write what each id means now. An id without a present meaning keeps the one it had."""
    source = Path(options.file)
    if not source.is_file():
        raise Misuse(_no_file(options.file))
    pins = [_with_defaults(pin, options) for pin in read_pins(source)]
    target = source if _is_lock(_text_of(source)) or source.suffix == ".lock" else Path(LOCK_FILE)
    portal = connect(options)
    located = [pin for pin in pins if pin.environment or pin.connection]
    homeless = [pin for pin in pins if not pin.environment and not pin.connection]
    findings = look_up(portal, located) + locate(portal, homeless, ENVIRONMENTS)
    lost = _not_located(homeless, findings)
    kept = _other_pins(target, source) + [_locked(finding) for finding in findings] + lost
    write_lock(target, _by_key(kept))
    for finding in sorted(findings, key=lambda finding: finding.pin.key):
        print(_lock_line(finding))
    for pin in lost:
        print(f"{LABELS['critical']:<8} {pin.id}  was never listed")
    return _lock_status(findings, lost, options)


def _other_pins(target: Path, source: Path) -> list[Pin]:
    return read_pins(target) if target != source and target.is_file() else []


def _not_located(pins: list[Pin], findings: list[Finding]) -> list[Pin]:
    known = {finding.pin.id for finding in findings}
    return [pin for pin in pins if pin.id not in known]


def _by_key(pins: Iterable[Pin]) -> list[Pin]:
    return list({pin.key: pin for pin in pins}.values())


def _locked(finding: Finding) -> Pin:
    if finding.state == "unknown" or not finding.now:
        return finding.pin
    return replace(finding.pin, meaning=finding.now, seen=finding.seen or finding.pin.seen)


def _lock_line(finding: Finding) -> str:
    pin = finding.pin
    if finding.state == "unknown" or not finding.now:
        return f"{LABELS[finding.weight]:<8} {pin.id}  {finding.words}"
    new = meaning_words(finding.now)
    old = meaning_words(pin.meaning)
    changed = f" (was {old})" if old and old != new else ""
    return f"{'locked':<8} {pin.id}  {new}{changed}"


def _lock_status(findings: list[Finding], lost: list[Pin], options: argparse.Namespace) -> int:
    if lost or any(not finding.now and finding.state != "unknown" for finding in findings):
        return FOUND
    if any(finding.state == "unknown" for finding in findings):
        return unknown_status(options)
    return OK


def look_up(portal: Portal, pins: list[Pin]) -> list[Finding]:
    """Ask what ids mean now, one list at a time: the answer then says which snapshot it is from."""
    groups: dict[tuple[str, str, str], list[Pin]] = {}
    for pin in pins:
        groups.setdefault(pin.key[:3], []).append(pin)
    return [finding for group in groups.values() for finding in _look_up_group(portal, group)]


def _look_up_group(portal: Portal, pins: list[Pin]) -> list[Finding]:
    outcome = ask_about(portal, pins, with_meaning=False)
    if outcome.problem:
        raise Unanswered(outcome.problem)
    return outcome.findings


def locate(portal: Portal, pins: list[Pin], environments: Iterable[str]) -> list[Finding]:
    """Ask in each environment, and return only what is, or was once, listed there.

    An environment in which the key sees no connection, or several, is left out and named.
    """
    found: list[Finding] = []
    refusals: list[Refusal] = []
    asked = 0
    for environment in environments:
        for kind in sorted({pin.kind for pin in pins}):
            group = [replace(pin, environment=environment) for pin in pins if pin.kind == kind]
            asked += 1
            try:
                found += [finding for finding in look_up(portal, group) if _was_seen(finding)]
            except Refusal as refusal:
                if refusal.code not in (404, 409):
                    raise
                refusals.append(refusal)
    if refusals and len(refusals) == asked:
        raise refusals[0]
    for words in sorted({str(refusal) for refusal in refusals}):
        say(f"left out: {words}")
    return found


def _was_seen(finding: Finding) -> bool:
    """Whether the id was ever listed. An unknown one counts if its list has been read."""
    if finding.state == "unknown":
        return finding.seen is not None
    return finding.state != "never_listed"


def run_scan(options: argparse.Namespace) -> int:
    lock = Path(options.lock)
    old = read_pins(lock) if lock.is_file() else []
    places = _places_by_path(options.paths or ["."], lock)
    candidates = _candidates(places, options)
    findings = _seen_candidates(connect(options), candidates) if candidates else []
    known = [finding for finding in findings if _is_known(finding)]
    for line in _scan_lines(known):
        print(line)
    pins = _scanned_pins(old, known, set(places))
    kept = [pin for pin in pins if pin.used or not options.prune]
    if kept or old:
        write_lock(lock, kept)
    say(f"{len(known)} ids in {len(places)} files; {lock} holds {len(kept)}.")
    return _scan_status(findings, options)


def _is_known(finding: Finding) -> bool:
    return bool(finding.now or finding.was) or finding.state != "unknown"


def _scan_status(findings: list[Finding], options: argparse.Namespace) -> int:
    unknown = [finding for finding in findings if finding.state == "unknown"]
    for words in sorted({finding.words for finding in unknown}):
        say(words)
    return unknown_status(options) if unknown else OK


def _places_by_path(paths: list[str], lock: Path) -> dict[str, list[Place]]:
    own = os.path.realpath(lock)
    files = {shown(path): path for path in files_of(paths) if os.path.realpath(path) != own}
    return {name: places_in(path) for name, path in files.items()}


def _candidates(places: dict[str, list[Place]], options: argparse.Namespace) -> list[Pin]:
    """Return one pin for each id and kind that it may be of, with all its places."""
    used: dict[tuple[str, str, Comment | None], list[str]] = {}
    for path, found in places.items():
        for place in found:
            identity = (place.id, place.sort, place.comment)
            used.setdefault(identity, []).append(f"{path}:{place.line}")
    pins: list[Pin] = []
    for (pin_id, sort, comment), where in used.items():
        once = tuple(dict.fromkeys(where))
        pins += _possible_pins(pin_id, sort, comment, once)
    wanted = [pin for pin in pins if options.kind in (None, pin.kind)]
    return [_with_defaults(pin, options) for pin in wanted]


def _possible_pins(
    pin_id: str, sort: str, comment: Comment | None, used: tuple[str, ...]
) -> list[Pin]:
    if comment:
        return [comment.pin(pin_id, used=used)]
    return [Pin(pin_id, kind, used=used) for kind in KINDS_OF_SORT[sort]]


def _seen_candidates(portal: Portal, candidates: list[Pin]) -> list[Finding]:
    located = [pin for pin in candidates if pin.environment or pin.connection]
    homeless = [pin for pin in candidates if not pin.environment and not pin.connection]
    here = [finding for finding in look_up(portal, located) if _was_seen(finding)]
    return here + locate(portal, homeless, ENVIRONMENTS)


def _scanned_pins(old: list[Pin], findings: list[Finding], scanned: Iterable[str]) -> list[Pin]:
    """Add what was found to the existing pins; replace their places in the scanned files."""
    pins = {pin.key: replace(pin, used=_places_outside(pin.used, scanned)) for pin in old}
    for finding in findings:
        pin = _new_pin(finding)
        former = pins.get(pin.key, pin)
        used = former.used + tuple(place for place in pin.used if place not in former.used)
        pins[pin.key] = replace(former, used=used)
    return list(pins.values())


def _new_pin(finding: Finding) -> Pin:
    """Return the pin to write. The meaning in a comment is what a person meant: it wins."""
    pin = finding.pin
    meaning = {**(finding.now or finding.was or {}), **(pin.meaning or {})}
    return replace(pin, meaning=meaning, seen=finding.seen)


def _places_outside(used: tuple[str, ...], scanned: Iterable[str]) -> tuple[str, ...]:
    paths = {place: place.rpartition(":")[0] for place in used}
    return tuple(
        place for place in used if paths[place] not in scanned and os.path.exists(paths[place])
    )


def _scan_lines(findings: list[Finding]) -> list[str]:
    lines = []
    for finding in findings:
        meaning = meaning_words(finding.now or finding.was)
        words = f"{finding.pin.id}  {finding.pin.whereabouts}  {meaning}  {finding.state}"
        lines += [(_place_order(place), f"{place}: {words}") for place in finding.pin.used]
    return [line for _, line in sorted(lines)]


def run_resolve(options: argparse.Namespace) -> int:
    """Print the id alone; with --format json the whole answer."""
    parameters = _resolve_parameters(options)
    try:
        answer = connect(options).get("/resolve", parameters)
    except Refusal as refusal:
        if refusal.code not in (404, 409):
            raise
        say(refusal)
        for line in _alternatives(refusal.problem):
            say(line)
        return FOUND
    data = _content(answer)
    if not data.get("id"):
        raise Unanswered("The portal's answer has no id in it.")
    if options.format == "json":
        print(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        print(clean(data["id"]))
    return OK


def _resolve_parameters(options: argparse.Namespace) -> dict[str, str]:
    parameters = {
        "environment": options.environment or "",
        "connection": options.connection or "",
        "as_of": options.as_of or "",
        "allow_stale": "1" if options.allow_stale else "",
    }
    if options.version is None:
        if not options.name.startswith("pin:"):
            raise Misuse("Name a system and its version, or a pin as pin:NAME.")
        return {**parameters, "pin": options.name[len("pin:") :]}
    return {
        **parameters,
        "name": options.name,
        "version": options.version,
        "type": options.type or "",
    }


def _alternatives(problem: Json) -> list[str]:
    lines = []
    words = {"candidates": "candidate", "nearest": "nearest", "last_seen": "last seen"}
    for name, word in words.items():
        value = problem.get(name) or []
        for entry in value if isinstance(value, list) else [value]:
            shown_entry = _successor(entry) if isinstance(entry, dict) else clean(entry)
            lines.append(f"{word}: {shown_entry}")
    return lines


def run_repin(options: argparse.Namespace) -> int:
    lock = Path(options.lock)
    pins = read_pins(lock) if lock.is_file() else []
    texts = _rewritten(options, pins, lock)
    mine = [pin for pin in pins if pin.id == options.old]
    if not texts and not mine:
        raise Misuse(f"{options.old} was not found.")
    if options.dry_run:
        return _print_diffs(options, texts, lock, mine)
    moved = _moved_pins(options, mine)
    for path, (_, after) in texts.items():
        write_file(path, after)
        print(shown(path))
        _warn_of_comments(options, path, after)
    if mine:
        kept = [pin for pin in pins if pin.id != options.old]
        write_lock(lock, _joined(kept, moved))
        print(lock)
    return OK


def _joined(kept: list[Pin], moved: list[Pin]) -> list[Pin]:
    """Return the kept pins and the moved ones. An entry that the new id had keeps its places."""
    pins = {pin.key: pin for pin in kept}
    for pin in moved:
        former = pins.get(pin.key)
        places = former.used + pin.used if former else pin.used
        pins[pin.key] = replace(pin, used=tuple(dict.fromkeys(places)))
    return list(pins.values())


def _warn_of_comments(options: argparse.Namespace, path: Path, text: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        comment = parse_comment(line, f"{shown(path)}:{number}")
        if comment and comment.meaning and options.new in WORD.findall(line):
            say(f"{shown(path)}:{number}: the comment still says what {options.old} means.")


def _rewritten(
    options: argparse.Namespace, pins: list[Pin], lock: Path
) -> dict[Path, tuple[str, str]]:
    """Return each file that changes, with its text before and after."""
    used = {place for pin in pins if pin.id == options.old for place in pin.used}
    texts: dict[Path, tuple[str, str]] = {}
    for path in files_of(options.paths or _noted_files(used) or ["."]):
        before = text_to_scan(path)
        after = _with_new_id(path, before, options, used)
        if after != before and os.path.realpath(path) != os.path.realpath(lock):
            texts[path] = (before, after)
    return texts


def _noted_files(used: Iterable[str]) -> list[str]:
    paths = {place.rpartition(":")[0] for place in used}
    return sorted(path for path in paths if os.path.isfile(path))


def _with_new_id(path: Path, text: str, options: argparse.Namespace, used: Iterable[str]) -> str:
    """Replace the id where the scanner finds it, and on the lines that the lock file names."""
    name = shown(path)
    lines = text.split("\n")
    for place in reversed(places_of_id(name, text, options.old)):
        line = lines[place.line - 1]
        lines[place.line - 1] = line[: place.start] + options.new + line[place.end :]
    whole_word = re.compile(r"(?<![\w.-])" + re.escape(options.old) + r"(?![\w-]|\.\w)")
    for index, line in enumerate(lines):
        if f"{name}:{index + 1}" in used:
            lines[index] = whole_word.sub(lambda _: str(options.new), line)
    return "\n".join(lines)


def places_of_id(name: str, text: str, pin_id: str) -> list[Place]:
    return [place for place in Scanner(name, text).places() if place.id == pin_id]


def _print_diffs(
    options: argparse.Namespace, texts: dict[Path, tuple[str, str]], lock: Path, mine: list[Pin]
) -> int:
    for path, (before, after) in texts.items():
        _print_diff(shown(path), before, after)
    if mine:
        say(f"{lock} would name {options.new} instead of {options.old}, with its present meaning.")
    return OK


def _print_diff(name: str, before: str, after: str) -> None:
    for line in difflib.unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}"):
        has_end = line.endswith("\n")
        sys.stdout.write(line if has_end else f"{line}\n\\ No newline at end of file\n")


def _lines(text: str) -> list[str]:
    """Split as a patch does: at line feeds alone."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def _moved_pins(options: argparse.Namespace, pins: list[Pin]) -> list[Pin]:
    """Return the lock entries of the new id; the portal says what it means."""
    moved = [replace(pin, id=options.new, meaning=None, seen=None, ignore=None) for pin in pins]
    if not moved:
        return []
    if not (options.url or os.environ.get("XDP_URL")):
        say(f"XDP_URL is not set: run `xdportal lock` to write down what {options.new} means.")
        return moved
    findings = look_up(connect(options), moved)
    for finding in findings:
        if finding.state == "unknown" and options.unknown == "fail":
            raise Unanswered(finding.words)
        if finding.state != "unknown" and not finding.now:
            raise NotListed(finding.words)
    return [_locked(finding) for finding in findings]


class NotListed(Failure):
    status = FOUND


# The command line ----------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except Unanswered as failure:
        return _unanswered(failure, options)
    except Failure as failure:
        say(failure)
        return failure.status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except KeyboardInterrupt:
        return 130


def _unanswered(failure: Failure, options: argparse.Namespace) -> int:
    if options.unknown != "pass":
        say(failure)
    return unknown_status(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xdportal",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    commands.required = True
    for add in (_add_check, _add_scan, _add_lock, _add_resolve, _add_repin):
        add(commands)
    return parser


def _add(commands: Any, name: str, run: Callable[..., int], words: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    parser.add_argument("--url", metavar="URL", help="address of the portal (XDP_URL)")
    parser.add_argument("--key-file", metavar="FILE", help="file that holds the API key (XDP_KEY)")
    parser.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="limit of a request (30)"
    )
    parser.add_argument(
        "--unknown",
        choices=("fail", "warn", "pass"),
        default="fail",
        help="status if the portal or a list can't be read: 3, or 0 with or without a word",
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("between 0 and 3600 seconds")
    return seconds


def _add_where(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--environment", choices=ENVIRONMENTS, help="for ids that don't name one")
    where.add_argument(
        "--connection", metavar="SLUG", help="for ids that don't name an environment"
    )


def _add_kind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--kind", choices=KINDS, help="for plain ids (images)")


def _add_lock_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lock", default=LOCK_FILE, metavar="FILE", help=f"the lock file ({LOCK_FILE})"
    )


def _add_check(commands: Any) -> None:
    parser = _add(commands, "check", run_check, "say whether ids still mean what they meant")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="FILE|ID",
        help=f"lock files, files of ids, or ids ({LOCK_FILE})",
    )
    _add_where(parser)
    _add_kind(parser)
    parser.add_argument(
        "--fail-on",
        choices=LEVELS,
        default="critical",
        help="exit with 1 at or above this level (critical)",
    )
    parser.add_argument("--format", choices=FORMATS, help="text, or what the CI system shows")
    parser.add_argument("--output", metavar="FILE", help="write the report to FILE, and print text")


def _add_scan(commands: Any) -> None:
    parser = _add(commands, "scan", run_scan, "find ids in files and write them into the lock file")
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (.)")
    _add_where(parser)
    _add_kind(parser)
    _add_lock_option(parser)
    parser.add_argument(
        "--prune", action="store_true", help="remove ids that no file uses from the lock file"
    )


def _add_lock(commands: Any) -> None:
    parser = _add(commands, "lock", run_lock, "write what the ids of a lock file mean now")
    parser.add_argument("file", nargs="?", default=LOCK_FILE, metavar="FILE", help=f"({LOCK_FILE})")
    _add_where(parser)
    _add_kind(parser)


def _add_resolve(commands: Any) -> None:
    parser = _add(
        commands, "resolve", run_resolve, "print the id of a system and version, or of pin:NAME"
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("version", nargs="?", metavar="VERSION")
    parser.add_argument("--type", metavar="T", help="for example BL")
    _add_where(parser)
    parser.add_argument("--as-of", metavar="TIME", help="snapshot number or ISO time")
    parser.add_argument(
        "--allow-stale", action="store_true", help="answer from a list that is out of date"
    )
    parser.add_argument("--format", choices=("text", "json"))


def _add_repin(commands: Any) -> None:
    parser = _add(commands, "repin", run_repin, "replace an id in files and in the lock file")
    parser.add_argument("old", type=_plain_id, metavar="OLD")
    parser.add_argument("new", type=_plain_id, metavar="NEW")
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files and folders (those in the lock file)"
    )
    _add_lock_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="print a patch and change nothing")


def _plain_id(text: str) -> str:
    if not PLAIN_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"not an id: {clean(text)}")
    return text


if __name__ == "__main__":
    sys.exit(main())
