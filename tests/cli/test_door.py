"""How the client talks to the portal: what it sends, and what it does not put up with."""

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.lockfile import entry, lock
from tests.cli.portal import ROCKY, UBUNTU
from tests.cli.portal_stub import PortalStub

Write = Callable[[str, str], Path]


@pytest.fixture(autouse=True)
def one_pin(stub: PortalStub, write: Write) -> None:
    stub.list_item("4034", ROCKY)
    write("images.lock", lock(entry("4034", ROCKY)))


def test_only_ids_and_meanings_leave_the_machine(stub: PortalStub, run: Run, write: Write) -> None:
    ignore = {"levels": ["critical"], "reason": "ticket SECRET-1", "until": "2099-12-31"}
    write("images.lock", lock(entry("4034", ROCKY, ("secret/path.tf:1",), ignore=ignore)))
    write(
        "deploy.sh", "PASSWORD=hunter2hunter2\nimage_token=abc123DEF456\nIMAGE_ID=4034 # of Bob\n"
    )

    run("check")
    run("lock")
    run("scan", ".")

    pins = [pin for body in stub.bodies for pin in body["pins"]]
    assert {tuple(body) for body in stub.bodies} == {("pins",)}
    assert {name for pin in pins for name in pin} == {"id", "kind", "environment", "meaning"}
    assert {pin["id"] for pin in pins} == {"4034"}
    assert [pin["meaning"] for pin in pins if "meaning" in pin] == [ROCKY]
    assert {request.path for request in stub.sent} == {"/api/v1/check"}
    assert {name for request in stub.sent for name in request.headers} == {
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "user-agent",
    }


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(
    stub: PortalStub, run: Run, status: int
) -> None:
    elsewhere = PortalStub()
    stub.script.append((status, {"Location": f"{elsewhere.url}/api/v1/check"}, b""))

    result = run("check")
    elsewhere.stop()

    assert result.status == 2
    assert f"redirects to {elsewhere.url}" in result.err
    assert elsewhere.sent == []


def test_a_portal_that_is_busy_is_asked_again_after_the_time_it_names(
    stub: PortalStub, run: Run
) -> None:
    stub.script.append((429, {"Retry-After": "1"}, b"{}"))

    assert run("check").status == 0
    assert len(stub.sent) == 2


@pytest.mark.parametrize("seconds", ["3600", "61"])
def test_a_portal_that_is_busy_for_too_long_is_unknown(
    stub: PortalStub, run: Run, seconds: str
) -> None:
    stub.script.append((429, {"Retry-After": seconds}, b'{"detail": "Too many requests."}'))

    result = run("check")

    assert result.status == 3
    assert "Too many requests." in result.err


@pytest.mark.parametrize(
    ("status", "body", "expected", "words"),
    [
        (500, b"", 3, "HTTP 500"),
        (503, b'{"detail": "The database is away."}', 3, "The database is away."),
        (502, b"<html>bad gateway</html>", 3, "HTTP 502"),
        (200, b"<html>welcome</html>", 3, "did not answer with JSON"),
        (200, b"[1, 2]", 3, "did not answer with JSON"),
        (200, b"\xff\xfe", 3, "did not answer with JSON"),
        (200, b"[" * 100_000, 3, "did not answer with JSON"),
        (200, b"{}", 3, "has no pins in it"),
        (200, b'{"pins": []}', 3, "did not answer about 4034"),
        (200, b'{"pins": [{"id": "4034"}]}', 3, "unknown"),
        (404, b"<html>not here</html>", 2, "There is no xdportal API at"),
        (403, b'{"detail": "The key lacks the scope check."}', 2, "lacks the scope check"),
        (413, b'{"detail": "Too large."}', 2, "Too large."),
        (422, b'{"title": "No", "errors": [{"field": "a", "detail": "b"}]}', 2, "No; a: b"),
    ],
)
def test_every_other_answer_has_its_exit_status_and_words(
    stub: PortalStub, run: Run, status: int, body: bytes, expected: int, words: str
) -> None:
    stub.script.append((status, {"Content-Type": "application/json"}, body))

    result = run("check")

    assert result.status == expected
    assert words in result.err + result.out
    assert "Traceback" not in result.err


def test_data_around_the_answer_is_read_too(stub: PortalStub, run: Run) -> None:
    pins = [{"id": "4034", "state": "ok", "level": None, "now": UBUNTU}]
    stub.script.append((200, {}, json.dumps({"data": {"pins": pins}, "meta": {}}).encode()))

    assert run("check").out == "ok       4034  Ubuntu Server 20.04 x64 BL\n1 ok\n"


def test_findings_before_a_failure_count(stub: PortalStub, run: Run, write: Write) -> None:
    ids = [str(number) for number in range(1, 402)]
    write("images.lock", lock(*(entry(item_id, ROCKY) for item_id in ids)))
    rows = [{"id": item_id, "state": "withdrawn", "level": "critical"} for item_id in sorted(ids)]
    stub.script += [(200, {}, json.dumps({"pins": rows}).encode()), (500, {}, b"")]

    result = run("check")

    assert result.status == 1
    assert result.out.splitlines()[-1] == "200 broken, 201 unknown"
    assert len(stub.sent) == 2


def test_an_answer_without_end_is_cut_off(stub: PortalStub, run: Run) -> None:
    stub.script.append((200, {}, b" " * (8 * 1024 * 1024 + 1)))

    result = run("check")

    assert result.status == 3
    assert "an answer of more than 8 MiB" in result.err


@pytest.mark.parametrize(
    "dripping", [b"", b"HTTP/1.1 200 OK\r\nA: b\r\n", b"HTTP/1.1 200 OK\r\n\r\n{"]
)
def test_a_portal_that_never_finishes_is_left_in_time(run: Run, dripping: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server, dripping), daemon=True).start()
        started = time.monotonic()

        result = run("check", "--timeout=1", XDP_URL=f"http://127.0.0.1:{server.getsockname()[1]}")

    assert result.status == 3
    assert "did not answer within 1 seconds" in result.err or "timed out" in result.err
    assert time.monotonic() - started < 10


def _drip(server: socket.socket, content: bytes) -> None:
    """Answer, and then add a byte now and then."""
    try:
        client, _ = server.accept()
        with client:
            client.sendall(content)
            for _ in range(100):
                time.sleep(0.2)
                client.sendall(b"x" if content else b"")
    except OSError:
        return


def test_the_key_can_come_from_a_file(stub: PortalStub, run: Run, write: Write) -> None:
    path = write("key", f"{stub.key}\n")

    assert run("check", f"--key-file={path}", XDP_KEY="").status == 0
    assert run("check", "--key-file=missing").status == 2


def test_the_url_of_the_command_line_wins(stub: PortalStub, run: Run) -> None:
    assert run("check", f"--url={stub.url}/", XDP_URL="https://portal.invalid").status == 0


def test_the_key_is_never_printed(stub: PortalStub, run: Run) -> None:
    stub.script.append((500, {}, b""))
    outputs = [run("check"), run("check", XDP_KEY=stub.wrong_key), run("check", "--format=json")]

    texts = "".join(result.out + result.err for result in outputs)
    assert stub.key not in texts
    assert stub.wrong_key not in texts


def test_http_to_another_machine_is_warned_about(run: Run) -> None:
    result = run("check", "--timeout=1", XDP_URL="http://portal.invalid")

    assert result.status == 3
    assert "the key travels unencrypted" in result.err
