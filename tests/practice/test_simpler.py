from __future__ import annotations

import pytest

from practice.guard import guard
from practice.observation import Behaviour
from practice.preferences import SIMPLER_PLEASE
from practice.reveal import MAX_TURNS, Ending
from practice.simpler import asked
from practice.turn import take
from practice.turn_taking import begin
from tests.practice.scenarios import OVERLOAD
from tests.practice.together import TOGETHER

ALONE = [
    "Could you say that more simply?",
    "Sorry, I didn't understand. Can you use simpler words?",
    "Please explain it in plain English.",
    "My English is not so good. Could you put that in easier words, please?",
    "Can you simplify that?",
    "In simple words, please.",
    "Könnten Sie das bitte einfacher sagen?",
    "Entschuldigung, das habe ich nicht verstanden. Bitte in einfachen Worten.",
    "Pouvez-vous le dire plus simplement ?",
    "Pardon. Je ne comprends pas. Avec des mots plus simples, s'il vous plaît.",
    "¿Puede decirlo de forma más sencilla, por favor?",
    "Perdón, no entiendo. ¿Puede explicarlo con palabras más fáciles?",
]
NOT = [
    "Können Sie mir einfach sagen, was los ist?",
    "Could we make the process simpler?",
    "You should explain it more simply to them.",
    "How would you say it in simpler words to the customers?",
    "It would be easier to say no.",
    "Put simply, you missed the deadline.",
    "So in other words, you feel left alone.",
    "Es clair que c'est facile pour vous.",
    "That's plain to see. What happened?",
    "Das ist leicht gesagt.",
    "",
]


@pytest.mark.parametrize("text", [*ALONE, *SIMPLER_PLEASE.values()])
def test_a_request_for_simpler_words_is_recognised_in_every_language(text: str) -> None:
    found = asked(guard(text).text)
    assert found is not None
    assert found.alone


@pytest.mark.parametrize("text", NOT)
def test_other_talk_of_simple_things_is_no_request(text: str) -> None:
    assert asked(text) is None


def test_what_is_said_beside_it_counts_and_the_request_does_not() -> None:
    text = "Could you say that more simply? How do you cope with the workload?"
    found = asked(text)
    assert found is not None
    assert not found.alone
    assert text[slice(*found.spans[0])] == "Could you say that more simply?"
    taken = take(OVERLOAD, begin(OVERLOAD), text, previous=OVERLOAD.opening_line)
    assert {each.behaviour for each in taken.observations} == {Behaviour.OPEN_QUESTION}
    assert taken.step.newly_unlocked == ("workload",)
    assert taken.step.state.simpler
    assert not taken.step.again


@pytest.mark.parametrize("text", ALONE)
def test_asking_moves_nothing_opens_nothing_and_is_no_evidence(text: str) -> None:
    before = begin(OVERLOAD).model_copy(update={"turn": 3, "mood": -2, "hostile_turns": 1, "idle_turns": 9, "trust": 1})
    observations, step = take(OVERLOAD, before, text, previous="As far as that goes, it is what it is.")
    assert observations == ()
    assert step.reasons == ()
    assert step.newly_unlocked == ()
    assert step.again
    assert step.ending is None
    assert step.state == before.model_copy(update={"turn": 4, "simpler": True})


def test_it_stays_for_the_scene_and_a_scene_can_still_run_its_length() -> None:
    state = take(OVERLOAD, begin(OVERLOAD), ALONE[0], previous="").step.state
    later = take(OVERLOAD, state, "How do you cope with the workload?", previous="").step
    assert later.state.simpler
    assert not later.again
    last = take(OVERLOAD, state.model_copy(update={"turn": MAX_TURNS - 1}), ALONE[0], previous="").step
    assert last.ending is Ending.LONG
    assert last.state.ended


def test_whoever_spoke_last_says_it_again_or_who_is_called() -> None:
    state = take(TOGETHER, begin(TOGETHER), "Marcus, how was the outage?", previous="").step.state
    assert take(TOGETHER, state, ALONE[0], previous="").step.speaker == 1
    named = take(TOGETHER, state, "Jana, could you say that more simply?", previous="").step
    assert named.speaker == 0
    assert named.state.spoke == named.state.turn
    assert named.state.others[0].trust == state.others[0].trust
