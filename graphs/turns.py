"""Whose turn it is at a checkpoint: what its policy is and why, who has claimed it, until when, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from approvals.people import Actor
from approvals.policies import policy_named
from graphs.reviewing import Review
from graphs.rollout_steps import authors_of
from store.purpose import Purpose
from store.records import CheckpointRow, RunEvent
from store.unit_of_work import Store, UnitOfWork


class Place(IntEnum):
    """Where a checkpoint stands in a person's list: what is theirs first, what others have to sign last."""

    MINE = 0
    FREE = 1
    THEIRS = 2
    OTHERS = 3


class Barred(StrEnum):
    """Why somebody cannot sign, whatever their role."""

    NOT = ""
    DECIDED = "decided"
    AUTHOR = "author"
    ORDERED = "ordered"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, as one person sees it.

    ``against`` says that the verdict speaks against the text, ``because`` why its risk is what it is. ``claim`` is
    "mine", "theirs", or "" where nobody has it (any more); ``claimed_by`` and ``until`` go with it. ``may_act`` says
    whether the person has a say that they have not used, ``at`` at what moment all this was so.
    """

    policy: str
    against: bool
    risk: str
    because: tuple[str, ...]
    signed_by: tuple[str, ...]
    claim: str
    claimed_by: str
    until: datetime | None
    due: datetime | None
    overdue: bool
    barred: Barred
    may_act: bool
    may_withdraw: bool
    at: datetime

    @property
    def place(self) -> Place:
        """Where it stands in the person's list."""
        if self.barred or not self.may_act:
            return Place.OTHERS
        return {"mine": Place.MINE, "theirs": Place.THEIRS}.get(self.claim, Place.FREE)


async def turn_at(store: Store, actor: Actor, shown: Review) -> Turn:
    """Whose turn it is at what is shown."""
    verdict = shown.verdict
    against = verdict is not None and (verdict["outcome"] == "revise" or bool(verdict["vetoes"]))
    async with store.read() as work:
        return await turn_of(work, actor, shown.checkpoint, against=against, trace=shown.trace)


async def turn_of(
    work: UnitOfWork,
    actor: Actor,
    checkpoint: CheckpointRow,
    *,
    against: bool = False,
    trace: list[RunEvent] | None = None,
) -> Turn:
    """Whose turn it is at a checkpoint; without a trace it is not said why."""
    policy = policy_named(checkpoint.policy.split("/")[0])
    me = actor.person_id
    run = await work.design.run(checkpoint.run_id)
    decisions = await work.approvals.decisions(checkpoint.id)
    claim = _claim(checkpoint, me, work.now)
    people = {each.person_id for each in decisions} | ({str(checkpoint.claimed_by)} if claim else set())
    names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
    pending = checkpoint.status == "pending"
    holds = bool({role.value for role in actor.roles} & policy.roles)
    decided = any(each.person_id == me for each in decisions)
    barred = Barred.NOT
    if pending:
        brief_id = None if policy.brief_writer_may_sign else run.brief_id
        barred = Barred.DECIDED if decided else await _barred(work, checkpoint, me, brief_id)
    return Turn(
        policy=policy.name,
        against=against,
        risk=checkpoint.risk or "",
        because=_because(checkpoint, trace or []),
        signed_by=tuple(names.get(each.person_id, "somebody") for each in decisions if each.kind == "approve"),
        claim=claim,
        claimed_by=names.get(str(checkpoint.claimed_by), "a colleague") if claim else "",
        until=checkpoint.claimed_until if claim else None,
        due=checkpoint.due_at,
        overdue=pending and checkpoint.due_at is not None and checkpoint.due_at <= work.now,
        barred=barred,
        may_act=pending and holds and not decided,
        may_withdraw=pending and (holds or run.started_by == me),
        at=work.now,
    )


def _claim(checkpoint: CheckpointRow, me: str, now: datetime) -> str:
    if checkpoint.status != "pending" or checkpoint.claimed_by is None:
        return ""
    if checkpoint.claimed_until is None or checkpoint.claimed_until <= now:
        return ""
    return "mine" if checkpoint.claimed_by == me else "theirs"


def _because(checkpoint: CheckpointRow, trace: list[RunEvent]) -> tuple[str, ...]:
    for event in reversed(trace):
        if event.event == "waits for a person" and event.detail.get("checkpoint") == checkpoint.id:
            return tuple(str(each) for each in event.detail.get("because", ()))
    return ()


async def _barred(work: UnitOfWork, checkpoint: CheckpointRow, me: str, brief_id: str | None) -> Barred:
    authors = await work.design.authors(checkpoint.subject_id)
    if checkpoint.subject_kind == "rollout":
        authors = await authors_of(work, await work.reach.step(checkpoint.subject_id))
    elif checkpoint.subject_kind != "scenario":
        authors = authors | {(await work.strategy.version(checkpoint.subject_id)).author_id}
    if me in authors:
        return Barred.AUTHOR
    if brief_id is not None and (await work.design.brief(brief_id)).writer_id == me:
        return Barred.ORDERED
    return Barred.NOT
