"""Agreement before and after a change, held against the plain statistics one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from strategy.history import OUTCOMES
from strategy.impact import Held, impact, reversals, with_people
from strategy.statistics.agreement import confusion, gwet
from strategy.statistics.intervals import cluster_bootstrap, wilson
from strategy.statistics.paired import mcnemar

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans(), st.integers(0, 9)), min_size=1, max_size=60
)
Row = tuple[int, int, bool, int]


def columns(
    rows: list[Row],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_], list[int]]:
    before, after, signed, scenarios = zip(*rows, strict=True)
    return np.array(before), np.array(after), np.array(signed), list(scenarios)


def ac1(outcomes: NDArray[np.int64], signed: NDArray[np.bool_]) -> float | None:
    told = outcomes <= 1
    return gwet(confusion(outcomes[told], 1 - signed[told].astype(np.int64), 2), "identity")


@given(ROWS)
def test_figures_are_those_of_the_plain_statistics(rows: list[Row]) -> None:
    before, after, signed, scenarios = columns(rows)
    found = impact(before, after, signed, scenarios, draws=40)
    for side, outcomes in ((found.before, before), (found.after, after)):
        right = [OUTCOMES[o].value == ("aligned" if s else "revise") for o, s in zip(outcomes, signed, strict=True)]
        assert side.agreeing == sum(right)
        assert side.share == wilson(sum(right), len(rows))
        assert side.left == int((outcomes > 1).sum())
        assert side.ac1.estimate == pytest.approx(ac1(outcomes, signed))
        assert side.ac1.n == len(rows) - side.left
    was, now = with_people(before, signed), with_people(after, signed)
    assert (found.only_before, found.only_after) == (int((was & ~now).sum()), int((~was & now).sum()))
    assert found.p == mcnemar(found.only_before, found.only_after)
    assert found.difference.estimate == pytest.approx(
        found.after.agreeing / len(rows) - found.before.agreeing / len(rows)
    )


def test_drawing_counts_gives_the_interval_that_drawing_scenarios_gives() -> None:
    random = np.random.default_rng(3)
    signed = random.random(160) < 0.7
    after = np.where(random.random(160) < 0.8, ~signed, random.random(160) < 0.5).astype(np.int64)
    scenarios = [int(each) for each in random.integers(0, 70, 160)]
    found = impact(signed.astype(np.int64), after, signed, scenarios, seed=1, draws=8000).after
    plain = cluster_bootstrap(lambda items: ac1(after[items], signed[items]), scenarios, seed=2, draws=2000)
    assert found.ac1.estimate == pytest.approx(plain.estimate)
    assert found.ac1.low == pytest.approx(plain.low, abs=0.03)
    assert found.ac1.high == pytest.approx(plain.high, abs=0.03)


def test_a_reversal_takes_back_what_people_signed() -> None:
    before, after = np.array([0, 0, 0, 1, 1]), np.array([1, 2, 0, 0, 1])
    signed = np.array([True, True, True, True, False])
    assert reversals(before, after, signed).tolist() == [True, True, False, False, False]
    assert reversals(before, after, ~signed).tolist() == [False] * 5


@pytest.mark.parametrize(
    ("n", "worse", "held"),
    [(49, 49, Held.UNDECIDED), (50, 50, Held.FAILS), (60, 12, Held.FAILS), (60, 1, Held.HOLDS), (60, 0, Held.HOLDS)],
)
def test_agreement_fails_where_it_goes_down_beyond_its_interval(n: int, worse: int, held: Held) -> None:
    signed = np.ones(n, dtype=np.bool_)
    before = np.zeros(n, dtype=np.int64)
    after = before.copy()
    after[:worse] = 1
    found = impact(before, after, signed, range(n))
    assert found.held is held
    assert impact(after, before, signed, range(n)).held is not Held.FAILS


def test_nothing_decided_and_crooked_input() -> None:
    none = np.array([], dtype=np.int64)
    found = impact(none, none, none.astype(np.bool_), [])
    assert (found.before.share.estimate, found.difference.estimate, found.held) == (None, None, Held.UNDECIDED)
    with pytest.raises(ValueError, match="every decision"):
        impact(none, none, none.astype(np.bool_), ["one"])
