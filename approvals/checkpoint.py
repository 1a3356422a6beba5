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
    ROLLOUT = "rollout"


class RiskClass(StrEnum):
    """How much harm a change could do, as code sees it from the difference alone; see ``approvals.risk``."""

    LOW = "low"
    ORDINARY = "ordinary"
    HIGH = "high"


class CheckpointStatus(StrEnum):
    """``PENDING`` is the only state that can change."""

    PENDING = "pending"
    APPROVED = "approved"
    EDITED = "edited"  # ended by an approval with edits: a new version took its place
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"  # the strategy changed; the text is judged again and waits elsewhere


class DecisionKind(StrEnum):
    """What a person can say at a checkpoint."""

    APPROVE = "approve"
    APPROVE_WITH_EDITS = "approve_with_edits"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Comment(BaseModel):
    """A request for change, anchored to a field and, where given, a quote in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = ""
    quote: str = Field(default="", max_length=2000)
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Edit(BaseModel):
    """The whole new text of one field, as a person wants it; slots are written as ``{slot}``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str = Field(min_length=1, max_length=200)
    text: str = Field(max_length=20_000)


class Subject(BaseModel):
    """What is decided on."""

    model_config = ConfigDict(frozen=True)

    kind: SubjectKind
    version_id: str
    digest: str
    authors: frozenset[str] = frozenset()  # people who wrote or saved text in it
    outcome: str | None = None  # of the verdict, where there is one
    vetoes: tuple[str, ...] = ()
    risk: RiskClass | None = None  # None where nobody has looked


class Decision(BaseModel):
    """One decision of one person, as recorded."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    kind: DecisionKind
    roles: frozenset[str]
    reason: str = ""


def review_digest(content_digest: str, verdict_id: str | None, policy: str, grounds: str | None = None) -> str:
    """What a reviewer saw, as one SHA-256 in hex.

    Args:
        content_digest: of the text.
        verdict_id: what it was judged as, where it was.
        policy: its name and version.
        grounds: digest of the grounds on which criteria are to be put in force. Where there are none, the digest is
            what it was before there were grounds, so that older ones can still be checked.
    """
    seen = {"content": content_digest, "verdict": verdict_id, "policy": policy}
    return digest(seen if grounds is None else seen | {"grounds": grounds})
