from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.errors import InvalidInput
from practice.drivers.plans import Advice, Outcome, Plan, advice, check

TODAY = date(2026, 5, 4)
SOON = TODAY + timedelta(days=7)
GOOD = Plan(cue="When Nora sits down for our Friday talk", action="I ask what has been behind the delay")


def test_a_concrete_plan_needs_no_advice() -> None:
    check(GOOD, SOON, TODAY)
    assert advice(GOOD, SOON, TODAY) == ()


@pytest.mark.parametrize(
    ("changes", "days", "expected"),
    [
        ({"cue": "Meetings"}, 7, Advice.CUE_SHORT),
        ({"cue": "Sometime in the next team meeting"}, 7, Advice.CUE_VAGUE),
        ({"action": "I try to ask more openly"}, 7, Advice.ACTION_VAGUE),
        ({"action": "I ask openly whenever possible"}, 7, Advice.ACTION_VAGUE),
        ({"action": "I don’t interrupt her"}, 7, Advice.ACTION_NEGATIVE),
        ({"action": "Ich werde sie nicht unterbrechen"}, 7, Advice.ACTION_NEGATIVE),
        ({"action": "I ask what happened; I sum up"}, 7, Advice.ACTION_SEVERAL),
        ({"action": "I ask what happened and then I sum up"}, 7, Advice.ACTION_SEVERAL),
        ({}, 31, Advice.DATE_FAR),
    ],
)
def test_advice_names_what_makes_a_plan_hard_to_notice_or_do(
    changes: dict[str, str], days: int, expected: Advice
) -> None:
    assert advice(GOOD.model_copy(update=changes), TODAY + timedelta(days=days), TODAY) == (expected,)


def test_words_within_other_words_are_not_meant() -> None:
    assert advice(GOOD.model_copy(update={"action": "I note what she says about nothing else"}), SOON, TODAY) == ()


@pytest.mark.parametrize(
    ("plan", "days", "where"),
    [
        (GOOD.model_copy(update={"cue": " "}), 7, "cue"),
        (GOOD.model_copy(update={"action": ""}), 7, "action"),
        (GOOD, 0, "due"),
        (GOOD, -1, "due"),
        (GOOD, 181, "due"),
    ],
)
def test_without_an_if_a_then_or_a_day_it_is_no_plan(plan: Plan, days: int, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check(plan, TODAY + timedelta(days=days), TODAY)
    assert refused.value.where == where


def test_where_there_was_no_occasion_nothing_is_counted() -> None:
    assert [each.counts for each in Outcome] == [True, True, None, False]
