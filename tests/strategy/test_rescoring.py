from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from strategy.criteria import CriteriaSet, Criterion, Level
from strategy.rescoring import adjusted, rescore
from strategy.scoring import verdict
from strategy.verdict import HumanJudgement, JudgeSample, Outcome, SampleStatus
from strategy.versions import compare_criteria

NAMES = ("asks", "plain")
CODES = ("none", "some", "strong", "abstain", "error")


def criteria(**changes: Any) -> CriteriaSet:
    levels = (
        Level(key="none", anchor="No.", value=0.0, needs_evidence=False),
        Level(key="some", anchor="Some.", value=0.5),
        Level(key="strong", anchor="Clearly.", value=1.0),
    )
    members = tuple(Criterion(id=name, clause_ids=("c1",), question=f"{name}?", levels=levels) for name in NAMES)
    data: dict[str, Any] = {"title": "T", "pass_threshold": 0.6, "criteria": members}
    return CriteriaSet(**(data | changes))


def samples(asks: Sequence[str], plain: Sequence[str]) -> list[JudgeSample]:
    kinds = {"abstain": SampleStatus.ABSTAINED, "error": SampleStatus.ERROR}
    return [
        JudgeSample(
            criterion_id=name,
            number=number,
            status=kinds.get(code, SampleStatus.VALID),
            level=None if code in kinds else code,
        )
        for name, codes in zip(NAMES, (asks, plain), strict=True)
        for number, code in enumerate(codes)
    ]


SAMPLES = st.builds(
    samples,
    st.lists(st.sampled_from(CODES), min_size=1, max_size=4),
    st.lists(st.sampled_from(CODES), min_size=1, max_size=4),
)
THRESHOLDS = st.integers(1, 100).map(lambda each: each / 100)
WEIGHTS = st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(0.01, 100)))


@given(SAMPLES, THRESHOLDS, WEIGHTS)
def test_rescoring_is_scoring_under_the_other_figures(
    said: list[JudgeSample], threshold: float, weights: dict[str, float]
) -> None:
    other = adjusted(criteria(), pass_threshold=threshold, weights=weights)
    stored = verdict(criteria(), said)
    assert rescore(stored, other) == verdict(other, said)
    assert rescore(stored, criteria()) == stored
    assert compare_criteria(criteria(), other).judges_anew == ()


@given(SAMPLES, THRESHOLDS, WEIGHTS)
def test_no_figure_turns_what_a_person_must_settle_into_anything_else(
    said: list[JudgeSample], threshold: float, weights: dict[str, float]
) -> None:
    stored = verdict(criteria(), said)
    again = rescore(stored, adjusted(criteria(), pass_threshold=threshold, weights=weights))
    unsure = {Outcome.REFER, Outcome.ERRORED}
    assert (stored.outcome in unsure) == (again.outcome in unsure)


def test_what_a_person_settled_stays_settled() -> None:
    settled = {"plain": HumanJudgement(person_id="p", level="strong", reason="I read it.")}
    stored = verdict(criteria(), samples(["strong"], ["abstain"]), settled)
    assert stored.outcome is Outcome.ALIGNED
    assert rescore(stored, adjusted(criteria(), weights={"plain": 3.0})).score == 1.0


def test_another_question_is_another_judgement() -> None:
    members = criteria().criteria
    other = criteria(criteria=(members[0], members[1].model_copy(update={"question": "Is it kind?"})))
    assert compare_criteria(criteria(), other).judges_anew == ("plain",)
    assert compare_criteria(criteria(criteria=members[:1]), criteria()).judges_anew == ("plain",)
    assert compare_criteria(criteria(), criteria(criteria=members[:1])).judges_anew == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weights": {"kind": 1.0}}, "no criterion 'kind'"),
        ({"weights": {"asks": 0.0}}, "greater than 0"),
        ({"pass_threshold": 1.5}, "must be at most 1, but is 1.5"),
        ({"pass_threshold": float("nan")}, "must be at most 1, but is nan"),
    ],
)
def test_impossible_figures_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        adjusted(criteria(), **change)
