"""Figures as people read and write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.figures import amount, duration, figure, number, plain, read_amount, read_count, share
from evidence.errors import InvalidInput
from strategy.statistics.intervals import Interval


@pytest.mark.parametrize(
    ("cost", "told"),
    [
        (0, "0.00 EUR"),
        (1, "< 0.0001 EUR"),
        (99, "< 0.0001 EUR"),
        (100, "0.0001 EUR"),
        (123_456, "0.1235 EUR"),
        (1_000_000, "1.00 EUR"),
        (1_234_567_890, "1,234.57 EUR"),
    ],
)
def test_money_is_told_finely_enough(cost: int, told: str) -> None:
    assert amount(cost, "EUR") == told


@pytest.mark.parametrize(
    ("typed", "cost"),
    [
        ("", None),
        ("  ", None),
        ("25", 25_000_000),
        ("12.50", 12_500_000),
        ("12,5", 12_500_000),
        ("0.000001", 1),
        ("-3", -3_000_000),
        ("0", 0),
    ],
)
def test_money_is_read_exactly(typed: str, cost: int | None) -> None:
    assert read_amount(typed, "money") == cost


@pytest.mark.parametrize(
    "typed", ["a lot", "1.2.3", "0.0000001", "1,000.50", "NaN", "Infinity", "1e400", "١٢", "9" * 40, "1e-30"]
)
def test_what_is_no_money_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_amount(typed, "money")
    assert refused.value.where == "money"
    assert refused.value.todo


@given(st.text(max_size=12) | st.from_regex(r"[-+]?[0-9.,eE ]{1,12}"))
def test_whatever_is_typed_is_a_number_nothing_or_refused(typed: str) -> None:
    for read in (read_amount, read_count):
        try:
            found = read(typed, "field")
        except InvalidInput as refused:
            assert refused.where == "field"
        else:
            assert found is None or isinstance(found, int)


@pytest.mark.parametrize(
    ("typed", "count"), [("", None), ("500000", 500_000), ("500,000", 500_000), ("5 000", 5000), ("-4", -4)]
)
def test_whole_numbers_are_read(typed: str, count: int | None) -> None:
    assert read_count(typed, "tokens") == count


def test_durations_are_told() -> None:
    assert [duration(each) for each in (0, 1.25, 150, 4 * 3600 + 120)] == ["0.0 s", "1.2 s", "2 min", "4 h 2 min"]


def of(estimate: float | None, low: float | None = None, high: float | None = None, n: int = 83) -> Mapping[str, Any]:
    return {"estimate": estimate, "low": low, "high": high, "n": n}


@pytest.mark.parametrize(
    ("found", "told", "of_how_many"),
    [
        (of(0.6747, 0.567, 0.771), "67 % (57 to 77)", "67 % (57 to 77) of 83"),
        (of(0.04, 0.008, 0.117), "4 % (0.8 to 12)", "4 % (0.8 to 12) of 83"),
        (of(-0.012, -0.0004, 0.02), "−1.2 % (0 to 2)", "−1.2 % (0 to 2) of 83"),
        (of(0.5), "50 %", "50 % of 83"),
        (of(0.0, 0.0, 0.0), "0 %", "0 % of 83"),
        (of(1.0, 1.0, 1.0), "100 %", "100 % of 83"),
        (of(None, n=0), "–", "–"),
        (of(None, 0.1, 0.2), "–", "–"),
    ],
)
def test_a_share_says_its_interval_where_it_has_one(found: Mapping[str, Any], told: str, of_how_many: str) -> None:
    assert share(found) == told
    assert share(found, of=True) == of_how_many
    assert share(Interval(**found)) == told, "as it was worked out, and as it was kept"


@pytest.mark.parametrize(
    ("found", "told", "as_difference"),
    [
        (of(0.812, 0.7, 0.891), "0.81 (0.70 to 0.89)", "+0.81 (+0.70 to +0.89)"),
        (of(-0.5, -1.0, 0.001), "−0.50 (−1.00 to 0.00)", "−0.50 (−1.00 to 0)"),
        (of(0.43, None, None), "0.43", "+0.43"),
        (of(1.0, 1.0, 1.0), "1.00", "+1.00"),
        (of(None), "–", "–"),
    ],
)
def test_a_coefficient_says_its_interval_where_it_has_one(
    found: Mapping[str, Any], told: str, as_difference: str
) -> None:
    assert figure(found) == told
    assert figure(found, sign=True) == as_difference


@given(st.floats(-1, 1))
def test_nothing_is_never_less_than_nothing(value: float) -> None:
    assert number(value) != "−0.00"
    assert share(of(value)) != "−0 %"


def test_a_key_is_read_as_words() -> None:
    assert plain("asks_open_questions") == "asks open questions"
