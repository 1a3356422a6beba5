"""Checkpoints, decisions, sign-offs and the audit chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select, update

from approvals.audit import row_hash
from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.records import (
    AuditRow,
    AuditSeal,
    CheckpointRow,
    DecidedScenario,
    DecisionRow,
    ScenarioVersion,
    SignOff,
)
from store.repositories.repository import Repository


def _live() -> tuple[Any, ...]:
    return tables.sign_offs.c.revoked_at.is_(None), tables.sign_offs.c.suspended_at.is_(None)


class Approvals(Repository):
    """Where work waits for people, and what they said."""

    async def open_checkpoint(
        self,
        *,
        programme_id: str,
        run_id: str,
        subject_kind: str,
        subject_id: str,
        digest: str,
        verdict_id: str | None,
        policy: str,
        review_digest: str,
        risk: str | None = None,
        replaces_id: str | None = None,
        due_at: datetime | None = None,
    ) -> CheckpointRow:
        """Open a checkpoint; a partial unique index allows one pending per run."""
        record = CheckpointRow(
            id=new_id(),
            programme_id=programme_id,
            run_id=run_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            digest=digest,
            verdict_id=verdict_id,
            policy=policy,
            review_digest=review_digest,
            status="pending",
            revision=0,
            created_at=self._now,
            ended_at=None,
            seq=await self._next_seq(),
            risk=risk,
            replaces_id=replaces_id,
            claimed_by=None,
            claimed_until=None,
            due_at=due_at,
            reminded_at=None,
        )
        await self._connection.execute(insert(tables.checkpoints).values(**record.model_dump()))
        return record

    async def checkpoint(self, checkpoint_id: str, *, lock: bool = False) -> CheckpointRow:
        """One checkpoint, locked for the rest of the transaction where asked.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.checkpoints).where(tables.checkpoints.c.id == checkpoint_id)
        found = await self._one(query.with_for_update() if lock else query, CheckpointRow)
        if found is None:
            raise NotFound("There is no such checkpoint.", todo="`conductor review` lists those that wait.")
        return found

    async def checkpoints(
        self, *, programme_id: str | None = None, status: str | None = None, run_id: str | None = None
    ) -> list[CheckpointRow]:
        """Checkpoints, oldest first."""
        table = tables.checkpoints
        query = select(table).order_by(table.c.seq, table.c.id)
        for column, value in ((table.c.programme_id, programme_id), (table.c.status, status), (table.c.run_id, run_id)):
            if value is not None:
                query = query.where(column == value)
        return await self._all(query, CheckpointRow)

    async def change(
        self, checkpoint: CheckpointRow, *, status: str, review_digest: str | None = None, verdict_id: str | None = None
    ) -> bool:
        """Compare and set: succeeds only if nobody changed the checkpoint since it was read."""
        table = tables.checkpoints
        ended = None if status == "pending" else self._now
        values: dict[str, Any] = {"status": status, "revision": checkpoint.revision + 1, "ended_at": ended}
        if review_digest is not None:
            values |= {"review_digest": review_digest, "verdict_id": verdict_id}
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == checkpoint.id, table.c.status == "pending", table.c.revision == checkpoint.revision)
            .where(table.c.digest == checkpoint.digest)
            .values(**values)
        )
        return bool(changed.rowcount == 1)

    async def add_decision(
        self,
        checkpoint_id: str,
        *,
        person_id: str,
        kind: str,
        roles: frozenset[str],
        reason: str,
        comments: Sequence[Mapping[str, Any]],
        review_digest: str,
        terminal: bool,
    ) -> str:
        """Record what one person decided; gives the decision's id."""
        values = {
            "id": new_id(),
            "checkpoint_id": checkpoint_id,
            "person_id": person_id,
            "kind": kind,
            "roles": sorted(roles),
            "reason": reason,
            "comments": [dict(comment) for comment in comments],
            "review_digest": review_digest,
            "terminal": terminal,
            "seq": await self._next_seq(),
        }
        await self._connection.execute(insert(tables.decisions).values(**values, created_at=self._now))
        return str(values["id"])

    async def set(self, checkpoint_id: str, **values: Any) -> None:
        """Set a claim, due date or reminder; what is decided on is changed only by ``change``."""
        table = tables.checkpoints
        await self._connection.execute(update(table).where(table.c.id == checkpoint_id).values(**values))

    async def due(self, by: datetime) -> list[CheckpointRow]:
        """Pending checkpoints that were due by then and whose people have not been reminded."""
        table = tables.checkpoints
        query = select(table).where(table.c.status == "pending", table.c.due_at <= by, table.c.reminded_at.is_(None))
        return await self._all(query.order_by(table.c.seq), CheckpointRow)

    async def decisions(self, checkpoint_id: str) -> list[DecisionRow]:
        """The decisions at a checkpoint, in order."""
        table = tables.decisions
        return await self._all(
            select(table).where(table.c.checkpoint_id == checkpoint_id).order_by(table.c.seq, table.c.id), DecisionRow
        )

    async def decided_scenarios(self, programme_id: str) -> list[DecidedScenario]:
        """Every decided scenario of a programme with what its verdict found, newest first."""
        table, verdicts, versions = tables.checkpoints, tables.verdicts, tables.scenario_versions
        query = (
            select(
                table.c.id.label("checkpoint_id"),
                table.c.run_id,
                table.c.subject_id.label("version_id"),
                table.c.status,
                table.c.ended_at,
                versions.c.title,
                versions.c.number,
                verdicts.c.charter_id,
                verdicts.c.criteria_id,
                verdicts.c.id.label("verdict_id"),
                verdicts.c.outcome,
                verdicts.c.score,
                verdicts.c.content["results"].label("results"),
                verdicts.c.content["settled"].label("settled"),
            )
            .join(verdicts, verdicts.c.id == table.c.verdict_id)
            .join(versions, versions.c.id == table.c.subject_id)
            .where(*_decided(programme_id))
            .order_by(table.c.seq.desc(), table.c.id.desc())
        )
        return await self._all(query, DecidedScenario)

    async def decided_mark(self, programme_id: str) -> tuple[int, int]:
        """How many scenarios of a programme are decided, and the newest one's number: changes with every decision."""
        table = tables.checkpoints
        query = select(func.count(), func.coalesce(func.max(table.c.seq), 0)).where(*_decided(programme_id))
        count, newest = (await self._connection.execute(query)).one()
        return int(count), int(newest)

    async def sign_off(self, checkpoint: CheckpointRow, players: Mapping[str, Any]) -> str:
        """Record the sign-off of exactly the checkpoint's digest."""
        sign_off_id = new_id()
        values = {
            "id": sign_off_id,
            "subject_kind": checkpoint.subject_kind,
            "subject_id": checkpoint.subject_id,
            "digest": checkpoint.digest,
            "checkpoint_id": checkpoint.id,
            "players": dict(players),
        }
        await self._connection.execute(insert(tables.sign_offs).values(**values, created_at=self._now))
        return sign_off_id

    async def live_sign_off(self, subject_id: str, digest: str, *, held: bool = False) -> SignOff | None:
        """The live sign-off of exactly this digest of this version, or None; the newest, where it was renewed.

        ``held`` keeps it from being revoked until this transaction ends.
        """
        table = tables.sign_offs
        query = select(table).where(table.c.subject_id == subject_id, table.c.digest == digest, *_live())
        query = query.order_by(table.c.id.desc()).limit(1)
        return await self._one(query.with_for_update(read=True) if held else query, SignOff)

    async def sign_off_by_id(self, sign_off_id: str, *, lock: bool = False) -> SignOff:
        """One sign-off, whether live or not.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.sign_offs).where(tables.sign_offs.c.id == sign_off_id)
        found = await self._one(query.with_for_update() if lock else query, SignOff)
        if found is None:
            raise NotFound("There is no such sign-off.")
        return found

    async def sign_offs(self, *, subject_id: str | None = None, checkpoint_id: str | None = None) -> list[SignOff]:
        """Sign-offs, live or not, oldest first."""
        table = tables.sign_offs
        query = select(table).order_by(table.c.id)
        for column, value in ((table.c.subject_id, subject_id), (table.c.checkpoint_id, checkpoint_id)):
            if value is not None:
                query = query.where(column == value)
        return await self._all(query, SignOff)

    async def revoke(self, sign_off_id: str, *, by: str, because: str, open_practices: str) -> bool:
        """Revoke a sign-off; False where it was revoked before."""
        table = tables.sign_offs
        values = {
            "revoked_at": self._now,
            "revoked_by": by,
            "revoked_because": because,
            "open_practices": open_practices,
        }
        changed = await self._connection.execute(
            update(table).where(table.c.id == sign_off_id, table.c.revoked_at.is_(None)).values(**values)
        )
        return bool(changed.rowcount == 1)

    async def mark_stale(self, sign_off_id: str, stale: Sequence[str], *, suspended: bool) -> None:
        """Note what changed since a sign-off; a suspended one is not live until it is renewed or resumed."""
        table = tables.sign_offs
        values = {"stale": list(stale) or None, "suspended_at": self._now if suspended else None}
        await self._connection.execute(update(table).where(table.c.id == sign_off_id).values(**values))

    async def standing_sign_offs(self, programme_id: str | None = None) -> list[SignOff]:
        """Sign-offs of scenarios that nobody revoked, suspended ones among them, oldest first."""
        table, versions = tables.sign_offs, tables.scenario_versions
        query = (
            select(table)
            .join(versions, versions.c.id == table.c.subject_id)
            .where(table.c.revoked_at.is_(None), table.c.subject_kind == "scenario")
            .order_by(table.c.id)
        )
        return await self._all(
            query if programme_id is None else query.where(versions.c.programme_id == programme_id), SignOff
        )

    async def standing_by_run(self) -> dict[str, SignOff]:
        """For each piece of work with one, the newest sign-off that nobody revoked, suspended ones among them."""
        table, versions = tables.sign_offs, tables.scenario_versions
        query = (
            select(table, versions.c.run_id)
            .join(versions, versions.c.id == table.c.subject_id)
            .where(table.c.revoked_at.is_(None), table.c.subject_kind == "scenario")
            .order_by(table.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        return {row.run_id: SignOff.model_validate(row._asdict()) for row in rows}

    async def signed_scenarios(self, programme_id: str | None = None) -> list[ScenarioVersion]:
        """Scenario versions with a live sign-off of their stored digest, newest first."""
        versions, signed = tables.scenario_versions, tables.sign_offs
        exactly = (signed.c.subject_id == versions.c.id) & (signed.c.digest == versions.c.digest)
        live = exists().where(exactly, signed.c.subject_kind == "scenario", *_live())
        query = select(versions).where(live).order_by(versions.c.id.desc())
        if programme_id is not None:
            query = query.where(versions.c.programme_id == programme_id)
        return await self._all(query, ScenarioVersion)

    async def audit(self, *, actor: str, action: str, subject: str, **detail: Any) -> AuditRow:
        """Append to the audit chain. Call it after the checkpoint is locked: first the checkpoint, then the head."""
        head = tables.audit_head
        last = (await self._connection.execute(select(head).with_for_update())).one()
        row = {
            "seq": last.seq + 1,
            "at": self._now.isoformat(),
            "actor": actor,
            "action": action,
            "subject": subject,
            "detail": detail,
        }
        record = AuditRow(**row, hash=row_hash(last.hash, row))
        await self._connection.execute(insert(tables.audit).values(**record.model_dump()))
        await self._connection.execute(update(head).values(seq=record.seq, hash=record.hash))
        return record

    async def audit_head(self) -> tuple[int, str]:
        """(number, hash) of the row appended last, as kept beside the log; (0, genesis) where there is none."""
        head = (await self._connection.execute(select(tables.audit_head.c.seq, tables.audit_head.c.hash))).one()
        return head.seq, head.hash

    async def _next_seq(self) -> int:
        """The number of the audit row that this transaction appends next; the head stays locked until it ends."""
        return int((await self._connection.execute(select(tables.audit_head.c.seq).with_for_update())).scalar_one()) + 1

    async def seal(self, *, seq: int, hash_: str, key_id: str, signature: str) -> AuditSeal:
        """Keep a signed head of the chain."""
        record = AuditSeal(seq=seq, hash=hash_, key_id=key_id, signature=signature, created_at=self._now)
        await self._connection.execute(insert(tables.audit_seals).values(**record.model_dump()))
        return record

    async def seals(self) -> list[AuditSeal]:
        """Every signed head of the chain, oldest first."""
        return await self._all(select(tables.audit_seals).order_by(tables.audit_seals.c.seq), AuditSeal)

    async def audit_rows(self, after: int = 0, limit: int | None = None) -> list[AuditRow]:
        """The audit log in order."""
        query = select(tables.audit).where(tables.audit.c.seq > after).order_by(tables.audit.c.seq)
        return await self._all(query if limit is None else query.limit(limit), AuditRow)


def _decided(programme_id: str) -> tuple[ColumnElement[bool], ...]:
    table = tables.checkpoints
    return (
        table.c.programme_id == programme_id,
        table.c.subject_kind == "scenario",
        table.c.status.in_(("approved", "changes_requested", "rejected")),
    )
