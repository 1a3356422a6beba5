"""Plays a whole scene as the practice graph will: detectors, rules, persona, screening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from agents.persona import Said
from agents.persona.cue import cue_for
from agents.persona.offline import compose
from practice.debrief import TranscriptLine
from practice.detectors import load_pack, observe
from practice.observation import Observation
from practice.reveal import MAX_TURNS, Step, advance, note_reply, start
from practice.scenario import Scenario
from practice.scene import SceneState


@dataclass(frozen=True)
class Turn:
    """What happened in one turn; ``before`` is the state it began with."""

    number: int
    before: SceneState
    step: Step
    says: str
    observations: tuple[Observation, ...]
    reply: str
    history: tuple[Said, ...]


@dataclass
class Scene:
    scenario: Scenario
    turns: list[Turn] = field(default_factory=list)

    @property
    def transcript(self) -> list[TranscriptLine]:
        lines = [TranscriptLine(turn=0, speaker="persona", text=self.scenario.opening_line)]
        for turn in self.turns:
            lines.append(
                TranscriptLine(turn=turn.number, speaker="learner", text=turn.says, observations=turn.observations)
            )
            lines.append(TranscriptLine(turn=turn.number, speaker="persona", text=turn.reply))
        return lines


def play(
    scenario: Scenario, says: Callable[[str], str | None], max_turns: int = MAX_TURNS, *, listens: bool = True
) -> Scene:
    """Play until the scene ends or the learner says nothing more (None)."""
    return Scene(scenario, list(turns(scenario, says, max_turns, listens=listens)))


@cache
def alone(utterance: str, language: str) -> tuple[Observation, ...]:
    """What is seen in words that never take up what was said before: the same wherever they are said."""
    return observe(utterance, pack=load_pack(language))


def turns(
    scenario: Scenario, says: Callable[[str], str | None], max_turns: int = MAX_TURNS, *, listens: bool = True
) -> Iterator[Turn]:
    pack = load_pack(scenario.language)
    persona = scenario.persona
    state = start(persona)
    history = [Said(speaker="persona", text=scenario.opening_line)]
    while not state.ended:
        previous = history[-1].text
        utterance = says(previous)
        if utterance is None:
            return
        seen = observe(utterance, pack=pack, previous=previous) if listens else alone(utterance, scenario.language)
        step = advance(
            state,
            persona,
            utterance,
            seen,
            previous=previous,
            setting=f"{scenario.title} {scenario.setting} {scenario.learner_goal}",
            earlier=[line.text for line in history if line.speaker == "learner"],
            language=scenario.language,
            max_turns=max_turns,
        )
        cue = cue_for(scenario, step, history=history, learner_says=utterance, observations=seen)
        reply = compose(cue)
        yield Turn(step.state.turn, state, step, utterance, seen, reply, tuple(history))
        state = note_reply(step.state, persona, reply)
        history += [Said(speaker="learner", text=utterance), Said(speaker="persona", text=reply)]
