"""What a learner chooses in a form: goal, challenge, help, and the words of the other person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form

from practice.brief import Difficulty
from practice.preferences import HintLevel, LanguageLevel, Preferences

AS_SIGNED = ""  # what the form sends for the difficulty or the language as it was signed


async def chosen(
    goal: Annotated[str, Form(max_length=300)] = "",
    challenge: Annotated[str, Form(max_length=20)] = AS_SIGNED,
    hints: Annotated[HintLevel, Form()] = HintLevel.OFFERED,
    language_level: Annotated[LanguageLevel, Form()] = LanguageLevel.AS_WRITTEN,
    language: Annotated[str, Form(pattern=r"^([a-z]{2}(-[A-Z]{2})?)?$")] = AS_SIGNED,
) -> Preferences:
    """The choices in a form; where it has none, everything is as usual."""
    known = challenge in {each.value for each in Difficulty}
    return Preferences(
        goal=goal,
        challenge=Difficulty(challenge) if known else None,
        hints=hints,
        language_level=language_level,
        language=language,
    )


Chosen = Annotated[Preferences, Depends(chosen)]
