"""What a practice is played from: the signed scenario, the turns so far, and what each agent may see of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.coach import CoachView, NumberedLine
from agents.persona import Cover, OpenConcern, PersonaCue, Said
from evidence.canonical import digest
from evidence.errors import NotSigned
from practice.observation import Observation
from practice.reveal import Step, start
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.variation import render
from store.purpose import Purpose
from store.records import Practice, Turn
from store.unit_of_work import UnitOfWork

HISTORY_LINES = 60


@dataclass(frozen=True)
class Scene:
    """A practice as it stands between two turns."""

    practice: Practice
    scenario: Scenario
    turns: tuple[Turn, ...]

    @property
    def state(self) -> SceneState:
        """After the last complete turn."""
        return SceneState.model_validate(self.turns[-1].state) if self.turns else start(self.scenario.persona)

    @property
    def lines(self) -> tuple[Said, ...]:
        """Everything said, oldest first, with the persona's opening line."""
        said = [Said(speaker="persona", text=self.scenario.opening_line)]
        for turn in self.turns:
            said += [Said(speaker="learner", text=turn.learner_text), Said(speaker="persona", text=turn.reply)]
        return tuple(said)


def shown(content: str) -> dict[str, Any]:
    """A stored scenario as people and judges read it: variation slots filled with their default values."""
    return render(Scenario.model_validate_json(content)).content()


async def signed_scenario(work: UnitOfWork, version_id: str) -> tuple[Scenario, str, str]:
    """(scenario, digest, programme id) of a version with a live sign-off of exactly its stored text.

    Raises:
        NotSigned: it has none, or the text is not what was signed.
    """
    version = await work.design.version(version_id)
    actual = digest(json.loads(version.content))
    if await work.approvals.live_sign_off(version.id, actual) is None:
        raise NotSigned(
            "Nobody has signed off exactly this text, so it cannot be practised.",
            todo="A designer reviews and approves it first.",
        )
    return Scenario.model_validate_json(version.content), actual, version.programme_id


async def load_scene(work: UnitOfWork, practice_id: str, learner_id: str, purpose: Purpose) -> Scene:
    """The practice, its scenario with this learner's choices filled in, and its complete turns."""
    practice = await work.practices.get(practice_id, reader=learner_id, purpose=purpose)
    version = await work.design.version(practice.version_id)
    scenario = Scenario.model_validate_json(version.content)
    if digest(json.loads(version.content)) != practice.digest:
        raise NotSigned(
            "The text of this practice is not what was signed.", todo="Tell an admin; do not go on with it."
        )
    turns = await work.practices.turns(practice_id, reader=learner_id, purpose=purpose)
    return Scene(practice, render(scenario, practice.choices), tuple(turns))


def cue(scene: Scene, step: Step, text: str, observations: Sequence[Observation]) -> PersonaCue:
    """What the persona's player may know: no fact that is still locked is in it."""
    scenario, state, persona = scene.scenario, step.state, scene.scenario.persona
    return PersonaCue(
        name=persona.name,
        role=persona.role,
        relationship=persona.relationship,
        style=persona.style,
        language_level=persona.language_level,
        stance=persona.stance,
        goals=persona.goals,
        setting=scenario.setting,
        learner_role=scenario.learner_role,
        language=scenario.language,
        difficulty=scenario.difficulty.value,
        mood=state.mood,
        trust=state.trust,
        turn=state.turn,
        objections=tuple(o.line for i, o in enumerate(persona.objections) if i not in state.objections_raised),
        covers=tuple(Cover(topic=c.topic, line=c.cover) for c in persona.concerns if c.id not in state.unlocked),
        open_concerns=tuple(
            OpenConcern(id=c.id, topic=c.topic, fact=c.fact, voiced=c.voiced, now=c.id in step.newly_unlocked)
            for c in persona.concerns
            if c.id in state.unlocked
        ),
        all_open=len(state.unlocked) == len(persona.concerns),
        small_talk=persona.small_talk,
        closing=persona.closing,
        history=scene.lines[-HISTORY_LINES:],
        learner_says=text,
        observations=tuple(observations),
        ending="" if step.ending is None else step.ending.value,
    )


def observations_of(turn: Turn) -> tuple[Observation, ...]:
    """What was observed in a stored turn."""
    return tuple(Observation.model_validate(each) for each in turn.observed.get("observations", ()))


def coach_view(scene: Scene) -> CoachView:
    """What the coach may know: what a learner can see, and what code observed."""
    scenario = scene.scenario
    lines = [NumberedLine(turn=0, speaker="persona", text=scenario.opening_line)]
    for turn in scene.turns:
        seen = observations_of(turn)
        lines.append(NumberedLine(turn=turn.number, speaker="learner", text=turn.learner_text, observations=seen))
        lines.append(NumberedLine(turn=turn.number, speaker="persona", text=turn.reply))
    return CoachView(
        learner_role=scenario.learner_role,
        learner_goal=scenario.learner_goal,
        setting=scenario.setting,
        persona_name=scenario.persona.name,
        language=scenario.language,
        objectives=scenario.objectives,
        exemplars=scenario.exemplars,
        transcript=tuple(lines),
        reflection=scene.practice.reflection or "",
    )
