from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.persona import Said
from practice.screening import Problem, guess_language, runs_of, screen
from tests.practice.scenarios import OVERLOAD

FACTS = [concern.fact for concern in OVERLOAD.persona.concerns]
HISTORY = (
    Said(speaker="persona", text="You wanted to see me? I suppose it's about the report."),
    Said(speaker="learner", text="Yes, I would like to hear how you see it."),
)


def problems(reply: str, *, language: str = "en", history: tuple[Said, ...] = HISTORY) -> set[Problem]:
    found = screen(reply, locked_facts=FACTS, history=history, language=language, persona_name="Jana Novak")
    return {finding.problem for finding in found}


@pytest.mark.parametrize(
    "reply",
    [
        FACTS[0],
        "Well. " + FACTS[1].upper(),
        "I have been working every Sunday evening since spring, you know.",
        "she drives to the hospital “three” times a week…",
        "My boss says I’m ashamed to say so: never understood the new reporting software, that's all.",
    ],
)
def test_a_locked_fact_is_caught(reply: str) -> None:
    assert Problem.LEAK in problems(reply)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("Thanks, Jana, that helps me.", Problem.ROLE_FLIP),
        ("Jana, how do you see the delay?", Problem.ROLE_FLIP),
        ("Learner: How do you feel about that?", Problem.ROLE_FLIP),
        ("Yes, I would like to hear how you see it.", Problem.ROLE_FLIP),
        ("*sighs* It's fine.", Problem.NARRATION),
        ("(pauses) It's fine.", Problem.NARRATION),
        ("[looks at the window] Sure.", Problem.NARRATION),
        ("He looks away. It's fine.", Problem.NARRATION),
        ("Jana crosses her arms. Sure.", Problem.NARRATION),
        ("As an AI, I have no workload.", Problem.ASSISTANT_TALK),
        ("How can I help you today?", Problem.ASSISTANT_TALK),
        ("In this role-play I am the analyst.", Problem.ASSISTANT_TALK),
        ("Ich weiß nicht, was Sie von mir hören wollen, das ist doch nicht neu.", Problem.LANGUAGE),
        ("I suppose it's about the report. Well.", Problem.REPETITION),
        ("", Problem.EMPTY),
        ("…", Problem.EMPTY),
    ],
)
def test_what_breaks_a_scene_is_found(reply: str, problem: Problem) -> None:
    assert problem in problems(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "I'm Jana, by the way. We never really met.",
        "The *real* problem is the date.",
        "It's late (again), I know.",
        "He looks at me as if I had broken it, and then he sends the next request.",
        "She says the numbers come on Monday. I don't believe it.",
        "My manager told me: send it anyway.",
        "Every Sunday evening? Who told you that?",
        "The workload is what it is. I manage.",
        "What do you want to hear?",
        "Okay.",
    ],
)
def test_ordinary_replies_pass(reply: str) -> None:
    assert problems(reply) == set()


def test_german_scenes() -> None:
    history = (Said(speaker="persona", text="Sie wollten mich sprechen?"),)
    assert problems("Das ist nicht so einfach, wie Sie es sich vorstellen.", language="de", history=history) == set()
    assert Problem.LANGUAGE in problems("That is not what I said and you know it.", language="de", history=history)
    assert Problem.NARRATION in problems("Er seufzt. Gut.", language="de", history=history)
    assert Problem.ASSISTANT_TALK in problems("Als KI kann ich das nicht sagen.", language="de", history=history)


def test_languages_are_told_apart_or_left_open() -> None:
    assert guess_language("I don't think that is what they wanted from you") == "en"
    assert guess_language("Ich glaube nicht, dass sie das von dir wollten") == "de"
    assert guess_language("Okay, super") is None


def test_short_remarks_may_come_again_whole_lines_may_not() -> None:
    history = (*HISTORY, Said(speaker="persona", text="I see. Sales is late."))
    assert problems("I see. And now?", history=history) == set()
    assert Problem.REPETITION in problems("I see, Sales is late!", history=history)


@given(st.text(max_size=200))
def test_any_text_can_be_screened_and_its_own_repetition_is_found(text: str) -> None:
    assert isinstance(problems(text), set)
    if Problem.EMPTY not in problems(text) and any(char.isascii() and char.isalpha() for char in text):
        assert Problem.REPETITION in problems(text, history=(Said(speaker="persona", text=text),))


def test_reading_out_how_one_is_to_play_is_seen_whatever_stands_around_it() -> None:
    rules = runs_of("Stay on your side of the table. Do not coach, praise technique, grade, sum up the lesson.")
    read_out = "Sure! I was told: stay on your side of the TABLE. Do not coach; praise technique."
    asked: dict[str, Any] = {
        "locked_facts": (),
        "history": (),
        "language": "en",
        "persona_name": "Nora",
        "instructions": rules,
    }
    [finding] = screen(read_out, **asked)
    assert finding.problem is Problem.INSTRUCTIONS
    assert finding.quote in " ".join(read_out.lower().replace(".", "").replace(";", "").split())
    assert screen("We stay on our side of the table, and that is that.", **asked) == ()
