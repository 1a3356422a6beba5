"""What the conformance suite found, and how fit it makes a model for a role."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.endpoints import Role
from agents.provenance import Usage


class Fitness(StrEnum):
    """What a model can be trusted with in a role."""

    FIT = "pass"
    PROVISIONAL = "provisional"  # works, with weaknesses that the people at the desks are told of
    UNFIT = "unfit"  # plays only where an admin allows it by name


class Outcome(StrEnum):
    """How one probe went."""

    GOOD = "good"
    WEAK = "weak"  # not as it should be, and bearable
    BAD = "bad"
    NOT_ASKED = "not asked"  # does not concern this role, or an earlier probe made it pointless


class Sample(BaseModel):
    """One exchange, as evidence; texts are the suite's own and never anybody's words."""

    model_config = ConfigDict(frozen=True)

    asked: str
    replied: str
    remark: str = ""


class Finding(BaseModel):
    """What one probe found, in a plain sentence, with samples."""

    model_config = ConfigDict(frozen=True)

    probe: str
    outcome: Outcome
    detail: str
    samples: tuple[Sample, ...] = ()


class Report(BaseModel):
    """What a model was seen to do in a role."""

    model_config = ConfigDict(frozen=True)

    role: Role
    model: str
    endpoint: str
    suite: str
    fingerprint: str = Field(description="SHA-256 over model, parameters, prompt and suite")
    fitness: Fitness
    findings: tuple[Finding, ...]
    usage: Usage
    seconds: float
    reach: Literal["reached", "not reached"] = "reached"
