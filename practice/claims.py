"""What a coach says about an objective, before code has looked for the words it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """What a coach says about one objective; ``quotes`` are (turn number, words said to be the learner's)."""

    objective_id: str
    level: str | None
    quotes: tuple[tuple[int | None, str], ...] = ()
    situation: str = ""
    behaviour: str = ""
    impact: str = ""
    next_step: str = ""
