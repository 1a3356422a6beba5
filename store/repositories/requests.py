"""Requests that carried an Idempotency-Key, and what was answered, kept in the transaction of their effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from evidence.errors import Conflict
from store import tables
from store.records import AnsweredRequest
from store.repositories.repository import Repository


class KeyTaken(Conflict):
    """A request with the same key is being answered at this moment."""


class Requests(Repository):
    """Answers by person and key."""

    async def answered(self, person_id: str, key: str) -> AnsweredRequest | None:
        """What was answered to this person under this key, or None."""
        table = tables.answered_requests
        query = select(table).where(table.c.person_id == person_id, table.c.key == key)
        return await self._one(query, AnsweredRequest)

    async def claim(self, person_id: str, key: str, *, request_digest: str) -> None:
        """Take a key before the effect, so that a second request with it waits for this one or loses to it.

        Raises:
            KeyTaken: a request with the same key is being answered at this moment.
        """
        values = {"person_id": person_id, "key": key, "request_digest": request_digest, "answer": ""}
        try:
            await self._connection.execute(insert(tables.answered_requests).values(**values, created_at=self._now))
        except IntegrityError as error:
            raise KeyTaken(
                "The same request is being answered at this moment.", todo="Send it again with the same key."
            ) from error

    async def keep(self, person_id: str, key: str, *, answer: str) -> None:
        """Keep the answer under a key that was taken."""
        table = tables.answered_requests
        await self._connection.execute(
            update(table).where(table.c.person_id == person_id, table.c.key == key).values(answer=answer)
        )

    async def forget(self, before: datetime) -> int:
        """Drop the answers of before then; gives their number."""
        table = tables.answered_requests
        return int((await self._connection.execute(delete(table).where(table.c.created_at < before))).rowcount)
