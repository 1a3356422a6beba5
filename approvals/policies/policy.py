"""What a policy is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import Decision, DecisionKind, Subject


class State(StrEnum):
    """What the decisions so far amount to."""

    PENDING = "pending"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"


class Ruling(BaseModel):
    """A policy's answer, with its reasons in plain words."""

    model_config = ConfigDict(frozen=True)

    state: State
    reasons: tuple[str, ...] = ()


class Policy(Protocol):
    """A named, versioned rule. ``roles`` are those who may decide under it."""

    name: str
    version: int
    roles: frozenset[str]
    brief_writer_may_sign: bool

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Say what the decisions on this subject amount to."""
        ...


def ended_otherwise(decisions: Sequence[Decision]) -> Ruling | None:
    """Any rejection rejects, any request for changes sends back, whichever came first; None if there is neither."""
    for decision in decisions:
        if decision.kind is DecisionKind.REJECT:
            return Ruling(state=State.REJECTED, reasons=("rejected",))
        if decision.kind is DecisionKind.REQUEST_CHANGES:
            return Ruling(state=State.CHANGES_REQUESTED, reasons=("changes were requested",))
    return None


def approvers_needed(subject: Subject, usual: int) -> int:
    """How many people must approve: against `revise` or a veto, two at least."""
    return max(usual, 2) if subject.outcome == "revise" or subject.vetoes else usual


def count_approvals(subject: Subject, decisions: Sequence[Decision], *, usual: int, roles: frozenset[str]) -> Ruling:
    """Rule by the number of distinct approvers who held one of the roles when deciding and are no authors."""
    ended = ended_otherwise(decisions)
    if ended:
        return ended
    if subject.outcome in ("errored", "refer"):
        return Ruling(state=State.PENDING, reasons=("there is no verdict to approve against yet",))
    people = {d.person_id for d in decisions if d.kind is DecisionKind.APPROVE and d.roles & roles} - subject.authors
    needed = approvers_needed(subject, usual)
    if len(people) >= needed:
        return Ruling(state=State.APPROVED, reasons=(f"{len(people)} of {needed} approved",))
    return Ruling(state=State.PENDING, reasons=(f"{len(people)} of {needed} approved",))
