"""How far a check and an export lift the memory of a process of their own."""

import contextlib
import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from bench import lists
from bench.table import Table


def measure(table: Table, size: int) -> None:
    with served(lists.body(1, 100)) as warm, served(lists.body(1, size)) as url:
        command = [sys.executable, "-m", "bench.memory_process", url, warm]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    checked, exported, count = ended.stdout.split()
    assert int(count) == size + 1
    table.value(f"memory of a first check, {size:,}, over idle", float(checked), "MiB", 100)
    table.value(f"memory of an export, {size:,}", float(exported), "MiB", 64)


@contextlib.contextmanager
def served(body: bytes) -> Iterator[str]:
    """Yield the URL of a provider on loopback that answers everything with one body."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
