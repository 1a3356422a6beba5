"""What models were found fit for, and whom an admin lets play nevertheless."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from evidence.ids import new_id
from store import tables
from store.records import Record
from store.repositories.repository import Repository


class CheckRow(Record):
    """One run of the conformance suite; ``report`` is the whole of it, as JSON data."""

    id: str
    role: str
    fingerprint: str
    model: str
    suite: str
    fitness: str
    report: dict[str, Any]
    created_at: datetime


class OverrideRow(Record):
    """A person's word that an unfit model may play; it stands until ``ended_at``."""

    id: str
    role: str
    fingerprint: str
    model: str
    person_id: str
    reason: str
    created_at: datetime
    ended_at: datetime | None
    ended_by: str | None


class Fitness(Repository):
    """Reports and overrides. A report counts for exactly one fingerprint; its newest one is what holds."""

    async def add_check(
        self, *, role: str, fingerprint: str, model: str, suite: str, fitness: str, report: Mapping[str, Any]
    ) -> CheckRow:
        """Keep a report."""
        record = CheckRow(
            id=new_id(),
            role=role,
            fingerprint=fingerprint,
            model=model,
            suite=suite,
            fitness=fitness,
            report=dict(report),
            created_at=self._now,
        )
        await self._connection.execute(insert(tables.model_checks).values(**record.model_dump()))
        return record

    async def newest(self, role: str, fingerprint: str) -> CheckRow | None:
        """The newest report of a role's model as it is set now, or None."""
        table = tables.model_checks
        query = select(table).where(table.c.role == role, table.c.fingerprint == fingerprint)
        return await self._one(query.order_by(table.c.id.desc()).limit(1), CheckRow)

    async def history(self, role: str, limit: int = 20) -> list[CheckRow]:
        """Reports of every model that was checked for a role, newest first."""
        table = tables.model_checks
        return await self._all(
            select(table).where(table.c.role == role).order_by(table.c.id.desc()).limit(limit), CheckRow
        )

    async def last_checked(self, role: str) -> datetime | None:
        """When any model was last checked for a role."""
        table = tables.model_checks
        query = select(table.c.created_at).where(table.c.role == role).order_by(table.c.id.desc()).limit(1)
        found: datetime | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def add_override(
        self, *, role: str, fingerprint: str, model: str, person_id: str, reason: str
    ) -> OverrideRow:
        """Keep a person's word that this model may play the role."""
        record = OverrideRow(
            id=new_id(),
            role=role,
            fingerprint=fingerprint,
            model=model,
            person_id=person_id,
            reason=reason,
            created_at=self._now,
            ended_at=None,
            ended_by=None,
        )
        await self._connection.execute(insert(tables.model_overrides).values(**record.model_dump()))
        return record

    async def standing_override(self, role: str, fingerprint: str) -> OverrideRow | None:
        """The override that stands for a role's model as it is set now, or None."""
        table = tables.model_overrides
        query = select(table).where(
            table.c.role == role, table.c.fingerprint == fingerprint, table.c.ended_at.is_(None)
        )
        return await self._one(query.order_by(table.c.id.desc()).limit(1), OverrideRow)

    async def end_override(self, override_id: str, by: str) -> bool:
        """End an override; gives whether it still stood."""
        table = tables.model_overrides
        ended = await self._connection.execute(
            update(table)
            .where(table.c.id == override_id, table.c.ended_at.is_(None))
            .values(ended_at=self._now, ended_by=by)
        )
        return bool(ended.rowcount)
