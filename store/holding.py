"""Names that one process at a time can hold, and that fall free the moment it dies.

PostgreSQL: session-level advisory locks on a connection of their own. SQLite: locked files beside the database. Either
way it is the operating system or the server that lets go, so nobody has to guess from a timestamp whether a process is
still there.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import sys
from pathlib import Path
from typing import Any

from store.database import Database

_LOCK_CLASS = 727275  # sets our advisory locks apart from everybody else's in this database
_POLL_SECONDS = 0.1
# A server must notice within seconds that the machine at the other end is gone.
_WATCHED = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"


class Holdings:
    """The names that this process holds in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: dict[str, int] = {}  # name → open file (SQLite), or 0
        self._connection: Any = None
        self._turn = asyncio.Lock()

    async def take(self, name: str, *, patience: float = 0.0) -> bool:
        """Hold a name.

        Args:
            name: at most 200 characters.
            patience: seconds to go on trying while somebody else holds it.

        Returns:
            False where somebody else holds it.

        Raises:
            psycopg.OperationalError: the server does not answer.
        """
        deadline = asyncio.get_running_loop().time() + patience
        while True:
            async with self._turn:
                if name in self._held or await self._try(name):
                    return True
            if asyncio.get_running_loop().time() >= deadline:
                return False
            await asyncio.sleep(_POLL_SECONDS)

    async def keep(self) -> frozenset[str]:
        """Take again what a lost connection let go.

        Returns:
            The names that somebody else has taken meanwhile; they are no longer held here.

        Raises:
            psycopg.OperationalError: the server does not answer; nothing is given up yet.
        """
        if self._database.is_sqlite:
            return frozenset()
        async with self._turn:
            if await self._answers():
                return frozenset()
            names, self._held = list(self._held), {}
            try:
                return frozenset([name for name in names if not await self._try(name)])
            except BaseException:
                self._held = dict.fromkeys(names, 0)
                raise

    async def release(self, name: str) -> None:
        """Let a name go; a name that is not held is no error."""
        async with self._turn:
            file = self._held.pop(name, None)
            if file is None:
                return
            if self._database.is_sqlite:
                _unlock(file, self._file(name))
            elif self._connection is not None:
                await self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK_CLASS, _key(name)))

    async def close(self) -> None:
        """Let everything go."""
        for name in list(self._held):
            with contextlib.suppress(Exception):  # the server lets go by itself when the connection ends
                await self.release(name)
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _try(self, name: str) -> bool:
        if self._database.is_sqlite:
            file = _lock(self._file(name))
            if file is None:
                return False
            self._held[name] = file
            return True
        connection = await self._connected()
        answer = await connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK_CLASS, _key(name)))
        if (await answer.fetchone())[0]:
            self._held[name] = 0
            return True
        return False

    async def _connected(self) -> Any:
        import psycopg

        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._database.libpq, autocommit=True, connect_timeout=5, options=_WATCHED
            )
        return self._connection

    async def _answers(self) -> bool:
        import psycopg

        if self._connection is None or self._connection.closed:
            return False
        try:
            await self._connection.execute("SELECT 1")
        except psycopg.Error:
            await self._connection.close()
            return False
        return True

    def _file(self, name: str) -> Path:
        readable = re.sub(r"[^A-Za-z0-9.-]+", "_", name)[:80]
        return Path(f"{self._database.url.database}-{readable}-{_digest(name)[:4].hex()}.lock")


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _key(name: str) -> int:
    return int.from_bytes(_digest(name)[:4], "big", signed=True)


def _lock(path: Path) -> int | None:
    """Open and lock a file; None where somebody else has it."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        # Its last holder may have removed the file between our opening and our locking it.
        if sys.platform == "win32" or _is_at(path, file):
            return file
        os.close(file)


def _is_at(path: Path, file: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


def _unlock(file: int, path: Path) -> None:
    if sys.platform != "win32":
        path.unlink(missing_ok=True)  # while it is still ours
    os.close(file)
