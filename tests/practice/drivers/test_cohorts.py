"""Somebody who knows every answer but one tries to have that one, with exact probabilities for everything published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.drivers.answers import Answers
from practice.drivers.cohorts import (
    LEAST_PEOPLE,
    MEASURES,
    NEVER_BELOW,
    CohortReport,
    Counts,
    Member,
    count,
    publish,
    shown,
)
from practice.drivers.items import Moment
from practice.drivers.noise import MOST_ODDS, RATIO, probability


def at_least(value: int) -> Fraction:
    """How likely a draw of this or more is."""
    return RATIO**value / (1 + RATIO) if value > 0 else 1 - at_least(1 - value)


@cache
def told(total: int, drawn: int, minimum: int) -> CohortReport:
    return shown(Moment.BEFORE, total, {"opportunity_low": drawn}, minimum)


def outcomes(total: int, holds: int, minimum: int = LEAST_PEOPLE) -> dict[Any, Fraction]:
    """Everything that can be published about one measure, with its exact probability, for an attacker who is even told
    the total before it was rounded or hidden.
    """
    found: dict[Any, Fraction] = defaultdict(Fraction)
    for drawn in range(total + 1):
        low, high = drawn - holds, drawn - holds + 1  # numbers are kept between nothing and the total
        chance = (Fraction(1) if drawn == total else 1 - at_least(high)) - (0 if drawn == 0 else 1 - at_least(low))
        report = told(total, drawn, minimum)
        found[report.people, report.rows] += chance
    assert sum(found.values()) == 1
    return found


def odds(one: dict[Any, Fraction], other: dict[Any, Fraction]) -> Fraction | None:
    """By how much what was published can speak for one against the other at most; None where it can settle it."""
    worst = Fraction(1)
    for told in one.keys() | other.keys():
        if not one.get(told) or not other.get(told):
            return None
        worst = max(worst, one[told] / other[told], other[told] / one[told])
    return worst


@given(st.integers(0, 60), st.data())
def test_the_last_unknown_answer_stays_unknown(people: int, data: st.DataObject) -> None:
    known = data.draw(st.integers(0, people), label="of the others, for how many it holds")
    total = data.draw(st.integers(0, people + 8), label="people, as drawn")
    found = odds(outcomes(total, known), outcomes(total, known + 1))
    assert found is not None, "something can be published that is possible for one of the two answers only"
    assert found <= MOST_ODDS


def exactly(people: int, holds: int, publishing: Callable[[int, int], Any]) -> dict[Any, Fraction]:
    return {publishing(people, holds): Fraction(1)}


def suppressed_and_rounded(people: int, holds: int) -> Any:
    return shown(Moment.BEFORE, people, {"opportunity_low": holds}, LEAST_PEOPLE).model_dump_json()


def test_without_chance_the_same_attack_succeeds() -> None:
    """So it is the noise that protects, and the attack is one: rounding and suppression alone give somebody away."""
    settled = [
        known
        for known in range(30)
        if odds(exactly(30, known, suppressed_and_rounded), exactly(30, known + 1, suppressed_and_rounded)) is None
    ]
    assert settled, "the attack must be able to succeed"
    assert 9 in settled, "where a tenth person makes a group large enough to be shown"


def member(moment: Moment, **changes: Any) -> Member:
    happened = True if moment is Moment.LATER else None
    answers = Answers(items={"opportunity_physical": 9, "capability_physical": 9}, happened=happened)
    said: dict[Moment, Answers] = {moment: answers.model_copy(update=changes)}
    if moment is Moment.LATER:
        said[Moment.AFTER] = Answers(forecast=50)
    return said


@given(st.lists(st.integers(0, 10), max_size=30), st.integers(0, 10), st.sampled_from(Moment))
def test_one_person_changes_every_count_by_one_at_most(others: list[int], mine: int, moment: Moment) -> None:
    rest = [member(moment, items={"opportunity_social": value}) for value in others]
    me = member(moment, items={"opportunity_social": mine}, goal_level=None if moment is Moment.BEFORE else 0)
    without, with_me = count(rest, moment, Random(1)), count([*rest, me], moment, Random(1))
    assert with_me.people == without.people + 1
    assert set(with_me.holds) == set(MEASURES[moment])
    assert all(0 <= with_me.holds[each] - without.holds[each] <= 1 for each in with_me.holds)
    expected = sum(value <= 4 for value in others)
    assert without.holds["opportunity_low"] == expected


def test_forecasts_and_misses_are_right_on_average() -> None:
    crowd = [member(Moment.LATER, happened=number % 2 == 0) for number in range(4000)]
    found = count(crowd, Moment.LATER, Random(5)).holds
    assert found["happened"] == 2000
    assert abs(found["expected"] - 2000) < 150
    assert abs(found["missed"] - 1000) < 150, "a forecast of one half has a Brier score of a quarter"


def test_a_forecast_of_somebody_who_did_not_come_back_is_not_counted() -> None:
    assert count([{Moment.AFTER: Answers(forecast=100)}], Moment.LATER, Random(1)).people == 0


def counts(people: int, **holds: int) -> Counts:
    return Counts(moment=Moment.BEFORE, people=people, holds=dict.fromkeys(MEASURES[Moment.BEFORE], 0) | holds)


@pytest.mark.parametrize("people", [0, 1, 9])
def test_fewer_than_the_minimum_are_not_counted_at_all(people: int) -> None:
    report = publish(counts(people, opportunity_low=people), minimum=10, source=Random(1))
    assert report.withheld
    assert report.people is None
    assert report.rows == ()


@given(st.integers(10, 300), st.integers(0, 300), st.integers(0, 2**31))
def test_what_is_published_is_rounded_and_no_group_in_it_is_small(people: int, low: int, seed: int) -> None:
    report = publish(counts(people, opportunity_low=min(low, people)), minimum=10, source=Random(seed))
    numbers = [report.people, *(value for row in report.rows for value in (row.holds, row.others))]
    assert all(value is None or (value >= 10 and value % 5 == 0) for value in numbers)
    for row in report.rows:
        assert (row.holds is None) == (row.others is None) or report.people is None


def test_a_large_cohort_is_told_about_nearly_as_it_is() -> None:
    report = publish(counts(200, opportunity_low=80), minimum=10, source=Random(11))
    row = report.row("opportunity_low")
    assert row is not None
    assert row.holds is not None
    assert report.people is not None
    assert abs(row.holds - 80) <= 15
    assert abs(report.people - 200) <= 15
    assert report.row("nothing") is None


def test_every_number_that_is_published_was_drawn() -> None:
    """How often a number is published as the true one is how often chance stays within the rounding."""
    reports = [publish(counts(200, opportunity_low=80), minimum=10, source=Random(seed)) for seed in range(600)]
    within = float(sum(probability(value) for value in range(-2, 3)))
    rows = [row for report in reports if (row := report.row("opportunity_low")) is not None]
    for told, truth in (([each.people for each in reports], 200), ([each.holds for each in rows], 80)):
        share = sum(value == truth for value in told) / len(told)
        assert abs(share - within) < 5 * (within * (1 - within) / len(told)) ** 0.5


def test_a_minimum_below_five_is_refused() -> None:
    with pytest.raises(ValueError, match="no group of fewer than 5"):
        publish(counts(50), minimum=NEVER_BELOW - 1, source=Random(1))
