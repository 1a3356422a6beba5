"""Who answers in a scene with several people, and what the learner's words change for whom.

Whom the learner's words are for is decided in this order; of several, the one who has been silent longest, and then
the first in the scenario:

| # | Rule | Who |
|---|---|---|
| 1 | one alone is left | that one |
| 2 | somebody is called by name ("Tom, how was it?"); of several calls the last counts, a mere mention calls nobody | that one |
| 3 | words are for everybody ("both of you") | the one silent longest |
| 4 | the words touch a topic of somebody's deck | that one; the locked before the open, then by words, then who spoke last |
| 5 | somebody has been silent for ``WAITS`` turns | the one silent longest |
| 6 | nothing of this | who spoke last |

The rules of ``practice.reveal`` are then applied to that one's state alone: what is earned from one person is not earned
from another. That one answers, too, unless somebody else has been silent for ``CUTS_IN`` turns: they cut in, but never
on somebody who has just opened up, and never on an ending. So nobody is silent for more than ``CUTS_IN`` turns, plus one
for each further person who waits as well, and one for each turn in which somebody opened up or was asked to say their
last point more simply, which only that one can.

When the scene is over:

| What happened | With several people |
|---|---|
| the first person's mood was at its lowest twice running | they go, and the scene with them (``hostile``) |
| somebody else's was | they say so and walk out; the scene goes on with those who stay |
| the learner takes leave | it ends for everybody (``farewell``); who was spoken to answers |
| the learner commits to something | once everything is open of everybody, also of those who left, it ends (``resolved``) |
| nothing moved the talk forward for ``IDLE_TURNS`` turns, whoever answered | ``idle`` |
| ``MAX_TURNS`` turns | ``long`` |
| the learner abused somebody a second time, whoever it was the first time | that one ends it (``practice.boundary``) |
"""  # noqa: E501  (tables)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from ruamel.yaml import YAML

from practice.names import TITLES, called
from practice.observation import Observation
from practice.phrases import load
from practice.reveal import MAX_TURNS, Ending, Step, advance, note_reply, start
from practice.scenario import Persona, Scenario
from practice.scene import SceneState
from practice.subject import is_everyday
from practice.topics import touch, words

WAITS = 3  # turns of silence after which somebody has the floor if nobody else has a claim to it
CUTS_IN = 6  # turns of silence after which somebody speaks whoever was called


class Because(StrEnum):
    """Why the learner's words are for somebody."""

    ALONE = "alone"
    CALLED = "called"
    EVERYBODY = "everybody"
    TOPIC = "topic"
    SILENT = "silent"
    GOING_ON = "going_on"


@dataclass(frozen=True)
class Floor:
    """Whom the learner's words are for, as an index into ``Scenario.people``, and why."""

    person: int
    because: Because


def begin(scenario: Scenario) -> SceneState:
    """The state before the first turn, of everybody in the scene."""
    first = start(scenario.persona)
    return first.model_copy(update={"others": tuple(map(start, scenario.others))}) if scenario.others else first


def floor(state: SceneState, scenario: Scenario, utterance: str) -> Floor:
    """Whom ``utterance`` is for, by the rules above."""
    here = [index for index, each in enumerate(state.people) if not each.left]
    if len(here) == 1:
        return Floor(here[0], Because.ALONE)
    by_silence = sorted(here, key=lambda index: (state.people[index].spoke, index))
    if (named := _called(utterance, [(index, scenario.people[index].name) for index in here])) is not None:
        return Floor(named, Because.CALLED)
    if any(pattern.search(utterance) for pattern in _everybody()):
        return Floor(by_silence[0], Because.EVERYBODY)
    last = _spoke_last(state)
    if (placed := _placed(state, scenario, utterance, by_silence, last)) is not None:
        return Floor(placed, Because.TOPIC)
    if _silence(state, by_silence[0]) >= WAITS:
        return Floor(by_silence[0], Because.SILENT)
    return Floor(last if last in here else by_silence[0], Because.GOING_ON)


def advance_together(
    state: SceneState,
    scenario: Scenario,
    utterance: str,
    observations: Sequence[Observation],
    *,
    also_observed: Sequence[Observation] = (),
    previous: str = "",
    setting: str = "",
    earlier: Sequence[str] = (),
    max_turns: int = MAX_TURNS,
) -> Step:
    """``practice.reveal.advance`` for a scene with several people; ``Step.speaker`` says who answers.

    What only a model saw in the learner's previous words counts for whoever answered them, if these are for them, too.

    Raises:
        Conflict: the scene is over.
    """
    person = floor(state, scenario, utterance).person
    # Of the first person's state, which holds everybody's, the rules look at the first person's only.
    step = advance(
        state.people[person].model_copy(update={"ended": state.ended}),
        scenario.people[person],
        utterance,
        observations,
        also_observed=also_observed if person == _spoke_last(state) else (),
        previous=previous,
        setting=setting,
        earlier=earlier,
        language=scenario.language,
        max_turns=max_turns,
    )
    leaves = step.ending is Ending.HOSTILE and person > 0
    people = [
        step.state
        if index == person
        else each.model_copy(update={"turn": step.state.turn, "idle_turns": step.state.idle_turns, "counted": ()})
        for index, each in enumerate(state.people)
    ]
    ending = _ending(step, leaves, people, scenario, utterance, max_turns)
    speaker = person
    if not (leaves or ending or step.newly_unlocked):
        speaker = _cutting_in(state, person)
    people[person] = people[person].model_copy(update={"left": leaves})
    people[speaker] = people[speaker].model_copy(update={"spoke": step.state.turn})
    return replace(
        step, state=_joined(people, ending), ending=ending, speaker=speaker, cuts_in=speaker != person, leaves=leaves
    )


def answered(step: Step, scenario: Scenario, reply: str) -> SceneState:
    """The state once whoever speaks has said ``reply``: which of their objections it raised."""
    if not scenario.others:
        return note_reply(step.state, scenario.persona, reply)
    people = list(step.state.people)
    people[step.speaker] = note_reply(people[step.speaker], scenario.people[step.speaker], reply)
    return _joined(people, step.ending)


def same_speaker(state: SceneState, scenario: Scenario, utterance: str) -> int:
    """Who answers without a claim of their own to the floor: the one called by name, or else who spoke last.

    That one says their last point again (``practice.simpler``), or draws a line (``practice.boundary``).
    """
    here = [index for index, each in enumerate(state.people) if not each.left]
    named = _called(utterance, [(index, scenario.people[index].name) for index in here])
    last = _spoke_last(state)
    return named if named is not None else last if last in here else here[0]


def all_open(state: SceneState, people: Sequence[Persona]) -> bool:
    """Whether nothing is left unsaid, by anybody."""
    return all(len(each.unlocked) == len(person.concerns) for each, person in zip(state.people, people, strict=True))


def _joined(people: Sequence[SceneState], ending: Ending | None) -> SceneState:
    others = tuple(each.model_copy(update={"ended": False, "others": ()}) for each in people[1:])
    return people[0].model_copy(update={"ended": ending is not None, "others": others})


def _ending(
    step: Step, leaves: bool, people: Sequence[SceneState], scenario: Scenario, utterance: str, max_turns: int
) -> Ending | None:
    """Why the scene ends for everybody, where the one spoken to would have ended it for themselves."""
    still_shut = any(
        len(each.unlocked) < len(person.concerns) for each, person in zip(people, scenario.people, strict=True)
    )
    if not leaves and not (step.ending is Ending.RESOLVED and still_shut):
        return step.ending
    if load(scenario.language).is_farewell(utterance):
        return Ending.FAREWELL
    return Ending.LONG if step.state.turn >= max_turns else None


def _cutting_in(state: SceneState, person: int) -> int:
    waiting = [
        index
        for index, each in enumerate(state.people)
        if index != person and not each.left and _silence(state, index) >= CUTS_IN
    ]
    return min(waiting, key=lambda index: (state.people[index].spoke, index), default=person)


def _silence(state: SceneState, index: int) -> int:
    return state.turn - state.people[index].spoke


def _spoke_last(state: SceneState) -> int:
    """Who spoke last; before the first turn that is who spoke the opening line."""
    return max(range(len(state.people)), key=lambda index: (state.people[index].spoke, -index))


def _placed(state: SceneState, scenario: Scenario, utterance: str, by_silence: Sequence[int], last: int) -> int | None:
    """Whose topic the words touch, everyday words apart."""
    spoken = words(utterance, scenario.language)
    claims: dict[int, tuple[bool, int]] = {}
    for index in by_silence:
        for concern in scenario.people[index].concerns:
            hit = touch(utterance, concern.topic, scenario.language, spoken=spoken)
            if hit and not is_everyday(hit.quote, scenario.language):
                claim = (concern.id not in state.people[index].unlocked, hit.words)
                claims[index] = max(claims.get(index, claim), claim)
    return max(claims, key=lambda index: (*claims[index], index == last), default=None)


def _called(utterance: str, names: Sequence[tuple[int, str]]) -> int | None:
    """Who is called by name, last of all."""
    found = [
        (match.end(), index)
        for index, name in names
        for pattern in _calls(name)
        for match in pattern.finditer(utterance)
    ]
    return max(found)[1] if found else None


@lru_cache(maxsize=1024)
def _calls(name: str) -> tuple[re.Pattern[str], ...]:
    """Ways to call the bearer of a signed name: at the head of a sentence, after a comma, or handed the floor."""
    either = "|".join(map(re.escape, called(name)))
    before, after = _openers()
    titles = rf"(?:(?:{'|'.join(sorted(TITLES))})\.?\s+)*"
    return (
        re.compile(
            rf"(?:^|[.!?…\n]\s*)(?:(?:{before})[.,]?\s+)*{titles}(?:{either})\s*(?:[,:;?!.…–—]|$)", re.IGNORECASE
        ),
        re.compile(rf",\s*{titles}(?:{either})\s*(?:[,.?!…;]|$)", re.IGNORECASE),
        re.compile(rf"\b(?:{after}),?\s+{titles}(?:{either})\b", re.IGNORECASE),
    )


@cache
def _texts() -> dict[str, Any]:
    text = (resources.files("practice") / "turn_taking.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = YAML(typ="safe").load(text)
    return found


@cache
def _openers() -> tuple[str, str]:
    """Alternatives of every language: people call each other by name in their own way."""

    def listed(key: str) -> str:
        found = {re.escape(text) for language in _texts().values() for text in language[key]}
        return "|".join(sorted(found, key=len, reverse=True))

    return listed("before"), listed("after")


@cache
def _everybody() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(pattern, re.IGNORECASE) for language in _texts().values() for pattern in language["everybody"]
    )
