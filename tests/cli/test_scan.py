"""`scan`: find ids in files, and write where they are used."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.xdportal import Scanner
from tests.cli.conftest import CLIENT, Run
from tests.cli.corpus import planted, without_ids
from tests.cli.lockfile import entry, lock, pins_of
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU, Portal
from tests.cli.portal_stub import PortalStub

Write = Callable[[str, str], Path]

IMAGES = ("4034", "4044", "4050", "4063")
PACKAGES = ("Wy1KiMqtPO", "teTapaSUFq")
PACKAGE = {"name": "T4", "type": "ceph", "gpu": "T4"}


@pytest.fixture
def farm(portal: Portal) -> None:
    for item_id in IMAGES:
        portal.list_item(item_id, ROCKY)
    for item_id in PACKAGES:
        portal.list_item(item_id, PACKAGE, kind="packages-payg")
    portal.list_item("7021", UBUNTU, environment="sandbox")


def places_of(path: Path) -> list[tuple[str, str]]:
    return sorted((pin["id"], place) for pin in pins_of(path) for place in pin["used"])


@pytest.mark.usefixtures("farm")
def test_every_planted_id_is_found_with_its_line_and_nothing_else(
    run: Run, write: Write, tmp_path: Path
) -> None:
    files, places = planted()
    for name, text in files.items():
        write(name, text)

    result = run("scan", ".")

    assert result.status == 0
    assert places_of(tmp_path / "images.lock") == sorted(set(places))


@pytest.mark.usefixtures("farm")
def test_the_program_does_not_scan_itself(run: Run, write: Write, tmp_path: Path) -> None:
    """It is downloaded to where it runs."""
    shutil.copy(CLIENT, tmp_path / "ci.py")
    write("jobs.env", "IMAGE_ID=4034\n")

    result = run("scan")

    assert result.status == 0
    assert places_of(tmp_path / "images.lock") == [("4034", "jobs.env:1")]


@pytest.mark.usefixtures("farm")
def test_the_name_of_a_file_may_be_no_utf_8(run: Run, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xe4se.env")).write_text("IMAGE_ID=4034\n")

    results = [run("scan", "."), run("scan", "."), run("check")]

    assert [result.status for result in results] == [0, 0, 0]
    assert places_of(tmp_path / "images.lock") == [("4034", "b\udce4se.env:1")]


@pytest.mark.usefixtures("farm")
def test_of_a_thousand_files_without_ids_at_most_one_in_a_hundred_is_flagged(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    for number in range(4000, 4100):
        portal.list_item(str(number), ROCKY)
    for name, text in without_ids(1000).items():
        write(name, text)
    write("one.env", "IMAGE_ID=4034\n")

    result = run("scan", ".")

    flagged = {place.rpartition(":")[0] for _, place in places_of(tmp_path / "images.lock")}
    assert result.status == 0
    assert "one.env" in flagged
    assert len(flagged - {"one.env"}) <= 10


@pytest.mark.usefixtures("farm")
def test_the_lock_file_gets_the_present_meaning_and_the_snapshot(
    run: Run, write: Write, tmp_path: Path
) -> None:
    write("main.tf", 'image_id = "4034"\nport = 4044\n')

    result = run("scan", "main.tf")

    assert result.out == "main.tf:1: 4034  images production  Rocky Linux 9.3 x64 ceph  ok\n"
    assert pins_of(tmp_path / "images.lock") == [
        {
            **entry("4034", ROCKY, ("main.tf:1",)),
            "seen": {"at": "2026-11-25T01:30:12Z", "snapshot": 79},
        }
    ]
    assert run("check").status == 0


@pytest.mark.usefixtures("farm")
def test_only_what_the_portal_has_seen_is_written(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.withdraw("4044")
    write("main.tf", 'image_ids = ["4034", "4044", "9999"]\n')

    assert run("scan", "main.tf").status == 0
    assert [(pin["id"], pin["meaning"]) for pin in pins_of(tmp_path / "images.lock")] == [
        ("4034", ROCKY),
        ("4044", ROCKY),
    ]
    assert run("check").status == 1


@pytest.mark.usefixtures("farm")
def test_a_later_scan_moves_the_places_and_keeps_the_meanings(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    ignore = {"levels": ["critical"], "reason": "known", "until": "2099-12-31"}
    old = entry("4034", DEBIAN, ("main.tf:9", "other.py:3"), ignore=ignore)
    unused = entry("4050", ROCKY, ("main.tf:4", "gone.tf:1"))
    path = write("images.lock", lock(old, unused))
    write("other.py", "")
    write("main.tf", 'image_id = "4034"\n')

    run("scan", "main.tf")

    assert pins_of(path) == [
        entry("4034", DEBIAN, ("main.tf:1", "other.py:3"), ignore=ignore),
        entry("4050", ROCKY),
    ]

    run("scan", "main.tf", "--prune")

    assert [pin["id"] for pin in pins_of(path)] == ["4034"]


@pytest.mark.usefixtures("farm")
def test_a_comment_says_the_environment_and_the_meaning(
    stub: PortalStub, run: Run, write: Write, tmp_path: Path
) -> None:
    comment = '# xdportal: name="Rocky Linux" version="9.2 x64" env=production'
    write("run.sh", f"BASE=4034  {comment}\n{comment}\nOTHER=4044\nPORT=4050\n")

    assert run("scan", "run.sh").status == 0
    assert [
        (pin["id"], pin["meaning"], pin["used"]) for pin in pins_of(tmp_path / "images.lock")
    ] == [
        ("4034", {**ROCKY, "version": "9.2 x64"}, ["run.sh:1"]),
        ("4044", {**ROCKY, "version": "9.2 x64"}, ["run.sh:3"]),
    ]
    assert stub.bodies == [
        {
            "pins": [
                {"id": "4034", "kind": "images", "environment": "production"},
                {"id": "4044", "kind": "images", "environment": "production"},
            ]
        }
    ]


@pytest.mark.usefixtures("farm")
def test_one_environment_or_connection_can_be_named(run: Run, write: Write, tmp_path: Path) -> None:
    write("a.yml", "images: [4034, 7021]\n")

    run("scan", "a.yml", "--environment=sandbox", "--lock=sandbox.lock")
    run("scan", "a.yml", "--connection=farm", "--lock=farm.lock")

    assert [pin["id"] for pin in pins_of(tmp_path / "sandbox.lock")] == ["7021"]
    assert [(pin["id"], pin["connection"]) for pin in pins_of(tmp_path / "farm.lock")] == [
        ("4034", "farm")
    ]


@pytest.mark.usefixtures("farm")
def test_an_environment_without_a_connection_is_left_out_and_named(
    stub: PortalStub, run: Run, write: Write, tmp_path: Path
) -> None:
    del stub.connections[1]
    write("a.yml", "image: 4034\n")

    result = run("scan", "a.yml")

    assert result.status == 0
    assert "left out: 0 connections match" in result.err
    assert [pin["environment"] for pin in pins_of(tmp_path / "images.lock")] == ["production"]


@pytest.mark.usefixtures("farm")
def test_a_list_that_is_out_of_date_makes_the_scan_unknown(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    portal.make_stale()
    write("a.yml", "images: [4034, 9999]\n")

    result = run("scan", "a.yml")

    assert result.status == 3
    assert [pin["id"] for pin in pins_of(tmp_path / "images.lock")] == ["4034"]
    assert run("scan", "a.yml", "--unknown=warn").status == 0


@pytest.mark.usefixtures("farm")
def test_nothing_is_written_when_the_portal_is_down(
    portal: Portal, run: Run, write: Write, tmp_path: Path
) -> None:
    write("a.yml", "image: 4034\n")
    portal.stop()

    assert run("scan", "a.yml").status == 3
    assert not (tmp_path / "images.lock").exists()


def test_without_candidates_the_portal_is_not_asked(
    stub: PortalStub, run: Run, write: Write
) -> None:
    write("a.yml", "port: 4034\n")

    result = run("scan", "a.yml", XDP_KEY="")

    assert result.status == 0
    assert stub.sent == []


@pytest.mark.usefixtures("farm")
def test_folders_that_are_not_ones_own_and_files_that_are_no_text_are_left_out(
    run: Run, write: Write, tmp_path: Path
) -> None:
    for folder in ("node_modules", ".git", ".venv", "a/__pycache__"):
        write(f"{folder}/a.json", '{"imageId": "4034"}')
    write("package-lock.json", '{"imageId": "4034"}')
    write("photo.svg", "<image id=4034/>")
    write("zero.py", 'IMAGE_ID = "4034"\0')
    (tmp_path / "latin.py").write_bytes(b'IMAGE_ID = "4034" # \xe9\n')
    write("large.json", '{"imageId": "4034"}' + " " * (2 * 1024 * 1024))

    result = run("scan")

    assert (result.status, result.out) == (0, "")
    assert "large.json is left out: it is larger than 2 MiB" in result.err


def test_a_path_that_does_not_exist_is_2(run: Run) -> None:
    assert run("scan", "nowhere").status == 2


def ids(line: str, name: str = "a.txt") -> list[str]:
    return [place.id for place in Scanner(name, line).places()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("imageId: 4034", ["4034"]),
        ("image-id=4034", ["4034"]),
        ("base_image_id := 4034", ["4034"]),
        ("IMAGE ?= 4034", ["4034"]),
        ("IMAGE_UBUNTU_2004=4034", ["4034"]),
        ('config["image_id"] = "4034"', ["4034"]),
        ('{\\"imageId\\": \\"4034\\"}', ["4034"]),
        ("https://api.example/?imageId=4034&size=4044", ["4034"]),
        ('if image_id == "4034":', ["4034"]),
        ('if image_id in ("4034", "4044"):', ["4034", "4044"]),
        ("IMAGES=(4034 4044)", ["4034", "4044"]),
        ("IMAGE_ID=4034 PORT=4044 ./boot.sh", ["4034"]),
        ("镜像: 4034", ["4034"]),
        ('BASE = "4034"  # image of the farm', ["4034"]),
        ("imageId: 5", ["5"]),
        ("image: pi-8f32ac", ["pi-8f32ac"]),
        ("image: 5", []),
        ("image: nginx:1.25", []),
        ("image: python3", []),
        ("image: ubuntu", []),
        ("image: 10.2", []),
        ("image_tag: 4034", []),
        ("image: {repository: x, tag: 4034}", []),
        ("image_size = 4034", []),
        ("IMAGE_CACHE=512Mi", []),
        ("image_date = 2024-01-15", []),
        ("image_pull_secret = abc123DEF", []),
        ("image_api_key = abc123DEF", []),
        ("image_sha256 = 0123456789", []),
        ("the image 4034 is old", []),
        ('print("image 4034")', []),
        ('title = "4034 images"', []),
        ("resize_image(x, 4034)", []),
        ("# image = 4034", []),
        ("port = 4034", []),
    ],
)
def test_a_number_is_an_id_only_where_its_name_says_so(line: str, found: list[str]) -> None:
    assert ids(line) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[" * 100_000, []),
        ('"image": ' * 2_000, []),
        ("image=" + "4034 " * 3_000, ["4034"] * 3_000),
        ("{}" * 9_000, []),
        (":" * 19_000, []),
    ],
    ids=["brackets", "names", "ids", "braces", "colons"],
)
def test_a_scan_of_hostile_text_ends(text: str, found: list[str]) -> None:
    assert ids(text) == found
