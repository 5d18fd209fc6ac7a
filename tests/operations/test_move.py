"""From one machine to many: what docs/one-machine-to-many.md says, done."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.portal import Portal, servers
from xdportal.simulator import Simulator

LEFT_OUT = ["contenttypes", "auth.permission", "sessions", "admin.logentry"]


@pytest.mark.full
def test_from_sqlite_to_postgresql_with_history_and_credentials(tmp_path: Path) -> None:
    file = str(tmp_path / "portal.json")
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator())
        old = Portal(tmp_path / "old", simulator)
        stack.callback(old.close)
        old.prepare()
        slug = old.connect()
        old.manage("check_catalogs", "--kind", "images", slug)
        simulator.move(3)
        old.manage("check_catalogs", "--kind", "images", slug)
        old.manage("dumpdata", *[f"--exclude={name}" for name in LEFT_OUT], "--output", file)

        new = Portal(tmp_path / "new", simulator, **servers("distributed", stack, tmp_path))
        stack.callback(new.close)
        new.manage("migrate", "-v0")
        new.manage("loaddata", "-v0", file)
        report = json.loads(new.manage("check_catalogs", "--kind", "images", "--json", slug))
        new.start_web()

        assert (report["outcome"], report["snapshot"], report["added"]) == ("ok", 2, 0)
        assert new.ask("[Snapshot.objects.count(), Check.objects.count()]") == [2, 3]
        assert "<h1>" in new.sign_in().read(f"/c/{slug}/compare/")
