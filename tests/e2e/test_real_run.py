"""The first ten minutes with the real processes: `make run` in a new folder, then a browser."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.first_steps import (
    CHINESE,
    ENGLISH,
    WRONG,
    Words,
    add_connection,
    become_administrator,
    replace_secret,
)
from tests.portal import BASE
from tests.servers import free_port, wait_for
from xdportal.simulator import Simulator

pytestmark = pytest.mark.e2e

# What a new checkout does not have, and what the portal does not need.
LEFT_OUT = shutil.ignore_patterns(".*", "var", "build", "tests", "bench", "docs", "node_modules")
LINK = re.compile(r"Create the first administrator .*: (http\S+)")


@pytest.fixture
def link(tmp_path: Path, simulator: Simulator) -> Iterator[str]:
    """Run what `make run` runs, and return the link that it prints. All settings are its own."""
    folder, log = tmp_path / "xdportal", tmp_path / "log"
    shutil.copytree(BASE, folder, ignore=LEFT_OUT)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PORT": str(free_port()),
        "PROVIDER_PRODUCTION_URL": simulator.production_url,
        "PROVIDER_SANDBOX_URL": simulator.sandbox_url,
    }
    command = [sys.executable, "scripts/start.py", "run"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            yield _printed_link(process, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)
            sys.stdout.write(log.read_text()[-6000:])
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert (folder / "var").is_dir()


def _printed_link(process: "subprocess.Popen[bytes]", log: Path) -> str:
    def is_printed() -> bool:
        assert process.poll() is None, log.read_text()[-6000:]
        return LINK.search(log.read_text()) is not None

    wait_for(is_printed, 120, "the link of the first administrator")
    return LINK.findall(log.read_text())[0]


def within(seconds: float, since: float) -> float:
    """Return how many milliseconds are left."""
    return max(seconds - (time.monotonic() - since), 0.001) * 1000


@pytest.mark.parametrize("words", [ENGLISH, pytest.param(CHINESE, marks=pytest.mark.full)])
def test_from_make_run_to_the_first_list(
    browser: Browser, link: str, simulator: Simulator, words: Words
) -> None:
    account = simulator.accounts["production"][0]
    with browser.new_context(locale=words.locale) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        become_administrator(page, link)

        saved = time.monotonic()
        add_connection(page, account.account_id, WRONG)
        main = page.locator("main")
        expect(main).to_contain_text(words.refused, timeout=within(5, saved))

        saved = time.monotonic()
        replace_secret(page, account.secret)
        heading = page.get_by_role("heading", name=words.heading)
        expect(heading).to_be_visible(timeout=within(10, saved))
        assert page.url.endswith("/images/")
        assert errors == []
