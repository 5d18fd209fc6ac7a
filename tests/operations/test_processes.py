"""The portal as it runs: real processes, embedded and on PostgreSQL with Redis. Afterwards no secret is to be found."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.portal import KINDS, Portal, servers
from tests.servers import wait_for
from xdportal.provider.simulator import Simulator


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


@pytest.mark.parametrize("kind", KINDS)
def test_it_runs_by_itself_and_keeps_its_secrets(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator())
        portal = Portal(tmp_path / "portal", simulator, **servers(kind, stack, tmp_path))
        portal.prepare()
        slug = portal.connect()
        secret = simulator.accounts["production"][0].secret
        stack.callback(portal.close)
        portal.start_all()

        wait_for(lambda: simulator.count("open/image") >= 1, 20, "the first check")
        simulator.move(3)
        wait_for(lambda: portal.ask("Snapshot.objects.count()") == 2, 40, "the second snapshot")

        simulator.fault("echo_secret", on="any", times=None)
        report = json.loads(portal.manage("check_catalogs", "--json", slug, ends=1))
        assert report["outcome"] == "provider"
        simulator.clear_faults()
        pages = portal.sign_in().read_all()
        assert len(pages) > 40
        took = portal.stop()
        assert max(took) < 30
        secrets = [secret, *{call.token for call in simulator.calls if call.token}]
        assert len(secrets) >= 2

        assert traces(secrets, portal.folder, pages) == []
        _plant(portal.folder, secret)
        assert traces(secrets, portal.folder, [f"<p>{secret}</p>"]) == [
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
