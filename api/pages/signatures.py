"""What became of a sign-off: who signed, whether it stands, what changed since, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.routing import NoMatchFound

from api.wording import _
from approvals.people import Role
from graphs.revoking import OpenPractices
from store.purpose import Purpose

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from evidence.errors import ConductorError
    from store.records import CheckpointRow, DecisionRow, SignOff


@dataclass(frozen=True)
class Signature:
    """A sign-off as it stands.

    ``standing`` is "live", "suspended", "confirmed" (the same text was signed again), "replaced" (another version
    was) or "revoked". ``elsewhere`` is the checkpoint of the sign-off that stands instead, ``again`` the address where
    a second look is under way.
    """

    sign_off: SignOff | None
    standing: str
    approvals: tuple[tuple[str, DecisionRow], ...] = ()
    revoked_by: str = ""
    elsewhere: str = ""
    again: str = ""
    may_judge_again: bool = False
    may_revoke: bool = False
    passport: str = ""


@dataclass
class Revoking:
    """What was typed to take a sign-off back, and why it was not taken."""

    reason: str = ""
    open_practices: str = OpenPractices.FINISH.value
    problem: ConductorError | None = None


async def signature(request: Request, app: Application, who: Identity, checkpoint: CheckpointRow) -> Signature:
    """What became of the sign-off that a checkpoint ended with."""
    async with app.store.read() as work:
        signed = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
        decisions = await work.approvals.decisions(checkpoint.id)
        people = {each.person_id for each in decisions} | {str(each.revoked_by) for each in signed}
        names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
        approvals = tuple((names.get(d.person_id, _("somebody")), d) for d in decisions if d.kind == "approve")
        if not signed or checkpoint.subject_kind != "scenario":
            return Signature(signed[-1] if signed else None, "live", approvals)
        run = await work.design.run(checkpoint.run_id)
        mine, other = signed[-1], None
        for version in await work.design.versions(run.id):
            for each in await work.approvals.sign_offs(subject_id=version.id):
                if each.revoked_at is None and each.id != mine.id:
                    other = each
        waiting = await work.approvals.checkpoints(run_id=run.id, status="pending")
    again = ""
    if mine.revoked_at is None and run.stage != "published":
        again = f"/design/review/{waiting[-1].id}" if waiting else f"/design/runs/{run.id}"
    stands = mine.revoked_at is None
    return Signature(
        mine,
        _standing(mine, other),
        approvals,
        revoked_by=names.get(str(mine.revoked_by), _("Somebody")),
        elsewhere="" if other is None else other.checkpoint_id,
        again=again,
        may_judge_again=stands and run.stage == "published" and Role.DESIGNER in who.actor.roles,
        may_revoke=stands,
        passport=_passport(request, mine) if stands and mine.suspended_at is None else "",
    )


def _standing(mine: SignOff, other: SignOff | None) -> str:
    if mine.revoked_at is None:
        return "suspended" if mine.suspended_at is not None else "live"
    if mine.revoked_because != "replaced":
        return "revoked"
    return "confirmed" if other is not None and other.digest == mine.digest else "replaced"


def _passport(request: Request, signed: SignOff) -> str:
    """Where the passport can be had; empty where this installation hands out none."""
    try:
        return str(request.app.url_path_for("passport", version_id=signed.subject_id))
    except NoMatchFound:
        return ""
