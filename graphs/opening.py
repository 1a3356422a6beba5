"""Opening a checkpoint: which risk the change carries, which policy therefore guards it, and until when it waits."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from approvals.checkpoint import SubjectKind, review_digest
from approvals.configuration import PolicyTable
from approvals.risk import classify
from store.records import CheckpointRow, Run
from store.unit_of_work import UnitOfWork


async def open_checkpoint(
    work: UnitOfWork,
    run: Run,
    kind: SubjectKind,
    *,
    subject_id: str,
    digest: str,
    content: dict[str, Any],
    verdict_id: str | None,
    grounds: str | None = None,
) -> CheckpointRow:
    """Open the checkpoint for exactly this text under the policy that the programme sets for its risk.

    Args:
        work: the transaction in which the run moves to waiting.
        run: the work that waits.
        kind: what is decided on.
        subject_id: its version.
        digest: of its stored text.
        content: its stored text, to be compared with what was signed before.
        verdict_id: what it was judged as, where it was.
        grounds: digest of the grounds on which it is to be put in force, where it needs some.
    """
    programme = await work.strategy.programme(run.programme_id)
    risk = classify(kind, await _signed_before(work, run, kind, subject_id), content)
    policy = PolicyTable.read(programme.policies).policy_for(kind, risk.risk)
    seal = f"{policy.name}/{policy.version}"
    earlier = await work.approvals.checkpoints(run_id=run.id)
    checkpoint = await work.approvals.open_checkpoint(
        programme_id=run.programme_id,
        run_id=run.id,
        subject_kind=kind.value,
        subject_id=subject_id,
        digest=digest,
        verdict_id=verdict_id,
        policy=seal,
        review_digest=review_digest(digest, verdict_id, seal, grounds),
        risk=risk.risk.value,
        replaces_id=earlier[-1].id if earlier else None,
        due_at=work.now + timedelta(days=programme.due_days),
    )
    await work.approvals.audit(
        actor="agents",
        action="checkpoint opened",
        subject=f"checkpoint/{checkpoint.id}",
        kind=kind.value,
        version=subject_id,
        digest=digest,
        verdict=verdict_id,
        policy=seal,
        review_digest=checkpoint.review_digest,
        risk=risk.risk.value,
        replaces=checkpoint.replaces_id,
        **({} if grounds is None else {"grounds": grounds}),
        **(await _outcome(work, verdict_id)),
    )
    await work.design.trace(
        run.id,
        agent="code",
        event="waits for a person",
        checkpoint=checkpoint.id,
        policy=policy.name,
        risk=risk.risk.value,
        because=list(risk.reasons),
    )
    return checkpoint


async def _outcome(work: UnitOfWork, verdict_id: str | None) -> dict[str, Any]:
    """What the log must know of a verdict, so that the policy can be held against the decisions from the log alone."""
    if verdict_id is None:
        return {"outcome": None, "vetoed": False}
    row = await work.design.verdict(verdict_id)
    return {"outcome": row.outcome, "vetoed": bool(row.content.get("vetoes"))}


async def _signed_before(work: UnitOfWork, run: Run, kind: SubjectKind, subject_id: str) -> dict[str, Any] | None:
    """The content that people signed last, or None where nothing was."""
    if kind is SubjectKind.ROLLOUT:
        return None  # its risk lies in whom it reaches, not in how it differs from what was signed
    if kind is not SubjectKind.SCENARIO:
        version = await work.strategy.version(subject_id)
        active = await work.strategy.active(version.programme_id, version.kind)
        content = None if active is None else (await work.strategy.version(active.version_id)).content
    else:
        signed = {each.subject_id for each in await work.approvals.checkpoints(run_id=run.id, status="approved")}
        versions = [each for each in await work.design.versions(run.id) if each.id in signed]
        content = versions[0].content if versions else None
    if content is None:
        return None
    found: dict[str, Any] = json.loads(content)
    return found
