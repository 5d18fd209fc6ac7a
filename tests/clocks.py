"""A wall clock that a test sets for real processes, as an administrator or NTP would.

libfaketime answers whoever asks for the time. The clock that only runs forward is left alone, and
so are the times of files.
"""

import os
from pathlib import Path
from typing import Self

from tests.servers import needed

SHARED = Path("/dev/shm")  # noqa: S108 - where libfaketime puts it


class Clock:
    """The environment of processes that follow it, and how it is set."""

    def __init__(self, folder: Path) -> None:
        # MT: for threads
        found = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
        self.file = folder / "clock"
        self.environment = {
            "LD_PRELOAD": needed(str(found) if found else None, "libfaketime"),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(Path(__file__).with_name("faketime")),
        }

    def __enter__(self) -> Self:
        self.set("+0")
        return self

    def __exit__(self, *error: object) -> None:
        """Remove what processes left that were killed: their successors by number would fail."""
        for path in SHARED.glob("*faketime_*"):
            process = path.name.rpartition("_")[2]
            if not Path("/proc", process).exists():
                path.unlink(missing_ok=True)

    def set(self, offset: str) -> None:
        """Move it by so much from the true time: `+2h`, `-30d`; `+0` sets it right."""
        new = self.file.with_suffix(".new")
        new.write_text(offset)
        os.replace(new, self.file)
