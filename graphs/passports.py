"""Collecting what a passport shows of a signed scenario, and signing it."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from approvals.audit import GENESIS, Row, Signer
from approvals.checkpoint import Subject, SubjectKind
from approvals.passport import (
    ChainExcerpt,
    GivenVerdict,
    PassportContent,
    RecordedApproval,
    RecordedDecision,
    SignedScenario,
    StrategyDocument,
    build,
    excerpt,
    verify,
)
from approvals.people import Actor, Role
from approvals.roles import require
from evidence.canonical import digest
from evidence.errors import Conflict, NotFound, NotSigned
from graphs.scenes import shown
from graphs.sealing import chain_of, head_of, seal_head
from store.purpose import Purpose
from store.records import CheckpointRow, ScenarioVersion, SignOff
from store.signing import SigningKey
from store.unit_of_work import Store, UnitOfWork


async def passport_of(store: Store, key: SigningKey, actor: Actor, wanted: str) -> dict[str, Any]:
    """The passport of a signed scenario.

    Args:
        store: where everything is kept.
        key: the installation's.
        actor: who asks for it.
        wanted: the id of a scenario version, or of the checkpoint where it was signed.

    Raises:
        NotAllowed: the actor is no designer, strategist or admin.
        NotFound: there is no such scenario version or checkpoint.
        NotSigned: it has no live sign-off: nobody signed it, or the sign-off was revoked or is suspended.
        BrokenLog: the audit log does not hold.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, Role.ADMIN, to="export a passport")
    async with store.read() as work:
        _, sign_off = await _signed(work, wanted)
        about = [row.seq for row in await work.approvals.audit_rows() if _concerns(row.model_dump(), sign_off)]
        covered = any(
            seal.seq >= max(about, default=0) and seal.key_id == key.key_id for seal in await work.approvals.seals()
        )
    if not covered:
        await seal_head(store, key)
    async with store.read() as work:
        version, sign_off = await _signed(work, wanted)  # it may have been revoked in between
        content = await _content(work, key, version, sign_off)
        document = build(content, key, exported_at=work.now.astimezone(UTC).isoformat())
    findings = verify(document, key.trusted, texts=lambda stored: shown(json.dumps(stored)))
    if findings:
        raise Conflict(
            f"What is stored here does not hold, so no passport is made of it. {findings[0]}",
            todo="Run `conductor audit verify`, and compare the database with a backup.",
            problems=[{"where": "passport", "detail": finding} for finding in findings],
        )
    return document


async def _signed(work: UnitOfWork, wanted: str) -> tuple[ScenarioVersion, SignOff]:
    checkpoint: CheckpointRow | None = None
    try:
        version = await work.design.version(wanted)
    except NotFound:
        try:
            checkpoint = await work.approvals.checkpoint(wanted)
        except NotFound:
            raise NotFound("There is no such scenario version or checkpoint.", todo="Check the id.") from None
        if checkpoint.subject_kind != SubjectKind.SCENARIO.value:
            raise NotFound("Only scenarios have a passport; this checkpoint is about something else.") from None
        version = await work.design.version(checkpoint.subject_id)
    actual = digest(json.loads(version.content))
    live = await work.approvals.live_sign_off(version.id, actual)
    if live is None:
        raise await _why_not(work, version)
    if checkpoint is not None and live.checkpoint_id != checkpoint.id:
        raise NotSigned(
            "This checkpoint's sign-off is no longer the one that counts.", todo="Ask for the version's own passport."
        )
    return version, live


async def _why_not(work: UnitOfWork, version: ScenarioVersion) -> Conflict:
    given = await work.approvals.sign_offs(subject_id=version.id)
    if not given:
        return NotSigned("Nobody has signed off exactly this text.", todo="A designer reviews and approves it first.")
    newest = given[-1]
    if newest.revoked_at is not None:
        return NotSigned(
            f"Its sign-off was revoked on {newest.revoked_at:%Y-%m-%d}.", todo="Have it reviewed and signed again."
        )
    if newest.suspended_at is not None:
        return NotSigned(
            f"Its sign-off is suspended since {newest.suspended_at:%Y-%m-%d}: {'; '.join(newest.stale or ())}.",
            todo="Have it reviewed and signed again.",
        )
    return NotSigned("The stored text is not the text that was signed.", todo="Do not use it; tell an admin.")


def _concerns(row: Row, sign_off: SignOff) -> bool:
    about = str(row["subject"]).rpartition("/")[2]
    return about in {sign_off.checkpoint_id, sign_off.id, sign_off.subject_id}


async def _content(work: UnitOfWork, key: Signer, version: ScenarioVersion, sign_off: SignOff) -> PassportContent:
    checkpoint = await work.approvals.checkpoint(sign_off.checkpoint_id)
    if checkpoint.verdict_id is None:
        raise Conflict("This scenario was signed without a verdict, so there is nothing to vouch for it with.")
    verdict = await work.design.verdict(checkpoint.verdict_id)
    return PassportContent(
        scenario=SignedScenario(
            version_id=version.id,
            number=version.number,
            title=version.title,
            content=json.loads(version.content),
            digest=sign_off.digest,
        ),
        charter=await _strategy(work, verdict.charter_id),
        criteria=await _strategy(work, verdict.criteria_id),
        verdict=GivenVerdict(id=verdict.id, content=verdict.content),
        approval=await _approval(work, checkpoint, sign_off),
        audit=await _excerpt(work, key, sign_off),
    )


async def _strategy(work: UnitOfWork, version_id: str) -> StrategyDocument:
    stored = await work.strategy.version(version_id)
    return StrategyDocument.model_validate(
        {
            "version_id": stored.id,
            "kind": stored.kind,
            "number": stored.number,
            "content": json.loads(stored.content),
            "digest": stored.digest,
        }
    )


async def _approval(work: UnitOfWork, checkpoint: CheckpointRow, sign_off: SignOff) -> RecordedApproval:
    decisions = await work.approvals.decisions(checkpoint.id)
    names = await work.people.names(frozenset(d.person_id for d in decisions), purpose=Purpose.ACCOUNTABILITY)
    verdict = await work.design.verdict(str(checkpoint.verdict_id))
    subject = Subject.model_validate(
        {
            "kind": checkpoint.subject_kind,
            "version_id": checkpoint.subject_id,
            "digest": checkpoint.digest,
            "authors": await work.design.authors(checkpoint.subject_id),
            "outcome": verdict.outcome,
            "vetoes": tuple(verdict.content.get("vetoes", ())),
            "risk": checkpoint.risk,
        }
    ).model_dump(mode="json")
    return RecordedApproval(
        checkpoint_id=checkpoint.id,
        sign_off_id=sign_off.id,
        signed_at=sign_off.created_at.isoformat(),
        policy=checkpoint.policy,
        subject=subject | {"authors": sorted(subject["authors"])},
        review_digest=checkpoint.review_digest,
        decisions=[
            RecordedDecision(
                person_id=each.person_id,
                name=names.get(each.person_id),
                kind=each.kind,
                roles=sorted(each.roles),
                reason=each.reason,
                at=each.created_at.isoformat(),
                review_digest=each.review_digest,
            )
            for each in decisions
        ],
        players=sign_off.players,
        stale=list(sign_off.stale or ()),
    )


async def _excerpt(work: UnitOfWork, key: Signer, sign_off: SignOff) -> ChainExcerpt:
    """From the first row about this sign-off to the first head after the last one that this key signed."""
    everything = chain_of(await work.approvals.audit_rows())
    about = [number for number, (row, _) in enumerate(everything) if _concerns(row, sign_off)]
    if not about:
        raise Conflict("The audit log has no row about this sign-off.", todo="Run `conductor audit verify`.")
    first, last = about[0], about[-1] + 1
    seal = next(
        (s for s in await work.approvals.seals() if s.seq >= last and s.key_id == key.key_id),
        None,
    )
    if seal is None:
        raise Conflict("The audit log grew at this moment.", todo="Try again.")
    previous = everything[first - 1][1] if first else GENESIS
    return excerpt(previous, everything[first : seal.seq], head_of(seal), lambda row: _concerns(row, sign_off))
