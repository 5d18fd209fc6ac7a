"""The only place from which the provider is called.

Every list has its own deadline and its own retries: after passing errors, one more getToken and
two more calls of the list, however many pages it has. Whether a refused token is renewed is the
caller's business. What can be called at all is CALLS: at this provider a GET can reboot a host.
"""

import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

import msgspec

from xdportal.lib import http, redaction
from xdportal.lib.http import Door, Response, retry_after
from xdportal.provider.codes import error_for
from xdportal.provider.credentials import AccountSecret, is_token
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import Opened, fingerprint, known_details, open_envelope
from xdportal.provider.errors import (
    ApiError,
    BadData,
    DeadlineExceeded,
    Details,
    ProviderError,
    RateLimited,
    TooLarge,
    TransportError,
)
from xdportal.provider.kinds import KINDS, Kind
from xdportal.provider.paging import Pages
from xdportal.provider.records import RecordList, UnusableItems
from xdportal.provider.shape import Shape, shape_of

GET_TOKEN = "/v1/auth/getToken"  # noqa: S105
CALLS = frozenset(
    {("POST", GET_TOKEN)} | {("GET", kind.path) for kind in KINDS.values()},
)
TOKEN_HEADER = "Finovy-Access-Token"  # noqa: S105
TOKEN_RETRIES = 1
LIST_RETRIES = 2
FIRST_WAIT = 0.5  # seconds before the first retry, doubled for the second, with jitter
LONGEST_WAIT = 5.0  # a longer Retry-After is left to the schedule
DEFAULT_TOKEN_LIFE = 300.0  # where effectiveTime makes no sense
LONGEST_TOKEN_LIFE = 86400.0

T = TypeVar("T")


class Token(NamedTuple):
    value: str
    life: float  # seconds


class Answer(NamedTuple):
    details: Details
    fingerprint: bytes
    listed: RecordList | None  # None: the same bytes as the known answer, but for the trace id
    shape: Shape = MappingProxyType({})  # what its items look like; of a known answer, nothing


class ForbiddenCall(Exception):
    """CALLS lacks the call. Nothing was sent."""


class Client:
    """A conversation with one environment; use it as a context manager."""

    def __init__(
        self,
        base_url: str,
        *,
        deadline: float,
        max_body: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._door = Door(deadline=deadline, max_body=max_body)
        self._seconds = deadline
        self._retries: Counter[str] = Counter()
        self._base_url = base_url.rstrip("/")
        self._sleep = sleep

    def __enter__(self) -> "Client":
        self._door.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._door.__exit__(*error)

    def begin(self) -> None:
        """Start over with the deadline and the retries, for the next list; the connection stays."""
        self._door.deadline.restart(self._seconds)
        self._retries.clear()

    def get_token(self, account: AccountSecret) -> Token:
        """Return a new token; the provider's tokens live for 30 minutes."""
        redaction.add(account.secret)
        fields = {"uuid": account.account_id, "secret": account.secret}
        return self._repeated(
            GET_TOKEN,
            TOKEN_RETRIES,
            lambda: self._token(self._exchange("POST", GET_TOKEN, fields=fields)),
        )

    def read_list(self, kind: Kind[Any], token: str, known: bytes | None = None) -> Answer:
        """Return a list; `known` is the fingerprint of an answer that need not be parsed again."""
        redaction.add(token)
        if kind.paged:
            return self._read_pages(kind, token, known)
        return self._repeated(
            kind.path,
            LIST_RETRIES,
            lambda: self._answer(kind, self._get(kind, token), known),
        )

    def _read_pages(self, kind: Kind[Any], token: str, known: bytes | None) -> Answer:
        """Return a list that comes in pages. Each page is read, even if all are known."""
        pages = Pages(kind)
        while not pages.is_complete:
            self._repeated(kind.path, LIST_RETRIES, lambda: self._add_page(pages, kind, token))
        is_known = pages.fingerprint == known
        listed = None if is_known else pages.as_list()
        return Answer(pages.details, pages.fingerprint, listed, pages.shape)

    def _add_page(self, pages: Pages, kind: Kind[Any], token: str) -> None:
        response = self._get(kind, token, pages.next_query)
        opened = self._success(response)
        pages.add(opened, fingerprint(response.body))

    def _get(self, kind: Kind[Any], token: str, query: str = "") -> Response:
        return self._exchange("GET", kind.path, query, headers={TOKEN_HEADER: token})

    def _answer(self, kind: Kind[Any], response: Response, known: bytes | None) -> Answer:
        digest = fingerprint(response.body) if response.status == 200 else b""
        if known and digest == known:
            return Answer(known_details(response.body, 200), digest, None)
        opened = self._success(response)
        shape = shape_of(opened.data)
        try:
            listed = decode_list(kind, opened.data, opened.details)
        except UnusableItems as error:
            error.shape = shape
            raise
        return Answer(opened.details, digest, listed, shape)

    def _token(self, response: Response) -> Token:
        opened = self._success(response)
        try:
            data = msgspec.json.decode(opened.data, type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError):
            raise BadData("no_token", opened.details) from None
        value = data.get("token")
        if not isinstance(value, str) or not is_token(value):
            raise BadData("no_token", opened.details)
        redaction.add(value)
        return Token(value, token_life(data.get("effectiveTime")))

    def _success(self, response: Response) -> Opened:
        """Return the envelope of a success; raise the one error that fits anything else."""
        try:
            return _opened(response)
        except ProviderError as error:
            error.retry_after = retry_after(response.headers.get("Retry-After", ""), time.time())
            raise

    def _repeated(self, path: str, retries: int, call: Callable[[], T]) -> T:
        """Call again after a passing error while retries and deadline allow; raise the last."""
        while True:
            try:
                return call()
            except ProviderError as error:
                wait = max(self._pause(path), error.retry_after)
                may_wait = wait <= LONGEST_WAIT and self._door.deadline.leaves(wait)
                if not error.retry or self._retries[path] >= retries or not may_wait:
                    raise
                self._retries[path] += 1
                self._sleep(wait)

    def _pause(self, path: str) -> float:
        doubled = FIRST_WAIT * 2.0 ** self._retries[path]
        return float(doubled * random.uniform(0.75, 1.25))  # noqa: S311

    def _exchange(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: dict[str, str] | None = None,
        fields: dict[str, str] | None = None,
    ) -> Response:
        """Return the answer to one request; every failure becomes an error of ours."""
        if (method, path) not in CALLS:
            raise ForbiddenCall(f"{method} {path}")
        url = self._base_url + path + (f"?{query}" if query else "")
        sent = {"Accept": "application/json", **(headers or {})}
        body = None
        if fields is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(fields).encode()
        try:
            return self._door.request(method, url, headers=sent, body=body)
        except http.HttpError as error:
            raise _translated(error) from None


def token_life(effective_time: object) -> float:
    """Return seconds from `effectiveTime` (milliseconds, in any form), else a short, safe life."""
    text = str(effective_time) if isinstance(effective_time, int | float | str) else ""
    found = re.fullmatch(r"([0-9]{1,15})(\.0)?", text)
    seconds = int(found[1]) / 1000 if found else 0
    return seconds if 0 < seconds < LONGEST_TOKEN_LIFE else DEFAULT_TOKEN_LIFE


def _opened(response: Response) -> Opened:
    if response.status == 429:
        raise RateLimited("", _details_of_error(response))
    if 300 <= response.status < 400:
        raise ApiError("redirect", Details(response.status))
    if response.status != 200:
        raise error_for(_details_of_error(response))
    opened = open_envelope(response.body, response.status)
    details = opened.details
    if details.code == 429:
        raise RateLimited("", details)
    if not opened.has_code or opened.succeeded is None:
        raise BadData("envelope", details)
    if details.code != 0:
        raise error_for(details)
    if not opened.succeeded:
        raise ApiError("not_success", details)
    return opened


def _details_of_error(response: Response) -> Details:
    try:
        return open_envelope(response.body, response.status).details
    except BadData:
        return Details(response.status)


def _translated(error: http.HttpError) -> ProviderError:
    """Return the provider's error for a failed exchange."""
    details = Details(error.status)
    match error:
        case http.DeadlineExceeded():
            return DeadlineExceeded(error.reason, details)
        case http.TooLarge():
            return TooLarge(error.reason, details)
        case http.BadEncoding():
            return BadData(error.reason)
        case _:
            return TransportError(error.reason)
