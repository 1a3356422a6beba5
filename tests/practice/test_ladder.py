from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.brief import Difficulty
from practice.ladder import RUNGS, Mastery, hints_left, mastery, next_rung

SHOWN = st.lists(st.floats(0, 1), max_size=6)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ([], Mastery.NEW),
        ([0.49], Mastery.NEW),
        ([0.0, 1.0], Mastery.GROWING),
        ([0.5], Mastery.GROWING),
        ([1.0], Mastery.GROWING),  # once may be luck
        ([0.5, 0.5], Mastery.GROWING),
        ([0.79, 0.79, 0.79], Mastery.GROWING),
        ([0.8, 0.8], Mastery.STEADY),
        ([0.9, 0.9, 0.9, 0.0, 0.0], Mastery.STEADY),  # only the newest three count
        ([0.1, 0.1, 0.1, 1.0, 1.0], Mastery.NEW),
    ],
)
def test_the_table_of_mastery(shown: list[float], expected: Mastery) -> None:
    assert mastery(shown) is expected


@pytest.mark.parametrize(
    ("mastered", "budget", "highest"),
    [
        (Mastery.NEW, (8, 6, 4), "model_line"),
        (Mastery.GROWING, (6, 4, 3), "example"),
        (Mastery.STEADY, (3, 2, 1), "principle"),
    ],
)
def test_the_table_of_help(mastered: Mastery, budget: tuple[int, int, int], highest: str) -> None:
    order = (Difficulty.GENTLE, Difficulty.REALISTIC, Difficulty.DEMANDING)
    assert tuple(hints_left(each, 0, mastered) for each in order) == budget
    climbed = [next_rung(asked, mastered) for asked in range(9)]
    assert climbed[0] == "nudge"
    assert climbed == sorted(climbed, key=RUNGS.index)
    assert climbed[-1] == highest


@given(SHOWN, st.integers(0, 20), st.sampled_from(Difficulty))
def test_help_never_grows_with_mastery_nor_with_use(shown: list[float], given_: int, difficulty: Difficulty) -> None:
    least, most = mastery([0.0]), mastery([1.0, 1.0])
    left = hints_left(difficulty, given_, mastery(shown))
    assert hints_left(difficulty, given_, most) <= left <= hints_left(difficulty, given_, least)
    assert 0 <= hints_left(difficulty, given_ + 1, mastery(shown)) <= left
    assert hints_left(difficulty, 0, most) > 0  # whoever is steady may still ask once
