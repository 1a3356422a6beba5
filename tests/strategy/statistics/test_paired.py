from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.statistics.paired import holm, mcnemar


@given(before=st.integers(0, 200), after=st.integers(0, 200))
def test_mcnemar_is_statsmodels(before: int, after: int) -> None:
    from statsmodels.stats.contingency_tables import mcnemar as their_mcnemar  # here: it loads slowly

    theirs = their_mcnemar([[0, before], [after, 0]], exact=True).pvalue if before + after else 1.0
    assert mcnemar(before, after) == pytest.approx(theirs, rel=1e-9)


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    from statsmodels.stats.multitest import multipletests

    with patch("gc.collect"):  # it has rubbish collected at every call, which takes long in a process of many tests
        theirs = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(theirs.tolist())


def test_holms_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_impossible_counts_and_values_are_refused() -> None:
    assert mcnemar(0, 0) == 1.0
    assert holm([]) == ()
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([1.2])
