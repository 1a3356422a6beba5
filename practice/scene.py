"""The state of one scene: what rules change and the persona's player never decides."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SceneState(BaseModel):
    """State after a number of turns.

    ``seen`` counts, per concern id, the turns in which its condition's behaviour was met; ``counted`` are the concerns
    counted in the latest turn, so that a model's later observation of that same turn does not count twice. ``thread``
    is the concern that the conversation is about. ``hostile_turns`` and ``idle_turns`` count consecutive turns at the
    lowest mood, and without anything that moves the talk forward.
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
