"""Whose turn it is at a checkpoint, in plain words: what the policy asks for and why, who has claimed it, by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from api.pages.telling import plain
from api.wording import _
from approvals.policies import policy_named
from store.purpose import Purpose

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.background import Background
    from graphs.reviewing import Review
    from store.records import CheckpointRow

ASKS = {
    "one_reviewer": _("Needs one designer who wrote none of it."),
    "two_person": _("Needs two designers who wrote none of it and did not order it."),
    "designer_and_strategist": _("Needs a designer and a strategist: two people who wrote none of it."),
    "second_strategist": _("Needs a strategist who wrote none of it."),
    "low_risk_batch": _("Needs one designer who wrote none of it; it can be signed from the list."),
}


@dataclass(frozen=True)
class Turn:
    """Whose turn it is.

    ``asks`` says what the policy wants, ``because`` why it is this policy, ``signed_by`` who has signed so far.
    ``claim`` is "mine", "theirs" or "" where nobody has it; ``claimed_by`` and ``until`` go with it. ``barred`` says
    why this person may not sign; ``may_act`` whether they have a say at all.
    """

    asks: str
    because: tuple[str, ...]
    signed_by: tuple[str, ...]
    may_act: bool
    may_withdraw: bool
    barred: str
    claim: str
    claimed_by: str
    until: datetime | None
    due: datetime | None
    overdue: bool
    today: str


async def turn(app: Application, who: Identity, found: Review, behind: Background) -> Turn:
    """Whose turn it is at this checkpoint, as this person sees it."""
    checkpoint = found.checkpoint
    policy = policy_named(checkpoint.policy.split("/")[0])
    me = who.actor.person_id
    pending = checkpoint.status == "pending"
    has_role = bool({role.value for role in who.actor.roles} & policy.roles)
    async with app.store.read() as work:
        now = work.now
        claim = claimed(checkpoint, me, now)
        names = await work.people.names(
            frozenset({str(checkpoint.claimed_by)}) if claim else frozenset(), purpose=Purpose.ACCOUNTABILITY
        )
        authors = await work.design.authors(checkpoint.subject_id) if pending else frozenset()
        brief_id = behind.run.brief_id if pending and not policy.brief_writer_may_sign else None
        writer = None if brief_id is None else (await work.design.brief(brief_id)).writer_id
    decided = {each.person_id for each in found.decisions}
    barred = ""
    if me in authors:
        barred = _("You changed wording in this version, so somebody else signs it.")
    elif writer == me:
        barred = _("You ordered this, and two others have to sign it.")
    return Turn(
        asks=_asks(found, policy.name),
        because=_because(found),
        signed_by=tuple(found.names.get(d.person_id, _("somebody")) for d in found.decisions if d.kind == "approve"),
        may_act=pending and has_role and me not in decided,
        may_withdraw=pending and (has_role or behind.run.started_by == me),
        barred=barred,
        claim=claim,
        claimed_by=names.get(str(checkpoint.claimed_by), _("A colleague")),
        until=checkpoint.claimed_until,
        due=checkpoint.due_at,
        overdue=checkpoint.due_at is not None and checkpoint.due_at <= now,
        today=now.strftime("%Y-%m-%d"),
    )


def claimed(checkpoint: CheckpointRow, person_id: str, now: datetime) -> str:
    """Who has claimed a checkpoint: "mine", "theirs", or "" where nobody has (any more)."""
    if checkpoint.claimed_by is None or checkpoint.claimed_until is None or checkpoint.claimed_until <= now:
        return ""
    return "mine" if checkpoint.claimed_by == person_id else "theirs"


def _asks(found: Review, policy: str) -> str:
    said = ASKS.get(policy, _("Guarded by the policy “{policy}”.").format(policy=plain(policy)))
    against = found.verdict is not None and (found.verdict["outcome"] == "revise" or found.verdict["vetoes"])
    return (
        f"{said} {_('The verdict speaks against it, so two people and a written reason are needed.')}"
        if against
        else said
    )


def _because(found: Review) -> tuple[str, ...]:
    """Why this policy: what the code found in the difference, as the trace has it."""
    for event in reversed(found.trace):
        if event.event == "waits for a person" and event.detail.get("checkpoint") == found.checkpoint.id:
            return tuple(str(each) for each in event.detail.get("because", ()))
    return ()
