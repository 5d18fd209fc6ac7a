"""Copy the database into one file, and restore it from there.

The file is a tar of `manifest.json` and the database: SQLite's own file, by its online backup, or
PostgreSQL's archive, by pg_dump. Either is one consistent state while the portal runs. It holds
sealed credentials, never the keys to them.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess  # nosec B404
import tarfile
import tempfile
from collections import defaultdict
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.client import DatabaseClient
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model
from django.utils.encoding import force_str

from xdportal import VERSION
from xdportal.accounts.models import QueuedMail, User
from xdportal.lib import cache
from xdportal.operations import keys

FORMAT = 1
LAST = "last-backup"
MANIFEST, DATABASE = "manifest.json", "database"
Manifest = dict[str, Any]
# Left out: a backup signs nobody in, and a restore sends no old mail.
SESSIONS: tuple[type[Model], ...] = (Session, UserSession, QueuedMail)


class Refused(Exception):
    """Nothing was written; the message says why, and what to do."""


def backup(path: Path, at: datetime) -> Manifest:
    """Write the file with mode 0600. An existing one is replaced only by a complete one."""
    if User._meta.db_table not in connection.introspection.table_names():
        raise Refused("There is no portal in the database yet, and nothing to back up.")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".xdportal-backup-") as name:
        folder = Path(name)
        _dump(folder / DATABASE)
        manifest = _manifest(folder / DATABASE, at)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1))
        with tarfile.open(folder / "whole", "w:gz", compresslevel=1) as archive:
            for member in (MANIFEST, DATABASE):
                archive.add(folder / member, member)
        (folder / "whole").chmod(0o600)
        (folder / "whole").replace(path)
    remember(at)
    return manifest


def remember(at: datetime) -> None:
    """Note the backup for the status page."""
    cache.Database("", {}).set(LAST, at.isoformat(), None)


def last_backup() -> datetime | None:
    """Return when this portal was last backed up by the command."""
    text = cache.Database("", {}).get(LAST)
    return datetime.fromisoformat(text) if text else None


def restore(path: Path) -> Manifest:
    """Fill an empty installation, and migrate it to this version."""
    _refuse_unless_empty()
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as folder:
        copy = Path(folder) / DATABASE
        manifest = _unpack(path, copy)
        _refuse_what_does_not_fit(manifest)
        _load(copy)
    call_command("migrate", verbosity=0)
    for model in SESSIONS:
        model._default_manager.all().delete()  # older backups hold some
    return manifest


def unknown_keys(manifest: Manifest) -> list[str]:
    return [
        key for key in manifest["credential_keys"] if key not in settings.CREDENTIAL_KEYRING.key_ids
    ]


def _manifest(copy: Path, at: datetime) -> Manifest:
    """Return what a restore checks before it changes anything."""
    migrations: defaultdict[str, list[str]] = defaultdict(list)
    for app, name in sorted(MigrationLoader(connection).applied_migrations):
        migrations[app].append(name)
    return {
        "format": FORMAT,
        "portal": VERSION,
        "made_at": at.isoformat(timespec="seconds"),
        "engine": connection.vendor,
        "migrations": migrations,
        "credential_keys": sorted(keys.sealed().total),
        "sha256": _digest(copy),
    }


def _refuse_unless_empty() -> None:
    """Accept no tables at all, or those of a portal in which nobody has an account yet."""
    tables = connection.introspection.table_names()
    if not tables:
        return
    if User._meta.db_table not in tables:
        raise Refused(
            "The database holds tables that are not the portal's. Name an empty one in "
            "DATABASE_URL."
        )
    if User.objects.exists():
        raise Refused(
            "There are users here already. A backup is restored only into an empty installation."
        )


def _refuse_what_does_not_fit(manifest: Manifest) -> None:
    if manifest["engine"] != connection.vendor:
        raise Refused(
            f"This is a backup of {manifest['engine']}, and the database here is "
            f"{connection.vendor}."
        )
    known = MigrationLoader(None).disk_migrations
    for app, names in manifest["migrations"].items():
        for name in names:
            if not _is_known(known, app, name):
                raise Refused(
                    f"This is a backup of a newer version ({app}: {name}). "
                    "Upgrade the portal first."
                )


def _is_known(known: dict[tuple[str, str], Any], app: str, name: str) -> bool:
    """Whether this version has the migration, or one that replaces it."""
    replaced = (pair for migration in known.values() for pair in migration.replaces)
    return (app, name) in known or (app, name) in replaced


def _unpack(path: Path, copy: Path) -> Manifest:
    try:
        with tarfile.open(path) as archive:
            manifest: Manifest = json.load(_member(archive, MANIFEST))
            if manifest.get("format") != FORMAT:
                raise Refused("This is a backup in a format that this version does not know.")
            with copy.open("wb") as file:
                shutil.copyfileobj(_member(archive, DATABASE), file)
    except (tarfile.TarError, EOFError, ValueError, AttributeError):
        raise Refused(f"{path} is not a backup of the portal, or it is cut short.") from None
    if _digest(copy) != manifest["sha256"]:
        raise Refused(f"{path} is damaged: its database is not the one that was written.")
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> Any:
    """Open a member by its name. Nothing is extracted to a path that the archive chose."""
    try:
        return archive.extractfile(name)
    except KeyError:
        raise Refused(f"This is not a backup of the portal: it holds no {name}.") from None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump(copy: Path) -> None:
    connection.ensure_connection()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
            _take_sessions_out(target)
    else:
        without = [f"--exclude-table-data={model._meta.db_table}" for model in SESSIONS]
        _run(
            "pg_dump",
            ["--format=custom", "--no-owner", "--no-privileges", *without, f"--file={copy}"],
        )


def _take_sessions_out(copy: sqlite3.Connection) -> None:
    """Delete their rows, and rewrite the file without the pages that held them."""
    for model in SESSIONS:
        copy.execute(f"DELETE FROM {model._meta.db_table}")  # noqa: S608  # nosec B608
    copy.commit()
    copy.execute("VACUUM")


def _load(copy: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(copy)) as source:
            source.backup(connection.connection)
    else:
        connection.close()
        options = [
            "--clean",
            "--if-exists",
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
        ]
        _run("pg_restore", [*options, str(copy)])


def _run(program: str, arguments: list[str]) -> None:
    """Run a program of PostgreSQL on our database; its environment carries the password."""
    path = _path_of(program)
    ours, environment = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, database = ours[1:]
    ended = subprocess.run(  # noqa: S603  # nosec B603
        [path, *where, f"--dbname={database}", *arguments],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        check=False,
    )
    if ended.returncode:
        raise Refused(f"{program} failed: {force_str(ended.stderr, errors='replace').strip()}")


def _path_of(program: str) -> str:
    """Return the program's path. Debian keeps those of several versions outside of PATH."""
    in_path = shutil.which(program)
    if in_path is not None:
        return in_path
    installed = sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{program}")))
    if not installed:
        raise Refused(f"{program} is not installed. On Debian: apt-get install postgresql-client")
    return installed[-1]
