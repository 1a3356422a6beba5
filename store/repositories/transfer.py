"""Taps, plans and evidence of learning: they belong to one person, and open for nobody else and no other purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import NotAllowed, NotFound
from evidence.ids import new_id
from store import tables
from store.keyring import Keyring
from store.purpose import Purpose
from store.records import Record
from store.repositories.pilots import Due
from store.repositories.repository import Repository
from store.vault import Vault

_taps, _plans, _evidence = tables.taps, tables.plans, tables.learning_evidence
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class TapsRow(Record):
    """What was tapped after a practice."""

    practice_id: str
    answers: dict[str, Any]
    created_at: datetime


class PlanRow(Record):
    """A plan and what came of it; ``outcome`` is None until its owner said so."""

    id: str
    practice_id: str | None
    plan: dict[str, Any]
    due_at: datetime
    asked_at: datetime | None
    outcome: dict[str, Any] | None
    answered_at: datetime | None
    created_at: datetime


class EvidenceRow(Record):
    """What shows that something was learnt, and how much it says."""

    id: str
    kind: str
    subject_id: str
    tier: int
    created_at: datetime


class Transfer(Repository):
    """Everything here is the reader's own."""

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        super().__init__(connection, now)
        self._keyring = Keyring(connection, now, vault)

    async def keep_taps(self, practice_id: str, answers: Mapping[str, Any], *, reader: str, purpose: Purpose) -> None:
        """Keep the taps after one of the reader's practices; earlier ones are replaced.

        Whose the practice is, the caller has found out.
        """
        _own(purpose)
        sealed = await self._keyring.seal(json.dumps(dict(answers)), "taps", "answers", practice_id, reader)
        statement = _INSERT[self._connection.dialect.name](_taps).values(
            practice_id=practice_id, person_id=reader, answers=sealed, created_at=self._now
        )
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["practice_id"],
                set_={"answers": sealed, "created_at": self._now},
                where=_taps.c.person_id == reader,
            )
        )

    async def taps(self, *, reader: str, purpose: Purpose) -> dict[str, TapsRow]:
        """Everything the reader tapped, by practice."""
        _own(purpose)
        found = {}
        for row in (await self._connection.execute(select(_taps).where(_taps.c.person_id == reader))).all():
            text = await self._keyring.open(row.answers, "taps", "answers", row.practice_id, reader)
            found[row.practice_id] = TapsRow.model_validate(row._asdict() | {"answers": json.loads(text or "{}")})
        return found

    async def add_plan(
        self,
        plan: Mapping[str, Any],
        *,
        due_at: datetime,
        practice_id: str | None,
        reader: str,
        purpose: Purpose,
    ) -> str:
        """Keep a plan of the reader's; gives its id."""
        _own(purpose)
        plan_id = new_id()
        sealed = await self._keyring.seal(json.dumps(dict(plan)), "plans", "plan", plan_id, reader)
        values = {"id": plan_id, "person_id": reader, "practice_id": practice_id}
        await self._connection.execute(
            insert(_plans).values(**values, plan=sealed, due_at=due_at, created_at=self._now)
        )
        return plan_id

    async def plans(self, *, reader: str, purpose: Purpose) -> list[PlanRow]:
        """The reader's plans, newest first."""
        _own(purpose)
        query = select(_plans).where(_plans.c.person_id == reader).order_by(_plans.c.id.desc())
        return [await self._opened(row) for row in (await self._connection.execute(query)).all()]

    async def plan(self, plan_id: str, *, reader: str, purpose: Purpose) -> PlanRow:
        """One of the reader's plans.

        Raises:
            NotFound: there is none, or it is not the reader's.
        """
        _own(purpose)
        query = select(_plans).where(_plans.c.id == plan_id, _plans.c.person_id == reader)
        row = (await self._connection.execute(query)).first()
        if row is None:
            raise NotFound("You have no such plan.", todo="Look at your plans.")
        return await self._opened(row)

    async def follow_up(self, plan_id: str, outcome: Mapping[str, Any], *, reader: str, purpose: Purpose) -> None:
        """Keep what came of one of the reader's plans; what was said before is replaced."""
        await self.plan(plan_id, reader=reader, purpose=purpose)
        sealed = await self._keyring.seal(json.dumps(dict(outcome)), "plans", "outcome", plan_id, reader)
        await self._connection.execute(
            update(_plans).where(_plans.c.id == plan_id).values(outcome=sealed, answered_at=self._now)
        )

    async def forget_plan(self, plan_id: str, *, reader: str, purpose: Purpose) -> None:
        """Delete one of the reader's plans, and what it is evidence of."""
        await self.plan(plan_id, reader=reader, purpose=purpose)
        await self._connection.execute(delete(_plans).where(_plans.c.id == plan_id))
        await self.forget_evidence("plan", plan_id, reader=reader, purpose=purpose)

    async def to_ask(self) -> list[Due]:
        """Plans whose day has come, and whose owners were neither asked nor have answered."""
        query = select(_plans).where(_plans.c.due_at <= self._now)
        return await self._all(query.where(_plans.c.asked_at.is_(None), _plans.c.answered_at.is_(None)), Due)

    async def asked(self, plan_id: str) -> bool:
        """Note that the plan's owner is asked; False where they were, have answered, or it is gone."""
        changed = await self._connection.execute(
            update(_plans)
            .where(_plans.c.id == plan_id, _plans.c.asked_at.is_(None), _plans.c.answered_at.is_(None))
            .values(asked_at=self._now)
        )
        return bool(changed.rowcount == 1)

    async def add_evidence(self, kind: str, subject_id: str, tier: int, *, reader: str, purpose: Purpose) -> None:
        """Note what shows that the reader learnt something; the same once."""
        _own(purpose)
        values = {"id": new_id(), "person_id": reader, "kind": kind, "subject_id": subject_id, "tier": tier}
        statement = _INSERT[self._connection.dialect.name](_evidence).values(**values, created_at=self._now)
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def forget_evidence(self, kind: str, subject_id: str, *, reader: str, purpose: Purpose) -> None:
        """Delete what one thing was evidence of."""
        _own(purpose)
        table = _evidence.c
        await self._connection.execute(
            delete(_evidence).where(table.kind == kind, table.subject_id == subject_id, table.person_id == reader)
        )

    async def evidence(self, *, reader: str, purpose: Purpose) -> list[EvidenceRow]:
        """What shows that the reader learnt something, newest first."""
        _own(purpose)
        query = select(_evidence).where(_evidence.c.person_id == reader).order_by(_evidence.c.id.desc())
        return await self._all(query, EvidenceRow)

    async def _opened(self, row: Any) -> PlanRow:
        plan = await self._keyring.open(row.plan, "plans", "plan", row.id, row.person_id)
        outcome = await self._keyring.open(row.outcome, "plans", "outcome", row.id, row.person_id)
        data = {"plan": json.loads(plan or "{}"), "outcome": None if outcome is None else json.loads(outcome)}
        return PlanRow.model_validate(row._asdict() | data)


def _own(purpose: Purpose) -> None:
    if purpose is not Purpose.OWN_PRACTICE:
        raise NotAllowed(f"Plans and taps cannot be read for the purpose '{purpose.value}'.")
