"""deploy/nginx.conf in front of the portal, over TLS on loopback."""

import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.portal import Portal
from tests.servers import answers, free_port, needed, wait_for
from tests.tls import TlsServer
from xdportal.simulator import Simulator

BASE = Path(__file__).resolve().parents[2]
SLOW_CLIENTS = 40  # more than the portal has threads
MAIN = """
daemon off; {user}
pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    {temporary}
    include {folder}/xdportal.conf;
}}
"""


class Proxy(NamedTuple):
    portal: Portal
    port: int  # https
    plain_port: int
    trust: ssl.SSLContext

    def ask(self, path: str, **headers: str) -> http.client.HTTPResponse:
        link = http.client.HTTPSConnection("localhost", self.port, timeout=30, context=self.trust)
        link.request(
            "GET", path, headers={name.replace("_", "-"): headers[name] for name in headers}
        )
        return link.getresponse()


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    binary = needed(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "nginx")
    folder = tmp_path_factory.mktemp("nginx")
    port, plain_port = free_port(), free_port()
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator())
        portal = Portal(
            folder / "portal",
            simulator,
            SITE_URL=f"https://localhost:{port}",
            TRUSTED_PROXIES="127.0.0.1",
        )
        stack.callback(portal.close)
        portal.prepare()
        portal.start_web()
        TlsServer(folder)  # writes the certificate
        configuration = configured(folder, portal.port, port, plain_port)
        subprocess.run([binary, "-t", "-c", configuration], check=True)
        nginx = subprocess.Popen([binary, "-c", configuration])
        stack.callback(nginx.wait, 10)
        stack.callback(nginx.terminate)
        wait_for(lambda: answers(port), 10, "nginx")
        trust = ssl.create_default_context(cafile=str(folder / "server.pem"))
        yield Proxy(portal, port, plain_port, trust)


def configured(folder: Path, upstream: int, port: int, plain_port: int) -> Path:
    """The file as it is, with ports, certificate and host of this test."""
    text = (BASE / "deploy/nginx.conf").read_text()
    text = text.replace("portal.example.com;", "localhost;", 4)
    text = re.sub(r"/etc/letsencrypt/\S+\.pem", str(folder / "server.pem"), text)
    text = text.replace("127.0.0.1:8000;", f"127.0.0.1:{upstream};")
    text = text.replace("listen 80;", f"listen 127.0.0.1:{plain_port};")
    text = text.replace("listen 443 ", f"listen 127.0.0.1:{port} ")
    text = text.replace("Host $host;", f"Host $host:{port};")
    (folder / "xdportal.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n    ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.getuid() == 0 else ""
    main = MAIN.format(folder=folder, temporary=temporary, user=user)
    (folder / "nginx.conf").write_text(main)
    return folder / "nginx.conf"


def test_http_leads_to_https(proxy: Proxy) -> None:
    link = http.client.HTTPConnection("localhost", proxy.plain_port, timeout=10)
    link.request("GET", "/errors/?q=1", headers={"Host": "localhost"})
    answer = link.getresponse()

    assert answer.status == 301
    assert answer.headers["Location"] == "https://localhost/errors/?q=1"


def test_a_page_keeps_its_headers(proxy: Proxy) -> None:
    answer = proxy.ask("/login/")

    assert answer.status == 200
    assert answer.headers["Strict-Transport-Security"] == (
        "max-age=31536000; includeSubDomains; preload"
    )
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Set-Cookie"].startswith("__Host-csrftoken=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Server"] == "nginx"


def test_static_files_are_compressed_and_cached(proxy: Proxy) -> None:
    answer = proxy.ask("/static/app.css", Accept_Encoding="gzip")
    content = answer.read()

    assert answer.status == 200
    assert "max-age=" in answer.headers["Cache-Control"]
    is_compressed = answer.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(content) if is_compressed else content
    assert text == (BASE / "static/app.css").read_bytes()


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_what_is_for_operators_is_closed(proxy: Proxy, path: str) -> None:
    assert proxy.ask(path).status == 404
    assert proxy.ask("/healthz").status == 200


def test_the_portal_sees_the_client_s_address_and_no_invented_one(proxy: Proxy) -> None:
    """An address that the client claims to forward for comes before its own, and doesn't count."""
    page = proxy.ask("/login/")
    cookie = page.headers["Set-Cookie"].split(";")[0]
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())[0]
    link = http.client.HTTPSConnection(
        "localhost", proxy.port, timeout=30, context=proxy.trust, source_address=("127.0.0.2", 0)
    )
    headers = {
        "Cookie": cookie,
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": f"https://localhost:{proxy.port}/login/",
        "X-Forwarded-For": "198.51.100.66",
    }
    body = f"csrfmiddlewaretoken={token}&username=root&password=wrong"
    link.request("POST", "/login/", body, headers)
    assert link.getresponse().status == 200

    failed = "AuditEntry.objects.filter(kind='sign_in_failed').latest('at').ip"
    assert proxy.portal.ask(failed) == "127.0.0.2"


def test_slow_clients_hold_no_thread_of_the_portal(proxy: Proxy) -> None:
    with ExitStack() as stack:
        for _ in range(SLOW_CLIENTS):
            plain = socket.create_connection(("127.0.0.1", proxy.port), timeout=10)
            link = stack.enter_context(proxy.trust.wrap_socket(plain, server_hostname="localhost"))
            head = "POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
            link.sendall(head.encode() + b"csrf")
        started = time.monotonic()

        assert proxy.ask("/login/").status == 200
        assert time.monotonic() - started < 5
