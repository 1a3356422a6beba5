"""The four agents together, chosen by settings."""

from __future__ import annotations

from dataclasses import dataclass

from agents.alignment import Alignment
from agents.author import Author
from agents.coach import Coach
from agents.persona import Persona


@dataclass(frozen=True)
class Ensemble:
    """One player per role."""

    author: Author
    alignment: Alignment
    persona: Persona
    coach: Coach
