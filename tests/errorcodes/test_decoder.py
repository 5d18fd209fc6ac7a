"""What can be read out of a pasted text."""

import json

import pytest

from xdportal.errorcodes.decoder import MAX_TEXT, Pasted, read, support_message
from xdportal.errorcodes.lookup import ROWS, ErrorCode

HOST = "https://client.xuandashi.com"


def answer(code: int, msg: str = "", **more: object) -> str:
    return json.dumps({"code": code, "success": code == 0, "msg": msg, "traceId": "t-1", **more}, ensure_ascii=False)


def meaning(pasted: Pasted) -> str:
    return pasted.meanings[0].anchor if pasted.meanings else ""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.anchor)
def test_every_documented_row_is_explained_with_the_meaning_of_its_call(row: ErrorCode) -> None:
    path = row.path.replace("{id}", "8123")
    pasted = read(f"$ curl -X {row.method or 'GET'} {HOST}{path}\n{answer(row.code, row.message_zh)}")

    found = pasted.meanings[0]
    assert (found.code, found.path, found.message_zh) == (row.code, row.path, row.message_zh)
    assert pasted.trace_id == "t-1"
    assert found.cause_zh
    assert found.cause_en
    assert found.solution_zh or found.do_zh


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.anchor)
def test_without_the_call_the_providers_text_tells_the_meaning(row: ErrorCode) -> None:
    found = read(answer(row.code, row.message_zh)).meanings[0]

    assert (found.code, found.message_zh) == (row.code, row.message_zh)


@pytest.mark.parametrize(
    ("text", "code", "anchor"),
    [
        ("2026-11-24 09:30:01 ERROR image list failed code=220001 traceId=ab-1", 220001, "220001"),
        ('WARN body={\\"code\\":7005,\\"msg\\":\\"x\\"}', 7005, "7005"),
        ("{'code': 1005, 'msg': '请求处理中'}", 1005, "1005"),
        ('{"code":"401","msg":"x"}', 401, "401"),
        ("错误码：220018", 220018, "220018"),
        ("#220018", 220018, "220018"),
        ("9001", 9001, "9001"),
        ("create failed with 9001, see above", 9001, "9001"),
        ('{"code":7005,"success":fal', 7005, "7005"),
        ('> {"uuid":"A1"}\n< HTTP/1.1 200 OK\n{"code":1007,"msg":"x"}', 1007, "1007"),
        ("< HTTP/1.1 503 Service Unavailable", None, "503"),
        ('{"code":999999,"msg":"x"}', 999999, ""),
        ('{"code":-1}', -1, ""),
        ("[" * 100_000, None, ""),
        ('{"a":' * 50_000, None, ""),
        ('{"code":' + "9" * 5000 + "}", None, ""),
        ('{"code":true}', None, ""),
        ("", None, ""),
        ("<html><title>502 Bad Gateway</title></html>", None, ""),
    ],
)
def test_a_code_is_found_wherever_it_stands(text: str, code: int | None, anchor: str) -> None:
    pasted = read(text)

    assert (pasted.code, meaning(pasted)) == (code, anchor)


def test_a_page_of_something_in_between_is_recognised() -> None:
    assert read("<!DOCTYPE html><p>Sign in to the Wi-Fi").is_page
    assert not read(answer(401)).is_page


def test_ids_types_and_status_are_read() -> None:
    pasted = read(
        f"curl {HOST}/v1/pve/open/createquantity -H 'Content-Type: application/json' "
        f'-d \'{{"imageId":"4005","packageId":"12","type":"ceph"}}\'\nHTTP/2 200\n{answer(7005)}'
    )

    assert (pasted.image_ids, pasted.types, pasted.status) == (("4005",), ("ceph",), 200)
    assert pasted.api is not None
    assert pasted.api.en == "Create pay-as-you-go host"


def test_other_numbers_may_be_ids_but_not_times_and_codes() -> None:
    assert read("2026-11-24 09:30:01 host from 4005 failed: code 7005").numbers == ("4005",)


def test_a_megabyte_is_read_and_more_is_cut() -> None:
    whole, longer = read("x" * MAX_TEXT), read("x" * MAX_TEXT + "code=401")

    assert (whole.was_cut, longer.was_cut, longer.code) == (False, True, None)


def test_secrets_are_gone_from_everything_that_is_read() -> None:
    pasted = read('{"code":1003,"msg":"token=hunter2 is bad","secret":"hunter2","traceId":"4vL4rcNGNcgx5v0RLCcFew"}')

    assert "hunter2" not in repr(pasted)
    assert "4vL4rcNGNcgx5v0RLCcFew" not in repr(pasted)
    assert pasted.masked == 3


def test_the_message_for_the_support_is_chinese_and_holds_the_trace_id() -> None:
    pasted = read(f"GET {HOST}/v1/pve/open/image imageId=4005 HTTP/1.1 200 {answer(220018, '挂载主机类型错误')}")

    assert support_message(pasted) == (
        "您好，我们调用开放平台接口时遇到错误，烦请协助排查：\n\n"
        "接口：镜像列表（GET /v1/pve/open/image）\n"
        "错误码：220018（挂载主机类型错误）\n"
        "返回信息：挂载主机类型错误\n"
        "HTTP 状态码：200\n"
        "镜像 ID：4005\n"
        "traceId：t-1\n\n"
        "请告知原因和处理办法，谢谢！"
    )


@pytest.mark.parametrize(
    "pasted",
    ['{"code":1005,"msg":"\\ud800 busy","traceId":"a\\u0000b"}', "\0 code: 1005 \ud800"],
    ids=["json", "plain"],
)
def test_what_no_page_can_carry_is_replaced(pasted: str) -> None:
    found = read(pasted)

    assert found.code == 1005
    for text in (found.text, found.msg, found.trace_id, support_message(found)):
        assert text.encode().count(b"\0") == 0
