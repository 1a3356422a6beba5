"""Simulated learners play hundreds of scenes; after every turn nothing may have gone wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

import pytest

from practice.reveal import MAX_TURNS, Ending
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.screening import screen
from tests.practice.learners import TEMPERAMENTS, Learner
from tests.practice.scenarios import OVERLOAD, PRICE
from tests.practice.stage import Scene, Turn, play

SEEDS = range(10)
SCENARIOS = {"overload": OVERLOAD, "price": PRICE}
LONG = (0, 1, 2)  # seeds whose scenes may run their full length
LISTENING = {"curious", "learner_english"}  # whose words take up what the persona said


@cache
def played(temperament: str, name: str, seed: int) -> Scene:
    scenario = SCENARIOS[name]
    longest = MAX_TURNS if seed in LONG else 14
    return play(scenario, Learner(temperament, scenario, seed).says, longest, listens=temperament in LISTENING)


def folded(text: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in text.casefold()).split())


def check(scenario: Scenario, turn: Turn) -> None:
    """The invariants of one turn."""
    state, reply = turn.step.state, turn.reply
    SceneState.model_validate(state.model_dump())
    assert state.turn == turn.before.turn + 1
    assert set(turn.before.unlocked) <= set(state.unlocked) <= {c.id for c in scenario.persona.concerns}
    assert reply.strip()
    assert "{" not in reply
    assert "None" not in reply
    locked = [c.fact for c in scenario.persona.concerns if c.id not in state.unlocked]
    findings = screen(
        reply,
        locked_facts=locked,
        history=turn.history,
        language=scenario.language,
        persona_name=scenario.persona.name,
    )
    assert findings == (), (turn.says, reply)
    for concern in scenario.persona.concerns:
        if concern.id not in state.unlocked:
            assert folded(concern.fact) not in folded(reply)
            assert folded(concern.voiced) not in folded(reply)
    for concern in scenario.persona.concerns:
        if concern.id in turn.step.newly_unlocked:
            assert concern.voiced in reply  # the right question is answered in this turn
    earlier = [folded(line.text) for line in turn.history if line.speaker == "persona"]
    assert folded(reply) not in earlier


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("temperament", TEMPERAMENTS)
def test_no_scene_goes_wrong(temperament: str, name: str) -> None:
    scenario = SCENARIOS[name]
    endings: Counter[Ending] = Counter()
    for seed in SEEDS:
        scene = played(temperament, name, seed)
        for turn in scene.turns:
            check(scenario, turn)
        last = scene.turns[-1].step
        assert last.ending is not None
        assert len(scene.turns) <= 40
        assert sum(turn.step.ending is not None for turn in scene.turns) == 1
        endings[last.ending] += 1
    if temperament == "aggressive":
        assert set(endings) == {Ending.HOSTILE}
    if temperament in {"gibberish", "injecting"}:
        assert set(endings) <= {Ending.IDLE, Ending.LONG}


def opened(temperament: str) -> float:
    """The share of concerns that learners of this temperament open."""
    scenes = [played(temperament, name, seed) for name in SCENARIOS for seed in LONG]
    found = sum(len(scene.turns[-1].step.state.unlocked) for scene in scenes)
    return found / sum(len(scene.scenario.persona.concerns) for scene in scenes)


def test_curiosity_opens_what_aggression_and_tricks_do_not() -> None:
    assert opened("curious") >= 0.8
    assert opened("learner_english") >= 0.5
    for temperament in ("aggressive", "injecting", "gibberish", "other_language"):
        assert opened(temperament) == 0


def test_a_scene_is_the_same_every_time() -> None:
    first = play(OVERLOAD, Learner("curious", OVERLOAD, 3).says)
    second = play(OVERLOAD, Learner("curious", OVERLOAD, 3).says)
    assert [turn.reply for turn in first.turns] == [turn.reply for turn in second.turns]


def test_two_personas_answer_the_same_words_differently() -> None:
    words = ("How are you?", "I see.", "What do you need?", "You should try harder.", "Is it often like that?")

    def says(script: tuple[str, ...]) -> Callable[[str], str | None]:
        lines = iter(script)
        return lambda _: next(lines, None)

    jana, marcus = play(OVERLOAD, says(words)), play(PRICE, says(words))
    same = sum(a.reply == b.reply for a, b in zip(jana.turns, marcus.turns, strict=True))
    assert same <= 1
