"""How a persona is told to play, as something that must never be heard in a scene."""

from __future__ import annotations

from functools import cache

from agents.prompts import load_prompt
from practice.screening import runs_of


@cache
def instructions() -> frozenset[tuple[str, ...]]:
    """Every few words in a row of the prompt's own text; what is filled in for a scene is no part of it."""
    prompt = load_prompt("agents.persona")
    return frozenset[tuple[str, ...]]().union(*map(runs_of, (*prompt.sections.values(), *prompt.words.values())))
