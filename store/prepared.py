"""Statements that a turn of a practice runs: put together once, then run on the driver itself.

What SQLAlchemy does around a statement on every run (finding it among the compiled ones, its parameters, its result)
takes ten times as long as SQLite takes for a row by its key. These are compiled by SQLAlchemy too, when they are first
run; after that only their values go through the types of their columns.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Delete, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

Statement = Select[Any] | Insert | Update | Delete
Convert = Callable[[Any], Any]


class Prepared:
    """One statement, run in the transaction of a connection like every other; gives its rows as named tuples.

    Args:
        statement: nothing in it but the values of its ``bindparam`` may change; an insert without values takes all
            columns of its table.
    """

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._forms: WeakKeyDictionary[Dialect, _Form] = WeakKeyDictionary()

    async def all(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> list[Any]:
        """Run it, and give all its rows; none where it gives none.

        Raises:
            sqlalchemy.exc.DBAPIError: in its kinds, as from ``connection.execute``.
        """
        dialect = connection.dialect
        form = self._forms.get(dialect)
        if form is None:
            form = self._forms[dialect] = _Form(self._statement, dialect)
        return await form.run(connection, parameters)

    async def first(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> Any:
        """Run it, and give its first row, or None; errors as ``all``."""
        rows = await self.all(connection, parameters)
        return rows[0] if rows else None


class _Form:
    """A statement as one dialect writes it, and how values go in and come out."""

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        self._dialect = dialect
        self._dbapi: Any = dialect.loaded_dbapi
        compiled: Any = statement.compile(dialect=dialect)
        self._sql: str = compiled.string
        self._places: list[str] | None = compiled.positiontup
        binds = compiled.binds
        writes = {name: each.type.dialect_impl(dialect).bind_processor(dialect) for name, each in binds.items()}
        self._writes: dict[str, Convert] = {name: write for name, write in writes.items() if write is not None}
        self._fixed = self._written({name: each.value for name, each in binds.items() if not each.required})
        columns = list(statement.exported_columns)
        reads = [each.type.dialect_impl(dialect).result_processor(dialect, None) for each in columns]
        self._reads: list[tuple[int, Convert]] = [(at, read) for at, read in enumerate(reads) if read is not None]
        self._row: Any = namedtuple("Row", [each.key for each in columns])  # type: ignore[misc]

    async def run(self, connection: AsyncConnection, parameters: Mapping[str, Any]) -> list[Any]:
        assert connection.sync_connection is not None
        driver: Any = connection.sync_connection.connection.driver_connection
        values = self._fixed | self._written(parameters)
        try:
            if self._places is not None:
                rows = await driver.rows(self._sql, [values[name] for name in self._places])
            else:
                cursor = await driver.execute(self._sql, values)
                rows = await cursor.fetchall() if cursor.description else []
        except self._dbapi.Error as error:
            # Whoever catches an error of the database shall not have to know which way the statement went.
            raise DBAPIError.instance(
                self._sql, None, error, self._dbapi.Error, hide_parameters=True, dialect=self._dialect
            ) from error
        return [self._read(row) for row in rows]

    def _written(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        writes = self._writes
        return {name: writes[name](value) if name in writes else value for name, value in parameters.items()}

    def _read(self, row: Any) -> Any:
        values = list(row)
        for at, read in self._reads:
            values[at] = read(values[at])
        return self._row._make(values)
