"""Figures as people read and write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.figures import amount, duration, read_amount, read_count
from evidence.errors import InvalidInput


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
