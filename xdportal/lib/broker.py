"""The queue in files, for an installation without Redis: a message appears whole, or not at all.

A file that is empty, cut or foreign is dropped with a warning. kombu would let it end the worker.
"""

import contextlib
import json
import logging
import os
import uuid
from pathlib import Path
from queue import Empty
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError, OperationalError
from kombu.transport import TRANSPORT_ALIASES, filesystem, virtual
from kombu.transport.filesystem import exchange_queue_t as Binding
from kombu.utils.json import dumps, loads

log = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _file_of(self, exchange: str) -> Path:
        return Path(self._exchange_file(exchange))  # type: ignore[no-untyped-call]  # kombu's

    def get_table(self, exchange: str) -> list[Binding]:
        """Return the exchange's bindings; a damaged file counts as none, and is written again."""
        path = self._file_of(exchange)
        try:
            return [Binding(*binding) for binding in json.loads(path.read_bytes())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError):
            log.warning("The bindings in %s cannot be read.", path.name)
            return []
        except OSError as error:
            raise ChannelError(f"{path.name}: {error.strerror}") from error

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        """Add a binding. One that is there already needs no room on the disk."""
        bindings = self.get_table(exchange)
        wanted = Binding(routing_key or "", pattern or "", queue or "")
        if wanted not in bindings:
            self._write_table(exchange, [wanted, *bindings])

    def _delete(
        self,
        queue: str,
        exchange: str,
        routing_key: str,
        pattern: str,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        virtual.Channel._delete(self, queue, exchange, routing_key, pattern)
        unwanted = Binding(routing_key or "", pattern or "", queue or "")
        bindings = self.get_table(exchange)
        if unwanted in bindings:
            bindings.remove(unwanted)
            self._write_table(exchange, bindings)

    # Named as in kombu's filesystem; its base names the message otherwise.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write the message aside, then rename it.

        kombu opens the file in the queue's folder and fills it there. A worker that takes it in
        between reads an empty message, and ends.
        """
        name = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        text = dumps(payload)
        try:
            self._write(Path(self.data_folder_out) / name, text)
        except OSError as error:
            raise OperationalError(f"The message cannot be written: {error.strerror}") from error

    def _get(self, queue: str, timeout: Any = None) -> Any:
        """Return the oldest message that can be read; whoever deletes its file has it."""
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            text = _take(folder / name)
            if text is None:
                continue
            message = _parsed(text)
            if message is not None:
                return message
            log.warning("The message %s cannot be read and was dropped.", name)
        raise Empty

    def _write_table(self, exchange: str, bindings: list[Binding]) -> None:
        """Write the bindings, or go on without: only remote control needs them.

        A worker must start on a full disk, too.
        """
        path = self._file_of(exchange)
        try:
            self._write(path, json.dumps(bindings))
        except OSError as error:
            log.warning("The bindings in %s cannot be written: %s", path.name, error.strerror)

    def _write(self, path: Path, text: str) -> None:
        unfinished = Path(self.control_folder) / f"{uuid.uuid4()}.unfinished"
        try:
            unfinished.write_text(text)
            os.replace(unfinished, path)
        finally:
            with contextlib.suppress(OSError):
                unfinished.unlink()


class Transport(filesystem.Transport):
    Channel = Channel


def use_for_files() -> None:
    """Let `filesystem://` mean this transport."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def _take(path: Path) -> bytes | None:
    """Return what the file holds, and delete it; None if another worker was faster."""
    try:
        text = path.read_bytes()
        path.unlink()
    except OSError:
        return None
    return text


def _parsed(text: bytes) -> Any:
    """Return the message, or None for anything that isn't one."""
    try:
        message = loads(text.decode())
    except (ValueError, RecursionError):
        return None
    properties = message.get("properties") if isinstance(message, dict) else None
    is_addressed = isinstance(properties, dict) and "delivery_tag" in properties
    return message if is_addressed and "body" in message else None
