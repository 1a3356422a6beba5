"""Intervals on published worked examples, beside statsmodels, and of clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from strategy.statistics.intervals import cluster_bootstrap, smallest_n, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_newcombes_examples(successes: int, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


@given(n=st.integers(1, 5000), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_wilson_is_statsmodels(n: int, share: float, level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint  # here: it loads slowly

    successes = round(share * n)
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    found = wilson(successes, n, level=level)
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@given(below=st.floats(0.01, 0.9))
def test_the_smallest_n_is_the_smallest(below: float) -> None:
    n = smallest_n(below=below)
    enough = wilson(0, n).high
    assert enough is not None
    assert enough < below + 1e-12
    if n > 1:
        too_few = wilson(0, n - 1).high
        assert too_few is not None
        assert too_few >= below - 1e-12


def test_how_many_it_takes_for_the_usual_gates() -> None:
    assert smallest_n(below=0.10) == 35
    assert smallest_n(below=0.20) == 16


def test_no_trials_no_figure() -> None:
    assert wilson(0, 0).estimate is None
    with pytest.raises(ValueError, match="3 successes in 2"):
        wilson(3, 2)
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, level=1.0)


def test_items_that_go_together_are_drawn_together() -> None:
    # Ten scenarios with twenty identical answers each: two hundred items, and only ten that know anything.
    values = np.repeat([1, 1, 1, 1, 1, 1, 0, 0, 0, 0], 20)
    scenarios = np.repeat(np.arange(10), 20).tolist()

    def share(items: NDArray[np.intp]) -> float:
        return float(values[items].mean())

    together = cluster_bootstrap(share, scenarios, seed=1)
    alone = cluster_bootstrap(share, list(range(200)), seed=1)
    assert together.estimate == alone.estimate == 0.6
    assert None not in (together.low, together.high, alone.low, alone.high)
    assert together.high - together.low > 3 * (alone.high - alone.low)  # type: ignore[operator]
    assert cluster_bootstrap(share, scenarios, seed=1) == together


def test_one_cluster_or_an_undefined_statistic_gives_no_interval() -> None:
    assert cluster_bootstrap(lambda items: 1.0, ["a", "a"], seed=1).low is None
    assert cluster_bootstrap(lambda items: None, ["a", "b"], seed=1).told is False
    assert cluster_bootstrap(lambda items: 1.0, [], seed=1).estimate is None
