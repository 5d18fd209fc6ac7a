"""`lock`: write what ids mean now."""

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Run
from tests.cli.lockfile import entry, lock, pins_of
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU, Portal
from tests.cli.portal_stub import PortalStub

Write = Callable[[str, str], Path]

IGNORE = {"levels": ["critical"], "reason": "known", "until": "2099-12-31"}
SEEN = {"at": "2026-11-25T01:30:12Z", "snapshot": 79}


def test_the_present_meaning_is_written_and_all_else_is_kept(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", UBUNTU)
    path = write("images.lock", lock(entry("4034", ROCKY, ("main.tf:12",), ignore=IGNORE)))

    result = run("lock")

    assert (result.status, result.out) == (
        0,
        "locked   4034  Ubuntu Server 20.04 x64 BL (was Rocky Linux 9.3 x64 ceph)\n",
    )
    assert pins_of(path) == [
        {**entry("4034", UBUNTU, ("main.tf:12",), ignore=IGNORE), "seen": SEEN}
    ]
    assert run("check").status == 0


def test_the_file_is_sorted_with_one_pin_a_line_and_stays_the_same(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", ROCKY)
    portal.list_item("4044", {**DEBIAN, "version": "12.5 64位"})
    portal.list_item("Wy1KiMqtPO", {"type": "ceph", "gpu": "T4"}, kind="packages-payg")
    package = {**entry("Wy1KiMqtPO", {}), "kind": "packages-payg"}
    path = write(
        "images.lock", lock(package, entry("4044", {}), entry("4034", {}, ("b:10", "b:9")))
    )

    run("lock")
    first = path.read_text(encoding="utf-8")
    run("lock")

    assert path.read_text(encoding="utf-8") == first
    lines = first.splitlines()
    assert lines[0] == '{"version": 1, "pins": ['
    assert lines[1] == (
        '{"id": "4034", "kind": "images", "environment": "production", '
        '"meaning": {"type": "ceph", "name": "Rocky Linux", "version": "9.3 x64"}, '
        '"seen": {"at": "2026-11-25T01:30:12Z", "snapshot": 79}, "used": ["b:9", "b:10"]},'
    )
    assert [line[:14] for line in lines[2:]] == ['{"id": "4044",', '{"id": "Wy1KiM', "]}"]
    assert "64位" in lines[2]


def test_plain_ids_become_a_lock_file(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", ROCKY)
    portal.list_item("7021", UBUNTU, environment="sandbox")
    path = write("images.lock", "4034\n7021\n")

    assert run("lock").status == 0
    assert [(pin["id"], pin["environment"], pin["meaning"]) for pin in pins_of(path)] == [
        ("4034", "production", ROCKY),
        ("7021", "sandbox", UBUNTU),
    ]


def test_ids_of_another_file_join_the_lock_file(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.list_item("4034", ROCKY)
    portal.list_item("4044", DEBIAN)
    lock_path = write("images.lock", lock(entry("4044", DEBIAN)))
    ids = write("ids.txt", "4034\n")

    assert run("lock", "ids.txt", "--environment=production").status == 0
    assert ids.read_text() == "4034\n"
    assert [pin["id"] for pin in pins_of(lock_path)] == ["4034", "4044"]


def test_an_id_that_is_gone_keeps_its_meaning_and_is_a_finding(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", ROCKY)
    portal.withdraw("4034")
    path = write("images.lock", lock(entry("4034", ROCKY), entry("9999", {})))

    result = run("lock")

    assert result.status == 1
    assert [line[:13] for line in result.out.splitlines()] == ["BROKEN   4034", "BROKEN   9999"]
    assert pins_of(path) == [entry("4034", ROCKY), entry("9999", {})]


def test_plain_ids_that_were_never_listed_are_named(portal: Portal, run: Run, write: Write) -> None:
    write("images.lock", "9999\n")

    result = run("lock")

    assert (result.status, result.out) == (1, "BROKEN   9999  was never listed\n")


def test_what_is_unknown_keeps_its_meaning(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", UBUNTU)
    portal.make_stale()
    path = write("images.lock", lock(entry("4034", ROCKY)))

    assert run("lock").status == 3
    assert pins_of(path) == [entry("4034", ROCKY)]


def test_nothing_is_written_when_the_portal_is_down(portal: Portal, run: Run, write: Write) -> None:
    path = write("images.lock", lock(entry("4034", ROCKY)))
    before = path.read_text()
    portal.stop()

    assert run("lock").status == 3
    assert path.read_text() == before


def test_a_missing_file_says_how_to_make_one(run: Run) -> None:
    result = run("lock")

    assert result.status == 2
    assert "Make one with: xdportal scan" in result.err


def test_only_ids_are_sent(stub: PortalStub, run: Run, write: Write) -> None:
    stub.list_item("4034", ROCKY)
    write("images.lock", lock(entry("4034", ROCKY)))

    run("lock")

    assert stub.bodies == [
        {"pins": [{"id": "4034", "kind": "images", "environment": "production"}]}
    ]


def test_a_file_that_cannot_be_written_is_named(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.list_item("4034", ROCKY)
    write("ids.txt", "4034\n")
    (tmp_path / "images.lock").mkdir()

    result = run("lock", "ids.txt")

    assert result.status == 2
    assert "images.lock could not be written" in result.err
