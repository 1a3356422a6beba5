from __future__ import annotations

import pytest
from pydantic import ValidationError

from evidence.errors import InvalidInput
from practice.drivers.answers import Answers, TapAnswers, check_answers, check_taps
from practice.drivers.items import Driver, Moment


def test_what_is_asked_at_a_moment_can_be_answered_there_and_left_out() -> None:
    check_answers(Answers(items={"autonomy": 10, "opportunity_social": None}, goal="Ask first"), Moment.BEFORE)
    check_answers(Answers(goal_level=-2), Moment.AFTER)
    check_answers(Answers(happened=False), Moment.LATER)


@pytest.mark.parametrize(
    ("answers", "moment", "where"),
    [
        (Answers(items={"autonomy": 11}), Moment.BEFORE, "items.autonomy"),
        (Answers(items={"autonomy": -1}), Moment.LATER, "items.autonomy"),
        (Answers(items={"salary": 3}), Moment.BEFORE, "items.salary"),
        (Answers(goal_level=3), Moment.AFTER, "goal_level"),
        (Answers(goal_level=1), Moment.BEFORE, "goal_level"),
        (Answers(goal="Later"), Moment.LATER, "goal"),
        (Answers(forecast=101), Moment.BEFORE, "forecast"),
        (Answers(forecast=10), Moment.LATER, "forecast"),
        (Answers(happened=True), Moment.AFTER, "happened"),
        (Answers(items={"autonomy": None}, goal="  "), Moment.BEFORE, "items"),
    ],
)
def test_what_is_not_asked_or_off_its_scale_is_refused(answers: Answers, moment: Moment, where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_answers(answers, moment)
    assert refused.value.where == where
    assert refused.value.todo


def test_one_low_answer_makes_a_driver_low_and_silence_does_not() -> None:
    said = Answers(items={"opportunity_social": 4, "opportunity_physical": 9, "motivation_automatic": 5})
    assert said.low(Driver.OPPORTUNITY)
    assert not said.low(Driver.MOTIVATION)
    assert not said.low(Driver.CAPABILITY)


def test_nothing_else_can_be_sent_along() -> None:
    with pytest.raises(ValidationError):
        Answers.model_validate({"items": {}, "mood": "sad"})
    with pytest.raises(ValidationError):
        Answers.model_validate({"items": {"autonomy": "4"}})


def test_a_tap_is_a_place_in_its_list_and_the_last_one_a_forecast() -> None:
    check_taps(TapAnswers(useful=0))
    assert TapAnswers(likely=0).chance == 0.02
    assert TapAnswers(likely=4).chance == 0.98
    assert TapAnswers(useful=1).chance is None
    for wrong in (TapAnswers(), TapAnswers(useful=5), TapAnswers(ready=-1)):
        with pytest.raises(InvalidInput):
            check_taps(wrong)
