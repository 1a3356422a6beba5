"""The brief: what a designer orders. It is an order, not text of the scenario."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Difficulty(StrEnum):
    """How hard the persona makes it."""

    GENTLE = "gentle"
    REALISTIC = "realistic"
    DEMANDING = "demanding"


class Brief(BaseModel):
    """What should be practised, by whom, in which situation, and why the business cares."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skill: Short
    audience: Short
    situation: Long
    difficulty: Difficulty = Difficulty.REALISTIC
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    worry: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
