"""How a learner wants to practise: their own goal, how hard, how much help, in which words; whole or in three minutes.

A choice changes how the signed text is played and what the learner is offered, never the text.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from practice.brief import Difficulty
from practice.reveal import MAX_TURNS
from practice.scenario import Scenario

SHORT_TURNS = 6  # what fits into three minutes

# What the button "Say it simpler" says for the learner; ``practice.simpler`` recognises each of them.
SIMPLER_PLEASE = {
    "en": "Could you say that more simply, please?",
    "de": "Können Sie das bitte einfacher sagen?",
    "fr": "Pouvez-vous le dire plus simplement, s'il vous plaît ?",
    "es": "¿Puede decirlo con palabras más sencillas, por favor?",
}

Goal = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Language = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^([a-z]{2}(-[A-Z]{2})?)?$")]


class Form(StrEnum):
    """Which version is played."""

    FULL = "full"
    SHORT = "short"  # the three-minute version


class HintLevel(StrEnum):
    """How much help a learner wants."""

    NONE = "none"
    WHEN_ASKED = "when_asked"
    OFFERED = "offered"  # also when they seem to be stuck


class LanguageLevel(StrEnum):
    """How the other person shall speak."""

    AS_WRITTEN = "as_written"
    PLAIN = "plain"
    SIMPLE = "simple"


class Preferences(BaseModel):
    """What a learner chose when they began, or since."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    goal: Goal = Field(default="", description="what I want to try, in my own words; no agent reads it")
    challenge: Difficulty | None = Field(
        default=None, description="how hard the other person makes it; as signed: null"
    )
    hints: HintLevel = HintLevel.OFFERED
    language_level: LanguageLevel = LanguageLevel.AS_WRITTEN
    language: Language = Field(
        default="", description="a signed translation to practise in, from the beginning to the end; as signed: empty"
    )

    @property
    def cue_level(self) -> str:
        """The level for the persona's cue; empty where the persona speaks as it is written."""
        return "" if self.language_level is LanguageLevel.AS_WRITTEN else self.language_level.value

    @property
    def offers_help(self) -> bool:
        """Whether help may be offered unasked."""
        return self.hints is HintLevel.OFFERED


def as_played(scenario: Scenario, form: Form = Form.FULL, challenge: Difficulty | None = None) -> Scenario:
    """The scenario as it is played in a form and at a challenge.

    Args:
        scenario: with its slots filled.
        form: the three-minute version has a setting, an opening line and a goal of its own, which are signed, too.
        challenge: takes the place of the difficulty: of what the persona's cue says, and of the budget for hints.
    """
    changes: dict[str, object] = {}
    if form is Form.SHORT:
        short = scenario.short_version
        changes = {"setting": short.setting, "opening_line": short.opening_line, "learner_goal": short.goal}
    if challenge is not None:
        changes["difficulty"] = challenge
    return scenario.model_copy(update=changes) if changes else scenario


def simpler_please(language: str) -> str:
    """How a learner asks for simpler words, in the language of the scene; English where we have none."""
    return SIMPLER_PLEASE.get(language.partition("-")[0].casefold(), SIMPLER_PLEASE["en"])


def most_turns(form: Form | str) -> int:
    """The turn with which a scene in this form ends at the latest."""
    return SHORT_TURNS if form == Form.SHORT else MAX_TURNS
