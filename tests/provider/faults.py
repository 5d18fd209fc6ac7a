"""Every way a provider can fail, and the one outcome each has. For tests of the door and engine."""

import gzip
import json
import zlib
from typing import Any, NamedTuple

# Under which the table's outcomes are given. Where no timeout is expected, the deadline is
# one that a busy machine keeps.
DEADLINE = 1  # seconds
PATIENT = 20  # seconds
MAX_BODY = 2_000_000  # bytes


class Fault(NamedTuple):
    switch: str  # of the simulator
    options: dict[str, Any]
    outcome: str
    reason: str = ""
    calls: int = 1  # of the list, or of getToken where that is spoilt
    on: str = "image"


OK = {"code": 0, "success": True, "msg": "success", "traceId": "t"}
ROW = {"imageId": "1", "type": "BL", "systemImageName": "n", "systemImageVersion": "v"}


def sent(
    body: str | bytes, outcome: str, reason: str = "", calls: int = 1, **options: Any
) -> Fault:
    return Fault("body", {"body": body, **options}, outcome, reason, calls)


def envelope(outcome: str, reason: str = "", calls: int = 1, **fields: Any) -> Fault:
    return sent(json.dumps({**OK, "data": [], **fields}), outcome, reason, calls)


def listed(items: Any, outcome: str, reason: str = "") -> Fault:
    return envelope(outcome, reason, data=items)


def raw(data: bytes, outcome: str, reason: str = "", calls: int = 3) -> Fault:
    return Fault("raw", {"data": data}, outcome, reason, calls)


def code(number: int, outcome: str, calls: int = 1, **options: Any) -> Fault:
    return Fault("code", {"code": number, **options}, outcome, "", calls)


def status(number: int, outcome: str, calls: int = 1, reason: str = "", **options: Any) -> Fault:
    return Fault("status", {"status": number, **options}, outcome, reason, calls)


def token(data: Any, outcome: str = "bad_data", reason: str = "no_token") -> Fault:
    return Fault("body", {"body": json.dumps({**OK, "data": data})}, outcome, reason, 1, "token")


GOOD = json.dumps({**OK, "data": [ROW]})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

TRANSPORT = {
    "closed without an answer": Fault("close", {}, "transport", "broken", 3),
    "reset": Fault("reset", {}, "transport", "broken", 3),
    "half a body": Fault("truncate", {}, "transport", "cut_short", 3),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n", "transport", "broken"),
    "nonsense for a status": raw(b"HTTP/1.1 abc OK\r\n\r\n", "transport", "broken"),
    "a header line too long": raw(
        HEAD + b"X: " + b"x" * 70_000 + b"\r\n\r\n", "transport", "broken"
    ),
    "too many headers": raw(HEAD + b"X: 1\r\n" * 200 + b"\r\n", "transport", "broken"),
    "half a header": raw(HEAD + b"Content-Le", "bad_data", "not_json", 1),
    "nonsense for a chunk's size": raw(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", "transport", "cut_short"
    ),
    "chunks cut short": raw(
        HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":', "transport", "cut_short"
    ),
    "a body shorter than declared": raw(
        HEAD + b"Content-Length: 500\r\n\r\n{}", "transport", "cut_short"
    ),
    "a negative length": raw(HEAD + b"Content-Length: -5\r\n\r\n{", "bad_data", "not_json", 1),
    "bytes drip": Fault("drip", {}, "timeout", "deadline"),
    "headers drip": Fault("drip_headers", {}, "timeout", "deadline"),
    "continue without end": Fault("endless_continue", {}, "timeout", "deadline"),
    "silence": Fault("hang", {}, "timeout", "deadline"),
}
BODY = {
    "without end": Fault("big_body", {}, "too_large", "body"),
    "300 MB": Fault("big_body", {"size": 300_000_000}, "too_large", "body"),
    "300 MB, declared": Fault(
        "big_body", {"size": 300_000_000, "declared": True}, "too_large", "body"
    ),
    "a gzip bomb": Fault("gzip_bomb", {"size": 20_000_000}, "too_large", "body"),
    "a gzip bomb in two layers": Fault(
        "gzip_bomb", {"size": 20_000_000, "layers": 2}, "too_large", "body"
    ),
    "an error page without end": Fault("big_body", {"status": 500}, "provider", "", 3),
    "no body": Fault("empty_body", {}, "bad_data", "not_json"),
    "a page of HTML": Fault("garbage", {}, "bad_data", "not_json"),
    "white space": sent("  \r\n", "bad_data", "not_json"),
    "half of JSON": sent(GOOD[:-20], "bad_data", "not_json"),
    "trailing bytes": sent(GOOD + "x", "bad_data", "not_json"),
    "two documents": sent(GOOD + GOOD, "bad_data", "not_json"),
    "a comment": sent(GOOD[:-1] + "/* */}", "bad_data", "not_json"),
    "single quotes": sent(GOOD.replace('"', "'"), "bad_data", "not_json"),
    "a control character in a text": sent(
        GOOD.replace("success", "suc\ncess"), "bad_data", "not_json"
    ),
}
ENCODING = {
    "GBK": sent(
        json.dumps({**OK, "msg": "成功"}, ensure_ascii=False).encode("gbk"), "bad_data", "not_utf8"
    ),
    "UTF-16": sent(GOOD.encode("utf-16"), "bad_data", "not_utf8"),
    "UTF-32": sent(GOOD.encode("utf-32-le"), "bad_data", "not_json"),
    "bytes that are no text": sent(b"\xff\xfe\xfd" * 20, "bad_data", "not_utf8"),
    "overlong UTF-8": sent(GOOD.encode().replace(b"success", b"\xc0\xaf"), "bad_data", "not_utf8"),
    "a surrogate in UTF-8": sent(
        GOOD.encode().replace(b'"msg": "', b'"msg": "\xed\xa0\x80'), "bad_data", "not_utf8"
    ),
    "no gzip": sent(b"\x1f\x8bnonsense", "bad_data", "encoding", encoding="gzip"),
    "half of gzip": sent(
        gzip.compress(GOOD.encode())[:-15], "bad_data", "not_json", encoding="gzip"
    ),
    "no deflate": sent(b"nonsense", "bad_data", "encoding", encoding="deflate"),
    "an unknown encoding": sent(
        zlib.compress(GOOD.encode()), "bad_data", "not_utf8", encoding="br"
    ),
}
SHAPE = {
    "a list": sent("[]", "bad_data", "not_json"),
    "a text": sent('"ok"', "bad_data", "not_json"),
    "null": sent("null", "bad_data", "not_json"),
    "an empty object": sent("{}", "bad_data", "envelope"),
    "no data": sent(json.dumps(OK), "bad_data", "no_list"),
    "data null": listed(None, "bad_data", "no_list"),
    "data an object": listed({"data": []}, "bad_data", "no_list"),
    "data a text": listed("[]", "bad_data", "no_list"),
    "deep nesting": listed([], "bad_data", "nesting")._replace(
        options={"body": GOOD.replace("[", "[" * 100_000).replace("]", "]" * 100_000)}
    ),
    "deep nesting in an unknown field": sent(
        GOOD[:-1] + ', "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "bad_data", "nesting"
    ),
    "over 200,000 items": sent(
        '{"code":0,"data":[' + "{}," * 200_000 + "{}]}", "too_large", "items"
    ),
    "over 200,000 numbers": sent(
        '{"code":0,"data":[' + "1," * 200_000 + "1]}", "too_large", "items"
    ),
}
VALUE = {
    "no item an object": listed([1, "2", None, []], "bad_data", "unusable_items"),
    "no item with an id": listed([{**ROW, "imageId": None}], "bad_data", "unusable_items"),
    "ids of other types": listed(
        [{**ROW, "imageId": value} for value in (True, 1.5, [], {})], "bad_data", "unusable_items"
    ),
    "an id of 5,000 digits": sent(
        GOOD.replace('"imageId": "1"', '"imageId": ' + "9" * 5000), "bad_data", "unusable_items"
    ),
    "a text of 5,000 characters": listed(
        [{**ROW, "type": "x" * 5000}], "bad_data", "unusable_items"
    ),
    "a lone surrogate": sent(GOOD.replace('"n"', r'"\ud800"'), "bad_data", "unusable_items"),
    "control characters": listed([{**ROW, "type": "a\u0000b"}], "bad_data", "unusable_items"),
    "31 % unusable": listed(
        [{**ROW, "imageId": str(number)} for number in range(69)] + [{}] * 31,
        "bad_data",
        "unusable_items",
    ),
    "NaN": sent(GOOD.replace('"n"', "NaN"), "bad_data", "not_json"),
    "Infinity": sent(GOOD.replace('"n"', "-Infinity"), "bad_data", "not_json"),
    "an empty list": Fault("empty_list", {}, "suspect", "empty"),
    "a list shrunken by half": Fault("shrink", {"keep": 0.5}, "suspect", "shrunken"),
    "new ids only": listed(
        [{**ROW, "imageId": f"n{number}"} for number in range(40)], "suspect", "all_new"
    ),
}
ENVELOPE = {
    "no code": sent('{"data":[]}', "bad_data", "envelope"),
    "code null": envelope("bad_data", "envelope", code=None),
    "code true": envelope("bad_data", "envelope", code=True),
    "code 0.0": envelope("bad_data", "envelope", code=0.0),
    "code a word": envelope("bad_data", "envelope", code="ok"),
    "code of 65 bits": envelope("provider", code=2**64),
    "code of 5,000 digits": sent(GOOD.replace('"code": 0', '"code": 1' + "0" * 5000), "provider"),
    "the last of two codes counts": sent(GOOD[:-1] + ', "code": 1003}', "provider"),
    "success false": envelope("provider", "not_success", success=False),
    "success a text": envelope("bad_data", "envelope", success="true"),
    "success null": envelope("suspect", "empty", success=None),
    "code 401": code(401, "auth", 2),
    "code 401 as a text": envelope("auth", "", 2, code="401"),
    "code 403": code(403, "denied"),
    "code 1001": code(1001, "denied"),
    "code 1003": code(1003, "provider"),
    "code 1005": code(1005, "busy", 3),
    "code 1007": code(1007, "provider"),
    "code 220018": code(220018, "provider"),
    "code 500": code(500, "provider", 3),
    "code 503": code(503, "provider", 3),
    "code 429": code(429, "rate_limited"),
    "a negative code": code(-1, "provider"),
    "msg of 100,000 characters": code(1003, "provider", msg="错" * 100_000),
    "msg an object": envelope("provider", code=1003, msg={"a": 1}),
    "msg of HTML": code(1003, "provider", msg="<script>alert(1)</script>"),
    "traceId of 100,000 characters": envelope("provider", code=1003, traceId="t" * 100_000),
    "traceId a list": envelope("provider", code=1003, traceId=[1]),
}
STATUS = {
    "201": status(201, "provider", body=GOOD),
    "204": status(204, "provider"),
    "206": status(206, "provider", body=GOOD),
    "400": status(400, "provider", body=GOOD),
    "401": status(401, "auth", 2),
    "403": status(403, "denied"),
    "403 with code 0": status(403, "denied", body=GOOD),
    "404 of HTML": status(404, "provider", body="<html>"),
    "407": status(407, "provider"),
    "418 that claims success": status(418, "provider", body=GOOD),
    "429": status(429, "rate_limited"),
    "429 with nonsense to wait for": Fault("retry_after", {"value": "soon"}, "rate_limited"),
    "429 with a wait": Fault("retry_after", {"value": 7}, "rate_limited"),
    "500": status(500, "provider", 3),
    "500 with code 1001": code(1001, "denied", status=500),
    "502 of HTML": status(502, "provider", 3, body="<html>"),
    "503": status(503, "provider", 3),
    "503 with code 1005": code(1005, "busy", 3, status=503),
    "999": status(999, "provider"),
}
REDIRECT = {
    f"{number} to {where}": Fault(
        "redirect", {"status": number, "location": where}, "provider", "redirect"
    )
    for number, where in [
        (300, "/"),
        (301, "ELSEWHERE/v1/pve/open/image"),
        (302, "ELSEWHERE/v1/pve/open/image"),
        (303, "ELSEWHERE/"),
        (307, "ELSEWHERE/v1/pve/open/image"),
        (308, "ELSEWHERE/v1/pve/open/image"),
        (302, "//ELSEHOST/v1/pve/open/image"),
        (302, "/v1/pve/open/image"),
        (302, ""),
        (302, "http://[::1"),
        (302, "\xff\xfe"),
        (302, "file:///etc/passwd"),
        (304, "ELSEWHERE/"),
    ]
} | {
    "a Refresh header": status(503, "provider", 3, headers={"Refresh": "0; url=ELSEWHERE/"}),
    "a Location beside an error": status(500, "provider", 3, headers={"Location": "ELSEWHERE/"}),
    "getToken redirected": Fault(
        "redirect",
        {"status": 307, "location": "ELSEWHERE/v1/auth/getToken"},
        "provider",
        "redirect",
        1,
        "token",
    ),
}
TOKEN = {
    "no token": token({}),
    "data null": token(None),
    "data a list": token([]),
    "an empty token": token({"token": ""}),
    "a number": token({"token": 5}),
    "a space within": token({"token": "a b"}),
    "a line break within": token({"token": "abc\r\nX-Evil: 1"}),
    "letters outside ASCII": token({"token": "令牌令牌令牌"}),
    "513 characters": token({"token": "x" * 513}),
    "a token that is refused": token(
        {"token": "abcdefghij", "effectiveTime": 1800000}, "auth", ""
    )._replace(calls=2),
    "getToken 401": Fault("code", {"code": 401}, "auth", "", 1, "token"),
    "getToken 1001": Fault("code", {"code": 1001}, "denied", "", 1, "token"),
    "getToken 1005": Fault("code", {"code": 1005}, "busy", "", 2, "token"),
    "getToken 503": Fault("status", {"status": 503}, "provider", "", 2, "token"),
    "getToken 429": Fault("retry_after", {"value": 7}, "rate_limited", "", 1, "token"),
    "getToken closed": Fault("close", {}, "transport", "broken", 2, "token"),
    "getToken silent": Fault("hang", {}, "timeout", "deadline", 1, "token"),
    "getToken without end": Fault("big_body", {}, "too_large", "body", 1, "token"),
    "getToken of HTML": Fault("garbage", {}, "bad_data", "not_json", 1, "token"),
}
ECHO = {
    f"{form} in {place}, HTTP {number}": Fault(
        "echo_secret", {"form": form, "place": place, "status": number}, "provider", "", calls, on
    )
    for form, place, number, on, calls in [
        ("plain", "msg", 200, "token", 2),
        ("base64", "msg", 200, "token", 2),
        ("basic", "msg", 200, "token", 2),
        ("url", "msg", 200, "token", 2),
        ("hex", "msg", 200, "token", 2),
        ("plain", "trace_id", 500, "token", 2),
        ("plain", "html", 404, "token", 1),
        ("plain", "msg", 200, "image", 3),
        ("basic", "trace_id", 200, "image", 3),
        ("plain", "html", 502, "image", 3),
    ]
} | {"in an item": Fault("echo_secret", {"place": "item"}, "ok_with_warnings")}

FAULTS: dict[str, Fault] = {
    f"{group}: {name}": fault
    for group, faults in {
        "transport": TRANSPORT,
        "body": BODY,
        "encoding": ENCODING,
        "shape": SHAPE,
        "value": VALUE,
        "envelope": ENVELOPE,
        "status": STATUS,
        "redirect": REDIRECT,
        "token": TOKEN,
        "echo": ECHO,
    }.items()
    for name, fault in faults.items()
}
