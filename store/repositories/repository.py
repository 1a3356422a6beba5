"""What every repository has: the connection of its unit of work, and the moment it began."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from store.records import Record

R = TypeVar("R", bound=Record)


class Repository:
    """Base of all repositories."""

    def __init__(self, connection: AsyncConnection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    async def _one(self, query: Select[Any], kind: type[R]) -> R | None:
        row = (await self._connection.execute(query)).first()
        return None if row is None else kind.model_validate(row._asdict())

    async def _all(self, query: Select[Any], kind: type[R]) -> list[R]:
        rows: Sequence[Row[Any]] = (await self._connection.execute(query)).all()
        return [kind.model_validate(row._asdict()) for row in rows]
