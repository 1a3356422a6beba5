"""The state of one scene: what rules change and the persona's player never decides."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


def _is_unset(value: object) -> bool:
    return not value


class SceneState(BaseModel):
    """State after a number of turns.

    ``seen`` counts, per concern id, the turns in which its condition's behaviour was met; ``counted`` are the concerns
    counted in the latest turn, so that a model's later observation of that same turn does not count twice. ``thread``
    is the concern that the conversation is about. ``hostile_turns`` and ``idle_turns`` count consecutive turns at the
    lowest mood, and without anything that moves the talk forward.

    With several people in the scene this is the state of the first one, and ``others`` has one of the same shape for
    each of the others, in the scenario's order. ``turn`` and ``idle_turns`` are then everybody's, ``ended`` is told of
    the first only. ``spoke`` is the turn in which this person spoke last, ``left`` says that they walked out.
    ``simpler`` stays once the learner has asked to be told things more simply. What does not apply is left out of the
    stored state, so that a scene with one person is stored as it always was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: int = Field(default=0, ge=0)
    mood: int = Field(default=0, ge=-3, le=3)
    trust: int = Field(default=0, ge=-5, le=5)
    unlocked: tuple[str, ...] = ()
    seen: dict[str, int] = Field(default_factory=dict)
    objections_raised: tuple[int, ...] = ()
    ended: bool = False
    thread: str = ""
    counted: tuple[str, ...] = ()
    hostile_turns: int = Field(default=0, ge=0)
    idle_turns: int = Field(default=0, ge=0)
    spoke: int = Field(default=0, ge=0, exclude_if=_is_unset)
    left: bool = Field(default=False, exclude_if=_is_unset)
    simpler: bool = Field(default=False, exclude_if=_is_unset)
    others: tuple[SceneState, ...] = Field(default=(), exclude_if=_is_unset)

    @property
    def people(self) -> tuple[SceneState, ...]:
        """The state of everybody in the scene, in the scenario's order."""
        return (self, *self.others)
