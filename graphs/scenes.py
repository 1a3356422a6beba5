"""What a practice is played from: the signed scenario, the turns so far, and what each agent may see of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from agents.coach import CoachView
from agents.coach.view import view_of
from agents.persona import Said
from evidence.canonical import digest
from evidence.errors import NotSigned
from practice.brief import Difficulty
from practice.debrief import TranscriptLine
from practice.observation import Observation
from practice.preferences import Form, Preferences, as_played
from practice.scenario import Scenario
from practice.scene import SceneState
from practice.translation import choices_in, translated
from practice.turn_taking import begin
from practice.variation import render
from store.purpose import Purpose
from store.records import Practice, Turn
from store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Scene:
    """A practice as it stands between two turns."""

    practice: Practice
    scenario: Scenario
    turns: tuple[Turn, ...]
    lines: tuple[Said, ...]  # everything said, oldest first, with the persona's opening line

    @classmethod
    def of(cls, practice: Practice, scenario: Scenario, turns: Iterable[Turn]) -> Scene:
        """A practice after these complete turns."""
        opens = Said(speaker="persona", text=scenario.opening_line, name=scenario.persona.name)
        opening = cls(practice, scenario, (), (opens,))
        return opening.with_turns(*turns)

    @cached_property
    def state(self) -> SceneState:
        """After the last complete turn."""
        return SceneState.model_validate(self.turns[-1].state) if self.turns else begin(self.scenario)

    @cached_property
    def preferences(self) -> Preferences:
        """What the learner chose for this practice."""
        return preferences_of(self.practice)

    def speaker(self, turn: Turn) -> str:
        """Who answered in a turn."""
        return str(turn.observed.get("speaker") or self.scenario.persona.name)

    def with_turns(self, *turns: Turn) -> Scene:
        """The scene after more complete turns."""
        said = [
            line
            for turn in turns
            for line in (
                Said(speaker="learner", text=turn.learner_text),
                Said(speaker="persona", text=turn.reply, name=self.speaker(turn)),
            )
        ]
        return replace(self, turns=(*self.turns, *turns), lines=(*self.lines, *said))


def preferences_of(practice: Practice) -> Preferences:
    """What the learner chose for a practice."""
    return Preferences.model_validate(practice.preferences)


def in_its_language(practice: Practice, preferences: Preferences | None) -> Preferences:
    """What was chosen anew for a twin or a branch of a practice, else what it has; always in its language."""
    before = preferences_of(practice)
    return before if preferences is None else preferences.model_copy(update={"language": before.language})


def shown(content: str) -> dict[str, Any]:
    """A stored scenario as people and judges read it: variation slots filled with their default values."""
    return _played(content, (), Form.FULL, None).content()


@lru_cache(maxsize=256)
def _read(content: str) -> tuple[Scenario, str]:
    """A stored text as a scenario, with its digest. Nothing can be stale here: another text is another entry.

    Raises:
        NotSigned: it is no scenario any more; only such texts are ever stored and signed.
    """
    try:
        return Scenario.model_validate_json(content), digest(json.loads(content))
    except ValueError as error:
        raise NotSigned(
            "The stored text is damaged: it is not a scenario any more.", todo="Do not use it; tell an admin."
        ) from error


@lru_cache(maxsize=256)
def _played(
    content: str, choices: tuple[tuple[str, str], ...], form: Form, challenge: Difficulty | None, language: str = ""
) -> Scenario:
    source = _read(content)[0]
    scenario = translated(source, language or source.language)
    return as_played(render(scenario, choices_in(source, scenario, dict(choices))), form, challenge)


async def signed_scenario(work: UnitOfWork, version_id: str, *, held: bool = False) -> tuple[Scenario, str, str]:
    """(scenario, digest, programme id) of a version with a live sign-off of exactly its stored text.

    ``held`` keeps the sign-off from being revoked until the transaction ends, so that nothing begins on a revoked one.

    Raises:
        NotSigned: it has none, or the text is not what was signed.
    """
    version = await work.design.version(version_id)
    scenario, actual = _read(version.content)
    if await work.approvals.live_sign_off(version.id, actual, held=held) is None:
        raise NotSigned(
            "Nobody has signed off exactly this text, so it cannot be practised.",
            todo="A designer reviews and approves it first.",
        )
    return scenario, actual, version.programme_id


async def load_scene(work: UnitOfWork, practice_id: str, learner_id: str, purpose: Purpose) -> Scene:
    """The practice, its scenario with this learner's choices filled in, and its complete turns."""
    practice = await work.practices.get(practice_id, reader=learner_id, purpose=purpose)
    version = await work.design.version(practice.version_id)
    scenario = _signed(practice, version.content)
    if purpose is Purpose.PLAY_SCENE:
        _may_go_on((await work.practices.at_turn(practice_id, 0, reader=learner_id, purpose=purpose)).taken_back)
    turns = await work.practices.turns(practice_id, reader=learner_id, purpose=purpose)
    return Scene.of(practice, scenario, turns)


async def next_scene(
    work: UnitOfWork, practice_id: str, learner_id: str, *, known: Scene | None = None
) -> tuple[Scene, int]:
    """The scene in which a learner says something next, and how many attempts there were at this turn.

    Args:
        work: the unit of work.
        practice_id: the practice.
        learner_id: whose it is.
        known: the scene as this process last left it. Everything that may have changed since is read anew, in one
            query; of the turns, which only grow, those that are not known.

    Raises:
        NotFound: it is not this learner's practice.
        NotSigned: the text is not what was signed, or the scenario was taken back.
    """
    purpose = Purpose.PLAY_SCENE
    already = 0 if known is None else len(known.turns)
    now = await work.practices.at_turn(practice_id, already + 1, reader=learner_id, purpose=purpose)
    scenario = _signed(now.practice, now.content)
    _may_go_on(now.taken_back)
    if now.complete == already:
        scene = (
            Scene.of(now.practice, scenario, ())
            if known is None
            else replace(known, practice=now.practice, scenario=scenario)
        )
        return scene, now.attempts
    turns = await work.practices.turns(practice_id, reader=learner_id, purpose=purpose)
    return Scene.of(now.practice, scenario, turns), await work.practices.last_attempt(practice_id, len(turns) + 1)


def _signed(practice: Practice, content: str) -> Scenario:
    """What a practice plays, from the stored text of its version.

    Raises:
        NotSigned: the text is not what was signed.
    """
    if _read(content)[1] != practice.digest:
        raise NotSigned(
            "The text of this practice is not what was signed.", todo="Tell an admin; do not go on with it."
        )
    chosen = preferences_of(practice)
    choices = tuple(sorted(practice.choices.items()))
    return _played(content, choices, Form(practice.form), chosen.challenge, chosen.language)


def _may_go_on(taken_back: bool) -> None:
    """Refuse another turn where every sign-off was revoked and the last revocation stopped open practices.

    A suspended sign-off lets open practices be finished: only beginning needs a live one.

    Raises:
        NotSigned: the scenario was taken back.
    """
    if taken_back:
        raise NotSigned(
            "This scenario was taken back, and scenes under way stop with it. What you said stays yours.",
            todo="Finish this practice to reflect on it, or begin another scenario.",
        )


def observations_of(turn: Turn) -> tuple[Observation, ...]:
    """What was observed in a stored turn."""
    return tuple(Observation.model_validate(each) for each in turn.observed.get("observations", ()))


def transcript(scene: Scene) -> list[TranscriptLine]:
    """The whole scene, for the coach, for counting and for quoting."""
    first = scene.scenario.persona.name if scene.scenario.others else ""
    lines = [TranscriptLine(turn=0, speaker="persona", text=scene.scenario.opening_line, name=first)]
    for turn in scene.turns:
        seen = observations_of(turn)
        lines.append(TranscriptLine(turn=turn.number, speaker="learner", text=turn.learner_text, observations=seen))
        name = scene.speaker(turn) if first else ""
        lines.append(TranscriptLine(turn=turn.number, speaker="persona", text=turn.reply, name=name))
    return lines


def coach_view(scene: Scene) -> CoachView:
    """What the coach may know: what a learner can see, and what code observed."""
    return view_of(scene.scenario, transcript(scene), reflection=scene.practice.reflection or "")
