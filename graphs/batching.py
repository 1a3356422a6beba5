"""Many small sign-offs as one list: texts judged again with the same outcome, and wording of little risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import DecisionKind
from approvals.people import Actor, Role
from approvals.risk import RiskClass
from approvals.roles import require
from approvals.staleness import unchanged_outcome
from evidence.errors import ConductorError, Conflict, InvalidInput, NotFound
from evidence.ids import new_id
from graphs.blinding import is_withheld
from graphs.deciding import decide
from graphs.revoking import hold, hold_those_of
from store.records import CheckpointRow
from store.unit_of_work import Store, UnitOfWork

AT_ONCE = 50  # pieces of work that one transaction sends to the judge


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Confirmable(_View):
    """A checkpoint that can be approved from the list; ``because`` says why."""

    checkpoint_id: str
    review_digest: str
    title: str
    number: int
    because: str


class Confirmed(_View):
    """What became of one line of the list; ``problem`` is empty where it was approved."""

    checkpoint_id: str
    status: str
    problem: str


async def review_again(store: Store, actor: Actor, run_ids: Sequence[str]) -> int:
    """Have signed work judged again under today's strategy; what is signed stays signed meanwhile.

    Returns:
        How many pieces of work were sent to the judge.

    Raises:
        NotAllowed: the actor is no designer.
        Conflict: one of them is not published.
        InvalidInput: one of them does not exist.
    """
    require(actor, Role.DESIGNER, to="have signed work reviewed again")
    async with store.write() as work:
        runs = sorted(set(run_ids))
        for run_id in runs:
            try:
                run = await work.design.run(run_id)
            except NotFound as error:
                raise InvalidInput("There is no such piece of work.", where="run_ids", todo="Take it out.") from error
            if (run.journey, run.stage) != ("design", "published"):
                raise Conflict("This work is not published.", todo="Only signed work is reviewed again.", where=run_id)
            await hold_those_of(work, run_id)
        await _send(work, actor, runs)
    return len(runs)


async def review_doubtful_again(store: Store, actor: Actor, programme_id: str | None = None) -> int:
    """Have all signed work judged again about which something changed since; what is signed stays as it is meanwhile.

    It goes to the queue in batches, each in a transaction of its own, and is judged as fast as the queue lets it; what
    is judged again already is left out.

    Returns:
        How many pieces of work were sent to the judge.

    Raises:
        NotAllowed: the actor is no designer.
    """
    require(actor, Role.DESIGNER, to="have signed work reviewed again")
    async with store.read() as work:
        standing = await work.approvals.standing_sign_offs(programme_id)
    doubtful = [each for each in standing if each.stale or each.suspended_at is not None]
    sent = 0
    for first in range(0, len(doubtful), AT_ONCE):
        async with store.write() as work:
            held = await hold(work, doubtful[first : first + AT_ONCE])
            runs = sorted({(await work.approvals.checkpoint(each.checkpoint_id)).run_id for each in held})
            resting = [each for each in runs if (await work.design.run(each)).stage == "published"]
            await _send(work, actor, resting)
        sent += len(resting)
    return sent


async def _send(work: UnitOfWork, actor: Actor, runs: Sequence[str]) -> None:
    for run_id in runs:
        await work.design.redirect(run_id, stage="judging", rounds=0)
        await work.design.trace(run_id, agent="person", event="judged again", because="asked for")
    for run_id in runs:
        await work.approvals.audit(actor=actor.person_id, action="review again", subject=f"run/{run_id}")
        await work.enqueue("bring_forward", run_id, job_id=new_id())


async def confirmable(store: Store, actor: Actor) -> list[Confirmable]:
    """What this designer can approve as one list, oldest first."""
    require(actor, Role.DESIGNER, to="review")
    async with store.read() as work:
        found = []
        for checkpoint in await work.approvals.checkpoints(status="pending"):
            because = await _because(work, checkpoint)
            if checkpoint.subject_kind != "scenario" or not because:
                continue
            version = await work.design.version(checkpoint.subject_id)
            if actor.person_id in await work.design.authors(version.id) or await is_withheld(work, actor, checkpoint):
                continue
            found.append(
                Confirmable(
                    checkpoint_id=checkpoint.id,
                    review_digest=checkpoint.review_digest,
                    title=version.title,
                    number=version.number,
                    because=because,
                )
            )
        return found


async def confirm(
    store: Store, actor: Actor, seen: Mapping[str, str], *, players: Mapping[str, Any]
) -> list[Confirmed]:
    """Approve lines of the list, each in a transaction of its own; one that fails holds up no other.

    Args:
        store: where everything is kept.
        actor: a designer.
        seen: checkpoint id to the ``review_digest`` that the list displayed.
        players: who plays the scenarios here, as the sign-offs record it.
    """
    require(actor, Role.DESIGNER, to="review")
    listed = {each.checkpoint_id for each in await confirmable(store, actor)}
    told = []
    for checkpoint_id, review_digest in seen.items():
        try:
            if checkpoint_id not in listed:
                raise Conflict("This one is not on the list (any more).", todo="Review it on its own.")
            ended = await decide(
                store,
                actor,
                checkpoint_id,
                DecisionKind.APPROVE,
                seen=review_digest,
                reason="Confirmed from the list",
                players=players,
            )
            told.append(Confirmed(checkpoint_id=checkpoint_id, status=ended.status, problem=""))
        except ConductorError as error:
            told.append(Confirmed(checkpoint_id=checkpoint_id, status="pending", problem=str(error)))
    return told


async def _because(work: UnitOfWork, checkpoint: CheckpointRow) -> str:
    """Why a checkpoint may be decided from the list; empty where somebody must open it."""
    if checkpoint.verdict_id is None:
        return ""
    verdict = await work.design.verdict(checkpoint.verdict_id)
    if verdict.outcome != "aligned" or verdict.content.get("vetoes"):
        return ""
    if checkpoint.replaces_id is not None:
        before = await work.approvals.checkpoint(checkpoint.replaces_id)
        approved = any(each.kind == "approve" for each in await work.approvals.decisions(before.id))
        if approved and before.digest == checkpoint.digest and before.verdict_id is not None:
            earlier = await work.design.verdict(before.verdict_id)
            if unchanged_outcome(earlier.content, verdict.content):
                return "the same text, judged again with the same outcome"
    if checkpoint.risk == RiskClass.LOW.value and checkpoint.policy.startswith("low_risk_batch/"):
        return "only small differences in wording since it was signed"
    return ""
