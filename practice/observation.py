"""What code observed in one utterance of a learner."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Behaviour(StrEnum):
    """Conversation behaviours that code can detect.

    The names follow motivational-interviewing coding (MITI 4.2.1, MISC 2.5), reduced to what matters at work.
    """

    OPEN_QUESTION = "open_question"
    CLOSED_QUESTION = "closed_question"
    SIMPLE_REFLECTION = "simple_reflection"
    COMPLEX_REFLECTION = "complex_reflection"
    AFFIRMATION = "affirmation"
    ACKNOWLEDGEMENT = "acknowledgement"  # of the other person's feeling
    SUMMARY = "summary"
    ADVICE_WITH_PERMISSION = "advice_with_permission"
    ADVICE_WITHOUT_PERMISSION = "advice_without_permission"
    CONFRONTATION = "confrontation"
    INFORMATION = "information"
    COMMITMENT = "commitment"
    BLAME = "blame"
    JARGON = "jargon"


class Observation(BaseModel):
    """One behaviour, located: ``utterance[start:end] == quote``."""

    model_config = ConfigDict(frozen=True)

    behaviour: Behaviour
    quote: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    observer: str = Field(default="code", description="`code`, or the name of the model that saw it")
