"""The data keys of people within one transaction: what seals and opens personal text for its place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import NotFound
from store import tables
from store.types import Sealed
from store.vault import Vault


class Keyring:
    """Seals and opens under the key of whom a text belongs to; each key is read once per transaction."""

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        self._connection = connection
        self._now = now
        self._vault = vault
        self._keys: dict[str, bytes] = {}

    async def seal(self, text: str, table: str, column: str, row: str, person_id: str) -> Sealed:
        """Encrypt a text for exactly this place; the person's key is made where there is none yet."""
        key = await self._key(person_id, create=True)
        return self._vault.seal(key, text, table=table, column=column, row=row, person_id=person_id)

    async def open(self, sealed: bytes | None, table: str, column: str, row: str, person_id: str) -> str | None:
        """Decrypt what was sealed for exactly this place; None where nothing is there.

        Raises:
            NotFound: the person's key is gone.
            Unavailable: it was altered or moved.
        """
        if sealed is None:
            return None
        key = await self._key(person_id)
        return self._vault.open(key, sealed, table=table, column=column, row=row, person_id=person_id)

    async def _key(self, person_id: str, *, create: bool = False) -> bytes:
        if person_id not in self._keys:
            table = tables.data_keys
            query = select(table.c.wrapped).where(table.c.person_id == person_id, table.c.version == 1)
            wrapped = (await self._connection.execute(query)).scalar()
            if wrapped is None:
                if not create:
                    raise NotFound("This person's data has been erased.")
                wrapped = self._vault.new_data_key(person_id)
                await self._connection.execute(
                    insert(table).values(person_id=person_id, version=1, wrapped=wrapped, created_at=self._now)
                )
            self._keys[person_id] = self._vault.unwrap(wrapped, person_id)
        return self._keys[person_id]
