"""Redis, PostgreSQL or SQLite's lock is away: an answer with a sentence, in time, and limits
that hold.
"""

import re
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode

from tests.operations.test_deaths import locked, staged
from tests.portal import Portal, Visitor
from tests.servers import postgres_server, redis_server, wait_for
from xdportal.simulator import Simulator

SHORT = {"PROVIDER_DEADLINE": "2", "LEASE_SPARE": "1"}  # so a lock is waited for one second
AWAY = "The database doesn’t answer at the moment."
BUSY = "The database is busy."


def answer(visitor: Visitor, path: str, fields: dict[str, str] | None = None) -> tuple[int, str]:
    """The status and the page; with fields, of a POST."""
    data = None
    if fields is not None:
        data = urlencode({"csrfmiddlewaretoken": visitor.token, **fields}).encode()
    try:
        found = visitor.opener.open(visitor.base + path, data, timeout=30)
    except HTTPError as error:
        found = error
    return found.status, found.read().decode()


def wrong_password(base: str) -> int:
    """The status of a sign-in from a new browser."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"{base}/login/").read().decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[0]
    fields = {"username": "root", "password": "wrong", "csrfmiddlewaretoken": token}
    try:
        return int(opener.open(f"{base}/login/", urlencode(fields).encode()).status)
    except HTTPError as error:
        return error.code


def test_redis_and_then_postgresql(tmp_path: Path) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(tmp_path))
        postgres = stack.enter_context(postgres_server())
        portal = Portal(
            tmp_path / "portal",
            stack.enter_context(Simulator()),
            DATABASE_URL=postgres.url,
            CELERY_BROKER_URL=f"{redis.url}/0",
            CACHE_URL=f"{redis.url}/1",
        )
        stack.callback(portal.close)
        portal.prepare()
        slug = portal.connect()
        portal.start_all()
        visitor = portal.sign_in()

        redis.stop()
        wait_for(lambda: portal.status("/readyz") == 503, 10, "not ready")
        again = portal.sign_in()
        assert "<h1" in again.read("/")
        assert answer(again, f"/c/{slug}/check/", {})[0] == 200
        assert [wrong_password(portal.base) for _ in range(6)] == [200] * 4 + [429] * 2

        postgres.stop()
        started = time.monotonic()
        for path in ("/", "/login/", f"/c/{slug}/images/"):
            status, page = answer(visitor, path)
            assert (path, status, AWAY in page) == (path, 503, True)
        statuses = [portal.status("/readyz") for _ in range(10)]
        assert (statuses, portal.status("/healthz")) == ([503] * 10, 200)
        assert time.monotonic() - started < 10

        postgres.start()
        redis.start()
        wait_for(lambda: portal.status("/readyz") == 200, 40, "ready again")
        assert "<h1" in visitor.read("/")


def test_sqlite_locked_for_longer_than_anyone_waits(tmp_path: Path) -> None:
    with staged(tmp_path, "embedded", SHORT, number=1) as stage:
        stage.portal.start_web()
        visitor = stage.portal.sign_in()
        with locked(stage):
            status, page = answer(visitor, f"/c/{stage.slug}/check/", {})
            assert (status, BUSY in page) == (503, True)
            assert answer(visitor, "/")[0] == 200
        assert answer(visitor, f"/c/{stage.slug}/check/", {})[0] == 200
