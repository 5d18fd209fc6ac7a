"""The portal as it runs: real processes, embedded and on PostgreSQL with Redis. Afterwards no secret is to be found."""

import base64
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.servers import free_port, postgres, redis, wait_for
from xdportal.provider.simulator import Simulator

BASE = Path(__file__).resolve().parents[2]
GOOD = dict(line.split("=", 1) for line in (BASE / "tests/test.env").read_text().splitlines() if "=" in line)
PASSWORD = "correct horse battery"


class Portal:
    def __init__(self, folder: Path, simulator: Simulator, **settings: str) -> None:
        folder.mkdir()
        self.folder, self.port, self.processes = folder, free_port(), []
        self.log = folder / "portal.log"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")},
            **GOOD,
            "ENV_FILE": "/dev/null",
            "DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "PROVIDER_PRODUCTION_URL": simulator.production_url,
            "PROVIDER_SANDBOX_URL": simulator.sandbox_url,
            "CHECK_INTERVAL": "10",
            "SWEEP_SECONDS": "1",
            "DJANGO_SUPERUSER_USERNAME": "root",
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "DJANGO_SUPERUSER_EMAIL": "root@example.com",
            **settings,
        }

    def manage(self, *arguments: str, text: str = "", ends: int = 0) -> str:
        with self.log.open("a") as log:
            ended = subprocess.run(
                [sys.executable, "manage.py", *arguments],
                cwd=BASE,
                env=self.environment,
                input=text,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert ended.returncode == ends, (arguments, ended.stdout, self.log.read_text()[-3000:])
        return ended.stdout

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        binary = str(Path(sys.executable).parent / command[0])
        with self.log.open("a") as log:
            process = subprocess.Popen([binary, *command[1:]], cwd=BASE, env=self.environment, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def start_all(self) -> None:
        self.start("gunicorn", "xdportal.wsgi")
        self.worker = self.start(
            "celery", "-A", "xdportal", "worker", "--beat", "--pool", "threads", "--concurrency", "4"
        )
        wait_for(self.is_ready, 40, "the portal")

    def is_ready(self) -> bool:
        try:
            return json.load(urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5))["sweep"]
        except OSError:
            return False

    def visit(self) -> list[str]:
        """Signs in and reads every page that a link leads to."""
        base = f"http://127.0.0.1:{self.port}"
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        login = opener.open(f"{base}/login/").read().decode()
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', login)[0]
        form = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
        opener.open(f"{base}/login/", urlencode(form).encode())
        seen, waiting, pages = set(), ["/"], []
        while waiting and len(pages) < 120:
            path = waiting.pop()
            pages.append(opener.open(base + path).read().decode())
            for link in re.findall(r'href="(/[^"#?]*/)[^"]*"', pages[-1]):
                if link not in seen and not link.startswith(("/static/", "/admin/")):
                    seen.add(link)
                    waiting.append(link)
        return pages

    def stop(self) -> list[float]:
        """Asks all to end; how long each took."""
        took = []
        for process in self.processes:
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            took.append(time.monotonic() - started)
        return took


def traces(secrets: list[str], folder: Path, pages: list[str]) -> list[str]:
    """Where any of the secrets is found, plain or in base64."""
    forms = {form for s in secrets for form in (s, *_base64_forms(s))}
    found = [f"page {number}" for number, page in enumerate(pages) if any(form in page for form in forms)]
    for path in sorted(folder.rglob("*")):
        if path.is_file() and any(form.encode() in path.read_bytes() for form in forms):
            found.append(path.name)
    return found


def _base64_forms(secret: str) -> Iterator[str]:
    """Base64 of the secret wherever it begins within a group of three bytes."""
    for shift in range(3):
        encoded = base64.b64encode(b"." * shift + secret.encode())
        yield encoded[4 * (shift > 0) : -4].decode()
        yield base64.urlsafe_b64encode(b"." * shift + secret.encode())[4 * (shift > 0) : -4].decode()


KINDS = ["embedded", "distributed"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_runs_by_itself_and_keeps_its_secrets(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator())
        settings = _distributed(stack, tmp_path) if kind == "distributed" else {}
        portal = Portal(tmp_path / "portal", simulator, **settings)
        account = simulator.accounts["production"][0]
        portal.manage("migrate", "--verbosity", "0")
        portal.manage("createsuperuser", "--noinput")
        add = ["add_connection", "--user", "root", "--name", "Main", "--environment", "production"]
        slug = portal.manage(*add, "--account-id", account.account_id, text=account.secret + "\n").strip()
        stack.callback(portal.stop)
        portal.start_all()

        wait_for(lambda: simulator.count("open/image") >= 1, 20, "the first check")
        simulator.move(3)
        wait_for(lambda: _snapshots(portal) == 2, 40, "the second snapshot")

        simulator.fault("echo_secret", on="any", times=None)
        report = json.loads(portal.manage("check_catalogs", "--json", slug, ends=1))
        assert report["outcome"] == "provider"
        simulator.clear_faults()
        pages = portal.visit()
        assert len(pages) > 40
        took = portal.stop()
        assert max(took) < 30
        secrets = [account.secret, *{call.token for call in simulator.calls if call.token}]
        assert len(secrets) >= 2

        assert traces(secrets, portal.folder, pages) == []
        _plant(portal.folder, account.secret)
        assert traces(secrets, portal.folder, [f"<p>{account.secret}</p>"]) == [
            "page 0",
            "planted.log",
            "planted.sqlite3",
        ]


def _plant(folder: Path, secret: str) -> None:
    """The search is shown to find what it looks for: in a database file, and in base64 in a log."""
    database = sqlite3.connect(folder / "planted.sqlite3")
    database.execute("CREATE TABLE t (x TEXT)")
    database.execute("INSERT INTO t VALUES (?)", (secret,))
    database.commit()
    database.close()
    (folder / "planted.log").write_bytes(b"Basic " + base64.b64encode(f"user:{secret}".encode()))


def _snapshots(portal: Portal) -> int:
    code = "from xdportal.catalog.models import Snapshot; print(Snapshot.objects.count())"
    return int(portal.manage("shell", "-v0", "-c", code))


def _distributed(stack: ExitStack, folder: Path) -> dict[str, str]:
    broker = stack.enter_context(redis(folder))
    database: Any = stack.enter_context(postgres())
    return {"DATABASE_URL": database, "CELERY_BROKER_URL": f"{broker}/0", "CACHE_URL": f"{broker}/1"}
