"""The portal as it runs: real processes with settings of their own, in a folder of their own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from functools import cache
from http.cookiejar import CookieJar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode

from tests.servers import free_port, postgres, redis, wait_for
from xdportal.simulator import Simulator

BASE = Path(__file__).resolve().parents[1]
GOOD = dict(
    line.split("=", 1) for line in (BASE / "tests/test.env").read_text().splitlines() if "=" in line
)
PASSWORD = "correct horse battery"
KINDS = ["embedded", "distributed"]
WORKER = ["celery", "-A", "xdportal", "worker", "--pool", "threads"]
MAIL = "root@example.com"
DATABASE = "portal.sqlite3"
SHELL = f"""
import json, sys, django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from django.db import connection as database
from django.utils.timezone import now
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from xdportal.accounts.models import *
from xdportal.catalog import tasks
from xdportal.catalog.models import *
from xdportal.connections.models import *
from xdportal.provider.credentials import AccountSecret
MAIL = {MAIL!r}
for line in sys.stdin:
    what, answer = json.loads(line), None
    if "code" in what:
        exec(what["code"], globals())
    else:
        answer = eval(what["expression"], globals())
    database.close()
    print(json.dumps(answer, default=str), flush=True)
"""
Process = subprocess.Popen[bytes]


@cache
def migrated() -> bytes:
    """Return an empty SQLite database with all tables.

    It is made once a process: migrating takes longer than most of what is tested with it.
    """
    with TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=BASE,
            env={"PATH": os.environ["PATH"], **GOOD, "ENV_FILE": "/dev/null", "DATA_DIR": folder},
            check=True,
        )
        return (Path(folder) / DATABASE).read_bytes()


def make_database(folder: Path) -> None:
    """Write a migrated database into a folder for data."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / DATABASE).write_bytes(migrated())


class Portal:
    def __init__(self, folder: Path, simulator: Simulator, **settings: str) -> None:
        folder.mkdir()
        self.folder, self.port, self.simulator = folder, free_port(), simulator
        self.base = f"http://127.0.0.1:{self.port}"
        self.processes: list[Process] = []
        self.log = folder / "portal.log"
        self._shell: subprocess.Popen[str] | None = None
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
            **settings,
        }

    def manage(self, *arguments: str, text: str = "", ends: int = 0) -> str:
        """What it prints; its sentences go to the log."""
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

    def run(self, code: str) -> None:
        """Statements over the models, in a process that stays: starting Django takes longer than
        most of them.
        """
        self._tell({"code": code})

    def ask(self, expression: str) -> Any:
        """The value of an expression over the models and `now()`, as JSON allows."""
        return self._tell({"expression": expression})

    def _tell(self, what: dict[str, str]) -> Any:
        if self._shell is None:
            self._shell = subprocess.Popen(
                [sys.executable, "-c", SHELL],
                cwd=BASE,
                env={**self.environment, "DJANGO_SETTINGS_MODULE": "xdportal.settings"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log.open("a"),
                text=True,
            )
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(json.dumps(what) + "\n")
        self._shell.stdin.flush()
        answer = self._shell.stdout.readline()
        assert answer, (what, self.log.read_text()[-3000:])
        return json.loads(answer)

    def prepare(self) -> None:
        """Make the database, with an administrator."""
        if "DATABASE_URL" in self.environment:
            self.run("call_command('migrate', verbosity=0)")
        else:
            make_database(Path(self.environment["DATA_DIR"]))
        self.run(f"User.objects.create_superuser('root', MAIL, {PASSWORD!r})")

    def connect(self, name: str = "Main", account: int = 0) -> str:
        """A connection of root's to one of the simulator's accounts; its slug."""
        known = self.simulator.accounts["production"][account]
        add = ["add_connection", "--user", "root", "--name", name, "--environment", "production"]
        return self.manage(*add, "--account-id", known.account_id, text=known.secret + "\n").strip()

    def start(self, *command: str) -> Process:
        binary = str(Path(sys.executable).parent / command[0])
        with self.log.open("a") as log:
            process = subprocess.Popen(
                [binary, *command[1:]], cwd=BASE, env=self.environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def start_web(self) -> Process:
        web = self.start("gunicorn", "xdportal.wsgi")
        wait_for(lambda: self.status("/healthz") == 200, 20, "the web process")
        return web

    def start_worker(self, *options: str) -> Process:
        return self.start(*WORKER, *options)

    def start_all(self) -> None:
        """Web, and a worker with the scheduler inside."""
        self.start_web()
        self.worker = self.start_worker("--beat")
        wait_for(lambda: self.status("/readyz") == 200, 40, "the portal")

    def status(self, path: str) -> int:
        try:
            return int(urllib.request.urlopen(self.base + path, timeout=30).status)
        except HTTPError as error:
            return error.code
        except OSError:
            return 0

    def sign_in(self) -> "Visitor":
        return Visitor(self.base)

    def kill(self, process: Process) -> None:
        """At once, as the kernel does it."""
        process.kill()
        process.wait()
        self.processes.remove(process)

    def stop(self) -> list[float]:
        """Asks all to end; how long each took."""
        took = []
        for process in self.processes:
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(40)
            took.append(time.monotonic() - started)
        self.processes.clear()
        return took

    def close(self) -> None:
        """Stop what still runs; if the test failed, show what was logged last."""
        self.stop()
        if self.log.exists():
            sys.stdout.write(self.log.read_text()[-6000:])
        if self._shell is not None:
            self._shell.communicate()
            self._shell = None


class Visitor:
    """A signed-in browser without a screen."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        token = _csrf(self.read("/login/"))
        form = {"username": "root", "password": PASSWORD, "csrfmiddlewaretoken": token}
        self.opener.open(f"{base}/login/", urlencode(form).encode())
        self.token = _csrf(self.read("/"))

    @property
    def key(self) -> str:
        """The key of the session."""
        return next(str(cookie.value) for cookie in self.cookies if cookie.name == "sessionid")

    def read(self, path: str) -> str:
        page: str = self.opener.open(self.base + path, timeout=60).read().decode()
        return page

    def post(self, path: str) -> int:
        try:
            return self.send(path)
        except HTTPError as error:
            return error.code

    def send(self, path: str, **fields: str) -> int:
        """The status of what it ends at; an error is raised."""
        form = urlencode({"csrfmiddlewaretoken": self.token, **fields}).encode()
        return int(self.opener.open(self.base + path, form, timeout=60).status)

    def read_all(self) -> list[str]:
        """Every page that a link leads to."""
        seen, waiting, pages = set(), ["/"], []
        while waiting and len(pages) < 120:
            pages.append(self.read(waiting.pop()))
            for link in re.findall(r'href="(/[^"#?]*/)["#?]', pages[-1]):
                if link not in seen and not link.startswith(("/static/", "/admin/")):
                    seen.add(link)
                    waiting.append(link)
        return pages


def _csrf(page: str) -> str:
    found: list[str] = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    return found[0]


def servers(kind: str, stack: ExitStack, folder: Path) -> dict[str, str]:
    """The settings of a kind of installation; distributed, its PostgreSQL and Redis live as long
    as the stack.
    """
    if kind == "embedded":
        return {}
    broker, database = stack.enter_context(redis(folder)), stack.enter_context(postgres())
    return {
        "DATABASE_URL": database,
        "CELERY_BROKER_URL": f"{broker}/0",
        "CACHE_URL": f"{broker}/1",
    }
