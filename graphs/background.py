"""What stands behind a text under review: the strategy it serves, what was asked, how it differs from before."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import require
from evidence.difference import FieldDifference, field_differences
from evidence.fields import all_fields
from graphs.blinding import is_withheld
from graphs.comments import Asked, asked_before
from graphs.scenes import shown
from store.records import CheckpointRow, Run, SignOff
from store.unit_of_work import Store, UnitOfWork


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Turned(_View):
    """A criterion that stands otherwise than in the verdict a person saw."""

    criterion_id: str
    before: str
    after: str
    why: str


class Background(_View):
    """Where a text under review comes from, and what became of it.

    ``differences`` lead to this text from version ``since``: the one a person last sent back (``sent_back``), else the
    one before it, or for a proposal the one in force. Figures are compared like words.
    ``successor`` is the checkpoint of the same work that waits now, where this one does not.
    """

    clauses: dict[str, str]
    asked: tuple[Asked, ...]
    since: int | None
    sent_back: bool
    differences: tuple[FieldDifference, ...]
    sign_off: SignOff | None
    successor: str | None
    run: Run
    author: str


async def background(store: Store, actor: Actor, checkpoint_id: str) -> Background:
    """What stands behind a checkpoint.

    Raises:
        NotFound: there is no such checkpoint.
        NotAllowed: the actor is neither designer nor strategist.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="review")
    async with store.read() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id)
        pending = await work.approvals.checkpoints(run_id=checkpoint.run_id, status="pending")
        since, before, now, back = await _before(work, checkpoint)
        differences = [] if before is None else field_differences(all_fields(before), all_fields(now))
        return Background(
            clauses=await _clauses(work, checkpoint),
            asked=tuple(await asked_before(work, checkpoint)),
            since=since,
            sent_back=back is not None,
            differences=tuple(differences),
            sign_off=await work.approvals.live_sign_off(checkpoint.subject_id, checkpoint.digest),
            successor=next((each.id for each in pending if each.id != checkpoint.id), None),
            run=await work.design.run(checkpoint.run_id),
            author=await _author(work, checkpoint),
        )


async def turned(store: Store, actor: Actor, seen_verdict: str, checkpoint_id: str) -> list[Turned]:
    """How the verdict now differs from the one a person saw."""
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="review")
    async with store.read() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id)
        if not seen_verdict or checkpoint.verdict_id is None or checkpoint.verdict_id == seen_verdict:
            return []
        if await is_withheld(work, actor, checkpoint):
            return []
        then, now = await work.design.verdict(seen_verdict), await work.design.verdict(checkpoint.verdict_id)
        if then.version_id != now.version_id:
            return []
    before = {each["criterion_id"]: each for each in then.content["results"]}
    found = []
    for each in now.content["results"]:
        old = before.get(each["criterion_id"], {"outcome": "", "level": None})
        if (old["outcome"], old["level"]) != (each["outcome"], each["level"]):
            settled = now.content.get("settled", {}).get(each["criterion_id"], {})
            found.append(
                Turned(
                    criterion_id=each["criterion_id"],
                    before=old["level"] or old["outcome"],
                    after=each["level"] or each["outcome"],
                    why=settled.get("reason", "") or each["reason"],
                )
            )
    return found


async def _clauses(work: UnitOfWork, checkpoint: CheckpointRow) -> dict[str, str]:
    if checkpoint.verdict_id is None:
        return {}
    charter_id = (await work.design.verdict(checkpoint.verdict_id)).charter_id
    charter = json.loads((await work.strategy.version(charter_id, "charter")).content)
    return {clause["id"]: clause["text"] for clause in charter["clauses"]}


async def _before(
    work: UnitOfWork, checkpoint: CheckpointRow
) -> tuple[int | None, dict[str, Any] | None, dict[str, Any], CheckpointRow | None]:
    """(version number, content) to compare a text with, its own content, and the checkpoint it was sent back at."""
    if checkpoint.subject_kind == "rollout":
        return None, None, {}, None
    if checkpoint.subject_kind != "scenario":
        return await _proposal_before(work, checkpoint)
    version = await work.design.version(checkpoint.subject_id)
    now = shown(version.content)
    sent_back = await work.approvals.checkpoints(run_id=checkpoint.run_id, status="changes_requested")
    back = next((each for each in reversed(sent_back) if each.seq <= checkpoint.seq and each.id != checkpoint.id), None)
    if back is not None:
        before = await work.design.version(back.subject_id)
        return before.number, shown(before.content), now, back
    earlier = [each for each in await work.design.versions(checkpoint.run_id) if each.number < version.number]
    return (earlier[0].number, shown(earlier[0].content), now, None) if earlier else (None, None, now, None)


async def _proposal_before(
    work: UnitOfWork, checkpoint: CheckpointRow
) -> tuple[int | None, dict[str, Any] | None, dict[str, Any], None]:
    version = await work.strategy.version(checkpoint.subject_id)
    active = await work.strategy.active(version.programme_id, version.kind)
    other = None if active is None or active.version_id == version.id else active.version_id
    other = other or version.parent_id
    now = json.loads(version.content)
    if other is None:
        return None, None, now, None
    before = await work.strategy.version(other)
    return before.number, json.loads(before.content), now, None


async def _author(work: UnitOfWork, checkpoint: CheckpointRow) -> str:
    """The id of whoever proposed a charter or criteria set, or asked for a promotion; empty where agents wrote."""
    if checkpoint.subject_kind == "scenario":
        return ""
    if checkpoint.subject_kind == "rollout":
        return (await work.reach.step(checkpoint.subject_id)).asked_by
    return (await work.strategy.version(checkpoint.subject_id)).author_id
