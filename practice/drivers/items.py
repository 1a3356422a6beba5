"""The questions of check-ins and taps, as ``items.yaml`` holds them; read once."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML


class Moment(StrEnum):
    """When somebody in a pilot is asked."""

    BEFORE = "before"
    AFTER = "after"
    LATER = "later"  # thirty days on


class Driver(StrEnum):
    """What an item is about: a part of COM-B, or the three needs of self-determination theory."""

    CAPABILITY = "capability"
    OPPORTUNITY = "opportunity"
    MOTIVATION = "motivation"
    NEEDS = "needs"


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scale(_Read):
    """What can be answered: whole numbers from ``least`` to ``most``, both included."""

    least: int
    most: int
    low_end: str
    high_end: str


class Item(_Read):
    """One statement about the target behaviour, to be answered on the scale."""

    id: str
    driver: Driver
    moments: tuple[Moment, ...]
    text: str


class GoalLevel(_Read):
    """One step of goal attainment, from -2 to 2."""

    value: int
    text: str


class Goal(_Read):
    """What is asked about one's own goal."""

    text: str
    level: str
    levels: tuple[GoalLevel, ...]


class CheckInItems(_Read):
    """Everything a check-in may ask; an answer up to ``low`` says that something is missing."""

    scale: Scale
    low: int
    items: tuple[Item, ...]
    goal: Goal
    forecast: str
    happened: str


class Tap(_Read):
    """A question that one tap answers; ``chances`` are the percentages its answers stand for, where they do."""

    id: str
    text: str
    answers: tuple[str, ...]
    chances: tuple[int, ...] = ()


class PlanWords(_Read):
    """Words that a plan is better without."""

    vague: tuple[str, ...]
    negative: tuple[str, ...]
    several: tuple[str, ...]


@cache
def check_in() -> CheckInItems:
    """The questions of a check-in."""
    return CheckInItems.model_validate(_raw()["check_in"])


@cache
def asked_at(moment: Moment) -> tuple[Item, ...]:
    """The statements asked at a moment, in order."""
    return tuple(item for item in check_in().items if moment in item.moments)


@cache
def taps() -> tuple[Tap, ...]:
    """What is asked after a practice: three questions at most."""
    return tuple(Tap.model_validate(each) for each in _raw()["taps"])


def consent(minimum: int) -> tuple[str, ...]:
    """What somebody agrees to, sentence by sentence; ``minimum`` is the smallest number of people that is counted."""
    return tuple(str(each).replace("{minimum}", str(minimum)) for each in _raw()["consent"])


@cache
def plan_words() -> PlanWords:
    """Words that a plan is better without."""
    raw = _raw()["plan"]
    return PlanWords(vague=tuple(raw["vague"]), negative=tuple(raw["not"]), several=tuple(raw["several"]))


@cache
def _raw() -> Any:
    return YAML(typ="safe").load((resources.files(__package__) / "items.yaml").read_text(encoding="utf-8"))
