from __future__ import annotations

import pytest

from agents.persona import Said
from agents.persona.cue import cue_for
from graphs.replying import MAX_RETAKES, Reply, locked_facts, reply_to
from practice.reveal import Step
from practice.scenario import Scenario
from practice.screening import Problem
from practice.turn_taking import begin
from tests.company import ScriptedPersona
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import TOGETHER

FINE = "It has been a long quarter, that much I can say."
NEVER = {
    Problem.LEAK: OVERLOAD.persona.concerns[1].fact,
    Problem.ROLE_FLIP: "Learner: How do you feel about that?",
    Problem.ASSISTANT_TALK: "As an AI, I have no workload.",
    Problem.EMPTY: "…",
}
STANDS = {
    Problem.NARRATION: "*looks out of the window for a long time* Fine.",
    Problem.LANGUAGE: "Ich weiß nicht, was Sie von mir hören wollen, das ist doch nicht neu.",
    Problem.REPETITION: OVERLOAD.opening_line,
}


async def played(
    replies: list[str], scenario: Scenario = OVERLOAD, speaker: int = 0
) -> tuple[Reply, list[str], ScriptedPersona]:
    persona, heard = ScriptedPersona(list(replies)), list[str]()
    lines = (Said(speaker="persona", text=scenario.opening_line, name=scenario.persona.name),)
    step = Step(begin(scenario), speaker=speaker)
    cue = cue_for(scenario, step, history=lines, learner_says="Tell me.", observations=())
    reply = await reply_to(
        cue,
        persona,
        scenario,
        step,
        lines=lines,
        piece=heard.append,
        reset=lambda because: heard.append(f"<{because}>"),
    )
    return reply, heard, persona


async def test_a_reply_without_fault_is_said_once() -> None:
    reply, heard, persona = await played([FINE])
    assert (reply.text, "".join(heard), len(persona.cues), reply.overruled) == (FINE, FINE, 1, [])
    assert not reply.by_code


@pytest.mark.parametrize(("problem", "words"), [*NEVER.items(), *STANDS.items()])
async def test_a_take_with_a_fault_is_spoken_again(problem: Problem, words: str) -> None:
    reply, heard, persona = await played([words, FINE])
    assert reply.text == FINE
    assert f"<{problem.value}>" in heard
    assert len(persona.cues) == 2
    assert problem.value in {each["problem"] for each in reply.overruled}


@pytest.mark.parametrize(("problem", "words"), NEVER.items())
async def test_what_must_never_be_heard_gives_way_to_the_signed_deck_after_a_bounded_number_of_takes(
    problem: Problem, words: str
) -> None:
    reply, heard, persona = await played([words])
    assert len(persona.cues) == MAX_RETAKES + 1
    assert reply.by_code
    assert reply.text == OVERLOAD.persona.small_talk[0]
    assert heard[-2:] == [f"<{problem.value}>", reply.text]


@pytest.mark.parametrize(("problem", "words"), STANDS.items())
async def test_a_last_take_that_is_only_clumsy_stands(problem: Problem, words: str) -> None:
    reply, _, persona = await played([words])
    assert len(persona.cues) == MAX_RETAKES + 1
    assert (reply.text, reply.by_code) == (words, False)
    assert {each["problem"] for each in reply.overruled} >= {problem.value}


async def test_in_company_nobodys_secret_may_be_said_by_anybody_and_nobody_speaks_for_another() -> None:
    secret = TOGETHER.persona.concerns[0].fact
    assert secret in locked_facts(TOGETHER, Step(begin(TOGETHER), speaker=1))
    for words in (secret, "Jana Novak: I can't go on like this.", TOGETHER.opening_line):
        reply, _, _ = await played([words], TOGETHER, speaker=1)
        assert reply.by_code
        assert reply.text in TOGETHER.others[0].small_talk
