from __future__ import annotations

from itertools import product

from practice.drivers.answers import Answers
from practice.drivers.barriers import Advised, advised, advised_for

IDS = ("opportunity_physical", "opportunity_social", "capability_psychological", "motivation_reflective")


def test_the_decision_table_line_by_line() -> None:
    for means, people, capability, motivation in product((4, 5), repeat=4):
        found = advised(Answers(items=dict(zip(IDS, (means, people, capability, motivation), strict=True))))
        if means == people == 4:
            expected = Advised.CHANGE_WORK_AND_CUSTOMS
        elif means == 4:
            expected = Advised.CHANGE_WORK
        elif people == 4:
            expected = Advised.MAKE_WELCOME
        elif capability == 4:
            expected = Advised.PRACTISE
        elif motivation == 4:
            expected = Advised.TALK_ABOUT_WHY
        else:
            expected = Advised.GO_ON
        assert found is expected
        assert found.outside is (means == 4 or people == 4), "low opportunity is never answered with practice"


def test_without_an_answer_about_com_b_nothing_is_advised() -> None:
    assert advised(Answers(items={"autonomy": 0, "competence": 0})) is None
    assert advised(Answers(items={"capability_physical": None}, goal="Ask first")) is None


def test_a_cohort_is_advised_on_published_counts_only() -> None:
    assert advised_for(30, 10)
    assert not advised_for(35, 10)
    assert not advised_for(None, 20)
    assert not advised_for(30, None)
    assert not advised_for(0, 0)
