"""What Python does first in a process whose wall clock a test sets: see tests/clocks.py.

libfaketime 0.9.10, which Debian has, breaks `time.sleep` of Python 3.11 and newer: it counts an
absolute time of the clock that only runs forward from the wall clock (wolfcw/libfaketime#426).
`select` takes a length, and waits as long.
"""

import select
import time


def sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


time.sleep = sleep
