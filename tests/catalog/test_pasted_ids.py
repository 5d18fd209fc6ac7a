"""Which ids a pasted text holds, and which numbers are none."""

import time

import pytest

from xdportal.catalog.pasted_ids import MOST, MOST_LINES, corrected, ids_in


def found(text: str) -> list[str]:
    return [one.id for one in ids_in(text).ids]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('image_id = "4034"', [("4034", "images")]),
        ("packageId: Wy1KiMqtPO", [("Wy1KiMqtPO", "packages")]),
        ('{"imageId": 9999, "packageId": "p1x2"}', [("9999", "images"), ("p1x2", "packages")]),
        ("fallback_images: [4063, 4044]", [("4063", "images"), ("4044", "images")]),
        ("images:\n  - 5001\n  - 5002", [("5001", "images"), ("5002", "images")]),
        ("ERROR image 4171 does not fit", [("4171", "images")]),
        ("镜像ID：4180，套餐ID：teTapaSUFq", [("4180", "images"), ("teTapaSUFq", "packages")]),
        ("4034 4011, 7021", [("4034", ""), ("4011", ""), ("7021", "")]),
        ("- '4034'  # maya\n- teTapaSUFq", [("4034", ""), ("teTapaSUFq", "")]),
        ("image_id: 4034\r\n\r\n4034\r\n", [("4034", "images")]),
    ],
    ids=[
        "tfvars",
        "yaml",
        "json",
        "list",
        "block",
        "log",
        "chinese",
        "alone",
        "bullets",
        "named-and-alone",
    ],
)
def test_ids_are_found_with_what_they_are(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.id, one.sort) for one in ids_in(text).ids] == expected


@pytest.mark.parametrize(
    "text",
    [
        "port = 8080",
        "disk_size: 500\nimage_size: 40",
        "ports:\n  - 8443\n  - 9443",
        "ports = [\n\n8080\n\n]",
        "  8080\n  9090",
        "if image:\n    wait(300)",
        "processed images 4000 of 5000",
        "image 1920x1080, image 22.04, image 10.0.0.1",
        "timeout 3600\nsee ticket 4034",
        "token = 4034\npassword: 4034",
        "2026-11-25 05:41:00 started",
    ],
)
def test_ports_sizes_and_the_like_are_none(text: str) -> None:
    assert found(text) == []


def test_an_id_is_named_once_with_all_its_lines() -> None:
    [one] = ids_in('image_id = "4034"\nport = 80\nimage: 4034\n').ids

    assert one.lines == (1, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('image_id = "4101"  # not 4101', 'image_id = "5000"  # not 4101'),
        ("image_id: 4101\nport: 4101\n", "image_id: 5000\nport: 4101\n"),
        ("images: [4101,4102, 4101]", "images: [5000,p-9, 5000]"),
        ("images:\n  -\t4101\n  - 41011\n", "images:\n  -\t5000\n  - 41011\n"),
        ("\n\n- 4101 4102;4101 # 4101\n", "\n\n- 5000 p-9;5000 # 4101\n"),
        ("镜像ID：4101，image 4102 failed", "镜像ID：5000，image p-9 failed"),
        ("image_id=4101\r\n\r\n4102\r\n", "image_id=5000\r\n\r\np-9\r\n"),
        ('{"imageId":"4101","size":4101}', '{"imageId":"5000","size":4101}'),
        ("image_id=4101\npackage_id=4101", "image_id=5000\npackage_id=4101"),
        ("port = 4101", "port = 4101"),
        ("", ""),
    ],
    ids=[
        "remark",
        "port",
        "list",
        "block",
        "alone",
        "spoken",
        "windows",
        "json",
        "another-sort",
        "none",
        "empty",
    ],
)
def test_only_ids_are_replaced_and_every_other_character_stays(text: str, expected: str) -> None:
    assert corrected(text, ids_in(text), {"4101": "5000", "4102": "p-9"}) == expected


def test_an_id_that_begins_like_another_one_is_replaced_once() -> None:
    text = "images:\n  - 4101\n"  # two rules find it

    assert corrected(text, ids_in(text), {"4101": "41011"}) == "images:\n  - 41011\n"


def test_nothing_to_replace_leaves_any_text_alone() -> None:
    text = "image 4034\n\n\timages: [\n4034 ]  \x0b\u2028 x\n\n"

    assert corrected(text, ids_in(text), {}) == text
    assert corrected(text, ids_in(text), {"4034": "4034"}) == text


def test_lines_and_ids_are_bounded_and_what_is_left_out_is_counted() -> None:
    numbers = "\n".join(str(number) for number in range(2000, 2000 + MOST + 7))
    [often] = ids_in("image: 4034\n" * 50).ids

    assert (len(ids_in(numbers).ids), ids_in(numbers).left_out) == (MOST, 7)
    assert len(often.lines) == MOST_LINES


@pytest.mark.parametrize(
    "text", ["(" * 60_000 + "a1 " * 20_000, "image " * 20_000, "[ 4034\n" * 9000]
)
def test_hostile_texts_end(text: str) -> None:
    start = time.process_time()
    ids_in(text)

    assert time.process_time() - start < 15
