"""The simulated provider as a process of its own.

    python -m bench.provider PORT [SECONDS] [PEM]

It takes so many seconds for each answer; with a certificate it speaks TLS. Its lists do not move.
"""

import contextlib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.servers import answers, free_port, wait_for
from xdportal.simulator import Simulator
from xdportal.simulator.answers import Answer
from xdportal.simulator.calls import Call


class Slow(Simulator):
    seconds = 0.0

    def answer(self, call: Call, *arguments: Any) -> Answer:
        if self.seconds:
            time.sleep(self.seconds)
        return super().answer(call, *arguments)

    def speak_tls(self, pem: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server = self._listen()
        server.socket = context.wrap_socket(server.socket, server_side=True)


@contextlib.contextmanager
def started(seconds: float = 0.0, pem: Path | None = None) -> Iterator[int]:
    """Yield the port of a provider in a process of its own."""
    port = free_port()
    command = [sys.executable, "-m", "bench.provider", str(port), str(seconds)]
    process = subprocess.Popen([*command, *([str(pem)] if pem else [])])
    try:
        wait_for(lambda: answers(port), 20, "the provider")
        yield port
    finally:
        process.terminate()
        process.wait()


def main(port: str, seconds: str = "0", pem: str = "") -> None:
    simulator = Slow(port=int(port), shuffle=False)
    simulator.seconds = float(seconds)
    if pem:
        simulator.speak_tls(Path(pem))
    simulator.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
