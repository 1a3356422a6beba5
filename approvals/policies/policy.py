"""What a policy is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import Decision, DecisionKind, RiskClass, Subject

ANY_RISK = frozenset(RiskClass)


class State(StrEnum):
    """What the decisions so far amount to."""

    PENDING = "pending"
    APPROVED = "approved"
    EDITED = "edited"
    CHANGES_REQUESTED = "changes_requested"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Ruling(BaseModel):
    """A policy's answer, with its reasons in plain words."""

    model_config = ConfigDict(frozen=True)

    state: State
    reasons: tuple[str, ...] = ()


class Policy(Protocol):
    """A named, versioned rule.

    ``roles`` are those who may decide under it, ``risks`` the classes of change it is made for.
    """

    name: str
    version: int
    roles: frozenset[str]
    risks: frozenset[RiskClass]
    brief_writer_may_sign: bool

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Say what the decisions on this subject amount to."""
        ...


_ENDS_AT_ONCE = {
    DecisionKind.REJECT: Ruling(state=State.REJECTED, reasons=("rejected",)),
    DecisionKind.REQUEST_CHANGES: Ruling(state=State.CHANGES_REQUESTED, reasons=("changes were requested",)),
    DecisionKind.APPROVE_WITH_EDITS: Ruling(
        state=State.EDITED, reasons=("approved with edits: the new version is judged and signed by itself",)
    ),
    DecisionKind.WITHDRAW: Ruling(state=State.WITHDRAWN, reasons=("withdrawn",)),
}


def ended_otherwise(decisions: Sequence[Decision]) -> Ruling | None:
    """The first decision that is no plain approval ends it: back, rejected, edited or withdrawn; None without one."""
    return next((_ENDS_AT_ONCE[each.kind] for each in decisions if each.kind in _ENDS_AT_ONCE), None)


def approvers_needed(subject: Subject, usual: int) -> int:
    """How many people must approve: against `revise` or a veto, two at least."""
    return max(usual, 2) if subject.outcome == "revise" or subject.vetoes else usual


def nothing_to_approve(subject: Subject) -> Ruling | None:
    """Pending, where the judgement failed or was referred to a person who has not settled it; else None."""
    if subject.outcome in ("errored", "refer"):
        return Ruling(state=State.PENDING, reasons=("there is no verdict to approve against yet",))
    return None


def approvers(subject: Subject, decisions: Sequence[Decision], role: str) -> frozenset[str]:
    """The people who approved, held the role when they did, and are no authors."""
    approved = (d for d in decisions if d.kind is DecisionKind.APPROVE and role in d.roles)
    return frozenset(d.person_id for d in approved) - subject.authors


def count_approvals(subject: Subject, decisions: Sequence[Decision], *, usual: int, roles: frozenset[str]) -> Ruling:
    """Rule by the number of distinct approvers who held one of the roles when deciding and are no authors."""
    ruled = ended_otherwise(decisions) or nothing_to_approve(subject)
    if ruled:
        return ruled
    people = frozenset[str]().union(*(approvers(subject, decisions, role) for role in roles))
    needed = approvers_needed(subject, usual)
    state = State.APPROVED if len(people) >= needed else State.PENDING
    return Ruling(state=state, reasons=(f"{len(people)} of {needed} approved",))
