"""How often something was done in the present minute, whichever process of the portal did it."""

import errno
import fcntl
import os
import re
import struct
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

# In these a count would be of one process alone, or a write to the database.
UNFIT = frozenset({"django.core.cache.backends.locmem.LocMemCache", "xdportal.lib.cache.Database"})
ENTRY = struct.Struct("<QQ")  # minute, count
NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


def count(name: str, minute: int) -> int:
    """Count one more, and return how many it makes in this minute.

    Redis counts for all machines. Without it a small file counts for this one, under a lock: a GET
    should not write to the database. On a full disk nothing is counted.
    """
    if settings.CACHES["default"]["BACKEND"] in UNFIT:
        return _count_in_file(settings.DATA_DIR / "rates", name, minute)
    key = f"rate:{name}:{minute}"
    cache.add(key, 0, timeout=120)
    return int(cache.incr(key))


def _count_in_file(folder: Path, name: str, minute: int) -> int:
    assert NAME.fullmatch(name)  # noqa: S101
    try:
        return _count_under_lock(folder, name, minute)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return 0


def _count_under_lock(folder: Path, name: str, minute: int) -> int:
    folder.mkdir(mode=0o700, exist_ok=True)
    file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        counted = _counted(os.pread(file, ENTRY.size, 0), minute) + 1
        os.pwrite(file, ENTRY.pack(minute, counted), 0)
        return counted
    finally:
        os.close(file)


def _counted(entry: bytes, minute: int) -> int:
    if len(entry) < ENTRY.size:
        return 0
    of_minute, counted = ENTRY.unpack(entry)
    return int(counted) if of_minute == minute else 0
