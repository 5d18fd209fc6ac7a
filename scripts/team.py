"""`python -m scripts.team [--pictures]`: make a team of six with much data, in build/team.

Three teams with twelve connections, 5,000 images, 130 changes a day for a week. Its pictures show
dashboard, side bar, changes and compare at 1440 and 390 pixels in both languages. Needs Chromium.
"""

import os
import secrets
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Browser, sync_playwright

if TYPE_CHECKING:
    from xdportal.catalog.models import Catalog

BASE = Path(__file__).resolve().parent.parent
WORK = BASE / "build/team"
PORT = 8197
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = secrets.token_urlsafe(16)
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PEOPLE = ("li.wei", "chen.yu", "zhang.min", "anna", "tom", "wang.fang")
TEAMS = ("Render platform", "合成与调色组", "Houdini FX")
NAMES = (
    *("渲大师主账号", "GPU pool", "Nuke licences", "上海棚主账号", "Old account", "QA"),
    *("QA", "Render farm night batch (Houdini + Blender)", "沙箱测试", "上海棚测试", "夜间批量"),
    "上海虚拟制片与实时渲染中心夜间批量渲染备用账号（第二期）",
)
SYSTEMS = ("Ubuntu Server", "Rocky Linux", "Windows Server", "AlmaLinux", "银河麒麟")
DAYS = 7
BY_DAY = 4  # snapshots
CHANGES_A_DAY = 130
SIZES = (5000, *[600] * 11)


def main() -> None:
    os.chdir(BASE)
    shutil.rmtree(WORK, ignore_errors=True)
    own = {"ENV_FILE": "tests/test.env", "DATA_DIR": str(WORK), "SITE_URL": URL}
    os.environ |= {**own, "DJANGO_SETTINGS_MODULE": "xdportal.settings"}
    for command in (["migrate"], ["collectstatic", "--noinput"]):
        subprocess.run([sys.executable, "manage.py", *command, "--verbosity", "0"], check=True)
    fill()
    if "--pictures" in sys.argv:
        photograph()


def fill() -> None:
    import django
    from django.utils import timezone

    django.setup()
    for number, catalog in enumerate(connections()):
        grow(catalog, SIZES[number], timezone.now(), seed=number)
        print(catalog.connection, catalog.latest_snapshot, flush=True)
    trouble()


def connections() -> "list[Catalog]":
    """Make six people, three teams, and connections of which two have one name."""
    from xdportal.accounts.models import Membership, Team, User
    from xdportal.connections.models import Connection

    people = [User.objects.create_user(name, password=PASSWORD) for name in PEOPLE]
    made = []
    for place, name in enumerate(TEAMS):
        team = Team.objects.create(name=name, slug=f"team-{place}")
        for person in people:
            role = "owner" if person is people[0] else "member"
            Membership.objects.create(team=team, user=person, role=role)
        made.append(team)
    teams = [made[0]] * 9 + [made[1]] * 2 + [made[2]]
    found = []
    for number, name in enumerate(NAMES):
        connection = Connection.objects.create(
            team=teams[number],
            owner=people[number % len(people)],
            name=name,
            environment="sandbox" if number in (6, 8, 9) else "production",
            account_id=f"A2755{max(number, 1):04}",
        )
        found.append(connection.catalogs.get(kind="images"))
    return found


def grow(catalog: "Catalog", size: int, now: datetime, seed: int) -> None:
    """Record a week of snapshots whose changes are of every grade."""
    from tests.items import give, give_other_lists

    steps = DAYS * BY_DAY
    share = CHANGES_A_DAY // BY_DAY * size // SIZES[0] + 1
    for step in range(steps + 1):
        at = now - timedelta(hours=24 / BY_DAY * (steps - step), seconds=90 + seed)
        give(catalog, [row(place, step, share, size) for place in range(size)], at)
    give_other_lists(catalog, now - timedelta(minutes=4))


def row(place: int, step: int, share: int, size: int) -> dict[str, Any] | None:
    """Return what an image is after some steps; each step moves on to other images."""
    moved = [
        at
        for at in range(1, step + 1)
        if (at * share) % size <= place < (at * share) % size + share
    ]
    version, name, kind = 20, SYSTEMS[place % len(SYSTEMS)], ("BL", "SC", "ceph")[place % 3]
    if moved:
        version += place % 2 * len(moved)
        name = SYSTEMS[(place + len(moved)) % len(SYSTEMS)] if place % 10 == 2 else name
        kind = "SC" if place % 10 == 4 else kind
    gone = bool(moved) and place % 6 == 0
    return {
        "imageId": str(4000 + place if not gone else 90000 + place),
        "type": kind,
        "systemImageName": name,
        "systemImageVersion": f"{version}.04 x64",
    }


def trouble() -> None:
    """Let one list be refused, one paused and one out of date."""
    from django.utils import timezone

    from tests.items import fail
    from xdportal.catalog.models import Catalog
    from xdportal.connections.models import Connection
    from xdportal.provider.errors import AuthError, Details

    refused = Catalog.objects.get(connection__name="GPU pool", kind="images")
    details = Details(200, 401, "身份认证失败", "7f3a19c2b7d84e1f")
    fail(refused, AuthError("", details), timezone.now() - timedelta(minutes=1))
    Connection.objects.get(name="Old account").pause_for_token()
    old = Catalog.objects.filter(connection__name="上海棚主账号")
    old.update(last_ok_at=timezone.now() - timedelta(hours=3))


def photograph() -> None:
    from scripts.screenshots import wait

    bind = ["--bind", f"127.0.0.1:{PORT}", "--threads", "4", "--log-level", "warning"]
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", "xdportal.wsgi", *bind])
    try:
        wait(URL)
        with sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
            for language in ("en", "zh-hans"):
                for width in (1440, 390):
                    take(browser, language, width)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def take(browser: Browser, language: str, width: int) -> None:
    size: Any = {"width": width, "height": 900}
    page = browser.new_page(viewport=size, locale=language, reduced_motion="reduce")
    page.goto(f"{URL}/login/")
    page.fill("[name=username]", PEOPLE[0])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{URL}/")
    page.goto(f"{URL}/?team=team-0")
    first = page.locator("#connections a", has_text="渲大师主账号").get_attribute("href") or ""
    base = first.removesuffix("images/")
    paths = {
        "dashboard": "/?team=team-0",
        "images": first,
        "changes": f"{base}changes/?days=7",
        "compare": f"{base}compare/",
        "sides": "/compare/?team=team-0",
        "members": "/settings/members/?team=team-0",
    }
    for name, path in paths.items():
        page.goto(URL + path)
        page.screenshot(path=WORK / f"{name}-{width}-{language}.png", full_page=True)
    page.goto(f"{URL}/errors/")
    if width == 390:
        page.locator(".menu-b").click()
    page.screenshot(path=WORK / f"side-{width}-{language}.png")
    page.close()


if __name__ == "__main__":
    main()
