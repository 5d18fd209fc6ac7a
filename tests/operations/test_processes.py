"""The portal as it runs: real processes, embedded and on PostgreSQL with Redis. Afterwards no
secret is to be found.
"""

import base64
import json
import sqlite3
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.portal import Portal, servers
from tests.servers import wait_for
from tests.traces import traces
from xdportal.simulator import Simulator


@pytest.mark.parametrize("kind", ["distributed", pytest.param("embedded", marks=pytest.mark.full)])
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
        of_images = "Snapshot.objects.filter(catalog__kind='images').count()"
        wait_for(lambda: portal.ask(of_images) == 2, 40, "the second snapshot")

        simulator.fault("echo_secret", on="any", times=None)
        report = json.loads(
            portal.manage("check_catalogs", "--kind", "images", "--json", slug, ends=1)
        )
        assert report["outcome"] == "provider"
        simulator.clear_faults()
        pages = portal.sign_in().read_all()
        assert len(pages) > 40
        took = portal.stop()
        assert max(took) < 30
        secrets = [secret, *{call.token for call in simulator.calls if call.token}]
        assert len(secrets) >= 2

        assert traces(secrets, pages, portal.folder) == []
        _plant(portal.folder, secret)
        assert traces(secrets, [f"<p>{secret}</p>"], portal.folder) == [
            "text 0",
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
