from __future__ import annotations

from datetime import timedelta
from itertools import product

from practice.drivers.tiers import REMEMBERED_AFTER, Kind, tier

BOTH = (False, True)
A_MOMENT_BEFORE = REMEMBERED_AFTER - timedelta(microseconds=1)


def test_the_table() -> None:
    assert tier(Kind.PRACTICE) == 2
    assert tier(Kind.TAP) == tier(Kind.CHECK_IN) == 3
    assert tier(Kind.DEBRIEF, scored=True) == 5
    assert tier(Kind.DEBRIEF, scored=True, since_earlier=A_MOMENT_BEFORE) == 5
    assert tier(Kind.DEBRIEF, scored=True, since_earlier=REMEMBERED_AFTER) == 6
    assert tier(Kind.PLAN, happened=True) == tier(Kind.CHECK_IN, happened=True) == 7


def test_what_shows_nothing_has_no_tier_and_effects_are_never_claimed() -> None:
    assert tier(Kind.DEBRIEF, since_earlier=timedelta(days=30)) is None
    assert tier(Kind.PLAN) is None
    gaps = (None, timedelta(), timedelta(days=400))
    reached = {tier(k, scored=s, since_earlier=g, happened=h) for k, s, g, h in product(Kind, BOTH, gaps, BOTH)}
    assert reached == {None, 2, 3, 5, 6, 7}
