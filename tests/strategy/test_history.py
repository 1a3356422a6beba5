"""Scoring whole histories at once gives exactly what scoring one verdict after the other gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.criteria import AbstainPolicy, CriteriaSet, Criterion, Level
from strategy.history import OUTCOMES, agreeing, count, score
from strategy.scoring import verdict
from strategy.verdict import HumanJudgement, JudgeSample, Outcome, SampleStatus, Verdict

NAMES = ("asks", "plain", "ours")
KEYS = ("none", "some", "more", "strong")
CODES = (*KEYS, "gone", "abstain", "invalid", "error")
STATUSES = {"abstain": SampleStatus.ABSTAINED, "invalid": SampleStatus.INVALID, "error": SampleStatus.ERROR}
LEVELS = tuple(
    Level(key=key, anchor=f"{key}.", value=value) for key, value in zip(KEYS, (0.0, 0.3, 0.8, 1.0), strict=True)
)

ranks = st.sampled_from([None, *KEYS])
computed = st.fixed_dictionaries(
    {
        "weight": st.floats(0.01, 100),
        "min_level": ranks,
        "veto_below": st.sampled_from([None, *KEYS[1:]]),
        "abstain_policy": st.sampled_from(AbstainPolicy),
    }
)


def criteria(computed: list[dict[str, Any]], threshold: float, min_agreement: float) -> CriteriaSet:
    members = tuple(
        Criterion(id=name, clause_ids=("c1",), question=f"{name}?", levels=LEVELS, **figures)
        for name, figures in zip(NAMES, computed, strict=True)
    )
    return CriteriaSet(title="T", pass_threshold=threshold, min_agreement=min_agreement, criteria=members)


CRITERIA = st.builds(
    criteria,
    st.lists(computed, min_size=3, max_size=3),
    st.integers(1, 100).map(lambda each: each / 100),
    st.sampled_from([0.0, 0.5, 0.6, 2 / 3, 0.75, 1.0]),
)
PLAIN = criteria([{}, {}, {}], 0.6, 0.6)


def samples(said: list[list[str]]) -> list[JudgeSample]:
    return [
        JudgeSample(
            criterion_id=name,
            number=number,
            status=STATUSES.get(code, SampleStatus.VALID),
            level=None if code in STATUSES else code,
        )
        for name, codes in zip(NAMES, said, strict=True)
        for number, code in enumerate(codes)
    ]


SAID = st.lists(st.lists(st.sampled_from(CODES), max_size=5), min_size=3, max_size=3).map(samples)
SETTLED = st.dictionaries(
    st.sampled_from(NAMES),
    st.sampled_from([*KEYS, "gone"]).map(lambda level: HumanJudgement(person_id="p", level=level, reason="Read.")),
)
HISTORY = st.lists(st.builds(lambda said, settled: verdict(PLAIN, said, settled), SAID, SETTLED), max_size=6)


@given(HISTORY, CRITERIA)
def test_arrays_and_single_verdicts_agree(stored: list[Verdict], tried: CriteriaSet) -> None:
    one_by_one = [verdict(tried, each.samples, each.settled) for each in stored]
    history = count([each.model_dump(mode="json") for each in stored], [True] * len(stored), PLAIN)
    at_once = score(history, tried)
    assert [OUTCOMES[number] for number in at_once.outcomes] == [each.outcome for each in one_by_one]
    told = [None if np.isnan(each) else float(each) for each in at_once.scores]
    assert told == pytest.approx([each.score for each in one_by_one], abs=1e-9)


@given(HISTORY, CRITERIA, st.integers(1, 100).map(lambda each: each / 100))
def test_another_threshold_needs_no_scoring_again(stored: list[Verdict], tried: CriteriaSet, threshold: float) -> None:
    history = count([each.model_dump(mode="json") for each in stored], [True] * len(stored), PLAIN)
    assume_possible = tried.model_copy(update={"pass_threshold": threshold})  # whether it can be met is not the matter
    assert score(history, tried).at(threshold).tolist() == score(history, assume_possible).outcomes.tolist()


@given(HISTORY, st.data())
def test_agreeing_counts_what_goes_with_the_designers(stored: list[Verdict], data: st.DataObject) -> None:
    signed = data.draw(st.lists(st.booleans(), min_size=len(stored), max_size=len(stored)))
    history = count([each.model_dump(mode="json") for each in stored], signed, PLAIN)
    found, left = agreeing(score(history, PLAIN).outcomes, history.signed)
    pairs = list(zip(stored, signed, strict=True))
    assert found == sum(each.outcome is (Outcome.ALIGNED if yes else Outcome.REVISE) for each, yes in pairs)
    assert left == sum(each.outcome in (Outcome.REFER, Outcome.ERRORED) for each in stored)


def test_a_history_of_other_criteria_is_refused() -> None:
    history = count([], [], PLAIN)
    assert len(history) == 0
    assert score(history, PLAIN).outcomes.tolist() == []
    fewer = PLAIN.model_copy(update={"criteria": PLAIN.criteria[:2]})
    with pytest.raises(ValueError, match="not those"):
        score(history, fewer)
    with pytest.raises(ValueError, match="0 verdicts and 1 decisions"):
        count([], [True], PLAIN)
