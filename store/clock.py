"""What time it is, for everything that is stored or expires.

PostgreSQL: the database's time. SQLite: this process's time, never below a high-water mark kept in the database, so
that a clock set back cannot bring an expired thing back to life.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from store import tables
from store.prepared import Prepared
from store.types import UtcDateTime


class Clock:
    """Tells the time inside a transaction. ``offset`` shifts it, for tests and the making of example histories."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    async def now(self, connection: AsyncConnection, *, writing: bool) -> datetime:
        """The present moment in UTC; a writing transaction on SQLite raises the high-water mark."""
        if connection.dialect.name == "postgresql":
            told: datetime = (await _TOLD.first(connection, {})).moment
            return told + self.offset
        moment = datetime.now(UTC) + self.offset
        if writing:
            risen: datetime = (await _RAISE.first(connection, {"moment": moment})).high_water
            return risen
        mark = await _MARK.first(connection, {})
        return moment if mark is None else max(mark.high_water, moment)


_TOLD = Prepared(select(func.clock_timestamp(type_=UtcDateTime).label("moment")))
_MARK = Prepared(select(tables.clock.c.high_water))
_MOMENT = bindparam("moment", type_=UtcDateTime)
_RAISE = Prepared(
    insert(tables.clock)
    .values(id=1, high_water=_MOMENT)
    .on_conflict_do_update(
        index_elements=[tables.clock.c.id], set_={"high_water": func.max(tables.clock.c.high_water, _MOMENT)}
    )
    .returning(tables.clock.c.high_water)
)
