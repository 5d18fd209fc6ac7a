"""The envelope around a list: code, message, trace id, and what of an answer is no envelope."""

import json

import pytest

from xdportal.lib import redaction
from xdportal.provider.envelope import fingerprint, known_details, open_envelope
from xdportal.provider.errors import BadData, Details


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
        open_envelope(bytearray(body), 200)
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
    opened = open_envelope(bytearray(f'{{"code":{text}}}'.encode()), 200)

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
def test_success_is_a_boolean_and_without_one_the_code_says_it(
    field: str, succeeded: bool | None
) -> None:
    assert open_envelope(bytearray(f'{{"code":0{field}}}'.encode()), 200).succeeded is succeeded


def test_the_last_of_two_equal_keys_counts_and_a_mark_at_the_start_is_tolerated() -> None:
    assert open_envelope(bytearray(b'\xef\xbb\xbf{"code":0,"code":401}'), 200).details.code == 401


def test_message_and_trace_id_are_capped_and_cleaned() -> None:
    body = json.dumps({"code": 5, "msg": "a\x00" + "x" * 600, "traceId": "t" * 300}).encode()
    details = open_envelope(bytearray(body), 500).details

    assert details == Details(500, 5, "a\ufffd" + "x" * 498, "t" * 200)


def test_secrets_are_struck_out_before_a_message_is_cut() -> None:
    with redaction.scope():
        redaction.add("s3cret-value")
        body = json.dumps(
            {"code": 5, "msg": "x" * 495 + "s3cret-value", "traceId": "s3cret-value" * 50}
        ).encode()
        details = open_envelope(bytearray(body), 200).details

    assert details.msg == "x" * 495 + "[reda"
    assert details.trace_id == ("[redacted]" * 20)


def test_odd_messages_do_not_hide_the_code() -> None:
    assert open_envelope(
        bytearray(b'{"code":401,"msg":{"a":1},"traceId":[]}'), 200
    ).details == Details(200, 401, "", "")


def test_the_fingerprint_ignores_the_trace_id_alone() -> None:
    one = b'{"code":0,"data":[1],"traceId":"a\\"b"}'

    assert fingerprint(one) == fingerprint(b'{"code":0,"data":[1],"traceId":"other"}')
    assert fingerprint(one) != fingerprint(b'{"code":0,"data":[2],"traceId":"a\\"b"}')


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
@pytest.mark.parametrize(
    "items", ["", ODD_ITEM, ",".join([ODD_ITEM] * 100)], ids=["none", "one", "many"]
)
def test_a_known_answer_tells_what_its_envelope_says_and_nothing_of_its_items(
    body: str, msg: str, trace_id: str, items: str
) -> None:
    details = known_details(bytearray(body.replace("ITEMS", items).encode()), 200)

    assert (details.msg, details.trace_id) == (msg, trace_id)
    assert details == open_envelope(bytearray(body.replace("ITEMS", items).encode()), 200).details


def test_of_a_known_answer_the_list_is_not_parsed() -> None:
    assert (
        known_details(
            bytearray(b'{"code":0,"data":[' + b"no JSON " * 1000 + b'],"msg":"ok"}'), 200
        ).msg
        == "ok"
    )
