"""A checkpoint: where work waits for people. It has a subject, a policy, a state and exactly one ending."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from evidence.canonical import digest


class SubjectKind(StrEnum):
    """What can wait for a sign-off."""

    SCENARIO = "scenario"
    CHARTER = "charter"
    CRITERIA = "criteria"


class CheckpointStatus(StrEnum):
    """``PENDING`` is the only state that can change."""

    PENDING = "pending"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"


class DecisionKind(StrEnum):
    """What a person can say at a checkpoint."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"


class Comment(BaseModel):
    """A request for change, anchored to a field and, where given, a quote in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = ""
    quote: str = Field(default="", max_length=2000)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Subject(BaseModel):
    """What is decided on."""

    model_config = ConfigDict(frozen=True)

    kind: SubjectKind
    version_id: str
    digest: str
    authors: frozenset[str] = frozenset()  # people who wrote or saved text in it
    outcome: str | None = None  # of the verdict, where there is one
    vetoes: tuple[str, ...] = ()


class Decision(BaseModel):
    """One decision of one person, as recorded."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    kind: DecisionKind
    roles: frozenset[str]
    reason: str = ""


def review_digest(content_digest: str, verdict_id: str | None, policy: str) -> str:
    """What a reviewer saw: content, verdict and the policy's name and version, as one SHA-256 in hex."""
    return digest({"content": content_digest, "verdict": verdict_id, "policy": policy})
