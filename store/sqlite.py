"""SQLite on the event loop: statements run where they are asked for, and only waiting goes elsewhere.

A statement on a local file takes microseconds; handing it to a thread and back takes ten times as long, and far longer
while the loop is busy, because both threads need the interpreter. So statements run on the loop's own thread. What
may take its time does not hold the loop up: a lock that another connection has is asked for again after a short sleep,
and a writer's commit, which waits for the disk, runs in a worker thread.

SQLAlchemy's ``aiosqlite`` dialect drives these connections through ``async_creator``; they offer what it asks of one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

PATIENCE = 30.0  # seconds for which a lock is asked for again
_PAUSES = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025)  # seconds between asking; the last one repeats
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY})  # a snapshot that is too old stays too old
_disk = ThreadPoolExecutor(2, thread_name_prefix="sqlite")  # not the loop's own, where passwords are hashed
_log = logging.getLogger("conductor.sqlite")

Parameters = Sequence[Any]


class Connection:
    """One connection to a SQLite file; its owner begins and ends every transaction in words."""

    def __init__(self, path: str) -> None:
        # Autocommit, so that nothing is begun behind the owner's back; no waiting inside SQLite, see `patiently`.
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            path, timeout=0, isolation_level=None, check_same_thread=False
        )
        self.writing = False

    @property
    def open(self) -> sqlite3.Connection:
        """The connection underneath.

        Raises:
            ValueError: it is closed; SQLAlchemy knows this one and replaces the connection.
        """
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    @property
    def isolation_level(self) -> str | None:
        """Always None: autocommit, until somebody says ``BEGIN``."""
        return self.open.isolation_level

    def cursor(self) -> Cursor:
        """A cursor; its rows are fetched together with its statement."""
        return Cursor(self)

    async def rows(self, operation: str, parameters: Parameters = ()) -> list[Any]:
        """Run one statement and give its rows; none where it gives none. Errors as ``Cursor.execute``."""
        _log.debug("%s", operation)  # without its parameters: they are what people wrote
        cursor = self.open.cursor()
        await patiently(partial(cursor.execute, operation, parameters))
        return cursor.fetchall()

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Add a function to SQL."""
        self.open.create_function(*arguments, **options)

    async def commit(self) -> None:
        """Commit; a writer's commit reaches the disk in a worker thread."""
        if self.writing:
            self.writing = False
            await _elsewhere(self.open.commit)
        else:
            self.open.commit()

    async def rollback(self) -> None:
        """Roll back what was begun, if anything was."""
        self.writing = False
        self.open.rollback()

    async def close(self) -> None:
        """Close; the last connection to a file folds its log into it, in a worker thread."""
        if self._connection is not None:
            closing, self._connection = self._connection, None
            await _elsewhere(closing.close)

    def stop(self) -> None:
        """Close at once, where there is no event loop to wait in."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Cursor:
    """One statement and its rows."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor = connection.open.cursor()
        self._rows: Iterator[Any] = iter(())

    async def __aenter__(self) -> Cursor:
        return self

    @property
    def description(self) -> Any:
        """The columns of the rows, as the database API defines them; None where a statement gives no rows."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The number of the row inserted last."""
        return self._cursor.lastrowid

    async def execute(self, operation: str, parameters: Parameters = ()) -> None:
        """Run one statement and fetch its rows.

        Raises:
            sqlite3.Error: as SQLite says; that the database is locked only when patience is at its end.
        """
        _log.debug("%s", operation)  # without its parameters: they are what people wrote
        await patiently(partial(self._cursor.execute, operation, parameters))
        self._rows = iter(self._cursor.fetchall() if self._cursor.description else ())
        if operation == "BEGIN IMMEDIATE":
            self._connection.writing = True

    async def executemany(self, operation: str, parameters: Sequence[Parameters]) -> None:
        """Run one statement for every set of parameters."""
        await patiently(partial(self._cursor.executemany, operation, parameters))

    async def fetchall(self) -> list[Any]:
        """The rows."""
        return list(self._rows)

    async def close(self) -> None:
        """Let go of the statement."""
        self._cursor.close()


async def connect(path: str) -> Connection:
    """Open a connection to the SQLite file ``path``."""
    return Connection(path)


async def patiently(run: Callable[[], object]) -> None:
    """Run a statement; while another connection holds the lock it needs, sleep a little and run it again.

    Raises:
        sqlite3.Error: anything else, or the lock where it stays held for ``PATIENCE``.
    """
    asked, deadline = 0, 0.0
    while True:
        try:
            run()
            return
        except sqlite3.OperationalError as error:
            now = asyncio.get_running_loop().time()
            deadline = deadline or now + PATIENCE
            if getattr(error, "sqlite_errorcode", None) not in _PASSING or now >= deadline:
                raise
        await asyncio.sleep(_PAUSES[min(asked, len(_PAUSES) - 1)])
        asked += 1


async def _elsewhere(work: Callable[[], None]) -> None:
    """Run ``work`` in a worker thread, to its end: the connection cannot be used for anything else before."""
    task = asyncio.get_running_loop().run_in_executor(_disk, work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # it is the cancellation that counts
        raise
