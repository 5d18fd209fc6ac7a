"""What could take the place of an id that is gone: the nearest first, none when unsure."""

from itertools import product

import pytest

from xdportal.catalog.normalise import normal
from xdportal.catalog.replacements import Meaning, Reason, replacements

WAS = {"type": "BL", "name": "Rocky Linux", "version": "9.3 x64"}
HARDWARE = {"type": "BL", "gpu": "RTX 4090", "gpu_count": "1", "cpu": "16", "memory": "64"}


def versions(*wanted: str) -> list[tuple[str, Meaning]]:
    return [(version, {**WAS, "version": version}) for version in wanted]


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (["10.0 x64", "9.4 x64", "9.3 X86_64"], ["9.3 X86_64", "9.4 x64", "10.0 x64"]),
        (
            ["9.1 x64", "9.5 x64", "9.2 x64", "9.4 x64"],
            ["9.4 x64", "9.2 x64", "9.5 x64", "9.1 x64"],
        ),
        (["Stream x64"], []),
        ([], []),
    ],
)
def test_the_nearest_version_first(listed: list[str], expected: list[str]) -> None:
    assert [one.item_id for one in replacements(WAS, "old", versions(*listed))] == expected


def test_each_says_why() -> None:
    listed = [
        ("later", {**WAS, "version": "9.4 x64"}),
        ("earlier", {**WAS, "version": "9.1 x64"}),
        ("other-type", {**WAS, "type": "SC"}),
        ("same", {**WAS, "name": "rocky linux", "version": "9.3 x86_64"}),
    ]
    found = replacements(WAS, "old", listed, may_need_another_package=True)

    reasons = [Reason.SAME, Reason.LATER, Reason.EARLIER, Reason.OTHER_TYPE]
    assert [(one.item_id, one.reason) for one in found] == [
        (reason.value, reason) for reason in reasons
    ]


def test_another_type_is_offered_only_where_the_package_may_change() -> None:
    assert replacements(WAS, "old", [("6", {**WAS, "type": "SC"})]) == []


def test_neither_itself_nor_another_system_nor_an_ambiguous_id() -> None:
    listed = [
        ("old", WAS),
        ("debian", {**WAS, "name": "Debian"}),
        ("other", {**WAS, "version": "9.4 x64", "type": "SC"}),
        *(("twice", {**WAS, "version": version}) for version in ("9.3 x64", "9.4 x64")),
    ]

    assert replacements(WAS, "old", listed, may_need_another_package=True) == []


def test_a_package_only_with_the_same_hardware() -> None:
    listed = [("1", HARDWARE), ("2", {**HARDWARE, "cpu": "32"})]

    found = replacements(HARDWARE, "old", listed)
    assert [(one.item_id, one.reason) for one in found] == [("1", Reason.HARDWARE)]


def test_a_meaning_without_a_version_has_none() -> None:
    assert replacements({"name": "Rocky Linux"}, "old", versions("9.3 x64")) == []


TYPES, NAMES = ("BL", "SC"), ("Rocky Linux", "rocky  linux", "Debian")
VERSIONS = ("9.3 x64", "9.3 X86_64", "9.4", "9", "9.3.1 amd64", "10.0 x64", "8.9", "Stream", "")
IMAGES = [
    {"type": type, "name": name, "version": version}
    for type, name, version in product(TYPES, NAMES, VERSIONS)
]


@pytest.mark.parametrize("other_package", [False, True])
@pytest.mark.parametrize("was", IMAGES[:: len(NAMES)], ids=lambda was: " ".join(was.values()))
def test_each_is_offered_for_the_reason_that_two_images_alone_give(
    was: Meaning, other_package: bool
) -> None:
    offered = {
        number: one.reason
        for number, image in enumerate(IMAGES)
        for one in replacements(
            was, "old", [(str(number), image)], may_need_another_package=other_package
        )
    }

    assert offered == {
        number: reason
        for number, image in enumerate(IMAGES)
        if (reason := reason_for(was, image, other_package))
    }


def reason_for(was: Meaning, now: Meaning, other_package: bool) -> Reason | None:
    """Compare two images field by field."""
    if normal(was["name"]) != normal(now["name"]):
        return None
    is_same = normal(was["version"]) == normal(now["version"])
    if was["type"] != now["type"]:
        return Reason.OTHER_TYPE if is_same and other_package else None
    if is_same:
        return Reason.SAME
    before, after = (numbers_of(one["version"]) for one in (was, now))
    if not before or not after or before == after:
        return None
    return Reason.LATER if after > before else Reason.EARLIER


def numbers_of(version: str) -> list[int]:
    plain = normal(version).replace("x64", "")
    return [int(part) for part in plain.split(".") if part.isdigit()]
