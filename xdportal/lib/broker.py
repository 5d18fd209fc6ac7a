"""The queue in files, for an installation without Redis: a message appears whole, or not at all."""

import os
import uuid
from pathlib import Path
from time import monotonic
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write the message aside, then rename it.

        kombu opens the file in the queue's folder and fills it there. A worker that takes it in
        between reads an empty message, and ends.
        """
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        unfinished = Path(self.control_folder) / name
        unfinished.write_text(dumps(payload))  # type: ignore[no-untyped-call]
        os.replace(unfinished, Path(self.data_folder_out) / name)


class Transport(filesystem.Transport):
    Channel = Channel


def use_for_files() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
