"""`make lighthouse`: measure thirteen pages of a portal of its own, as desktop and as mobile.

The portal has 1,000 images, and its user is signed in. A page under its minimum is measured twice
more and judged by the median; exit with 1 if one stays under. Needs npm and Chromium.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

BASE = Path(__file__).resolve().parent.parent
WORK = BASE / "build/lighthouse"
VERSION = "12.8.2"  # 13 needs a newer Node than Debian 12 has
PORT = 8199
URL = f"http://127.0.0.1:{PORT}"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking"
)
CATEGORIES = ("performance", "accessibility", "best-practices")
FLOORS = {"desktop": (95, 100, 100), "mobile": (90, 100, 100)}
MOST_BYTES = 50 * 1024
FILL = """
import sys
from datetime import timedelta
from django.test import Client
from django.utils import timezone
from tests.items import give, give_other_lists, items
from xdportal.accounts.models import User
from xdportal.connections.models import Connection
user = User.objects.create_superuser("lighthouse")
team = user.memberships.get().team
made = Connection.objects.create(
    team=team, owner=user, name="Main", environment="production"
)
catalog = made.catalogs.get(kind="images")
give(catalog, items(range(1000, 2000)), timezone.now() - timedelta(days=2))
give(catalog, items(range(1010, 2010)), timezone.now())
give_other_lists(catalog, timezone.now())
other = Connection.objects.create(
    team=team, owner=user, name="Main", environment="sandbox"
)
give(other.catalogs.get(kind="images"), items(range(1500, 2500)), timezone.now())
client = Client()
client.force_login(user)
print(made.slug, client.cookies["sessionid"].value)
"""


def main() -> int:
    os.chdir(BASE)
    started = time.monotonic()
    install()
    environment = os.environ | {
        "ENV_FILE": "tests/test.env",
        "DATA_DIR": str(WORK / "data"),
        "SITE_URL": URL,
    }
    slug, session = fill(environment)
    bind = ["xdportal.wsgi", "--bind", f"127.0.0.1:{PORT}", "--threads", "8"]
    command = [sys.executable, "-m", "gunicorn", *bind, "--log-level", "warning"]
    server = subprocess.Popen(command, env=environment)
    try:
        wait()
        under = [page for page in pages(slug) for form in FLOORS if not judge(page, form, session)]
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
    verdict = f"under: {under}" if under else "all above their floors"
    print(f"{time.monotonic() - started:.0f} s; {verdict}")
    return 1 if under else 0


def fill(environment: dict[str, str]) -> tuple[str, str]:
    """Make a portal with two connections; return the first one's slug and a session's key."""
    subprocess.run(["rm", "-rf", WORK / "data"], check=True)
    manage = [sys.executable, "manage.py"]
    quietly = ["--verbosity", "0"]
    subprocess.run([*manage, "migrate", *quietly], check=True, env=environment)
    subprocess.run([*manage, "collectstatic", "--noinput", *quietly], check=True, env=environment)
    command = [*manage, "shell", *quietly, "-c", FILL]
    filled = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    slug, session = filled.stdout.decode().split()
    return slug, session


def pages(slug: str) -> list[str]:
    return [
        "/",
        f"/c/{slug}/images/",
        f"/c/{slug}/changes/",
        f"/c/{slug}/compare/",
        f"/c/{slug}/packages-payg/",
        f"/c/{slug}/packages-payg/items/7001/",
        f"/c/{slug}/personal/",
        f"/c/{slug}/pairs/?image=1500",
        "/compare/",
        "/check/",
        "/pins/",
        "/inbox/",
        "/errors/",
    ]


def install() -> None:
    if not (WORK / "node_modules/lighthouse/package.json").exists():
        WORK.mkdir(parents=True, exist_ok=True)
        quietly = ["--silent", "--no-audit", "--no-fund"]
        command = ["npm", "install", *quietly, "--prefix", WORK, f"lighthouse@{VERSION}"]
        subprocess.run(command, check=True)


def wait() -> None:
    for _ in range(60):
        try:
            urllib.request.urlopen(f"{URL}/healthz").close()
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("The portal did not start.")


def judge(page: str, form: str, session: str) -> bool:
    runs = [measure(page, form, session)]
    if not passes(runs, form):
        runs += [measure(page, form, session) for _ in range(2)]
    scores = [round(statistics.median(values)) for values in zip(*runs, strict=True)]
    shown = "  ".join(f"{name} {score}" for name, score in zip(CATEGORIES, scores, strict=False))
    print(f"{form:8} {page:28} {shown}  {scores[-1] / 1024:.1f} KiB", flush=True)
    return passes(runs, form)


def passes(runs: list[list[float]], form: str) -> bool:
    *scores, size = (statistics.median(values) for values in zip(*runs, strict=True))
    return (
        all(score >= floor for score, floor in zip(scores, FLOORS[form], strict=True))
        and size <= MOST_BYTES
    )


def measure(page: str, form: str, session: str) -> list[float]:
    """Return the scores of the categories, and the bytes of a first visit."""
    report = WORK / "report.json"
    command = [
        WORK / "node_modules/.bin/lighthouse",
        URL + page,
        "--quiet",
        "--output=json",
        f"--output-path={report}",
        f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={FLAGS}",
        "--extra-headers=" + json.dumps({"Cookie": f"sessionid={session}"}),
        *(["--preset=desktop"] if form == "desktop" else []),
    ]
    chromium = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
    for attempt in range(3):  # on a busy machine it sometimes fails
        done = subprocess.run(
            command, env=os.environ | {"CHROME_PATH": chromium}, stderr=subprocess.DEVNULL
        )
        if done.returncode == 0:
            break
        print(f"{form:8} {page:28} could not be measured, attempt {attempt + 1}", flush=True)
    else:
        sys.exit("Lighthouse failed three times.")
    result = json.loads(report.read_text())
    for name in ("accessibility", "best-practices"):
        print_failed_audits(result, name)
    scores = [100 * (result["categories"][name]["score"] or 0) for name in CATEGORIES]
    return [*scores, result["audits"]["total-byte-weight"]["numericValue"]]


def print_failed_audits(result: dict[str, Any], category: str) -> None:
    for reference in result["categories"][category]["auditRefs"]:
        audit = result["audits"][reference["id"]]
        if audit["score"] is not None and audit["score"] < 1:
            items = audit.get("details", {}).get("items", [])
            places = [item["node"]["snippet"] for item in items if "node" in item]
            print(f"         {audit['title']}: {' '.join(places[:3])}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
