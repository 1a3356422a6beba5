from __future__ import annotations

import pytest

from practice.drivers.items import Driver, Moment, asked_at, check_in, consent, plan_words, taps


@pytest.mark.parametrize("moment", Moment)
def test_six_items_of_com_b_and_one_line_for_each_need(moment: Moment) -> None:
    drivers = [item.driver for item in asked_at(moment)]
    assert [drivers.count(each) for each in Driver] == [2, 2, 2, 3]
    assert len({item.id for item in asked_at(moment)}) == len({item.text for item in asked_at(moment)}) == 9


def test_a_practice_is_followed_by_three_taps_at_most() -> None:
    assert len(taps()) <= 3
    [forecast] = [tap for tap in taps() if tap.chances]
    assert len(forecast.chances) == len(forecast.answers)
    assert list(forecast.chances) == sorted(forecast.chances)
    assert not {0, 100} & set(forecast.chances), "nobody is made to say never or always"


def test_consent_says_how_many_people_are_counted_together_and_that_it_can_be_taken_back() -> None:
    said = " ".join(consent(17))
    assert "17 people or more" in said
    assert "{" not in said
    for promise in ("take this back at any time", "deleted", "You alone can read", "three times", "performance"):
        assert promise in said


def test_goal_levels_run_from_much_less_to_much_more() -> None:
    assert [level.value for level in check_in().goal.levels] == [-2, -1, 0, 1, 2]
    assert all((plan_words().vague, plan_words().negative, plan_words().several))
