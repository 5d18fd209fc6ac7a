import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.items import image, images_of, item, items
from xdportal.lib import redaction
from xdportal.provider import decode
from xdportal.provider.decode import Ignored, Image
from xdportal.provider.errors import BadData, Details, TooLarge


def images(rows: Any) -> decode.ImageList:
    body = bytearray(json.dumps({"data": rows}).encode())
    return decode.decode_images(decode.open_envelope(body, 200).data, Details(200))


def test_the_seeds_example_comes_through_unchanged() -> None:
    rows = [{"imageId": "4005", "type": "BL", "systemImageName": "Ubuntu Server", "systemImageVersion": "20.04 x64"}]

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
    ids=["number", "spaces around the id", "white space", "wide space", "further keys", "key order"],
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
    assert images_of(images([item("1", type="", name="x" * 128)])) == {image("1", type="", name="x" * 128)}


def test_at_most_ten_ignored_items_are_named() -> None:
    found = images([*items(range(100)), *[None] * 20])

    assert found.ignored_count == 20
    assert [ignored.place for ignored in found.ignored] == list(range(100, 110))


@pytest.mark.parametrize(("good", "bad", "fits"), [(7, 3, True), (6, 3, False), (0, 1, False), (0, 0, True)])
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
        decode.decode_images(b"[" + b"{}," * 200_000 + b"{}]", Details(200))
    with pytest.raises(TooLarge):
        decode.decode_images(b"[" + b"1," * 200_000 + b"1]", Details(200))


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b'"x"', b"5"])
def test_what_is_no_list_is_bad_data(data: bytes) -> None:
    with pytest.raises(BadData, match="no_list"):
        decode.decode_images(data, Details(200))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"<html></html>", "not_json"),
        (b"[]", "not_json"),
        (b'{"code":0} x', "not_json"),
        (b'{"code":NaN}', "not_json"),
        (b'{"code":0,"data":[Infinity]}', "not_json"),
        ('{"code":0,"msg":"成功"}'.encode("gbk"), "not_utf8"),
        ('{"code":0}'.encode("utf-16"), "not_utf8"),
        (b'{"data":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nesting"),
    ],
)
def test_what_is_no_envelope_is_bad_data(body: bytes, reason: str) -> None:
    with pytest.raises(BadData) as refused:
        decode.open_envelope(bytearray(body), 200)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("text", "has_code", "code"),
    [
        ("0", True, 0),
        ('"0"', True, 0),
        ('"401"', True, 401),
        ("1005", True, 1005),
        ("-1", True, -1),
        ("9223372036854775807", True, 2**63 - 1),
        ("9223372036854775808", True, None),
        ('"9223372036854775808"', True, None),
        ("9" * 5000, True, None),
        ("true", False, None),
        ("null", False, None),
        ("0.0", False, None),
        ("[]", False, None),
        ('"zero"', False, None),
    ],
)
def test_the_code_is_an_integer_or_its_text_and_kept_if_it_has_64_bits(
    text: str, has_code: bool, code: int | None
) -> None:
    opened = decode.open_envelope(bytearray(f'{{"code":{text}}}'.encode()), 200)

    assert (opened.has_code, opened.details.code) == (has_code, code)


@pytest.mark.parametrize(
    ("field", "succeeded"),
    [
        ("", True),
        (',"success":true', True),
        (',"success":null', True),
        (',"success":false', False),
        (',"success":"true"', None),
        (',"success":1', None),
    ],
)
def test_success_is_a_boolean_and_without_one_the_code_says_it(field: str, succeeded: bool | None) -> None:
    assert decode.open_envelope(bytearray(f'{{"code":0{field}}}'.encode()), 200).succeeded is succeeded


def test_the_last_of_two_equal_keys_counts_and_a_mark_at_the_start_is_tolerated() -> None:
    assert decode.open_envelope(bytearray(b'\xef\xbb\xbf{"code":0,"code":401}'), 200).details.code == 401


def test_message_and_trace_id_are_capped_and_cleaned() -> None:
    body = json.dumps({"code": 5, "msg": "a\x00" + "x" * 600, "traceId": "t" * 300}).encode()
    details = decode.open_envelope(bytearray(body), 500).details

    assert details == Details(500, 5, "a\ufffd" + "x" * 498, "t" * 200)


def test_secrets_are_struck_out_before_a_message_is_cut() -> None:
    with redaction.scope():
        redaction.add("s3cret-value")
        body = json.dumps({"code": 5, "msg": "x" * 495 + "s3cret-value", "traceId": "s3cret-value" * 50}).encode()
        details = decode.open_envelope(bytearray(body), 200).details

    assert details.msg == "x" * 495 + "[reda"
    assert details.trace_id == ("[redacted]" * 20)


def test_an_item_that_carries_a_secret_is_ignored() -> None:
    with redaction.scope():
        redaction.add("s3cret-value")
        found = images([*items("abcd"), item("1", name="my s3cret-value")])

    assert (len(found.lines), found.ignored) == (4, (Ignored(4, "systemImageName", "secret"),))


def test_braces_in_texts_are_no_items() -> None:
    assert len(images([item(str(n), name="{" * 128) for n in range(1700)]).lines) == 1700


def test_odd_messages_do_not_hide_the_code() -> None:
    assert decode.open_envelope(bytearray(b'{"code":401,"msg":{"a":1},"traceId":[]}'), 200).details == Details(
        200, 401, "", ""
    )


def test_the_fingerprint_ignores_the_trace_id_alone() -> None:
    one = b'{"code":0,"data":[1],"traceId":"a\\"b"}'

    assert decode.fingerprint(one) == decode.fingerprint(b'{"code":0,"data":[1],"traceId":"other"}')
    assert decode.fingerprint(one) != decode.fingerprint(b'{"code":0,"data":[2],"traceId":"a\\"b"}')


ODD_ITEM = '{"imageId":"1","msg":"of the item","traceId":"of the item","tags":["]"]}'
LONG = "x" * 2000


@pytest.mark.parametrize(
    ("body", "msg", "trace_id"),
    [
        ('{"code":0,"success":true,"msg":"ok","data":[ITEMS],"traceId":"t"}', "ok", "t"),
        ('{"traceId":"t","msg":"ok","code":"0","data":[ITEMS]}', "ok", "t"),
        ('{"data":[ITEMS],"msg":"ok","code":0,"traceId":"t"}', "ok", "t"),
        (' { "data" : [ITEMS] , "msg" : "a \\"] [b" , "traceId" : "" }\n', 'a "] [b', ""),
        ('{"data":[ITEMS],"code":0}', "", ""),
        ('{"code":0,"data":[ITEMS]}', "", ""),
        ('{"msg":"ok","data":[],"traceId":"t"}', "ok", "t"),
        ('{"msg":"first","data":[ITEMS],"msg":"last"}', "last", ""),
        ('{"page":{"msg":"no"},"data":[ITEMS],"msg":"ok","traceId":"t"}', "ok", "t"),
        ('{"msg":"ok","data":[ITEMS],"more":[{"traceId":"no"}],"traceId":"t"}', "ok", "t"),
        ('\ufeff{"msg":"ok","data":[ITEMS],"traceId":"t"}', "ok", "t"),
        (f'{{"msg":"{LONG}","data":[ITEMS],"traceId":"{LONG}"}}', LONG[:500], LONG[:200]),
        (f'{{"data":[ITEMS],"traceId":"{LONG[:300]}"}}', "", LONG[:200]),
    ],
)
@pytest.mark.parametrize("items", ["", ODD_ITEM, ",".join([ODD_ITEM] * 100)], ids=["none", "one", "many"])
def test_a_known_answer_tells_what_its_envelope_says_and_nothing_of_its_items(
    body: str, msg: str, trace_id: str, items: str
) -> None:
    details = decode.known_details(bytearray(body.replace("ITEMS", items).encode()), 200)

    assert (details.msg, details.trace_id) == (msg, trace_id)
    assert details == decode.open_envelope(bytearray(body.replace("ITEMS", items).encode()), 200).details


def test_of_a_known_answer_the_list_is_not_parsed() -> None:
    assert (
        decode.known_details(bytearray(b'{"code":0,"data":[' + b"no JSON " * 1000 + b'],"msg":"ok"}'), 200).msg == "ok"
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from([*decode.FIELDS, "other"])
odd_items = json_values | st.dictionaries(fields, json_values | st.text(max_size=140), max_size=5)


@given(st.lists(odd_items | st.builds(item, st.text(max_size=5) | st.integers()), max_size=12), st.integers(1, 200))
def test_however_it_is_cut_into_parts_a_list_has_one_meaning(rows: list[Any], size: int) -> None:
    """Whole and item by item, and with parts that begin and end anywhere."""
    slow = [decode.usable(msgspec.Raw(_mended(json.dumps(row)))) for row in rows]
    good = {row for row in slow if isinstance(row, Image)}
    ignored = [decode.Ignored(place, *row) for place, row in enumerate(slow) if not isinstance(row, Image)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decode, "PART", size)
        if rows and (not good or len(ignored) > 0.3 * len(rows)):
            with pytest.raises(BadData, match="unusable_items"):
                images(rows)
            return
        found = images(rows)
    assert images_of(found) == good
    assert (found.ignored_count, found.ignored) == (len(ignored), tuple(ignored[:10]))
    assert found.duplicates == len(rows) - len(ignored) - len(good)


def _mended(text: str) -> bytes:
    body = bytearray(text.encode())
    decode._mend(body)
    return bytes(body)
