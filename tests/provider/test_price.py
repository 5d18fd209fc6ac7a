"""Prices and discounts: exact, and each value has one text."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdportal.provider.fields import Unusable, decimal_text, optional_decimal_text


@pytest.mark.parametrize(
    ("given_json", "text"),
    [
        ("1.1", "1.1"),
        ("1.10", "1.1"),
        ('"1.10"', "1.1"),
        ('" 1.10 "', "1.1"),
        ('"0.80"', "0.8"),
        ("0.8", "0.8"),
        ("1e1", "10"),
        ("1E+1", "10"),
        ("15e-1", "1.5"),
        ("100", "100"),
        ("0", "0"),
        ('"0.000"', "0"),
        ('"007.50"', "7.5"),
        ('".5"', "0.5"),
        ('"5."', "5"),
        ("9007199254740993", "9007199254740993"),
        ("0.1000000000000000055511151231", "0.1000000000000000055511151231"),
        ("1e-30", "0." + "0" * 29 + "1"),
    ],
)
def test_the_shortest_text_of_a_decimal(given_json: str, text: str) -> None:
    assert decimal_text(given_json.encode()) == text


@pytest.mark.parametrize(
    ("given_json", "reason"),
    [
        ("-1", "negative"),
        ('"-0.1"', "negative"),
        ('"NaN"', "no_decimal"),
        ('"Infinity"', "no_decimal"),
        ('"+1"', "no_decimal"),
        ('"1,10"', "no_decimal"),
        ('"1 000"', "no_decimal"),
        ('"１"', "no_decimal"),
        ('"1_0"', "no_decimal"),
        ('""', "no_decimal"),
        ('"¥1"', "no_decimal"),
        ("1" * 33, "out_of_range"),
        ("1" * 5000, "too_long"),
        (f'"{"0" * 5000}"', "too_long"),
        ("1e400", "out_of_range"),
        ("1e-400", "out_of_range"),
        ("1e1000000000", "no_decimal"),
        ("true", "wrong_type"),
        ("null", "wrong_type"),
        ("[1]", "wrong_type"),
        ("{}", "wrong_type"),
    ],
)
def test_what_is_no_price(given_json: str, reason: str) -> None:
    with pytest.raises(Unusable) as refused:
        decimal_text(given_json.encode())
    assert refused.value.reason == reason


@pytest.mark.parametrize("nothing", ["", "null", '""'])
def test_an_optional_decimal_may_be_missing(nothing: str) -> None:
    assert optional_decimal_text(nothing.encode()) == ""


prices = st.decimals(min_value=0, max_value=10**12, places=6)


@given(prices, st.integers(0, 6))
def test_equal_prices_have_equal_texts_and_others_do_not(price: Decimal, zeros: int) -> None:
    plain = f"{price:f}"
    forms = [plain, json.dumps(plain + "0" * zeros), f"{price:E}", json.dumps(f" {plain}")]
    texts = {decimal_text(form.encode()) for form in forms}

    (text,) = texts
    assert Decimal(text) == price
    assert text == text.strip("0") or text.startswith("0.") or "." not in text
    assert decimal_text(json.dumps(text).encode()) == text
    assert decimal_text(str(price + Decimal("0.0000001")).encode()) != text
