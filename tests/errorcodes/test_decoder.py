"""What can be read out of a pasted text."""

import json
import time

import pytest

from xdportal.errorcodes.decoder import MAX_BYTES, Pasted, is_too_long, read
from xdportal.errorcodes.meanings import Meaning
from xdportal.errorcodes.reference import ROWS, ErrorCode
from xdportal.errorcodes.support import support_message

HOST = "https://client.xuandashi.com"


def answer(code: int, msg: str = "", **more: object) -> str:
    return json.dumps(
        {"code": code, "success": code == 0, "msg": msg, "traceId": "t-1", **more},
        ensure_ascii=False,
    )


def meaning(pasted: Pasted) -> str:
    return pasted.meanings[0].row.anchor if pasted.meanings else ""


def codes(meanings: tuple[Meaning, ...]) -> list[int]:
    return [meaning.row.code for meaning in meanings]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.anchor)
def test_every_documented_row_is_explained_with_the_meaning_of_its_call(row: ErrorCode) -> None:
    path = row.path.replace("{id}", "8123")
    pasted = read(
        f"$ curl -X {row.method or 'GET'} {HOST}{path}\n{answer(row.code, row.message_zh)}"
    )

    found = pasted.meanings[0].row
    assert (found.code, found.path, found.message_zh) == (row.code, row.path, row.message_zh)
    assert pasted.trace_id == "t-1"
    assert found.cause_zh
    assert found.cause_en
    assert found.solution_zh or found.do_zh


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.anchor)
def test_without_the_call_the_message_decides_the_meaning(row: ErrorCode) -> None:
    found = read(answer(row.code, row.message_zh)).meanings[0].row

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
        ("220018: 挂载主机类型错误", 220018, "220018-2"),
        ("ProviderError: (7005, '主机配置类型与镜像类型不一致')", 7005, "7005"),
        ("返回码：1005", 1005, "1005"),
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
def test_a_code_is_found_anywhere_in_the_text(text: str, code: int | None, anchor: str) -> None:
    pasted = read(text)

    assert (pasted.code, meaning(pasted)) == (code, anchor)


def test_a_page_of_something_in_between_is_recognised() -> None:
    assert read("<!DOCTYPE html><p>Sign in to the Wi-Fi").is_page
    assert not read(answer(401)).is_page


# The meaning


def test_of_two_meanings_the_one_that_was_said_comes_first() -> None:
    pasted = read(answer(220018, "挂载主机类型错误"))

    assert [meaning.row.message_zh for meaning in pasted.meanings] == [
        "挂载主机类型错误",
        "云硬盘和主机实例不在同一地区",
    ]


@pytest.mark.parametrize(
    ("text", "differs"),
    [
        (answer(0, "success"), False),
        (answer(0, "anything"), False),
        (answer(7005, "error"), False),
        (answer(7005), False),
        (answer(7005, "主机配置类型与镜像类型不一致"), False),
        (answer(7005, "创建失败: 主机配置类型与镜像类型不一致!"), False),
        (answer(7005, "别的意思"), True),
        (answer(999999, "别的意思"), False),
    ],
)
def test_a_message_differs_only_if_it_says_something_else(text: str, differs: bool) -> None:
    assert read(text).msg_differs is differs


@pytest.mark.parametrize("text", ["type mismatch", "创建主机失败：主机配置类型与镜像类型不一致"])
def test_without_a_code_its_words_suggest_one(text: str) -> None:
    pasted = read(text)

    assert (pasted.code, codes(pasted.suggestions)) == (None, [7005])


# What is beside the code


def test_ids_types_time_and_status_are_read() -> None:
    pasted = read(
        f"2026-11-25 05:53:20 +0800 curl {HOST}/v1/pve/open/createquantity "
        "-H 'Content-Type: application/json' "
        f'-d \'{{"imageId":"4005","packageId":"teTapaSUFq","type":"ceph"}}\'\n'
        f"HTTP/2 200\n{answer(7005)}"
    )

    assert pasted.api is not None
    assert pasted.api.en == "Create pay-as-you-go host"
    assert pasted.image_ids == ("4005",)
    assert pasted.package_ids == ("teTapaSUFq",)
    assert pasted.types == ("ceph",)
    assert pasted.at == "2026-11-25 05:53:20 +0800"
    assert pasted.status == 200


@pytest.mark.parametrize(
    ("text", "image_ids", "package_ids"),
    [
        ("imageId=4005&packageId=teTapaSUFq", ("4005",), ("teTapaSUFq",)),
        ("image_id: 4005\npackage_id: teTapaSUFq", ("4005",), ("teTapaSUFq",)),
        ("--image-id 4005 --package-id teTapaSUFq", ("4005",), ("teTapaSUFq",)),
        ("镜像ID：4005，主机配置ID：teTapaSUFq", ("4005",), ("teTapaSUFq",)),
        ('{"imageIds": ["4005", "4006"], "packageId": null}', ("4005", "4006"), ()),
        ("{'imageId': None, 'packageId': None}", (), ()),
        ("image_id=UUID('x'), package_id=Decimal('1')", (), ()),
        ("image_id=b'4005', package_id=''", (), ()),
        ("imageId=•••", (), ()),
    ],
)
def test_ids_are_read_however_they_are_written(
    text: str, image_ids: tuple[str, ...], package_ids: tuple[str, ...]
) -> None:
    pasted = read(text)

    assert (pasted.image_ids, pasted.package_ids) == (image_ids, package_ids)


def test_other_numbers_may_be_ids_but_not_times_and_codes() -> None:
    text = "2026-11-24 09:30:01 +0800 host from 4005 failed: code 7005"

    assert read(text).numbers == ("4005",)


# What programs print


@pytest.mark.parametrize(
    ("text", "msg"),
    [
        ("{'code': 7005, 'msg': '主机', 'data': None, 'traceId': None}", "主机"),
        ("{'code': 7005, 'msg': '\\u4e3b\\u673a', 'success': False}", "主机"),
        ('b\'{"code":7005,"msg":"\\xe4\\xb8\\xbb\\xe6\\x9c\\xba"}\'', "主机"),
        ('{"body": "{\\"code\\":7005,\\"msg\\":\\"主机\\"}"}', "主机"),
        ("Answer(code=7005, msg='主机', trace_id=None, image_id=None)", "主机"),
        ("ProviderError: (7005, '主机')", "主机"),
        ('ProviderError: (7005, "主机")', "主机"),
        ("{'code': 7005, 'msg': None, 'traceId': 'None'}", ""),
        ("Answer(code=7005, msg=None, trace_id=b'', image_id=UUID('x'))", ""),
        ("<Answer code=7005 msg=b'abc'>", ""),
    ],
)
def test_no_notation_of_a_program_reaches_the_message_for_the_support(text: str, msg: str) -> None:
    pasted = read(text)
    message = support_message(pasted)

    assert (pasted.code, pasted.msg, pasted.trace_id) == (7005, msg, "")
    assert [sign for sign in ("None", "'", '"', "{", "\\", "UUID") if sign in message] == []


@pytest.mark.parametrize("text", ["code=1005, trace_id='7f3b'", '{"code":1005,"traceId":"7f3b"}'])
def test_a_trace_id_is_read_to_its_end(text: str) -> None:
    assert read(text).trace_id == "7f3b"


# Limits and secrets


def test_a_text_of_128_kib_is_not_too_long() -> None:
    assert not is_too_long("x" * MAX_BYTES)
    assert is_too_long("x" * MAX_BYTES + "x")
    assert is_too_long("错" * (MAX_BYTES // 3 + 1))


@pytest.mark.parametrize(
    "part",
    [
        *("x", "错", "\\", '{"', "{'", '{"a":', "{'a':", "code:", "imageId=[", "packageId "),
        *("\\u4e3b", "\\xe4", "(1,'", "2026-11-24 09:30 ", "trace_id:", "msg='", "1234 "),
        *("/v1/pve/open/operate/", "xdp_", "disk attached "),
    ],
)
def test_any_text_is_read_in_linear_time(part: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        read(part * (size // len(part)))
        return time.process_time() - start

    seconds(2**14)
    eighth, whole = seconds(2**14), seconds(2**17)
    assert whole < 24 * max(eighth, 0.01)  # 8 times as long; squared it would be 64


def test_secrets_are_gone_from_everything_that_is_read() -> None:
    pasted = read(
        '{"code":1003,"msg":"token=hunter2 is bad","secret":"hunter2",'
        '"traceId":"4vL4rcNGNcgx5v0RLCcFew"}'
    )

    assert "hunter2" not in repr(pasted)
    assert "4vL4rcNGNcgx5v0RLCcFew" not in repr(pasted)
    assert pasted.masked == 3


def test_the_message_for_the_support_is_chinese_and_holds_the_trace_id() -> None:
    pasted = read(
        f"2026-11-25 05:53:20 GET {HOST}/v1/pve/open/image imageId=4005 packageId=teTapaSUFq "
        f"HTTP/1.1 200 {answer(220018, '挂载主机类型错误')}"
    )

    assert support_message(pasted) == (
        "您好，我们调用开放平台接口时遇到错误，烦请协助排查：\n\n"
        "接口：镜像列表（GET /v1/pve/open/image）\n"
        "错误码：220018（挂载主机类型错误）\n"
        "返回信息：挂载主机类型错误\n"
        "HTTP 状态码：200\n"
        "时间：2026-11-25 05:53:20\n"
        "镜像 ID：4005\n"
        "主机配置 ID：teTapaSUFq\n"
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
