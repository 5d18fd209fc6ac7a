"""`check`: what it reads, and what it says in text and JSON."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.lockfile import entry, lock
from tests.cli.portal import DEBIAN, ROCKY, UBUNTU, Portal
from tests.cli.portal_stub import PortalStub

Write = Callable[[str, str], Path]


def test_text_names_what_broke_with_its_successors_and_places(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", UBUNTU)
    portal.list_item("4106", ROCKY)
    portal.list_item("4044", DEBIAN)
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:12",)), entry("4044", DEBIAN)))

    assert run("check").out.splitlines() == [
        "BROKEN   4034  4034: meaning changed since 05:35.",
        "               was Rocky Linux 9.3 x64 ceph, now Ubuntu Server 20.04 x64 BL",
        "               instead 4106 (same system, version and type)",
        "               used in main.tf:12",
        "ok       4044  Debian 12.5 x64 BL",
        "1 broken, 1 ok",
    ]


def test_numbers_of_a_package_have_their_names(portal: Portal, run: Run, write: Write) -> None:
    hardware = {"type": "BL", "gpu": "RTX 4090", "gpu_count": "1", "cpu": "8", "area": "0"}
    portal.list_item("p1", hardware, kind="packages-payg")
    package = {**entry("p1", hardware), "kind": "packages-payg"}
    write("images.lock", lock(package))

    assert run("check").out.splitlines()[0] == ("ok       p1  RTX 4090 BL area 0 cpu 8 gpu_count 1")


def test_ids_and_files_are_checked_together(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", ROCKY)
    portal.list_item("4044", DEBIAN)
    write("images.lock", lock(entry("4034", ROCKY)))

    result = run("check", "images.lock", "4044", "9999", "--environment=production")

    assert result.status == 1
    assert result.out.splitlines()[0] == "BROKEN   9999  9999: never listed since 05:35."
    assert result.out.splitlines()[-1] == "1 broken, 2 ok"


def test_plain_ids_one_a_line_with_comments(stub: PortalStub, run: Run, write: Write) -> None:
    stub.list_item("4034", ROCKY)
    stub.list_item("4044", DEBIAN)
    write("ids.txt", "# of the farm\n4034\n\n4044  # proxy\n")

    assert run("check", "ids.txt", "--connection=farm").status == 0
    assert stub.bodies == [
        {
            "pins": [
                {"id": "4034", "kind": "images", "connection": "farm"},
                {"id": "4044", "kind": "images", "connection": "farm"},
            ]
        }
    ]


COMMENT = '# xdportal: type=BL name="Ubuntu Server" version="20.04 x64" env=production'


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("main.tf", 'image_id = "4063"'),
        ("ids.txt", "4063"),
        ("jobs.yml", "  base: 4063"),
        ("run.sh", "BASE=4063"),
        ("make.py", 'BASE = "4063"'),
        ("call.py", 'boot("4063", farm)'),
    ],
)
def test_a_comment_beside_an_id_is_its_meaning(
    stub: PortalStub, run: Run, write: Write, name: str, line: str
) -> None:
    stub.list_item("4063", {**UBUNTU, "name": "Windows"})
    write(name, f"port = 8080\n{line}  {COMMENT}\n" if name != "ids.txt" else f"{line} {COMMENT}\n")

    assert run("check", name).status == 1
    assert stub.bodies == [
        {"pins": [{"id": "4063", "kind": "images", "environment": "production", "meaning": UBUNTU}]}
    ]


def test_pins_go_in_parts_and_one_failure_leaves_the_rest_unknown(
    stub: PortalStub, run: Run, write: Write
) -> None:
    ids = [str(number) for number in range(4001, 4451)]
    for item_id in ids:
        stub.list_item(item_id, ROCKY)
    stub.withdraw("4001")
    write("images.lock", lock(*(entry(item_id, ROCKY) for item_id in ids)))

    whole = run("check", "--format=json")
    stub.sent.clear()
    stub.list_item("4001", ROCKY)

    assert whole.status == 1
    assert len(json.loads(whole.out)["pins"]) == 450
    assert run("check").out.splitlines()[-1] == "450 ok"
    assert [len(body["pins"]) for body in stub.bodies] == [200, 200, 50]


def test_json_holds_every_pin_and_the_catalogs(portal: Portal, run: Run, write: Write) -> None:
    portal.list_item("4034", ROCKY)
    portal.withdraw("4034")
    write("images.lock", lock(entry("4034", ROCKY, ("main.tf:12",))))

    document = json.loads(run("check", "--format=json").out)

    assert document["verdict"] == "broken"
    assert document["exit"] == 1
    assert document["problem"] is None
    assert [(pin["id"], pin["state"], pin["used"]) for pin in document["pins"]] == [
        ("4034", "withdrawn", ["main.tf:12"])
    ]
    assert [(entry["kind"], entry["stale"]) for entry in document["catalogs"]] == [
        ("images", False)
    ]


def test_json_of_an_unknown_that_passes_still_says_unknown(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", ROCKY)
    portal.make_stale()
    write("images.lock", lock(entry("4034", ROCKY)))

    result = run("check", "--format=json", "--unknown=pass")

    assert (result.status, json.loads(result.out)["verdict"]) == (0, "unknown")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not valid JSON"),
        ('{"version": 2, "pins": []}', '"version" must be 1'),
        ('{"version": 1}', 'has no list "pins"'),
        ('{"version": 1, "pins": [1]}', "has a pin that is not an object"),
        ('{"version": 1, "pins": [{}]}', "has a pin without an id"),
        ('{"version": 1, "pins": [{"id": "1", "ignroe": {}}]}', "unknown field ignroe"),
        ('{"version": 1, "pins": [{"id": "1", "kind": "disks"}]}', "unknown kind: disks"),
        (
            '{"version": 1, "pins": [{"id": "1", "environment": "prod"}]}',
            "unknown environment: prod",
        ),
        ('{"version": 1, "pins": [{"id": "1", "meaning": []}]}', "meaning that is not an object"),
        ('{"version": 1, "pins": [{"id": "1", "used": "a:1"}]}', '"used" that is not a list'),
        ("words and words\n", "holds no ids"),
        (f"4063 {COMMENT} colour=red\n", "unknown word in the xdportal comment: colour"),
        (f"4063 {COMMENT}-x\n", "env must be one of"),
        (f"{COMMENT}\n", "there is no id beside"),
        ('4063 # xdportal: name="Ubuntu\n', "must read name=value"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    run: Run, write: Write, text: str, words: str
) -> None:
    write("images.lock", text)

    result = run("check")

    assert result.status == 2
    assert words in result.err
    assert "images.lock" in result.err


IGNORE = {"levels": ["critical"], "reason": "known", "until": "2099-12-31"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"until": None}, 'ignores 4034 for ever: "ignore" needs "until"'),
        ({"until": "soon"}, "is not a date"),
        ({"until": 20991231}, "is not a date"),
        ({"levels": []}, "are not among info, warning, critical"),
        ({"levels": [3]}, "are not among info, warning, critical"),
        ({"levels": ["fatal"]}, "are not among info, warning, critical"),
        ({"untill": "2099-12-31"}, "that is not"),
    ],
)
def test_an_ignore_must_be_whole(
    run: Run, write: Write, change: dict[str, object], words: str
) -> None:
    write("images.lock", lock(entry("4034", ROCKY, ignore={**IGNORE, **change})))

    result = run("check")

    assert result.status == 2
    assert words in result.err


def test_an_ignored_finding_is_shown_with_reason_and_end(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", UBUNTU)
    write("images.lock", lock(entry("4034", ROCKY, ignore=IGNORE)))

    lines = run("check").out.splitlines()

    assert lines[0] == "IGNORED  4034  4034: meaning changed since 05:35."
    assert lines[2] == "               ignored until 2099-12-31: known"
    assert lines[3] == "1 ignored"


def test_texts_of_the_portal_cannot_steer_the_terminal(
    portal: Portal, run: Run, write: Write
) -> None:
    portal.list_item("4034", {**ROCKY, "name": "Rocky\x1b[2J\n::error::Linux"})
    write("images.lock", lock(entry("4034", UBUNTU)))

    out = run("check").out

    assert "\x1b" not in out
    assert "now Rocky [2J ::error::Linux 9.3 x64 ceph" in out


def test_chinese_texts_are_printed_in_any_locale(portal: Portal, run: Run, write: Write) -> None:
    meaning = {**ROCKY, "name": "Windows Server", "version": "2022 数据中心版 64位"}
    portal.list_item("4034", meaning)
    write("images.lock", lock(entry("4034", meaning)))

    assert run("check", LC_ALL="C").out.splitlines()[0] == (
        "ok       4034  Windows Server 2022 数据中心版 64位 ceph"
    )


def test_which_connection_is_a_matter_of_configuration(
    stub: PortalStub, run: Run, write: Write
) -> None:
    result = run("check", "4034")

    assert result.status == 2
    assert "2 connections match: name one." in result.err


def test_the_longest_texts_fit_into_a_request(portal: Portal, run: Run, write: Write) -> None:
    fields = ("type", "gpu", "gpu_count", "cpu", "memory", "disk", "area")
    meaning = dict.fromkeys(fields, "𠀀" * 128)
    ids = [f"{number:0128}" for number in range(200)]
    for item_id in ids:
        portal.list_item(item_id, meaning, kind="packages-payg")
    write("images.lock", lock(*(entry(one, meaning, kind="packages-payg") for one in ids)))

    assert run("check").status == 0


def test_an_empty_lock_file_is_ok_and_says_so(run: Run, write: Write) -> None:
    write("images.lock", '{"version": 1, "pins": []}')

    result = run("check")

    assert (result.status, result.out) == (0, "nothing to check\n")
    assert "there are no pins" in result.err


def test_without_pins_the_portal_is_asked_all_the_same(
    stub: PortalStub, run: Run, write: Write
) -> None:
    write("images.lock", '{"version": 1, "pins": []}')

    refused = run("check", XDP_KEY=stub.wrong_key)
    stub.stop()

    assert (refused.status, run("check").status) == (2, 3)
