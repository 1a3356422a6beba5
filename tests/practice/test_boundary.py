"""A line against abuse: drawn once, kept the second time, and never evidence."""

from __future__ import annotations

import pytest

from practice.boundary import MARK, draw, drawn
from practice.phrases import LANGUAGES
from practice.reveal import Ending
from practice.scene import SceneState

BEFORE = SceneState(turn=3, mood=1, trust=2, unlocked=("review",), counted=("review",), others=(SceneState(turn=3),))


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_a_line_then_the_end(language: str) -> None:
    first, second = (draw(BEFORE, before=before, language=language) for before in (0, 1))
    assert first.spoken != second.spoken
    assert first.note != second.note
    assert (first.step.ending, second.step.ending) == (None, Ending.HOSTILE)
    assert (first.step.state.ended, second.step.state.ended) == (False, True)


def test_nothing_opens_and_everybody_is_a_turn_further() -> None:
    step = draw(BEFORE, before=0, language="en").step
    assert (step.newly_unlocked, step.reasons) == ((), ())
    assert (step.state.unlocked, step.state.trust) == (BEFORE.unlocked, BEFORE.trust)
    assert step.state.counted == ()
    assert step.state.mood == BEFORE.mood - 1
    assert [each.turn for each in step.state.people] == [4, 4]


def test_the_mood_has_a_floor() -> None:
    assert draw(SceneState(mood=-3), before=0, language="en").step.state.mood == -3


def test_lines_are_counted_by_what_was_observed() -> None:
    assert drawn([{}, {MARK: True}, {"observations": []}, {MARK: True}]) == 2
