"""The bounded HTTP door: every request that the portal makes leaves through it.

One deadline covers everything, name resolution included; bodies are capped on the wire and after
decompression; no redirect is followed, no cookie kept, no proxy and no netrc taken from the
environment; TLS is verified. The socket connects to the very address that the guard has judged,
while Host and SNI keep the name.
"""

import email.utils
import functools
import http.cookiejar
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.util.ssl_ import create_urllib3_context

from xdportal.lib.deadline import Deadline

CHUNK = 65536
MAX_ERROR_BODY = 256 * 1024  # how much of an unsuccessful answer is read
LONGEST_RETRY_AFTER = 3600.0
HEADERS = {"User-Agent": "xdportal", "Accept-Encoding": "gzip, deflate"}

LIBRARY_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
    ValueError,
)

Guard = Callable[[str], bool]  # whether a connection to this IP address is allowed


class HttpError(Exception):
    """No whole answer. `status` is set when at least the answer's head arrived."""

    reason: ClassVar[str]

    def __init__(self, status: int | None = None) -> None:
        super().__init__(self.reason)
        self.status = status


class Forbidden(HttpError):
    """The guard refused one of the host's addresses. No socket was opened."""

    reason = "forbidden"


class NameUnknown(HttpError):
    reason = "name"


class Refused(HttpError):
    reason = "refused"


class TlsFailed(HttpError):
    reason = "tls"


class CutShort(HttpError):
    reason = "cut_short"


class Broken(HttpError):
    reason = "broken"


class BadEncoding(HttpError):
    reason = "encoding"


class TooLarge(HttpError):
    reason = "body"


class DeadlineExceeded(HttpError):
    reason = "deadline"


@dataclass(slots=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytearray


class Door:
    """One conversation, within one deadline and one set of kept connections.

    A body longer than its cap raises TooLarge if the status is 200 and `truncate` is off;
    otherwise it is cut.
    """

    def __init__(
        self,
        *,
        deadline: float,
        max_body: int,
        truncate: bool = False,
        guard: Guard | None = None,
    ) -> None:
        self.deadline = Deadline(deadline)
        self._max_body = max_body
        self._truncate = truncate
        self._session = _session(self.deadline, guard)

    def __enter__(self) -> Self:
        self.deadline.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._session.close()
        self.deadline.__exit__(*error)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Response:
        """Return the answer, whatever its status; raise an HttpError if there is none."""
        status = None
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=self.deadline.remaining(),
                allow_redirects=False,
                stream=True,
            ) as answer:
                status = answer.status_code
                return Response(status, answer.headers, self._read(answer))
        except LIBRARY_ERRORS as error:
            if not self.deadline.leaves(0):
                raise DeadlineExceeded(status) from None
            raise _kind_of(error)(status) from None

    def _read(self, answer: requests.Response) -> bytearray:
        status = answer.status_code
        cap = self._max_body if status == 200 else min(self._max_body, MAX_ERROR_BODY)
        may_cut = self._truncate or status != 200
        if not may_cut and _length(answer) > cap:
            raise TooLarge(status)
        body = bytearray()
        for chunk in answer.iter_content(CHUNK):
            body += chunk
            if max(len(body), answer.raw.tell()) > cap:
                if not may_cut:
                    raise TooLarge(status)
                del body[cap:]
                break
        if self.deadline.expired:
            raise DeadlineExceeded(status)
        return body


def retry_after(header: str, now: float) -> float:
    """Return the seconds that a Retry-After (seconds or a date) asks for.

    At most an hour; 0 where the header makes no sense.
    """
    if header.isascii() and header.strip().isdigit():
        return min(float(header[:12]), LONGEST_RETRY_AFTER)
    try:
        moment = email.utils.parsedate_to_datetime(header).timestamp()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(moment - now, 0.0), LONGEST_RETRY_AFTER)


def _length(answer: requests.Response) -> int:
    text = answer.headers.get("Content-Length", "")
    is_number = text.isascii() and text.isdigit() and len(text) < 16
    return int(text) if is_number else 0


def _kind_of(error: Exception) -> type[HttpError]:
    match error:
        case requests.exceptions.ContentDecodingError() | urllib3.exceptions.DecodeError():
            return BadEncoding
        case requests.exceptions.SSLError():
            return TlsFailed
        case requests.exceptions.ChunkedEncodingError() | urllib3.exceptions.IncompleteRead():
            return CutShort
        case _:
            return Broken


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: requests would read a redirect's body and parse its Location."""


def _session(deadline: Deadline, guard: Guard | None) -> requests.Session:
    session = _Session()
    session.trust_env = False  # no proxy, no netrc, no certificate store but our own
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.headers = requests.structures.CaseInsensitiveDict(HEADERS)
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(deadline, guard))
    return session


class _Adapter(HTTPAdapter):
    """Opens each connection by `_connect`, with the process's TLS context."""

    def __init__(self, deadline: Deadline, guard: Guard | None) -> None:
        self._deadline = deadline
        self._guard = guard
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=tls_context())
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._watched(urllib3.HTTPConnectionPool),
            "https": self._watched(urllib3.HTTPSConnectionPool),
        }

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: requests would read the authorities again for each connection."""

    def _watched(self, pool: type[Any]) -> type[Any]:
        deadline = self._deadline
        guard = self._guard

        # Of the pool's own class, whichever that is.
        class Connection(pool.ConnectionCls):  # type: ignore[misc,name-defined]
            def _new_conn(self) -> socket.socket:
                return _connect(deadline, guard, self._dns_host, self.port)

        return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the process's only TLS context: reading the authorities outlasts a whole request."""
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


def _connect(deadline: Deadline, guard: Guard | None, host: str, port: int) -> socket.socket:
    """Return a connection to one of the host's addresses if the guard allows every one of them."""
    try:
        ips = deadline.resolve(host, port)
    except TimeoutError:
        raise DeadlineExceeded from None
    except (OSError, UnicodeError):
        raise NameUnknown from None
    if guard is not None and not all(guard(ip) for ip in ips):
        raise Forbidden
    try:
        return deadline.connect(ips, port)
    except ConnectionRefusedError:
        raise Refused from None
