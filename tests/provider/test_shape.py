"""What the items of an answer look like, and what is new about it."""

import json
from typing import Any

import pytest

from tests.items import item, package
from xdportal.provider.kinds import IMAGES, PACKAGES_PAYG
from xdportal.provider.shape import Deviation, What, deviations, known_after, shape_of


def shape(*rows: Any) -> Any:
    return shape_of(json.dumps(list(rows)).encode())


PLAIN = known_after({}, shape(item("1")))


def test_a_shape_is_each_fields_types_with_an_example() -> None:
    assert shape({"a": 1, "b": None}, {"a": "x", "c": [1]}) == {
        "a": {"number": "1", "string": "x"},
        "b": {"null": "null"},
        "c": {"list": "[1]"},
    }


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b'["a", 1]', b"[[[", b'[{"a": '])
def test_what_holds_no_items_has_no_shape(data: bytes) -> None:
    assert shape_of(data) == {}


def test_only_the_first_items_are_looked_at() -> None:
    rows = [*[{"a": 1}] * 20, {"b": 2}]

    assert shape(*rows) == {"a": {"number": "1"}}


def test_an_example_is_short_and_free_of_control_characters() -> None:
    assert shape({"a": "x" * 100, "b": "\x00"}) == {
        "a": {"string": "x" * 60},
        "b": {"string": "\N{REPLACEMENT CHARACTER}"},
    }


@pytest.mark.parametrize(
    ("row", "found"),
    [
        (item("2"), []),
        ({**item("2"), "region": "HZ"}, [Deviation(What.NEW, "region", "string", "HZ")]),
        (
            {name: value for name, value in item("2").items() if name != "type"},
            [Deviation(What.MISSING, "type", "", "")],
        ),
        ({**item("2"), "type": 7}, [Deviation(What.TYPE, "type", "number", "7")]),
        ({**item("2"), "type": None}, []),
        ({**item(2)}, []),  # an id may be a number
    ],
)
def test_a_field_that_is_new_missing_or_of_another_type_deviates(row: Any, found: Any) -> None:
    assert deviations(IMAGES, PLAIN, shape(row)) == found


def test_a_price_may_be_a_number_or_a_text() -> None:
    known = known_after({}, shape(package("1", "1.10")))

    assert deviations(PACKAGES_PAYG, known, shape(package("1", 1.1))) == []


def test_the_first_answer_is_the_measure_and_what_was_met_is_known() -> None:
    first = shape({**item("1"), "region": "HZ"})
    later = shape({**item("1"), "region": 7})

    assert deviations(IMAGES, {}, first) == []
    assert known_after(known_after({}, first), later)["region"] == ["number", "string"]
    assert deviations(IMAGES, known_after(known_after({}, first), later), first) == []
