"""The error-code reference: every documented row, found in either language."""

import pytest

from xdportal.errorcodes.lookup import APIS, ROWS, Api, ErrorCode, by_code, find, search

IMAGE_LIST = "/v1/pve/open/image"
SEED_CODES = [220001, 220002, 220016, 220017, 220012, 220018, 220004, 220018, 220024, 220010, 1021]


def anchors(rows: list[ErrorCode]) -> list[str]:
    return [row.anchor for row in rows]


def anchor_of(row: ErrorCode | None) -> str | None:
    return row.anchor if row else None


# The data


def test_every_documented_row_is_kept() -> None:
    assert len(ROWS) == 79


def test_the_eleven_seed_rows_come_first_in_their_own_order() -> None:
    assert [row.code for row in ROWS[:11]] == SEED_CODES
    assert [row.from_seed for row in ROWS] == [True] * 11 + [False] * 68
    assert {(row.api_zh, row.method, row.path) for row in ROWS[:11]} == {("镜像列表", "GET", IMAGE_LIST)}


def test_both_seed_meanings_of_220018_are_kept_apart() -> None:
    first, second = (row for row in by_code(220018) if row.from_seed)

    assert (first.anchor, first.message_zh) == ("220018", "云硬盘和主机实例不在同一地区")
    assert first.message_en == "The cloud disk and the host instance are not in the same region"
    assert (second.anchor, second.message_zh) == ("220018-2", "挂载主机类型错误")
    assert second.solution_zh == "目前挂载主机的订购类型仅支持'按量' useType=0"
    assert second.message_en == "Wrong type of host to attach to"


def test_two_seed_codes_with_one_meaning_are_both_kept() -> None:
    one, other = find(220012, IMAGE_LIST), find(220004, IMAGE_LIST)

    assert one is not None
    assert other is not None
    assert (one.message_zh, one.solution_zh) == (other.message_zh, other.solution_zh)
    assert (one.message_zh, one.solution_zh) == ("主机未开机", "先执行开机,开机关机后再进行挂载")


def test_later_rows_of_a_code_are_numbered_in_file_order() -> None:
    assert anchors(by_code(220018)) == ["220018", "220018-2", "220018-3", "220018-4"]


def test_anchors_are_unique() -> None:
    assert len({row.anchor for row in ROWS}) == len(ROWS)


def test_every_row_says_where_it_was_documented() -> None:
    assert [row for row in ROWS if not row.source] == []


def test_every_row_has_english_and_a_solution_in_both_languages_or_neither() -> None:
    assert [row for row in ROWS if not (row.message_zh and row.message_en and row.api_zh and row.api_en)] == []
    assert [bool(row.solution_en) for row in ROWS] == [bool(row.solution_zh) for row in ROWS]


def test_the_same_chinese_always_has_the_same_english() -> None:
    pairs = {
        pair
        for row in ROWS
        for pair in (
            (row.message_zh, row.message_en),
            (row.solution_zh, row.solution_en),
            (row.api_zh, row.api_en),
        )
    }

    assert len({chinese for chinese, _ in pairs}) == len(pairs)


def test_apis_are_listed_in_file_order_with_their_counts() -> None:
    assert APIS[0] == Api("镜像列表", "Image list", "GET", IMAGE_LIST, "image-list", 11)
    assert [(api.slug, api.count) for api in APIS] == [
        ("image-list", 11),
        ("common", 8),
        ("personal-image-list", 2),
        ("add-personal-image", 4),
        ("update-personal-image", 4),
        ("delete-personal-image", 3),
        ("create-pay-as-you-go-host", 2),
        ("create-rental-host", 6),
        ("power-on-off", 5),
        ("restart", 3),
        ("create-disk", 14),
        ("attach-disk", 11),
        ("detach-destroy-disk", 6),
    ]


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
    [("主机", "host"), ("硬盘", "disk"), ("镜像", "image"), ("按量", "pay-as-you-go"), ("钱包", "wallet")],
)
def test_a_word_finds_the_same_rows_in_both_languages(chinese: str, english: str) -> None:
    assert anchors(search(chinese)) == anchors(search(english)) != []


def test_rows_of_exactly_that_code_come_before_rows_that_merely_contain_it() -> None:
    found = search("0")

    assert found[:5] == by_code(0)
    assert anchors(found[5:8]) == ["220001", "220002", "220016"]


@pytest.mark.parametrize("query", ["220018", "#220018", " # 220018 ", "＃２２００１８"])
def test_a_code_may_be_written_with_a_hash_or_in_full_width(query: str) -> None:
    assert search(query) == by_code(220018)


def test_a_code_that_was_never_documented_finds_nothing() -> None:
    assert search("999999") == []


def test_every_word_must_be_found_but_in_any_field_and_any_case() -> None:
    assert anchors(search("DISK region getlist")) == []
    assert anchors(search("REGION 地区 /v1/pve/open/image get")) == ["220018"]
    assert anchors(search("post 实名认证")) == ["1037", "1037-2", "1037-4"]


def test_a_word_is_not_found_across_two_fields() -> None:
    assert search("220018云硬盘") == []


@pytest.mark.parametrize("query", ["不可用，不能", "不可用,不能"])
def test_full_width_and_narrow_punctuation_are_the_same(query: str) -> None:
    assert anchors(search(query)) == ["7003"]


def test_an_api_narrows_the_search() -> None:
    assert search("", "image-list") == list(ROWS[:11])
    assert anchors(search("220018", "attach-disk")) == ["220018-4"]


def test_an_unknown_api_has_no_rows() -> None:
    assert search("", "nonsense") == []


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
