"""Finding an error code: by number, by what came with it, by words in either language."""

import pytest

from xdportal.errorcodes.lookup import by_code, find, ranked, search, suggest
from xdportal.errorcodes.reference import ROWS, ErrorCode

IMAGE_LIST = "/v1/pve/open/image"
CREATE_DISK = "/v1/PveMachineHardDisk/open/create"


def anchors(rows: list[ErrorCode]) -> list[str]:
    return [row.anchor for row in rows]


def anchor_of(row: ErrorCode | None) -> str | None:
    return row.anchor if row else None


# Search


@pytest.mark.parametrize("query", ["", "  ", "#"])
def test_an_empty_query_gives_every_row_in_file_order(query: str) -> None:
    assert search(query) == list(ROWS)


@pytest.mark.parametrize("query", ["主机", "host"])
def test_either_language_finds_both_seed_rows_of_220018(query: str) -> None:
    found = [row for row in search(query, "image-list") if row.code == 220018]

    assert anchors(found) == ["220018", "220018-2"]


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("主机", "host"),
        ("硬盘", "disk"),
        ("镜像", "image"),
        ("按量", "pay-as-you-go"),
        ("钱包", "wallet"),
    ],
)
def test_a_word_finds_the_same_rows_in_both_languages(chinese: str, english: str) -> None:
    assert anchors(search(chinese)) == anchors(search(english)) != []


def test_rows_of_exactly_that_code_come_before_rows_that_merely_mention_it() -> None:
    found = search("0")

    assert found[:8] == by_code(0)
    assert anchors(found[8:]) == ["220018-2"]  # useType=0


def test_the_beginning_of_a_code_or_word_is_enough() -> None:
    assert {row.code for row in search("22002")} == {220020, 220022, 220024, 220025}
    assert {row.code for row in search("verif")} == {1037}
    assert search("erif") == []


@pytest.mark.parametrize("query", ["220018", "#220018", " # 220018 ", "＃２２００１８"])
def test_a_code_may_be_written_with_a_hash_or_in_full_width(query: str) -> None:
    assert search(query) == by_code(220018)


def test_a_code_that_was_never_documented_finds_nothing() -> None:
    assert search("999999") == []


def test_every_word_must_be_found_but_in_any_field_and_any_case() -> None:
    assert anchors(search("REGION 地区 /v1/pve/open/image get")) == ["220018"]
    assert anchors(search("post 实名认证")) == ["1037", "1037-2", "1037-4"]


def test_if_no_row_holds_every_word_those_that_hold_most_are_found() -> None:
    assert anchors(search("image type mismatch on CentOS")) == ["7005", "7005-2"]
    assert search("tips for gardening") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("type mismatch", 7005),
        ("主机类型不一致", 7005),
        ("镜像类型不匹配", 7005),
        ("the image type doesn't match the plan", 7005),
        ("token expired", 401),
        ("令牌过期", 401),
        ("forbidden", 1001),
        ("没有权限", 1001),
        ("sold out", 6002),
        ("售罄", 6002),
        ("not enough money", 9001),
        ("余额不够", 9001),
        ("volume already mounted", 220002),
        ("server not found", 220016),
        ("机器找不到", 220016),
        ("too many requests", 220025),
        ("reboot a stopped host", 7002),
    ],
)
def test_a_code_is_found_in_other_words_than_the_documented_ones(query: str, code: int) -> None:
    assert search(query)[0].code == code


def test_rows_whose_message_holds_the_words_come_before_rows_of_such_a_call() -> None:
    codes = [row.code for row in search("restart")]

    assert codes == [7002, 7003, 7004]
    assert [row.code for row in search("image")][:3] == [200003, 200003, 7005]


@pytest.mark.parametrize("query", ["不可用，不能", "不可用,不能"])
def test_full_width_and_narrow_punctuation_are_the_same(query: str) -> None:
    assert anchors(search(query)) == ["7003"]


def test_an_api_narrows_the_search() -> None:
    assert search("", "image-list") == list(ROWS[:11])
    assert anchors(search("220018", "attach-disk")) == ["220018-4"]


def test_an_unknown_api_has_no_rows() -> None:
    assert search("", "no-such-call") == []


# One code


def test_a_received_code_is_explained_by_the_call_it_came_from() -> None:
    assert anchor_of(find(220018, "/v1/PveMachineHardDisk/open/create")) == "220018-3"
    assert anchor_of(find(401, "/v1/open/image/personal/update")) == "401-3"
    assert anchor_of(find(220018, IMAGE_LIST)) == "220018"


def test_else_by_the_codes_common_to_all_calls() -> None:
    found = find(401, IMAGE_LIST)

    assert found is not None
    assert found.api_zh == "通用错误码"
    assert found == find(401)


def test_else_by_the_first_call_that_documents_it() -> None:
    assert anchor_of(find(7005, IMAGE_LIST)) == "7005"
    assert anchor_of(find(7005)) == "7005"


def test_an_undocumented_code_has_no_explanation() -> None:
    assert find(999999) is None
    assert by_code(999999) == []


@pytest.mark.parametrize(
    "said",
    [
        "挂载主机类型错误",
        "挂载主机类型不正确",
        "220018: 挂载主机类型错误",
        "Wrong type of host to attach to",
    ],
)
def test_the_meaning_whose_message_matches_comes_first_whatever_the_call(said: str) -> None:
    assert ranked(220018, CREATE_DISK, said)[0].anchor == "220018-2"
    assert ranked(220018, "", said)[0].anchor == "220018-2"


def test_a_message_that_says_nothing_leaves_it_to_the_call() -> None:
    assert ranked(220018, CREATE_DISK, "error")[0].anchor == "220018-3"
    assert ranked(6003, CREATE_DISK, "钱包余额不足")[0].anchor == "6003"


# Messages without a code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("ERROR: insufficient wallet balance", [9001, 6003, 6003]),
        ("host type does not match image type", [7005]),
        ("创建失败：主机配置类型与镜像类型不一致", [7005]),
        ("wrong type of host to attach to", [220018]),
        ("hello world", []),
        ("", []),
    ],
)
def test_a_message_without_a_code_suggests_what_it_may_mean(text: str, codes: list[int]) -> None:
    assert [meaning.row.code for meaning in suggest(text)] == codes
