"""Where the other person stands, in words that a learner may read once the scene is over: never the numbers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from practice.scenario import Scenario
from practice.scene import SceneState

MOODS = {-3: "hostile", -2: "cold", -1: "guarded", 0: "even", 1: "friendly", 2: "warm", 3: "very_warm"}
_TRUSTS = ((-3, "shut"), (-1, "wary"), (1, "waiting_to_see"), (3, "trusting"), (5, "open"))  # up to and including


class Standing(BaseModel):
    """One person after a turn."""

    model_config = ConfigDict(frozen=True)

    name: str
    mood: str
    trust: str


def standing(scenario: Scenario, state: SceneState) -> tuple[Standing, ...]:
    """Everybody in the scene, in the scenario's order."""
    return tuple(
        Standing(name=person.name, mood=MOODS[each.mood], trust=_trust(each.trust))
        for person, each in zip(scenario.people, state.people, strict=True)
    )


def _trust(value: int) -> str:
    return next(word for most, word in _TRUSTS if value <= most)
