"""The state of one scene: what rules change and the persona's player never decides."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SceneState(BaseModel):
    """State after a number of turns. ``seen`` counts, per concern id, the turns in which its condition's behaviour was met."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turn: int = Field(default=0, ge=0)
    mood: int = Field(default=0, ge=-3, le=3)
    trust: int = Field(default=0, ge=-5, le=5)
    unlocked: tuple[str, ...] = ()
    seen: dict[str, int] = Field(default_factory=dict)
    objections_raised: tuple[int, ...] = ()
    ended: bool = False
