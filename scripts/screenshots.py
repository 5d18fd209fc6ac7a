"""`make screenshots`: take the pictures of README.md and README.zh-hans.md from a demo of its own.

Needs Chromium.
"""

import os
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from xdportal.simulator import Simulator

BASE = Path(__file__).resolve().parent.parent
WORK = BASE / "build/screenshots"
PORT = 8198
URL = f"http://127.0.0.1:{PORT}"
PASSWORD = secrets.token_urlsafe(16)
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
SIZE = {"width": 1280, "height": 860}
LANGUAGES = {"en": "", "zh-hans": ".zh-hans"}
PASTED = (
    '{"code":7005,"success":false,'
    '"msg":"主机配置类型与镜像类型不一致","traceId":"8f14e45fceea167a"}'
)


def main() -> None:
    os.chdir(BASE)
    subprocess.run(["rm", "-rf", WORK], check=True)
    own = {
        "ENV_FILE": "tests/test.env",
        "DATA_DIR": str(WORK),
        "SITE_URL": URL,
        "DEMO_PASSWORD": PASSWORD,
    }
    with Simulator(seed=1, images=40, start_step=90) as provider:  # where the demo's history ends
        urls = {
            "PROVIDER_PRODUCTION_URL": provider.production_url,
            "PROVIDER_SANDBOX_URL": provider.sandbox_url,
        }
        photograph(os.environ | own | urls)


def photograph(environment: dict[str, str]) -> None:
    quietly = ["--verbosity", "0"]
    as_if_a_worker_ran = "from xdportal.catalog.tasks import sweep; sweep()"
    commands = (
        ["migrate", *quietly],
        ["collectstatic", "--noinput", *quietly],
        ["seed_demo"],
        ["check_catalogs"],
        ["shell", *quietly, "-c", as_if_a_worker_ran],
    )
    for command in commands:
        subprocess.run([sys.executable, "manage.py", *command], check=True, env=environment)
    bind = ["--bind", f"127.0.0.1:{PORT}", "--threads", "4", "--log-level", "warning"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "xdportal.wsgi", *bind], env=environment
    )
    try:
        wait()
        with sync_playwright() as playwright:
            chromium = os.environ.get("CHROMIUM_PATH", "/usr/bin/chromium")
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
            for language, ending in LANGUAGES.items():
                page = browser.new_page(viewport=SIZE, locale=language, reduced_motion="reduce")
                take(page, ending)
            browser.close()
    finally:
        server.terminate()
        server.wait()


def wait(url: str = URL) -> None:
    for _ in range(60):
        try:
            urllib.request.urlopen(f"{url}/healthz").close()
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("The portal did not start.")


def take(page: Page, ending: str) -> None:
    page.goto(f"{URL}/login/")
    page.fill("[name=username]", "demo")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{URL}/")
    catalog = page.locator(".tile h2 a", has_text="渲大师").get_attribute("href") or ""
    page.goto(URL + catalog)
    save(page, f"images{ending}.png")
    page.goto(URL + catalog.replace("/images/", "/changes/"))
    save(page, f"changes{ending}.png")
    page.goto(f"{URL}/errors/decode/")
    page.fill("textarea", PASTED)
    page.click("main .btn.pri")
    page.wait_for_selector("#found")
    save(page, f"decoder{ending}.png")


def save(page: Page, name: str) -> None:
    page.screenshot(path=BASE / "docs" / name)
    print(f"docs/{name}")


if __name__ == "__main__":
    main()
