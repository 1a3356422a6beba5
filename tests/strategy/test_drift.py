"""Drift: what moved since the first time, and which way."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.drift import Anchor, drift
from strategy.statistics.paired import mcnemar
from tests.company import CRITERIA

LEVELS = ("absent", "named", "practised")
Level = st.sampled_from([*LEVELS, None])


def anchors(*triples: tuple[str, str | None, str | None]) -> list[Anchor]:
    """(people, first, now) of texts of their own."""
    return [
        Anchor(str(number), "asks", people, now, first, compared=True)
        for number, (people, first, now) in enumerate(triples)
    ]


def test_what_is_right_then_and_now_is_counted_in_pairs() -> None:
    found = drift(
        anchors(
            ("named", "named", "named"),
            ("named", "named", "absent"),
            ("named", "named", "absent"),
            ("practised", "named", "practised"),
            ("absent", None, None),
        ),
        CRITERIA,
        seed=1,
    )
    assert (found.n, found.compared, found.same) == (5, 5, 2)
    assert (found.only_then, found.only_now, found.p) == (2, 1, mcnemar(2, 1))
    assert (found.exact_then.estimate, found.exact_now.estimate) == (3 / 5, 2 / 5)
    assert found.mean.estimate == pytest.approx((0 - 0.5 - 0.5 + 0.5) / 4)


def test_without_a_first_time_it_is_held_against_people() -> None:
    found = drift([Anchor("1", "asks", "absent", "named"), Anchor("2", "asks", "named", "named")], CRITERIA, seed=1)
    assert (found.compared, found.p, found.exact_then.estimate) == (0, None, None)
    assert found.mean.estimate == pytest.approx(0.25)


def test_a_judge_that_becomes_milder_is_seen_as_such() -> None:
    found = drift(
        anchors(*[("named", "named", "practised")] * 12, *[("named", "named", "named")] * 4), CRITERIA, seed=1
    )
    assert found.mean.low is not None
    assert found.mean.low > 0


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(LEVELS), Level, Level), min_size=1, max_size=30))
def test_turned_around_in_time_everything_is_mirrored(triples: list[tuple[str, str | None, str | None]]) -> None:
    there = drift(anchors(*triples), CRITERIA, seed=1, draws=20)
    back = drift(anchors(*((people, now, first) for people, first, now in triples)), CRITERIA, seed=1, draws=20)
    assert (there.only_then, there.only_now, there.same) == (back.only_now, back.only_then, back.same)
    assert (there.exact_then, there.exact_now, there.p) == (back.exact_now, back.exact_then, back.p)
    if there.mean.estimate is not None:
        assert there.mean.estimate == pytest.approx(-(back.mean.estimate or 0))
