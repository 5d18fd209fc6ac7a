"""`repin`: replace an id where it is one."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.corpus import planted
from tests.cli.lockfile import entry, lock, pins_of
from tests.cli.portal import ROCKY, UBUNTU, Portal

Write = Callable[[str, str], Path]

OFFLINE = {"XDP_URL": "", "XDP_KEY": ""}
BEFORE = 'image_id = "4034"\nport = 4034\nimages = ["4034", "40341", "4044"]\n'
AFTER = 'image_id = "4106"\nport = 4034\nimages = ["4106", "40341", "4044"]\n'


def test_the_id_is_replaced_where_it_is_one(run: Run, write: Write) -> None:
    path = write("main.tf", BEFORE)

    result = run("repin", "4034", "4106", "main.tf", **OFFLINE)

    assert (result.status, result.out) == (0, "main.tf\n")
    assert path.read_text() == AFTER


def test_every_planted_place_is_rewritten_and_no_other(run: Run, write: Write) -> None:
    files, places = planted()
    paths = {name: write(name, text) for name, text in files.items()}

    assert run("repin", "4034", "55555", ".", **OFFLINE).status == 0

    changed = {
        f"{name}:{number}"
        for name, path in paths.items()
        for number, line in enumerate(path.read_text().split("\n"), 1)
        if line != files[name].split("\n")[number - 1]
    }
    assert changed == {place for item_id, place in places if item_id == "4034"}


def test_a_dry_run_prints_a_patch_and_changes_nothing(
    run: Run, write: Write, tmp_path: Path
) -> None:
    path = write("main.tf", BEFORE)
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:1",))))

    result = run("repin", "4034", "4106", "--dry-run", **OFFLINE)

    assert result.status == 0
    assert path.read_text() == BEFORE
    assert [pin["id"] for pin in pins_of(tmp_path / "images.lock")] == ["4034"]
    subprocess.run(["git", "apply"], input=result.out.encode(), cwd=tmp_path, check=True)
    assert path.read_text() == AFTER


def test_the_lock_file_follows_with_the_new_meaning(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.list_item("4106", UBUNTU)
    write("main.tf", 'BASE = "4034"\n')
    ignore = {"levels": ["critical"], "reason": "known", "until": "2099-12-31"}
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:1", "gone.tf:2"), ignore=ignore)))

    result = run("repin", "4034", "4106")

    assert (result.status, result.out) == (0, "main.tf\nimages.lock\n")
    assert (tmp_path / "main.tf").read_text() == 'BASE = "4106"\n'
    assert pins_of(tmp_path / "images.lock") == [
        {
            **entry("4106", UBUNTU, ("gone.tf:2", "main.tf:1")),
            "seen": {"at": "2026-11-25T01:30:12Z", "snapshot": 79},
        }
    ]


def test_an_id_that_was_never_listed_is_refused_before_anything_changes(
    run: Run, write: Write, tmp_path: Path
) -> None:
    path = write("main.tf", BEFORE)
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:1",))))

    result = run("repin", "4034", "9999")

    assert result.status == 1
    assert "never listed" in result.err
    assert path.read_text() == BEFORE


def test_nothing_changes_while_the_portal_is_down(portal: Portal, run: Run, write: Write) -> None:
    path = write("main.tf", BEFORE)
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:1",))))
    portal.stop()

    assert run("repin", "4034", "4106").status == 3
    assert path.read_text() == BEFORE


def test_without_a_portal_the_lock_file_waits_for_its_meaning(
    run: Run, write: Write, tmp_path: Path
) -> None:
    write("main.tf", BEFORE)
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:1",))))

    result = run("repin", "4034", "4106", **OFFLINE)

    assert result.status == 0
    assert "run `xdportal lock`" in result.err
    assert [(pin["id"], pin["meaning"]) for pin in pins_of(tmp_path / "images.lock")] == [
        ("4106", {})
    ]


def test_line_ends_and_modes_are_kept(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "boot.sh"
    script.write_bytes(b"IMAGE_ID=4034\r\nIMAGE=4034")
    script.chmod(0o755)

    assert run("repin", "4034", "4106", "boot.sh", **OFFLINE).status == 0
    assert script.read_bytes() == b"IMAGE_ID=4106\r\nIMAGE=4106"
    assert script.stat().st_mode & 0o777 == 0o755


def test_an_id_that_is_nowhere_is_2(run: Run, write: Write) -> None:
    write("main.tf", "port = 4034\n")

    result = run("repin", "4034", "4106", **OFFLINE)

    assert result.status == 2
    assert "4034 was not found." in result.err


@pytest.mark.parametrize("bad", ["", "a b", "../x", "4034\n", "x" * 129])
def test_what_is_no_id_is_refused(run: Run, bad: str) -> None:
    assert run("repin", "4034", bad, **OFFLINE).status == 2


def test_an_entry_that_the_new_id_already_had_keeps_its_places(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.list_item("4106", UBUNTU)
    old, new = entry("4034", ROCKY, ("main.tf:1",)), entry("4106", UBUNTU, ("other.tf:1",))
    write("images.lock", lock(old, new))
    write("main.tf", 'BASE = "4034"\n')

    run("repin", "4034", "4106")

    assert [(pin["id"], pin["used"]) for pin in pins_of(tmp_path / "images.lock")] == [
        ("4106", ["main.tf:1", "other.tf:1"])
    ]


def test_a_comment_that_is_no_longer_true_is_named(run: Run, write: Write) -> None:
    write("run.sh", 'BASE=4034  # xdportal: name="Rocky Linux" env=production\n')

    result = run("repin", "4034", "4106", "run.sh", **OFFLINE)

    assert "run.sh:1: the comment still says what 4034 means." in result.err


def test_a_patch_splits_lines_at_line_feeds_alone(run: Run, write: Write, tmp_path: Path) -> None:
    path = write("main.tf", 'a = "x\x0cy\u2028z"\nimage_id = "4034"')

    result = run("repin", "4034", "4106", "main.tf", "--dry-run", **OFFLINE)

    subprocess.run(["git", "apply"], input=result.out.encode(), cwd=tmp_path, check=True)
    assert path.read_text() == 'a = "x\x0cy\u2028z"\nimage_id = "4106"'
