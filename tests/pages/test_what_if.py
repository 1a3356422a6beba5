"""What if: one sentence, one table, one chart, and they never disagree."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages import what_if
from api.pages.what_if import Band, counted, sentences
from evidence.errors import InvalidInput
from graphs.previewing import Flip, Preview, SweepPoint
from strategy.criteria import CriteriaSet
from tests.company import CRITERIA

NOW = CRITERIA.model_copy(update={"pass_threshold": 0.75})
Decision = tuple[float, bool]  # score, and whether the designers signed


def previewed(decisions: Sequence[Decision], threshold: float, weights: float = 1.0) -> Preview:
    """What the preview says about decisions of these scores, where ``weights`` scales every score."""
    asked = [(score * weights, signed, score >= NOW.pass_threshold) for score, signed in decisions]
    tried = NOW.model_copy(update={"pass_threshold": threshold})
    if weights != 1:
        criteria = tuple(each.model_copy(update={"weight": each.weight + 1}) for each in tried.criteria[:1])
        tried = tried.model_copy(update={"criteria": (*criteria, *tried.criteria[1:])})
    flips = [
        Flip(
            checkpoint_id=str(number),
            title=f"Text {number}",
            number=1,
            decision="approved" if signed else "rejected",
            before="aligned" if before else "revise",
            after="aligned" if score >= threshold else "revise",
            score_before=decisions[number][0],
            score_after=score,
            why="",
            with_designers=(score >= threshold) is signed,
        )
        for number, (score, signed, before) in enumerate(asked)
        if (score >= threshold) is not before
    ]
    sweep = SweepPoint(
        threshold=0.05,
        aligned=sum(score >= 0.05 for score, _, _ in asked),
        agreeing=sum((score >= 0.05) is signed for score, signed, _ in asked),
    )
    return Preview(
        criteria=NOW,
        tried=tried,
        decided=len(decisions),
        unlike=0,
        flips=tuple(flips),
        agreeing_before=0,
        agreeing_after=0,
        open_before=0,
        open_after=0,
        sweep=(sweep,),
    )


def banded(decisions: Sequence[Decision], weights: float = 1.0) -> list[Band]:
    return counted(previewed(decisions, 0.05, weights), previewed(decisions, 1.0, weights), 100)


SCORES = st.integers(0, 200).map(lambda half: half / 200)


@given(st.lists(st.tuples(SCORES, st.booleans()), min_size=1, max_size=12), st.integers(5, 100))
def test_every_band_says_what_the_preview_says_at_each_of_its_thresholds(
    decisions: list[Decision], percent: int
) -> None:
    found = banded(decisions)
    assert [band.first for band in found[1:]] == [band.last + 1 for band in found[:-1]], "no gap, no overlap"
    assert (found[0].first, found[-1].last) == (5, 100)
    threshold = percent / 100
    band = next(each for each in found if each.holds(threshold))
    assert band.otherwise == len(previewed(decisions, threshold).flips)
    assert band.aligned == sum(score >= threshold for score, _ in decisions)
    assert band.agreeing == sum((score >= threshold) is signed for score, signed in decisions)


HISTORY = [(0.62, False), (0.755, True), (0.79, True), (0.79, False), (0.95, True)]


@pytest.mark.parametrize(
    ("threshold", "told"),
    [
        (
            0.75,
            [
                "Nothing changes up to 75 %; at 76 %, 1 of 5 decisions would have gone the other way.",
                "Nothing changes down to 63 %; at 62 %, 1 of 5 decisions would have gone the other way.",
            ],
        ),
        (0.8, ["Nothing changes up to 75 %; at 80 %, 3 of 5 decisions would have gone the other way."]),
        (0.7, ["Nothing changes down to 63 %; at 62 %, 1 of 5 decisions would have gone the other way."]),
        (0.5, ["Nothing changes down to 63 %; at 50 %, 1 of 5 decisions would have gone the other way."]),
    ],
)
def test_the_sentence_says_where_the_first_decision_flips(threshold: float, told: list[str]) -> None:
    assert sentences(previewed(HISTORY, threshold), banded(HISTORY)) == told


def test_the_sentence_where_nothing_ever_flips() -> None:
    assert sentences(previewed([(1.0, True)], 0.75), banded([(1.0, True)])) == [
        "Nothing changes up to 100 %.",
        "Nothing changes down to 5 %.",
    ]
    assert "so there is nothing to try" in sentences(previewed([], 0.75), [])[0]


def test_the_sentence_under_other_weights() -> None:
    few = banded(HISTORY, 0.97)
    told = sentences(previewed(HISTORY, 0.75, 0.97), few)
    assert told == ["With these weights and 75 % asked, 1 of 5 decisions would have gone the other way."]
    told = sentences(previewed(HISTORY[2:], 0.75, 0.99), banded(HISTORY[2:], 0.99))
    assert told == [
        "With these weights nothing changes up to 78 %; at 79 %, 2 of 3 decisions would have gone the other way."
    ]


def test_reasons_are_in_per_cent_and_never_seem_to_contradict_the_outcome() -> None:
    flip = previewed([(0.755, True)], 0.76).flips[0]
    tried = NOW.model_copy(update={"pass_threshold": 0.76})
    assert what_if.because(flip, tried) == "It reached 75.5 %; 76 % would be asked."
    lifted = flip.model_copy(update={"score_before": 0.9, "score_after": 0.6})
    assert what_if.because(lifted, tried) == "It would reach 60 % instead of 90 %; 76 % would be asked."


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, 7.0])
def test_a_threshold_that_cannot_be_is_told_in_per_cent(threshold: float) -> None:
    error = what_if.outside(threshold, NOW)
    assert isinstance(error, InvalidInput)
    assert "%" in error.detail
    assert error.todo == "Choose a threshold from 5 % to 100 %."
    assert what_if.outside(0.5, NOW) is None
    assert what_if.outside(None, NOW) is None


def test_the_slider_ends_where_nothing_could_pass() -> None:
    level = NOW.criteria[0].levels[-1]
    lower = tuple(
        each.model_copy(update={"levels": (*each.levels[:-1], level.model_copy(update={"value": 0.885}))})
        for each in NOW.criteria
    )
    assert what_if.highest(CriteriaSet.model_construct(criteria=lower)) == 88
    assert what_if.highest(NOW) == 100
