"""Days as people type them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.days import day_typed, first_moment, last_moment
from evidence.errors import InvalidInput


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_read_as_it_is_written_and_holds_its_own_moments(day: date) -> None:
    assert day_typed(f" {day.isoformat()} ", "due") == day
    assert first_moment(day).date() == last_moment(day).date() == day
    assert (last_moment(day) - first_moment(day)).total_seconds() == 24 * 3600 - 1
    assert first_moment(day).tzinfo is UTC


@pytest.mark.parametrize("typed", ["", "soon", "2027-02-30", "31.1.2031", "2027-01-31T10:00", "20270131x"])
def test_what_is_no_day_is_named(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        day_typed(typed, "due")
    assert (refused.value.where, bool(refused.value.todo)) == ("due", True)


def test_the_last_moment_is_still_of_the_day() -> None:
    assert last_moment(date(2027, 1, 31)) == datetime(2027, 1, 31, 23, 59, 59, tzinfo=UTC)
