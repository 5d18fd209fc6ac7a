"""Slow or silent strangers, and many expensive requests at once: pages are answered in a second."""

import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from tests.items import items
from tests.portal import Portal, _csrf
from tests.servers import wait_for
from xdportal.simulator import Simulator

IMAGES = 20_000
STRANGERS = 40  # more than there are threads
SILENT = b""
HALF_A_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
HALF_A_BODY = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\ncsrf"
LONGEST = 1.0  # seconds; the machine that tests may be busy with other things
CUT_OFF = 12  # seconds after which a slow client is cut off, and some


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Portal]:
    with Simulator() as simulator, ExitStack() as stack:
        portal = Portal(folder / "portal", simulator, WEB_PROCESSES="2", **settings)
        stack.callback(portal.close)
        portal.prepare()
        yield portal


def seconds_for(portal: Portal, *paths: str) -> float:
    started = time.monotonic()
    assert [portal.status(path) for path in paths] == [200] * len(paths)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with running(tmp_path_factory.mktemp("slow")) as found:
        found.start_web()
        yield found


@pytest.mark.parametrize("said", [SILENT, HALF_A_HEAD, HALF_A_BODY], ids=["silent", "head", "body"])
def test_strangers_without_a_proxy(portal: Portal, said: bytes) -> None:
    links = []
    with ExitStack() as stack:
        for _ in range(STRANGERS):
            link = stack.enter_context(socket.create_connection(("127.0.0.1", portal.port)))
            link.sendall(said)
            links.append(link)
        time.sleep(0.2)

        assert seconds_for(portal, "/healthz", "/login/") < 2 * LONGEST
        links[0].settimeout(CUT_OFF)
        assert links[0].recv(1000) == b""


@pytest.fixture
def hanging_mail_server() -> Iterator[str]:
    """It accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"


def sign_up(portal: Portal, number: int) -> int:
    """Sign up from an address of one's own: of one address, the portal counts one at a time."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    opener.addheaders = [("X-Forwarded-For", f"203.0.113.{number + 1}")]
    page = opener.open(f"{portal.base}/signup/", timeout=30).read().decode()
    form = {
        "csrfmiddlewaretoken": _csrf(page),
        "username": f"new{number}",
        "email": f"new{number}@example.com",
        "password1": "a long passphrase of mine",
        "password2": "a long passphrase of mine",
    }
    data = urlencode(form).encode()
    return int(opener.open(f"{portal.base}/signup/", data, timeout=60).status)


def test_ten_sign_ups_with_a_mail_server_that_hangs(
    tmp_path: Path, hanging_mail_server: str
) -> None:
    settings = {"OPEN_SIGN_UP": "true", "TRUSTED_PROXIES": "127.0.0.1"}
    with running(tmp_path, EMAIL_URL=hanging_mail_server, **settings) as portal:
        portal.start_web()
        started = time.monotonic()
        with ThreadPoolExecutor(10) as pool:
            statuses = list(pool.map(lambda number: sign_up(portal, number), range(10)))

        assert statuses == [200] * 10
        assert time.monotonic() - started < 10, "the mail server would have cost ten seconds each"
        assert portal.ask("QueuedMail.objects.count()") == 10


def at_once(times: int, ask: Callable[[int], int]) -> ThreadPoolExecutor:
    pool = ThreadPoolExecutor(times)
    for number in range(times):
        pool.submit(ask, number)
    return pool


@pytest.mark.full
def test_sixteen_exports(tmp_path: Path) -> None:
    with running(tmp_path) as portal:
        portal.simulator.set_items("production", items(range(IMAGES)))
        slug = portal.connect()
        portal.start_all()
        listed = "Snapshot.objects.filter(catalog__kind='images').exists()"
        wait_for(lambda: bool(portal.ask(listed)), 60, "the list")
        visitor = portal.sign_in()
        statuses: list[int] = []

        def export(number: int) -> int:
            try:
                answer = visitor.opener.open(f"{portal.base}/c/{slug}/images.csv?n={number}")
                answer.read()
                statuses.append(answer.status)
            except HTTPError as error:
                statuses.append(error.code)
            return 0

        with at_once(16, export):
            time.sleep(0.2)
            assert seconds_for(portal, "/healthz") < LONGEST
            started = time.monotonic()
            assert "<h1" in visitor.read(f"/c/{slug}/images/")
            assert time.monotonic() - started < 2 * LONGEST

        assert len(statuses) == 16
        assert set(statuses) == {200, 429}, "two of one person in each of two processes"
