from __future__ import annotations

import pytest

from practice.consistency import Heard, Measure, look
from practice.reveal import Step
from practice.screening import screen
from practice.turn_taking import begin
from tests.practice.together import TOGETHER

OWN = ["Training took 3 weeks in the spring for the whole planning team."]


def measures(
    reply: str, *, speaker: int = 0, mood: int = 0, unlocked: tuple[str, ...] = (), again: bool = False
) -> set[Measure]:
    state = begin(TOGETHER).model_copy(update={"mood": mood, "unlocked": unlocked})
    step = Step(state, speaker=speaker, again=again)
    locked = [c.fact for p in TOGETHER.people for c in p.concerns if c.id not in unlocked]
    person = TOGETHER.people[speaker]
    found = screen(reply, locked_facts=locked, history=(), language="en", persona_name=person.name)
    return {each.measure for each in look(TOGETHER, step, reply, Heard(["How are you?", *OWN], OWN), found)}


@pytest.mark.parametrize(
    ("reply", "measure"),
    [
        (TOGETHER.persona.concerns[0].fact, Measure.LEAK),
        (TOGETHER.others[0].concerns[0].fact, Measure.LEAK),
        ("Training took 5 weeks in the spring for the planning team.", Measure.CONTRADICTION),
        ("Training never took 3 weeks in the spring for the planning team.", Measure.CONTRADICTION),
        ("As an AI language model I cannot feel that.", Measure.ASSISTANT_TALK),
        ("*sighs and looks out of the window*", Measure.NARRATION),
        ("You: I would like to help you.", Measure.ROLE_FLIP),
        ("Ich weiß nicht, was ich dazu noch sagen soll, und das ist nicht schön.", Measure.LANGUAGE),
        ("My name is Petra Lang, we have met.", Measure.NAME),
        ("I'm Marcus, and I pay the bills.", Measure.NAME),
        ("...", Measure.EMPTY),
    ],
)
def test_a_lapse_is_found(reply: str, measure: Measure) -> None:
    assert measure in measures(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "I'm tired, if you want to know.",
        "My name is Jana Novak. Why?",
        "Training took 3 weeks for the planning team, in the spring.",
        "Did training not take 3 weeks in the spring for the planning team?",
        "I'm Sorry about that.",
        TOGETHER.persona.concerns[0].cover,
        "",
    ],
)
def test_what_is_fine_is_no_lapse(reply: str) -> None:
    assert measures(reply) - {Measure.EMPTY} == set()


def test_a_locked_fact_in_other_words_is_given_away_and_an_open_one_is_not() -> None:
    concern = TOGETHER.persona.concerns[0]
    words = [word for word in concern.fact.rstrip(".").split() if len(word) > 3 and word != "Jana"]
    other_words = f"Well: {', '.join(reversed(words))}."
    assert Measure.GIVEN_AWAY in measures(other_words)
    assert measures(other_words, unlocked=(concern.id,)) == set()


def test_a_cover_is_taken_back_by_denying_it_only_while_it_is_locked() -> None:
    concern = TOGETHER.others[0].concerns[0]
    assert Measure.CONTRADICTION not in measures(concern.cover, speaker=1)


def test_the_tone_is_held_against_the_mood_and_signed_lines_are_as_they_were_signed() -> None:
    assert Measure.TONE in measures("Thanks, I'm so glad you came.", mood=-3)
    assert Measure.TONE not in measures("Thanks, I'm so glad you came.", mood=1)
    assert Measure.TONE in measures("That is ridiculous, stop it.", mood=3)
    assert Measure.TONE not in measures(TOGETHER.persona.concerns[1].cover, mood=-3)


def test_saying_the_same_again_when_asked_is_no_contradiction() -> None:
    assert measures("Training never took 3 weeks in the spring for the planning team.", again=True) == set()
