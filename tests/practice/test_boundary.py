"""A line against abuse: drawn once by whom it was said to, kept the second time, and never evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.boundary import MARK, draw, drawn
from practice.phrases import LANGUAGES, load
from practice.reveal import Ending
from practice.scene import SceneState
from practice.turn_taking import begin
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import THREE, TOGETHER

FIRST, SECOND = (person.name for person in TOGETHER.people)
ABUSE = "You are a worthless piece of shit."
OTHER = SceneState(turn=3, spoke=1)
BEFORE = SceneState(turn=3, mood=1, trust=2, unlocked=("review",), counted=("review",), spoke=3, others=(OTHER,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_first_a_line_then_the_end(language: str) -> None:
    scenario = OVERLOAD.model_copy(update={"language": language})
    first, second = (draw(begin(scenario), scenario, ABUSE, before=before) for before in (0, 1))
    assert first.spoken != second.spoken
    assert first.note != second.note
    assert (first.step.ending, second.step.ending) == (None, Ending.HOSTILE)
    assert (first.step.state.ended, second.step.state.ended) == (False, True)


def test_nothing_opens_and_everybody_is_a_turn_further() -> None:
    step = draw(BEFORE, TOGETHER, ABUSE, before=0).step
    assert (step.newly_unlocked, step.reasons) == ((), ())
    assert (step.state.unlocked, step.state.trust) == (BEFORE.unlocked, BEFORE.trust)
    assert step.state.counted == ()
    assert step.state.mood == BEFORE.mood - 1
    assert [each.turn for each in step.state.people] == [4, 4]


def test_the_mood_has_a_floor() -> None:
    assert draw(SceneState(mood=-3), OVERLOAD, ABUSE, before=0).step.state.mood == -3


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize(
    ("said", "spoke", "speaker"),
    [
        (f"{SECOND}, you are a worthless piece of shit.", 1, 1),  # called by name
        (f"{FIRST}, you are a worthless piece of shit.", 9, 0),
        (ABUSE, 9, 1),  # who spoke last
        (ABUSE, 1, 0),
        (f"You are as worthless as {SECOND}, piece of shit that you are.", 1, 0),  # only talked about
    ],
)
def test_of_several_the_one_it_was_said_to_draws_the_line(said: str, spoke: int, speaker: int, before: int) -> None:
    state = BEFORE.model_copy(update={"others": (OTHER.model_copy(update={"spoke": spoke}),)})
    line = draw(state, TOGETHER, said, before=before)
    assert line.step.speaker == speaker
    moods = [each.mood for each in state.people]
    moods[speaker] -= 1
    assert [each.mood for each in line.step.state.people] == moods
    assert line.step.state.people[speaker].spoke == 4
    assert line.step.state.people[1 - speaker].spoke == state.people[1 - speaker].spoke
    assert line.step.state.ended is bool(before)
    assert TOGETHER.people[speaker].name in line.note
    assert TOGETHER.people[1 - speaker].name not in line.note


def test_who_has_walked_out_draws_no_line() -> None:
    state = BEFORE.model_copy(update={"others": (OTHER.model_copy(update={"spoke": 9, "left": True}),)})
    assert draw(state, TOGETHER, f"{SECOND}, you are a worthless piece of shit.", before=0).step.speaker == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notes_can_name_somebody_in_every_language(language: str) -> None:
    texts = load(language).texts
    for name in ("boundary", "boundary_ended"):
        assert texts["boundary_who"] in texts[name]


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 9), st.booleans()), min_size=2, max_size=2), st.text())
def test_somebody_who_is_there_draws_it_and_only_that_one_minds(others: list[tuple[int, int, bool]], said: str) -> None:
    people = tuple(SceneState(turn=9, mood=mood, spoke=spoke, left=left) for mood, spoke, left in others)
    step = draw(SceneState(turn=9, spoke=5, others=people), THREE, said, before=0).step
    before, after = (0, *(each.mood for each in people)), [each.mood for each in step.state.people]
    assert not step.state.people[step.speaker].left
    assert [after[i] for i in range(3) if i != step.speaker] == [before[i] for i in range(3) if i != step.speaker]
    assert after[step.speaker] == max(-3, before[step.speaker] - 1)


def test_lines_are_counted_by_what_was_observed() -> None:
    assert drawn([{}, {MARK: True}, {"observations": []}, {MARK: True}]) == 2
