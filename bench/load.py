"""32 people on the images page, one machine, default processes: gunicorn as in the Procfile."""

import statistics
import threading
import time
import urllib.request
from collections.abc import Callable

from bench.processes import portal
from bench.table import Table
from tests.servers import wait_for

PEOPLE = 32
VISITS = 12
ALONE = 40
READ = "Catalog.objects.enabled().exclude(last_ok_at=None).count()"


def measure(table: Table) -> None:
    with portal("embedded", 0, 1, 0) as made:
        worker = made.start_worker("--beat")
        wait_for(lambda: made.ask(READ) == 1, 60, "the list")
        made.kill(worker)
        made.start_web()
        path = f"{made.base}/c/c-0/images/"
        cookies = made.sign_in().cookies
        header = "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
        read = reader(path, header)
        for _ in range(10):
            read()
        alone = [read() for _ in range(ALONE)]
        together = visits_of_all(read)
    middle = statistics.median(alone)
    slowest = statistics.quantiles(together, n=20)[-1]
    name = f"{PEOPLE} people on the images page, 95 % within"
    table.ratio(name, slowest, "one alone, half within", middle, 40)
    table.note(f"pages a second for {PEOPLE} people", f"{len(together) / sum_of(together):.0f}")


def reader(url: str, cookies: str) -> Callable[[], float]:
    """Return a call that reads the page and returns its milliseconds; an error is raised."""
    headers = {"Cookie": cookies, "Accept-Encoding": "gzip"}

    def read() -> float:
        began = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as page:
            assert page.status == 200
            assert page.url == url
            page.read()
        return (time.perf_counter() - began) * 1000

    return read


def visits_of_all(read: Callable[[], float]) -> list[float]:
    """Let everybody read at once, each one page after the other."""
    times: list[float] = []
    start = threading.Barrier(PEOPLE)

    def visit() -> None:
        start.wait()
        times.extend([read() for _ in range(VISITS)])

    people = [threading.Thread(target=visit) for _ in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(times) == PEOPLE * VISITS, "a page failed"
    return times


def sum_of(times: list[float]) -> float:
    """Return the seconds that everybody took together, by what each waited."""
    return sum(times) / 1000 / PEOPLE
