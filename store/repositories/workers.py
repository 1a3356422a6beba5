"""Processes that bring work forward, as they last showed themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from store import tables
from store.records import Record
from store.repositories.repository import Repository

_LEAST_STEP = timedelta(milliseconds=1)


class WorkerRow(Record):
    """One process; ``seen_at`` is only ever compared with its own earlier value, never with a clock."""

    id: str
    version: str
    draining: bool
    started_at: datetime
    seen_at: datetime


class Workers(Repository):
    """Who brings work forward."""

    async def arrive(self, worker_id: str, *, version: str) -> None:
        """Write a process down as started now."""
        await self.leave(worker_id)
        await self._connection.execute(
            insert(tables.workers).values(
                id=worker_id, version=version, draining=False, started_at=self._now, seen_at=self._now
            )
        )

    async def beat(self, worker_id: str, *, version: str, draining: bool) -> None:
        """Show that a process is there: ``seen_at`` becomes another one, even while the clock stands or goes back."""
        row = await self._one(select(tables.workers).where(tables.workers.c.id == worker_id), WorkerRow)
        if row is None:
            await self.arrive(worker_id, version=version)
            return
        seen = max(self._now, row.seen_at + _LEAST_STEP)
        await self._connection.execute(
            update(tables.workers).where(tables.workers.c.id == worker_id).values(seen_at=seen, draining=draining)
        )

    async def leave(self, worker_id: str) -> None:
        """Strike a process off."""
        await self._connection.execute(delete(tables.workers).where(tables.workers.c.id == worker_id))

    async def all(self) -> list[WorkerRow]:
        """Every process that is written down, by id."""
        return await self._all(select(tables.workers).order_by(tables.workers.c.id), WorkerRow)
