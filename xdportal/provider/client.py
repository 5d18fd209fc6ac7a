"""The one door to the provider.

Its limits, for one check: one deadline over all; a body cap on the wire and after decompression; after passing errors
one more getToken and two more calls of any other endpoint, wherever in the check they come; TLS verified; no redirect
followed, no cookie kept, no proxy and no netrc taken from the surroundings. Whether a refused token is renewed is its
caller's business.
"""

import email.utils
import http.cookiejar
import random
import re
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from xdportal.lib import redaction
from xdportal.provider import decode
from xdportal.provider.codes import error_for
from xdportal.provider.credentials import AccountSecret, is_token
from xdportal.provider.deadline import Deadline
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

GET_TOKEN = "/v1/auth/getToken"  # noqa: S105
IMAGE_LIST = "/v1/pve/open/image"
TOKEN_HEADER = "Finovy-Access-Token"  # noqa: S105
MAX_RETRIES = {GET_TOKEN: 1, IMAGE_LIST: 2}
FIRST_WAIT = 0.5  # seconds before the first retry, doubled for the second, with jitter
CHUNK = 65536
ERROR_BODY = 256 * 1024  # of an answer that is no success, only so much is looked at
LONGEST_RETRY_AFTER = 3600.0
DEFAULT_TOKEN_LIFE = 300.0  # where effectiveTime makes no sense
LONGEST_TOKEN_LIFE = 86400.0

T = TypeVar("T")


class Token(NamedTuple):
    value: str
    life: float  # seconds


class ImageAnswer(NamedTuple):
    details: Details
    fingerprint: bytes
    images: decode.ImageList | None  # None: the same bytes as the known answer, but for the traceId


@dataclass(slots=True)
class Response:
    status: int
    body: bytearray
    retry_after: str


class Client:
    """One check's conversation with one environment; use it as a context manager."""

    def __init__(
        self, base_url: str, *, deadline: float, max_body: int, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.deadline = Deadline(deadline)
        self._retries: Counter[str] = Counter()
        self._base_url = base_url.rstrip("/")
        self._max_body = max_body
        self._sleep = sleep
        self._session = _session(self.deadline)

    def __enter__(self) -> "Client":
        self.deadline.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._session.close()
        self.deadline.__exit__(*error)

    def get_token(self, account: AccountSecret) -> Token:
        """A new token (POST /v1/auth/getToken; the provider's tokens live for 30 minutes)."""
        redaction.add(account.secret)
        body = {"uuid": account.account_id, "secret": account.secret}
        return self._repeated(GET_TOKEN, lambda: self._token(self._exchange("POST", GET_TOKEN, json=body)))

    def list_images(self, token: str, known: bytes | None = None) -> ImageAnswer:
        """The image list (GET /v1/pve/open/image). `known`: fingerprint of an answer that need not be parsed again."""
        redaction.add(token)
        headers = {TOKEN_HEADER: token}
        return self._repeated(
            IMAGE_LIST, lambda: self._images(self._exchange("GET", IMAGE_LIST, headers=headers), known)
        )

    def _images(self, response: Response, known: bytes | None) -> ImageAnswer:
        fingerprint = decode.fingerprint(response.body) if response.status == 200 else b""
        if known and fingerprint == known:
            return ImageAnswer(decode.known_details(response.body, 200), fingerprint, None)
        opened = self._success(response)
        return ImageAnswer(opened.details, fingerprint, decode.decode_images(opened.data, opened.details))

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

    def _success(self, response: Response) -> decode.Opened:
        """The envelope of a success; anything else raises the one error that fits."""
        if response.status == 429:
            details = _details_of_error(response)
            raise RateLimited("", details, retry_after(response.retry_after, time.time()))
        if 300 <= response.status < 400:
            raise ApiError("redirect", Details(response.status))
        if response.status != 200:
            raise error_for(_details_of_error(response))
        opened = decode.open_envelope(response.body, response.status)
        details = opened.details
        if details.code == 429:
            raise RateLimited("", details, retry_after(response.retry_after, time.time()))
        if not opened.has_code or opened.succeeded is None:
            raise BadData("envelope", details)
        if details.code != 0:
            raise error_for(details)
        if not opened.succeeded:
            raise ApiError("not_success", details)
        return opened

    def _repeated(self, path: str, call: Callable[[], T]) -> T:
        """Calls again after a passing error, while the check's retries and the deadline allow; else the last error."""
        while True:
            try:
                return call()
            except ProviderError as error:
                wait = FIRST_WAIT * 2 ** self._retries[path] * random.uniform(0.75, 1.25)  # noqa: S311
                if not error.retry or self._retries[path] >= MAX_RETRIES[path] or not self.deadline.leaves(wait):
                    raise
                self._retries[path] += 1
                self._sleep(wait)

    def _exchange(self, method: str, path: str, **arguments: Any) -> Response:
        """One request and its answer, translated: whatever the library raises becomes one error of ours."""
        try:
            with self._session.request(
                method,
                self._base_url + path,
                timeout=self.deadline.remaining(),
                allow_redirects=False,
                stream=True,
                **arguments,
            ) as answer:
                return Response(answer.status_code, self._read(answer), answer.headers.get("Retry-After", ""))
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            if self.deadline.expired or not self.deadline.leaves(0):
                raise DeadlineExceeded("deadline") from None
            raise _translated(error) from None

    def _read(self, answer: requests.Response) -> bytearray:
        cap = self._max_body if answer.status_code == 200 else ERROR_BODY
        if answer.status_code == 200 and int(_digits(answer.headers.get("Content-Length", ""))) > cap:
            raise TooLarge("body", Details(200))
        body = bytearray()
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if max(len(body), answer.raw.tell()) > cap:
                if answer.status_code == 200:
                    raise TooLarge("body", Details(200))
                break
        if self.deadline.expired:
            raise DeadlineExceeded("deadline", Details(answer.status_code))
        return body


def token_life(effective_time: object) -> float:
    """Seconds from `effectiveTime` (whole milliseconds, in any form); without sense it gets a short, safe life."""
    text = str(effective_time) if isinstance(effective_time, int | float | str) else ""
    found = re.fullmatch(r"([0-9]{1,15})(\.0)?", text)
    seconds = int(found[1]) / 1000 if found else 0
    return seconds if 0 < seconds < LONGEST_TOKEN_LIFE else DEFAULT_TOKEN_LIFE


def retry_after(header: str, now: float) -> float:
    """Seconds to wait by a Retry-After (seconds or a date), at most an hour; 0 for nonsense."""
    if header.isascii() and header.strip().isdigit():
        return min(float(header[:12]), LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(header).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(moment - now, 0.0), LONGEST_RETRY_AFTER)


def _details_of_error(response: Response) -> Details:
    try:
        return decode.open_envelope(response.body, response.status).details
    except BadData:
        return Details(response.status)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 16 else "0"


def _translated(error: Exception) -> ProviderError:
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return BadData("encoding")
    if isinstance(error, requests.exceptions.SSLError):
        return TransportError("tls")
    if isinstance(error, requests.exceptions.ChunkedEncodingError | urllib3.exceptions.IncompleteRead):
        return TransportError("cut_short")
    cause = repr(error)
    if "gaierror" in cause:
        return TransportError("name")
    if "Connection refused" in cause:
        return TransportError("refused")
    return TransportError("broken")


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: otherwise requests reads a redirect's body and parses its Location, also when it may not follow."""


def _session(deadline: Deadline) -> requests.Session:
    session = _Session()
    session.trust_env = False  # no proxy, no netrc, no certificate store but our own
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(
        {"User-Agent": "xdportal", "Accept": "application/json", "Accept-Encoding": "gzip, deflate"}
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(deadline))
    return session


class _Adapter(HTTPAdapter):
    """Has every connection of the session watched by the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _watched(urllib3.HTTPConnectionPool, self._deadline),
            "https": _watched(urllib3.HTTPSConnectionPool, self._deadline),
        }


def _watched(pool: type[Any], deadline: Deadline) -> type[Any]:
    class Connection(pool.ConnectionCls):  # type: ignore[misc,name-defined]
        def _new_conn(self) -> socket.socket:
            return deadline.connect(self._dns_host, self.port)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})
