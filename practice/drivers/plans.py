"""If-then plans: when this happens, I will do that, by this day. Code gives kind advice; it refuses none for style."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from evidence.errors import InvalidInput
from practice.drivers.items import plan_words

MAX_PART = 300
FARTHEST = timedelta(days=180)
SOON_ENOUGH = timedelta(days=30)
LEAST_WORDS = 3


class Plan(BaseModel):
    """``cue`` is the if, ``action`` the then; ``prompt`` what will remind of it, where something is needed for that."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cue: str = Field(max_length=MAX_PART)
    action: str = Field(max_length=MAX_PART)
    prompt: str = Field(default="", max_length=MAX_PART)


class Outcome(StrEnum):
    """What came of a plan when its day was there."""

    HAPPENED = "happened"
    OTHERWISE = "otherwise"  # it happened in another way than planned
    NO_OCCASION = "no_occasion"  # the cue never came
    NOT_YET = "not_yet"

    @property
    def counts(self) -> bool | None:
        """Whether the behaviour happened; None where there was nothing to happen in."""
        return None if self is Outcome.NO_OCCASION else self in (Outcome.HAPPENED, Outcome.OTHERWISE)


class Advice(StrEnum):
    """What would make a plan easier to carry out."""

    CUE_SHORT = "cue_short"
    CUE_VAGUE = "cue_vague"
    ACTION_VAGUE = "action_vague"
    ACTION_NEGATIVE = "action_negative"
    ACTION_SEVERAL = "action_several"
    DATE_FAR = "date_far"


def check(plan: Plan, due: date, today: date) -> None:
    """See that it is a plan at all.

    Raises:
        InvalidInput: the if or the then is missing, or the day is not one of the next 180.
    """
    for name, text, what in (("cue", plan.cue, "if"), ("action", plan.action, "then")):
        if not text.strip():
            raise InvalidInput(f"The “{what}” of the plan is missing.", where=name, todo="A few words are enough.")
    if not today < due <= today + FARTHEST:
        raise InvalidInput(
            f"The day of a plan lies between tomorrow and {FARTHEST.days} days from now.",
            where="due",
            todo="Choose one of these days; you are asked then whether it happened.",
        )


def advice(plan: Plan, due: date, today: date) -> tuple[Advice, ...]:
    """What would make a plan easier to carry out; empty where nothing stands out.

    A cue shall be something that can be seen when it comes; the action one thing, said as what to do and not as what to
    leave; the day near.
    """
    words = plan_words()
    found = [
        (Advice.CUE_SHORT, len(plan.cue.split()) < LEAST_WORDS),
        (Advice.CUE_VAGUE, _has(plan.cue, words.vague)),
        (Advice.ACTION_VAGUE, _has(plan.action, words.vague)),
        (Advice.ACTION_NEGATIVE, _has(plan.action, words.negative)),
        (Advice.ACTION_SEVERAL, any(each in plan.action.casefold() for each in words.several)),
        (Advice.DATE_FAR, due > today + SOON_ENOUGH),
    ]
    return tuple(kind for kind, applies in found if applies)


def _has(text: str, phrases: tuple[str, ...]) -> bool:
    plain = text.casefold().replace("’", "'")
    return any(re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", plain) for phrase in phrases)
