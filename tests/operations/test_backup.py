"""Backup, wipe, restore, sign in, check now: on both databases, with credentials that open."""

import json
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.portal import KINDS, Portal, servers
from xdportal.simulator import Simulator

# The database makes no difference to these: both are tried by make test-full.
EITHER = pytest.mark.parametrize(
    "portal", ["embedded", pytest.param("distributed", marks=pytest.mark.full)], indirect=True
)
NEW_KEYS = "new:c2hhbGwgd2UgY29tcGFyZSB0aGVlIHRvIGEgc3VtbWU="


@pytest.fixture(params=KINDS)
def portal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Portal]:
    """With one connection, checked once. Only commands are run, and the web process."""
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator())
        portal = Portal(tmp_path / "portal", simulator, **servers(request.param, stack, tmp_path))
        stack.callback(portal.close)
        portal.prepare()
        portal.connect()
        portal.manage("check_catalogs", "--due")
        yield portal


def wipe(portal: Portal) -> None:
    portal.close()
    for file in (portal.folder / "data").glob("portal.sqlite3*"):
        file.unlink()
    if "DATABASE_URL" in portal.environment:
        drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        portal.run(f"database.cursor().execute('{drop}')")


def manifest_of(file: Path) -> dict[str, Any]:
    with tarfile.open(file) as archive:
        assert archive.getnames() == ["manifest.json", "database"]
        opened = archive.extractfile("manifest.json")
        assert opened is not None
        return dict(json.load(opened))


def refused(portal: Portal, *arguments: str) -> str:
    """The sentence of a command that refuses."""
    portal.log.write_text("")
    assert portal.manage(*arguments, ends=1) == ""
    sentence = portal.log.read_text().strip()
    assert "Traceback" not in sentence
    return sentence


@pytest.mark.parametrize(
    "portal", ["distributed", pytest.param("embedded", marks=pytest.mark.full)], indirect=True
)
def test_backup_wipe_restore_sign_in_check_now(portal: Portal, tmp_path: Path) -> None:
    file = tmp_path / "portal.backup"
    assert portal.manage("backup", str(file)) == ""
    assert file.stat().st_mode & 0o777 == 0o600
    assert "There are users here already." in refused(portal, "restore", str(file))
    wipe(portal)
    portal.run("call_command('migrate', verbosity=0)")
    assert portal.manage("restore", str(file)) == ""

    portal.start_web()
    slug = portal.ask("Connection.objects.get().slug")
    assert "<h1>" in portal.sign_in().read(f"/c/{slug}/images/")
    report = json.loads(portal.manage("check_catalogs", "--kind", "images", "--json", slug))
    assert (report["outcome"], report["snapshot"], report["added"]) == ("ok", 1, 0)
    manifest = manifest_of(file)
    assert sorted(manifest) == [
        "credential_keys",
        "engine",
        "format",
        "made_at",
        "migrations",
        "portal",
        "sha256",
    ]
    assert manifest["credential_keys"] == ["test"]
    assert manifest["engine"] == (
        "postgresql" if "DATABASE_URL" in portal.environment else "sqlite"
    )
    assert manifest["migrations"]["connections"][0] == "0001_initial"


@EITHER
def test_with_other_keys_pages_work_and_the_connection_asks_for_its_credential(
    portal: Portal, tmp_path: Path
) -> None:
    file = str(tmp_path / "portal.backup")
    portal.manage("backup", file)
    wipe(portal)
    portal.environment["CREDENTIAL_KEYS"] = NEW_KEYS
    portal.log.write_text("")
    portal.manage("restore", file)
    assert "CREDENTIAL_KEYS lacks the key 'test'" in portal.log.read_text()

    slug = portal.ask("Connection.objects.get().slug")
    portal.manage("check_catalogs", slug, ends=1)
    portal.start_web()
    page = portal.sign_in().read(f"/c/{slug}/images/")
    assert "The stored credential cannot be decrypted: enter it again." in page
    assert "Update the credential" in page


def database_in(file: Path, folder: Path) -> Path:
    """The database that a backup holds."""
    with tarfile.open(file) as archive:
        archive.extract("database", folder, filter="data")
    return folder / "database"


def rows_in(copy: Path, table: str) -> int:
    if copy.read_bytes().startswith(b"SQLite"):
        with closing(sqlite3.connect(copy)) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    program = max(map(str, Path("/usr/lib/postgresql").glob("*/bin/pg_restore")))
    command = [program, "--data-only", f"--table={table}", "--file=-", str(copy)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return len(printed.partition(" FROM stdin;\n")[2].partition("\\.\n")[0].splitlines())


@EITHER
def test_a_backup_signs_nobody_in(portal: Portal, tmp_path: Path) -> None:
    portal.start_web()
    visitor = portal.sign_in()
    assert portal.ask("[Session.objects.count(), UserSession.objects.count()]") == [1, 1]
    file = tmp_path / "portal.backup"
    portal.manage("backup", str(file))
    copy = database_in(file, tmp_path)
    assert [rows_in(copy, table) for table in ("django_session", "usersessions_usersession")] == [
        0,
        0,
    ]
    assert visitor.key.encode() not in copy.read_bytes()
    assert "<h1>" in visitor.read("/")  # the portal itself goes on
    wipe(portal)
    portal.manage("restore", str(file))
    portal.start_web()

    assert 'name="password"' in visitor.read("/")


@pytest.mark.full
def test_a_backup_of_before_with_sessions_in_it_restores_none(
    portal: Portal, tmp_path: Path
) -> None:
    portal.start_web()
    visitor = portal.sign_in()
    file = tmp_path / "portal.backup"
    portal.run(f"from pathlib import Path; file = Path({str(file)!r})")
    portal.run(
        "from xdportal.operations import backup; backup.SESSIONS = (); backup.backup(file, now())"
    )
    assert rows_in(database_in(file, tmp_path), "django_session") == 1
    wipe(portal)
    portal.manage("restore", str(file))
    portal.start_web()

    assert portal.ask("[Session.objects.count(), UserSession.objects.count()]") == [0, 0]
    assert 'name="password"' in visitor.read("/")


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Portal]:
    with Simulator() as simulator:
        portal = Portal(tmp_path / "empty", simulator)
        yield portal
        portal.close()


def altered(file: Path, **changes: object) -> Path:
    """A copy of the backup with another manifest."""
    other = file.with_name("altered")
    with tarfile.open(file) as archive:
        archive.extractall(file.parent / "parts", filter="data")
    manifest = file.parent / "parts/manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **changes}))
    with tarfile.open(other, "w") as archive:
        for name in ("manifest.json", "database"):
            archive.add(file.parent / "parts" / name, name)
    return other


def test_what_does_not_fit_is_refused_before_anything_is_written(
    embedded: Portal, tmp_path: Path
) -> None:
    file = tmp_path / "backup"
    assert "There is no portal in the database yet" in refused(embedded, "backup", str(file))
    embedded.prepare()
    embedded.manage("backup", str(file))
    wipe(embedded)

    def sentence(path: Path) -> str:
        said = refused(embedded, "restore", str(path))
        with sqlite3.connect(embedded.folder / "data/portal.sqlite3") as database:
            assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        return said

    short, other = tmp_path / "short", tmp_path / "other"
    short.write_bytes(file.read_bytes()[:5000])
    other.write_text("banana")
    assert "is not a backup of the portal, or it is cut short." in sentence(short)
    assert "is not a backup of the portal, or it is cut short." in sentence(other)
    assert "cannot be read: No such file or directory." in sentence(tmp_path / "absent")
    assert "in a format that this version does not know" in sentence(altered(file, format=2))
    assert "is damaged" in sentence(altered(file, sha256="0"))
    assert "backup of postgresql, and the database here is sqlite" in sentence(
        altered(file, engine="postgresql")
    )
    newer = {"catalog": ["0001_initial", "9999_later"]}
    assert "a newer version (catalog: 9999_later). Upgrade" in sentence(
        altered(file, migrations=newer)
    )


def test_a_backup_replaces_an_older_one_and_leaves_nothing_beside_it(
    embedded: Portal, tmp_path: Path
) -> None:
    embedded.prepare()
    file = tmp_path / "folder/backup"
    file.parent.mkdir()
    file.write_text("an older one")
    embedded.manage("backup", str(file))

    assert manifest_of(file)["credential_keys"] == []
    assert [path.name for path in file.parent.iterdir()] == ["backup"]
    assert "cannot be written: No such file or directory." in refused(
        embedded, "backup", "/nonexistent/file"
    )
