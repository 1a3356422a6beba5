"""Coefficients on published worked examples, beside scikit-learn, and under rules that must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.statistics.agreement import (
    TOO_FEW,
    Weighting,
    cohen_kappa,
    confusion,
    gwet,
    krippendorff,
    observed,
    rates,
)

GAP: None = None
# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, GAP, GAP, GAP),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, GAP, 3),
    (GAP, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, GAP),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, GAP),
)
PAIRS = st.integers(2, 5).flatmap(
    lambda levels: st.tuples(
        st.just(levels),
        st.lists(st.tuples(st.integers(0, levels - 1), st.integers(0, levels - 1)), min_size=1, max_size=60),
    )
)


def test_kappa_collapses_under_skew_and_ac1_does_not() -> None:
    # Gwet (2008): 118 both positive, 5 and 2 on one side only, none both negative.
    table = np.array([[118, 5], [2, 0]])
    assert observed(table) == pytest.approx(0.944)
    assert cohen_kappa(table, "identity") == pytest.approx(-0.0234, abs=5e-5)
    assert gwet(table, "identity") == pytest.approx(0.9408, abs=5e-5)


def test_kappa_of_a_table_worked_by_hand() -> None:
    # Observed 35/50; by chance 25/50 x 30/50 + 25/50 x 20/50 = 1/2.
    assert cohen_kappa(np.array([[20, 5], [10, 15]]), "identity") == pytest.approx(0.4)


@pytest.mark.parametrize(("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_krippendorffs_own_example(metric: str, alpha: float) -> None:
    assert krippendorff(OBSERVERS, metric) == pytest.approx(alpha, abs=5e-4)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("weighting", "theirs"), [("identity", None), ("linear", "linear"), ("quadratic", "quadratic")]
)
@given(pairs=PAIRS)
def test_kappa_is_scikit_learns(
    weighting: Weighting, theirs: str | None, pairs: tuple[int, list[tuple[int, int]]]
) -> None:
    from sklearn.metrics import cohen_kappa_score  # here: it loads slowly, and every process collects every test

    levels, rated = pairs
    judge, people = zip(*rated, strict=True)
    ours = cohen_kappa(confusion(judge, people, levels), weighting)
    if ours is not None:
        found = cohen_kappa_score(judge, people, labels=list(range(levels)), weights=theirs)
        assert ours == pytest.approx(found, abs=1e-9)


@given(pairs=PAIRS)
def test_who_judges_and_who_is_judged_makes_no_difference(pairs: tuple[int, list[tuple[int, int]]]) -> None:
    levels, rated = pairs
    judge, people = zip(*rated, strict=True)
    here, there = confusion(judge, people, levels), confusion(people, judge, levels)
    for coefficient in (cohen_kappa, gwet):
        first, second = coefficient(here), coefficient(there)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            assert first == pytest.approx(second, abs=1e-9)
            assert first <= 1 + 1e-9


@given(levels=st.integers(2, 5), rated=st.lists(st.integers(0, 4), min_size=2, max_size=40))
def test_perfect_agreement_is_one(levels: int, rated: list[int]) -> None:
    same = [each % levels for each in rated]
    table = confusion(same, same, levels)
    assert gwet(table) == pytest.approx(1)
    assert cohen_kappa(table) in (None, pytest.approx(1))
    assert krippendorff([same, same]) in (None, pytest.approx(1))


def test_what_cannot_be_told_is_not_told() -> None:
    nothing = confusion([], [], 3)
    assert observed(nothing) is None
    assert cohen_kappa(nothing) is None
    assert gwet(nothing) is None
    assert cohen_kappa(confusion([1, 1], [1, 1], 3)) is None
    assert krippendorff([[1, None], [None, 2]]) is None


@pytest.mark.parametrize(("judge", "people"), [([0], [0, 1]), ([3], [0]), ([-1], [0])])
def test_wrong_ratings_are_refused(judge: list[int], people: list[int]) -> None:
    with pytest.raises(ValueError, match="level"):
        confusion(judge, people, 3)


def test_rates_keep_what_was_left_to_people_apart() -> None:
    found = rates([True, True, False, False, None], [True, False, True, False, True])
    assert (found.both_yes, found.judge_only, found.people_only, found.both_no, found.left_to_people) == (1,) * 5
    assert found.decided == 4
    assert not found.enough
    assert rates([True] * TOO_FEW, [True] * TOO_FEW).enough
