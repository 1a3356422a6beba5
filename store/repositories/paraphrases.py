"""Paraphrases that a person approved: passages said in other words that mean the same."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, update

from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.records import Record
from store.repositories.repository import Repository


class Paraphrase(Record):
    """A passage, and what a person found to mean the same; it counts until ``ended_at``."""

    id: str
    programme_id: str
    passage: str
    paraphrase: str
    approved_by: str
    created_at: datetime
    ended_at: datetime | None


class Paraphrases(Repository):
    """What a passage may be exchanged for, without the judge's level having a reason to change."""

    async def add(self, programme_id: str, passage: str, paraphrase: str, *, by: str) -> Paraphrase:
        """Keep an approved paraphrase."""
        record = Paraphrase(
            id=new_id(),
            programme_id=programme_id,
            passage=passage,
            paraphrase=paraphrase,
            approved_by=by,
            created_at=self._now,
            ended_at=None,
        )
        await self._connection.execute(insert(tables.paraphrases).values(**record.model_dump()))
        return record

    async def paraphrase(self, paraphrase_id: str) -> Paraphrase:
        """One of them, ended or not.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.paraphrases).where(tables.paraphrases.c.id == paraphrase_id)
        found = await self._one(query, Paraphrase)
        if found is None:
            raise NotFound("There is no such paraphrase.")
        return found

    async def these(self, ids: Collection[str]) -> list[Paraphrase]:
        """Those with these ids, oldest first, ended or not."""
        table = tables.paraphrases
        return await self._all(select(table).where(table.c.id.in_(sorted(ids))).order_by(table.c.id), Paraphrase)

    async def of_programme(self, programme_id: str) -> list[Paraphrase]:
        """Those that count, oldest first."""
        table = tables.paraphrases
        query = select(table).where(table.c.programme_id == programme_id, table.c.ended_at.is_(None))
        return await self._all(query.order_by(table.c.id), Paraphrase)

    async def end(self, paraphrase_id: str) -> bool:
        """Let one count no longer; gives whether it counted until now."""
        table = tables.paraphrases
        changed = await self._connection.execute(
            update(table).where(table.c.id == paraphrase_id, table.c.ended_at.is_(None)).values(ended_at=self._now)
        )
        return changed.rowcount == 1
