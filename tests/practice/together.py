"""Scenes with several people for tests, made of the decks of the others."""

from __future__ import annotations

from typing import Any

from practice.scenario import Persona, Scenario
from tests.practice.scenarios import OVERLOAD, PRICE


def _third() -> dict[str, Any]:
    content = PRICE.persona.model_dump(mode="json") | {
        "name": "Tom Weiss",
        "role": "Works council",
        "stance": "The council has not been asked, and I say so at every table.",
        "goals": ["That the council is heard before anything is decided."],
    }
    for number, concern in enumerate(content["concerns"]):
        concern |= {
            "id": f"council_{number}",
            "topic": [f"{word} council" for word in ("vote", "rota", "canteen", "lift")[number : number + 2]],
            "fact": f"The works council has kept back paper number {number} on the canteen since last winter.",
            "voiced": f"Well, there is that paper number {number} about the canteen, from last winter.",
            "cover": f"The council looks at everything in its time, item {number} too.",
        }
    return content


TOGETHER = Scenario.model_validate(
    OVERLOAD.content() | {"others": [PRICE.persona.model_dump(mode="json")]},
)
THREE = Scenario.model_validate(OVERLOAD.content() | {"others": [PRICE.persona.model_dump(mode="json"), _third()]})
SECOND: Persona = TOGETHER.others[0]
