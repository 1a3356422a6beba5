"""Connections: SQLite (WAL, ``BEGIN IMMEDIATE`` for writers) or PostgreSQL behind one face."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from evidence.errors import Conflict, InvalidInput, Unavailable
from store.sqlite import PATIENCE, connect


def parse_url(text: str) -> URL:
    """Read ``sqlite:///path`` or ``postgresql://…``.

    Raises:
        InvalidInput: it is neither.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise InvalidInput(
            "The database address cannot be read.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Write sqlite:///path/to/file.db or postgresql://user:password@host/name.",
        ) from error
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise InvalidInput(
                "A database in memory would not survive the process.",
                where="CONDUCTOR_DATABASE_URL",
                todo="Name a file: sqlite:///var/conductor.db.",
            )
        return url.set(drivername="sqlite")
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise InvalidInput(
        f"'{url.get_backend_name()}' is not a database Conductor runs on.",
        where="CONDUCTOR_DATABASE_URL",
        todo="Use SQLite or PostgreSQL.",
    )


DBOS_SCHEMA = "dbos"  # of the job queue's own tables, where the database has schemas


class Database:
    """One database, its async engine, and the address other libraries need."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = parse_url(url)
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, _Queue] = WeakKeyDictionary()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        quiet: dict[str, Any] = {"hide_parameters": True}  # what is stored never stands in a message or a log
        if self.is_sqlite:
            _make_private(Path(str(self.url.database)))
            self.engine: AsyncEngine = create_async_engine(
                self.url.set(drivername="sqlite+aiosqlite"),
                pool_size=pool_size,
                async_creator=partial(connect, str(self.url.database)),
                **quiet,
            )
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        else:
            self.engine = create_async_engine(self.url, pool_size=pool_size, pool_pre_ping=True, **quiet)
        # Two faces of the one engine, with its one pool: to say it to every connection would cost a switch each time.
        self._engines = [self.engine.execution_options(conductor_writing=writing) for writing in (False, True)]

    @property
    def address(self) -> str:
        """The address with its password and a synchronous driver, as Alembic and DBOS want it."""
        return self.url.render_as_string(hide_password=False)

    @property
    def libpq(self) -> str:
        """The address in libpq's own form (PostgreSQL only)."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def transaction(self, *, writing: bool) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end, rolled back on any error.

        On SQLite, which has one writer at a time, the writing transactions of an event loop queue up here, first come,
        first served; between processes SQLite's own lock decides.

        Raises:
            Unavailable: the database cannot be reached, refuses to work, or has other writers for half a minute.
            Conflict: somebody else was first with what can be there only once.
            InvalidInput: a text is longer than its column, or holds a character that the database cannot keep.
        """
        try:
            async with self._turn(writing=writing):
                # As `engine.begin()` does it, but with one switch to SQLAlchemy's side at the beginning and one at the
                # end, and with a task of its own for the end only where something went wrong.
                engine = self._engines[writing]
                connection = AsyncConnection(engine, await greenlet_spawn(_begun, engine.sync_engine))
                try:
                    yield connection
                    await greenlet_spawn(_done, connection.sync_connection, writing)
                except BaseException:
                    await asyncio.shield(_undo(connection))  # also where this task is cancelled once more
                    raise
        except OperationalError as error:
            raise Unavailable(
                "The database does not answer.", todo="Try again in a moment; nothing was changed."
            ) from error
        except IntegrityError as error:
            raise Conflict(
                "Somebody else changed this at the same moment.", todo="Load it again; nothing was changed."
            ) from error
        except DataError as error:
            raise InvalidInput(
                "A part of the input cannot be stored: it is too long, or holds a character that text cannot have.",
                todo="Shorten it and take out control characters; nothing was changed.",
            ) from error

    @asynccontextmanager
    async def _turn(self, *, writing: bool) -> AsyncIterator[None]:
        """A writer's turn on SQLite: taken before a connection is, so that waiting writers keep none from readers."""
        if not (writing and self.is_sqlite):
            yield
            return
        queue = self._queues.setdefault(asyncio.get_running_loop(), _Queue())
        await queue.join()
        try:
            yield
        finally:
            queue.leave()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _begun(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _done(connection: Connection, writing: bool) -> None:
    if writing:
        connection.commit()
    connection.close()  # rolls back what is still open, which is what reading ends with


async def _undo(connection: AsyncConnection) -> None:
    try:
        if connection.in_transaction():
            await connection.rollback()
    finally:
        await connection.close()


class _Queue:
    """The writers of one event loop, one after the other, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._writer: asyncio.Task[Any] | None = None

    async def join(self) -> None:
        """Wait for one's turn.

        Raises:
            Unavailable: it did not come in time.
            RuntimeError: this task writes already, and would wait for itself.
        """
        if self._writer is not None and self._writer is asyncio.current_task():
            raise RuntimeError("a write transaction inside another one of the same task would wait for ever")
        try:
            async with asyncio.timeout(PATIENCE):
                await self._lock.acquire()
        except TimeoutError as error:
            raise Unavailable("The database is busy.", todo="Try again in a moment; nothing was changed.") from error
        self._writer = asyncio.current_task()

    def leave(self) -> None:
        """Let the next one in."""
        self._writer = None
        self._lock.release()


def _make_private(file: Path) -> None:
    """Make folder and file where they are missing; nobody but their owner may read the file."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
    except OSError as error:
        raise InvalidInput(
            f"The database file {file} cannot be made: {error.strerror}.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Name a file in a folder that can be written.",
        ) from error


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if connection.get_execution_options().get("conductor_writing", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # Straight to the driver: this is said for every request, and on its own it touches nothing that could fail.
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN")
    cursor.close()


def migrate(database: Database) -> None:
    """Bring the schema to the newest version, under a lock where several processes start at once."""
    from alembic import command  # imported here: only the first start of a version needs it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    engine = create_engine(database.url, connect_args={"timeout": 60} if database.is_sqlite else {})
    try:
        with engine.connect() as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_lock(727274)")
                connection.commit()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            queue_is_there = inspect(connection).has_table(
                "workflow_status", None if database.is_sqlite else DBOS_SCHEMA
            )
        if not queue_is_there:
            from dbos import DBOS  # its tables must be there before anybody enqueues

            DBOS.migrate(database.address, schema=DBOS_SCHEMA)
    except OperationalError as error:
        raise Unavailable(
            "The database cannot be reached.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Check the address and that the server is running.",
        ) from error
    except DatabaseError as error:
        if "file is not a database" not in str(error):
            raise
        raise InvalidInput(
            f"{database.url.database} is not a SQLite database.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Name another file; it is left as it is.",
        ) from error
    finally:
        engine.dispose()


def schema_revisions(database: Database) -> tuple[str | None, str]:
    """(revision of the database, newest revision of this software); the first is None where there is no schema yet.

    Raises:
        Unavailable: the database cannot be reached.
    """
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    newest = ScriptDirectory.from_config(config).get_current_head() or ""
    engine = create_engine(database.url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision(), newest
    except OperationalError as error:
        raise Unavailable(
            "The database cannot be reached.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Check the address and that the server is running.",
        ) from error
    finally:
        engine.dispose()
