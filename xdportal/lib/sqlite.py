"""What an SQLite file is set to once, instead of by each connection."""

from typing import Any

from django.db import connections


def use_write_ahead_log(using: str, **kwargs: Any) -> None:
    """Let pages be read while a check is recorded. The file itself remembers it.

    A connection that sets it writes to the disk, which may be full.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
