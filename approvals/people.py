"""Roles, and the little that rules need to know about a person."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Role(StrEnum):
    """What a person may hold; one person can hold several."""

    DESIGNER = "designer"
    LEARNER = "learner"
    STRATEGIST = "strategist"
    ADMIN = "admin"
    GUARDIAN = "guardian"


class Actor(BaseModel):
    """Who is acting: a person by login, or a token, which can never approve."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    roles: frozenset[Role]
    by_token: bool = False
