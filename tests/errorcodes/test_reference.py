"""The error codes as data: every documented row, verbatim, with our words beside it."""

from xdportal.errorcodes.lookup import by_code
from xdportal.errorcodes.reference import APIS, ROWS, Api, ErrorCode, Retry

IMAGE_LIST = "/v1/pve/open/image"
SEED_CODES = [
    *(220001, 220002, 220016, 220017, 220012, 220018),
    *(220004, 220018, 220024, 220010, 1021),
]


def anchors(rows: list[ErrorCode]) -> list[str]:
    return [row.anchor for row in rows]


def test_every_documented_row_is_kept() -> None:
    assert len(ROWS) == 88


def test_the_eleven_seed_rows_come_first_in_their_own_order() -> None:
    assert [row.code for row in ROWS[:11]] == SEED_CODES
    assert [row.is_seed for row in ROWS] == [True] * 11 + [False] * 77
    assert {(row.api_zh, row.method, row.path) for row in ROWS[:11]} == {
        ("镜像列表", "GET", IMAGE_LIST)
    }


def test_both_seed_meanings_of_220018_are_kept_apart() -> None:
    first, second = (row for row in by_code(220018) if row.is_seed)

    assert (first.anchor, first.message_zh) == ("220018", "云硬盘和主机实例不在同一地区")
    assert first.message_en == "The cloud disk and the host instance are not in the same region"
    assert (second.anchor, second.message_zh) == ("220018-2", "挂载主机类型错误")
    assert second.solution_zh == "目前挂载主机的订购类型仅支持'按量' useType=0"
    assert second.message_en == "Wrong type of host to attach to"


def test_two_seed_codes_with_one_meaning_are_both_kept() -> None:
    one, other = (row for row in ROWS[:11] if row.code in {220012, 220004})

    assert (one.message_zh, one.solution_zh) == (other.message_zh, other.solution_zh)
    assert (one.message_zh, one.solution_zh) == ("主机未开机", "先执行开机,开机关机后再进行挂载")


def test_later_rows_of_a_code_are_numbered_in_file_order() -> None:
    assert anchors(by_code(220018)) == ["220018", "220018-2", "220018-3", "220018-4"]


def test_anchors_are_unique() -> None:
    assert len({row.anchor for row in ROWS}) == len(ROWS)


def test_every_row_says_where_it_was_documented() -> None:
    assert [row for row in ROWS if not row.source] == []


def test_every_row_has_english_and_a_solution_in_both_languages_or_neither() -> None:
    assert [
        row for row in ROWS if not (row.message_zh and row.message_en and row.api_zh and row.api_en)
    ] == []
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
        ("sign-in-to-sms", 2),
        ("send-an-sms", 5),
        ("sms-delivery-reports", 2),
    ]


def test_the_rows_of_the_sms_service_are_marked() -> None:
    sms = [row for row in ROWS if row.is_sms]

    assert [row.code for row in sms] == [0, 401, 0, 401, 1001, 100001, 100002, 0, 401]
    assert {row.path.split("/")[1] for row in sms} == {"client-sms"}


def test_solutions_are_verbatim_to_the_last_space() -> None:
    assert [row.solution_zh for row in by_code(1021)] == [
        "确认主机id是否正确",
        "确认主机实例ID是否正确  ,请联系客服处理",
        "确认主机id是否正确 ,请联系客服处理",
    ]


def test_every_row_says_why_what_to_do_and_whether_to_retry() -> None:
    assert [row for row in ROWS if not (row.cause_zh and row.cause_en)] == []
    assert [row for row in ROWS if not (row.solution_zh or row.do_zh)] == []
    assert [bool(row.do_zh) for row in ROWS] == [bool(row.do_en) for row in ROWS]
    assert {row.retry for row in ROWS} == set(Retry)


def test_what_a_code_is_confused_with_is_documented_itself() -> None:
    codes = {row.code for row in ROWS}

    assert {other.code for row in ROWS for other in row.similar} <= codes
