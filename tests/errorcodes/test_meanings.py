"""What a code means: rows that say the same are one meaning."""

from xdportal.errorcodes.lookup import by_code
from xdportal.errorcodes.meanings import Meaning, meanings, same_elsewhere, similar


def anchors(found: list[Meaning]) -> list[list[str]]:
    return [[row.anchor for row in meaning.rows] for meaning in found]


def test_rows_that_say_the_same_are_one_meaning() -> None:
    assert anchors(meanings(by_code(220018))) == [
        ["220018", "220018-3", "220018-4"],
        ["220018-2"],
    ]


def test_the_sms_service_means_something_of_its_own() -> None:
    assert anchors(meanings(by_code(1001))) == [["1001"], ["1001-2"]]


def test_each_different_solution_of_a_meaning_is_given_once() -> None:
    [meaning] = meanings(by_code(220001))

    solutions = [row.solution_zh for row in meaning.solutions]
    assert solutions == ["先创建云硬盘", "确保云硬盘ID正确"]


def test_another_code_with_the_same_message_is_named() -> None:
    assert anchors(same_elsewhere(220012)) == [["220004"]]
    assert anchors(same_elsewhere(220004)) == [["220012"]]
    assert same_elsewhere(7005) == []


def test_what_it_is_confused_with_is_named_once() -> None:
    assert [other.code for other in similar(meanings(by_code(6003)))] == [9001]
