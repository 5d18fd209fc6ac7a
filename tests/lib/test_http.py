"""The bounded HTTP door, over real sockets."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.listeners import Listener, answer
from tests.tls import TlsServer
from xdportal.lib import http
from xdportal.lib.http import Door

Resolve = Callable[..., list[Any]]


def call(url: str, method: str = "GET", **options: Any) -> http.Response:
    limits = {"deadline": 5.0, "max_body": 1000, **options}
    with Door(**limits) as door:
        return door.request(method, url)


def failure(url: str, **options: Any) -> str:
    with pytest.raises(http.HttpError) as raised:
        call(url, **options)
    return raised.value.reason


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[[Resolve], None]:
    """Have `name.test` resolved by a function; it returns the addresses of one look-up."""
    original = socket.getaddrinfo

    def install(resolve: Resolve) -> None:
        def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Any:
            if host != "name.test":
                return original(host, port, *arguments, **options)
            kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
            return [(*kind, (ip, port)) for ip in resolve()]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return install


def test_it_sends_what_it_is_given() -> None:
    reply = answer(body=b"hello", X_Kind="test")
    with Listener(reply) as listener, Door(deadline=5, max_body=100) as door:
        headers = {"Content-Type": "text/plain"}
        response = door.request("POST", listener.url + "/a?b=c%2F", headers=headers, body=b"sent")

    assert (response.status, response.headers["x-kind"], response.body) == (200, "test", b"hello")
    head, _, body = listener.requests[0].partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /a?b=c%2F HTTP/1.1"
    assert b"Content-Type: text/plain" in head
    assert body == b"sent"


def test_nothing_comes_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login user password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Listener() as listener:
        assert call(listener.url).status == 200

    assert b"Authorization" not in listener.requests[0]


def test_a_cookie_is_not_sent_back() -> None:
    with Listener(answer(Set_Cookie="a=b")) as listener, Door(deadline=5, max_body=100) as door:
        door.request("GET", listener.url)
        door.request("GET", listener.url)

    assert b"Cookie" not in listener.requests[1]
    assert listener.connections == 1


def test_a_redirect_is_not_followed() -> None:
    with Listener() as inside, Listener() as listener:
        listener.reply = answer("307 Temporary Redirect", Location=inside.url)

        assert call(listener.url).status == 307
        assert inside.connections == 0


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_long_body_is_refused_or_cut(encoding: str) -> None:
    body = b"a" * 5000
    sent = gzip.compress(body) if encoding == "gzip" else body
    with Listener(answer(body=sent, Content_Encoding=encoding)) as listener:
        assert failure(listener.url) == "body"
        assert call(listener.url, truncate=True).body == b"a" * 1000


def test_the_body_of_an_error_is_always_cut() -> None:
    with Listener(answer("500 Oops", body=b"a" * 5000)) as listener:
        assert call(listener.url).body == b"a" * 1000


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "cut_short"),
        (answer(body=b"no gzip", Content_Encoding="gzip"), "encoding"),
        (b"nonsense\r\n\r\n", "broken"),
    ],
)
def test_a_damaged_answer_has_its_own_reason(reply: bytes, reason: str) -> None:
    with Listener(reply, hangs_up=True) as listener:
        assert failure(listener.url) == reason


def test_a_closed_port_and_an_unknown_name() -> None:
    with Listener() as listener:
        pass

    assert failure(listener.url) == "refused"
    assert failure("http://no-such-host.invalid") == "name"


def test_the_deadline_covers_name_resolution(resolver: Callable[[Resolve], None]) -> None:
    answered = threading.Event()
    resolver(lambda: [answered.wait(10)])
    started = time.monotonic()

    assert failure("http://name.test", deadline=0.3) == "deadline"
    assert time.monotonic() - started < 2
    answered.set()


def test_the_guard_judges_every_address_before_any_socket_is_opened(
    resolver: Callable[[Resolve], None],
) -> None:
    with Listener() as listener:
        resolver(lambda: ["127.0.0.1", "127.0.0.2"])
        judged: list[str] = []

        def guard(ip: str) -> bool:
            judged.append(ip)
            return ip != "127.0.0.2"

        assert failure(f"http://name.test:{listener.port}", guard=guard) == "forbidden"
        assert judged == ["127.0.0.1", "127.0.0.2"]
        assert listener.connections == 0


def test_the_socket_connects_to_the_judged_address(resolver: Callable[[Resolve], None]) -> None:
    """A second look-up, which could answer otherwise (DNS rebinding), never happens."""
    lookups = iter([["127.0.0.1"], ["127.0.0.2"]])
    judged: list[str] = []
    resolver(lambda: next(lookups))
    with Listener() as listener:
        url = f"http://name.test:{listener.port}"
        response = call(url, guard=lambda ip: judged.append(ip) is None)

    assert (response.status, judged, list(lookups)) == (200, ["127.0.0.1"], [["127.0.0.2"]])
    assert f"Host: name.test:{listener.port}".encode() in listener.requests[0]


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments: object) -> None:
        pass


def test_tls_is_verified_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TlsServer(tmp_path, Hello) as url:
        assert failure(url) == "tls"

        trusting = ssl.create_default_context(cafile=str(tmp_path / "server.pem"))
        monkeypatch.setattr(http, "tls_context", lambda: trusting)
        assert call(url).body == b"hello"
        assert failure(url.replace("localhost", "127.0.0.1")) == "tls"


def test_a_process_reads_the_authorities_once(tmp_path: Path) -> None:
    before = http.tls_context().cert_store_stats()
    with TlsServer(tmp_path) as url:
        failure(url)
        failure(url)

    assert http.tls_context() is http.tls_context()
    assert http.tls_context().cert_store_stats() == before
