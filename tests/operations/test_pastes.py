"""Sixteen people paste 128 KiB at the same moment: little memory, and nobody else is held up."""

import re
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from bench.processes import family
from tests.portal import Portal, _csrf
from xdportal.errorcodes.decoder import MAX_BYTES
from xdportal.simulator import Simulator

PEOPLE = 16
MOST = 100  # MiB over what the processes had before
LONGEST = 1.0  # seconds; twice as much while the machine is busy with other tests
LINE = 'requestId=%06d {"code":7005,"msg":"x","imageId":"%d","packageId":"P%d"} token=abcdefgh\n'
KEYS = """
from django.test import Client
def key_of(number):
    client = Client()
    client.force_login(User.objects.create_user(f"person{number}"))
    return client.cookies["sessionid"].value
"""


def longest_paste() -> str:
    lines = (LINE % (number, number, number) for number in range(MAX_BYTES // len(LINE)))
    return "".join(lines)[:MAX_BYTES]


class Person:
    def __init__(self, portal: Portal, key: str) -> None:
        self.url = f"{portal.base}/errors/decode/"
        self.cookies = f"sessionid={key}"
        with self._open(None) as page:
            self.cookies += "; " + page.headers["Set-Cookie"].partition(";")[0]
            self.token = _csrf(page.read().decode())

    def paste(self, text: str) -> int:
        form = urlencode({"csrfmiddlewaretoken": self.token, "text": text}).encode()
        try:
            with self._open(form) as page:
                assert "7005" in page.read().decode()
                return 200
        except HTTPError as error:
            return error.code

    def _open(self, form: bytes | None):  # type: ignore[no-untyped-def]
        request = urllib.request.Request(self.url, form, {"Cookie": self.cookies})
        return urllib.request.urlopen(request, timeout=60)


def peak(pid: int) -> int:
    """Return the most memory the process had since the last `forget_peak`, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s*(\d+) kB", status)[0])


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@pytest.mark.full
def test_sixteen_pastes(tmp_path: Path) -> None:
    with Simulator() as simulator:
        portal = Portal(tmp_path / "portal", simulator, WEB_PROCESSES="2")
        portal.prepare()
        portal.run(KEYS)
        keys = portal.ask(f"[key_of(number) for number in range({PEOPLE})]")
        try:
            web = portal.start_web()
            people = [Person(portal, key) for key in keys]
            processes = family(web.pid)
            for pid in processes:
                forget_peak(pid)
            before = {pid: peak(pid) for pid in processes}
            statuses = paste_at_once(people, portal)
            grown = sum(peak(pid) - before[pid] for pid in processes) / 1024
        finally:
            portal.close()

    assert grown < MOST
    assert set(statuses) <= {200, 503}
    assert statuses.count(200) >= 2


def paste_at_once(people: list[Person], portal: Portal) -> list[int]:
    text = longest_paste()
    with ThreadPoolExecutor(len(people)) as pool:
        pasting = [pool.submit(person.paste, text) for person in people]
        started = time.monotonic()
        assert [portal.status(path) for path in ("/healthz", "/login/")] == [200, 200]
        assert time.monotonic() - started < 2 * LONGEST
        return [each.result() for each in pasting]


@pytest.mark.full
def test_a_person_pastes_one_at_a_time(tmp_path: Path) -> None:
    with Simulator() as simulator:
        portal = Portal(tmp_path / "portal", simulator, WEB_PROCESSES="2")
        portal.prepare()
        portal.run(KEYS)
        key = portal.ask("key_of(1)")
        try:
            portal.start_web()
            statuses = paste_at_once([Person(portal, key) for _ in range(PEOPLE)], portal)
        finally:
            portal.close()

    assert set(statuses) == {200, 429}
