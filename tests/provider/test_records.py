import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items import image, images_of, item, items
from tests.provider import oracle
from xdportal.lib import redaction
from xdportal.provider import parts
from xdportal.provider.decoding import decode_list
from xdportal.provider.envelope import open_envelope
from xdportal.provider.errors import BadData, Details, TooLarge
from xdportal.provider.kinds import IMAGES, KINDS, Kind
from xdportal.provider.records import Ignored, RecordList, UnusableItems


def images(rows: Any) -> RecordList:
    body = bytearray(json.dumps({"data": rows}).encode())
    return decode_list(IMAGES, open_envelope(body, 200).data, Details(200))


def test_the_seeds_example_comes_through_unchanged() -> None:
    rows = [
        {
            "imageId": "4005",
            "type": "BL",
            "systemImageName": "Ubuntu Server",
            "systemImageVersion": "20.04 x64",
        }
    ]

    assert images(rows) == (frozenset({b"4005\tBL\tUbuntu Server\t20.04 x64"}), 0, (), 0, 0)


@pytest.mark.parametrize(
    "odd",
    [
        item(4005),
        item(" 4005 "),
        item("4005", version=" 20.04   x64\n"),
        item("4005", name="Ubuntu\u3000Server"),
        item("4005") | {"extra": {"nested": [1]}},
        dict(reversed(item("4005").items())),
    ],
    ids=[
        "number",
        "spaces around the id",
        "white space",
        "wide space",
        "further keys",
        "key order",
    ],
)
def test_differences_that_are_no_change(odd: dict[str, Any]) -> None:
    assert images_of(images([odd])) == {image("4005")}


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert images_of(images([item("1", name="e\u0301")])) == {image("1", name="\u00e9")}


def test_case_counts() -> None:
    assert len(images([item("1", type="BL"), item("1", type="bl")]).lines) == 2


@pytest.mark.parametrize(
    ("bad", "field", "reason"),
    [
        (None, "", "no_object"),
        ([], "", "no_object"),
        (5, "", "no_object"),
        ({}, "imageId", "missing"),
        (item(""), "imageId", "empty"),
        (item("  "), "imageId", "empty"),
        (item(None), "imageId", "wrong_type"),
        (item(True), "imageId", "wrong_type"),
        (item(4005.0), "imageId", "wrong_type"),
        (item("x" * 129), "imageId", "too_long"),
        (item(10**200), "imageId", "too_long"),
        (item("a\x00b"), "imageId", "control"),
        (item("a\tb"), "imageId", "control"),
        (item("1", type=None), "type", "wrong_type"),  # type: ignore[arg-type]
        (item("1", name=5), "systemImageName", "wrong_type"),  # type: ignore[arg-type]
        (item("1", name="x" * 129), "systemImageName", "too_long"),
        (item("1", version="a\x07"), "systemImageVersion", "control"),
        (item("1", version="\ud800"), "systemImageVersion", "control"),
        ({k: v for k, v in item("1").items() if k != "type"}, "type", "missing"),
    ],
)
def test_unusable_items_are_ignored_and_named(bad: Any, field: str, reason: str) -> None:
    found = images([*items("abcd"), bad])

    assert images_of(found) == {image(image_id) for image_id in "abcd"}
    assert (found.ignored_count, found.ignored) == (1, (Ignored(4, field, reason),))


def test_blank_texts_and_the_longest_are_usable() -> None:
    assert images_of(images([item("1", type="", name="x" * 128)])) == {
        image("1", type="", name="x" * 128)
    }


def test_at_most_ten_ignored_items_are_named() -> None:
    found = images([*items(range(100)), *[None] * 20])

    assert found.ignored_count == 20
    assert [ignored.place for ignored in found.ignored] == list(range(100, 110))


@pytest.mark.parametrize(
    ("good", "bad", "fits"), [(7, 3, True), (6, 3, False), (0, 1, False), (0, 0, True)]
)
def test_more_than_thirty_percent_ignored_is_bad_data(good: int, bad: int, fits: bool) -> None:
    rows = [*items(range(good)), *[None] * bad]
    if fits:
        assert len(images(rows).lines) == good
    else:
        with pytest.raises(BadData, match="unusable_items"):
            images(rows)


def test_equal_duplicates_count_once_and_differing_ones_each() -> None:
    found = images([item("1"), item("1"), item(1, version="22.04 x64"), item("2")])

    assert images_of(found) == {image("1"), image("1", "22.04 x64"), image("2")}
    assert (found.duplicates, found.conflicts) == (1, 1)


def test_the_number_of_items_is_bounded_before_decoding() -> None:
    with pytest.raises(TooLarge):
        decode_list(IMAGES, b"[" + b"{}," * 200_000 + b"{}]", Details(200))
    with pytest.raises(TooLarge):
        decode_list(IMAGES, b"[" + b"1," * 200_000 + b"1]", Details(200))


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b'"x"', b"5"])
def test_what_is_no_list_is_bad_data(data: bytes) -> None:
    with pytest.raises(BadData, match="no_list"):
        decode_list(IMAGES, data, Details(200))


def test_an_item_that_carries_a_secret_is_ignored() -> None:
    with redaction.scope():
        redaction.add("s3cret-value")
        found = images([*items("abcd"), item("1", name="my s3cret-value")])

    assert (len(found.lines), found.ignored) == (4, (Ignored(4, "systemImageName", "secret"),))


def test_braces_in_texts_are_no_items() -> None:
    assert len(images([item(str(n), name="{" * 128) for n in range(1700)]).lines) == 1700


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
GOOD_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.text(max_size=5) | st.integers(),
    "text": st.text(max_size=5) | st.sampled_from(["BL", "ceph", " Windows  10 "]),
    "code": st.integers(0, 3) | st.sampled_from(["0", "1", "HZ"]) | st.integers(),
    "number": st.sampled_from([128, 128.5, "128.00", "128 GB"]),
    "price": st.decimals(0, 1000, places=2).map(str) | st.floats(0, 1000) | st.integers(0, 99),
}


def items_of(kind: Kind[Any]) -> st.SearchStrategy[Any]:
    """Items of a kind: most are good, some have an odd field or lack one, some are no items."""
    good = {name: GOOD_VALUES[form] for name, form, _ in oracle.COLUMNS[kind.name]}
    names = st.sampled_from([*good, "other"])
    odd_values = st.dictionaries(names, json_values | st.text(max_size=140), max_size=2)
    good_items = st.fixed_dictionaries(good)
    odd_items = st.builds(lambda item, odd: item | odd, good_items, odd_values)
    short_items = st.builds(lambda item, name: item.pop(name, None) and item, good_items, names)
    return good_items | good_items | odd_items | short_items | json_values


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(data=st.data(), size=st.integers(1, 400))
def test_however_it_is_cut_into_parts_a_list_has_the_one_meaning_of_the_oracle(
    kind: Kind[Any], data: st.DataObject, size: int
) -> None:
    rows = data.draw(st.lists(items_of(kind), max_size=12))
    body = json.dumps(rows).encode()
    wanted = [oracle.record_of(kind.name, row) for row in oracle.decoded(body.decode())]
    usable = [record for record in wanted if record is not None]
    ignored = [place for place, record in enumerate(wanted) if record is None]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "PART", size)
        if rows and (not usable or len(ignored) > 0.3 * len(rows)):
            with pytest.raises(UnusableItems) as refused:
                decoded(kind, body)
            assert refused.value.listed.ignored_count == len(ignored)
            return
        listed = decoded(kind, body)
    assert set(map(kind.record_of, listed.lines)) == set(usable)
    assert listed.ignored_count == len(ignored)
    assert [item.place for item in listed.ignored] == ignored[:10]
    assert listed.duplicates == len(usable) - len(set(usable))
    assert listed.conflicts == len(set(usable)) - len({record[0] for record in usable})


def decoded(kind: Kind[Any], items: bytes) -> RecordList:
    body = bytearray(b'{"data":' + items + b"}")
    return decode_list(kind, open_envelope(body, 200).data, Details(200))
