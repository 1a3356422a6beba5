"""Whose turn it is at a checkpoint: what the policy asks for and why, who has claimed it, until when, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.identity import Identity
    from graphs.reviewing import Review
    from store.records import CheckpointRow, RunEvent
    from store.unit_of_work import Store, UnitOfWork


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, as one person sees it.

    ``against`` says that the verdict speaks against the text, ``because`` why its risk is what it is. ``claim`` is
    "mine", "theirs", or "" where nobody has it; ``claimed_by`` and ``until`` go with it. ``barred`` says why this
    person cannot sign; ``may_act`` whether they have a say that they have not used.
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
    barred: str
    may_act: bool
    may_withdraw: bool


async def turn_at(store: Store, who: Identity, shown: Review) -> Turn:
    """Whose turn it is at what is shown."""
    async with store.read() as work:
        return await turn_of(work, who, shown.checkpoint, against=speaks_against(shown), trace=shown.trace)


async def turn_of(
    work: UnitOfWork,
    who: Identity,
    checkpoint: CheckpointRow,
    *,
    against: bool = False,
    trace: list[RunEvent] | None = None,
) -> Turn:
    """Whose turn it is at a checkpoint; without a trace it is not said why."""
    from approvals.policies import policy_named
    from store.purpose import Purpose

    policy = policy_named(checkpoint.policy.split("/")[0])
    me = who.actor.person_id
    run = await work.design.run(checkpoint.run_id)
    decisions = await work.approvals.decisions(checkpoint.id)
    claim = _claim(checkpoint, me, work.now)
    people = {each.person_id for each in decisions} | ({str(checkpoint.claimed_by)} if claim else set())
    names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
    pending = checkpoint.status == "pending"
    holds = bool({role.value for role in who.actor.roles} & policy.roles)
    decided = any(each.person_id == me for each in decisions)
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
        barred=await _barred(work, checkpoint, me, decided=decided, brief_id=run.brief_id) if pending else "",
        may_act=pending and holds and not decided,
        may_withdraw=pending and (holds or run.started_by == me),
    )


def speaks_against(shown: Review) -> bool:
    """Whether the verdict is ``revise``, or holds a veto."""
    return shown.verdict is not None and (shown.verdict["outcome"] == "revise" or bool(shown.verdict["vetoes"]))


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


async def _barred(work: UnitOfWork, checkpoint: CheckpointRow, me: str, *, decided: bool, brief_id: str | None) -> str:
    from approvals.policies import policy_named

    if decided:
        return "You have signed already; it waits for somebody else."
    authors = await work.design.authors(checkpoint.subject_id)
    if checkpoint.subject_kind != "scenario":
        authors = authors | {(await work.strategy.version(checkpoint.subject_id)).author_id}
    if me in authors:
        return "You wrote text that is in this version, so somebody else signs it."
    if brief_id is None or policy_named(checkpoint.policy.split("/")[0]).brief_writer_may_sign:
        return ""
    ordered = (await work.design.brief(brief_id)).writer_id == me
    return "You ordered this, so two others sign it." if ordered else ""
