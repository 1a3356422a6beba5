from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from evidence.errors import Unavailable
from store import sqlite
from store.sqlite import connect, patiently
from store.unit_of_work import Store
from tests.conftest import open_store


@pytest.fixture
def file(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


@contextmanager
def writing_elsewhere(file: Path) -> Iterator[sqlite3.Connection]:
    """Another process, as far as SQLite can tell, in the middle of a write."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def add(store: Store, name: str) -> None:
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text("INSERT INTO audit_head (id, seq, hash) VALUES (:id, 0, '')"), {"id": name})


async def names(store: Store) -> list[int]:
    async with store.database.transaction(writing=False) as connection:
        found = await connection.execute(text("SELECT id FROM audit_head WHERE id > 100 ORDER BY id"))
        return list(found.scalars())


async def test_what_another_process_writes_holds_up_writers_but_not_the_loop(sqlite_url: str, file: Path) -> None:
    store = open_store(sqlite_url)
    with writing_elsewhere(file) as other:
        waiting = asyncio.create_task(add(store, "101"))
        for _ in range(20):
            assert await names(store) == []  # readers go on, and so does everything else on the loop
            await asyncio.sleep(0.001)
        assert not waiting.done()
        other.execute("COMMIT")
        await waiting
    assert await names(store) == [101]
    await store.close()


async def test_a_lock_that_is_never_given_back_is_said_plainly(
    sqlite_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(sqlite_url)
    monkeypatch.setattr(sqlite, "PATIENCE", 0.0)
    with writing_elsewhere(file), pytest.raises(Unavailable, match="does not answer"):
        await add(store, "101")
    await add(store, "102")
    assert await names(store) == [102]
    await store.close()


async def test_a_writer_that_gave_up_waiting_left_nothing_behind(sqlite_url: str, file: Path) -> None:
    store = open_store(sqlite_url)
    with writing_elsewhere(file):
        waiting = asyncio.create_task(add(store, "101"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await add(store, "102")
    assert await names(store) == [102]
    await store.close()


async def test_only_a_lock_is_waited_for() -> None:
    asked = []

    def broken() -> None:
        asked.append(1)
        sqlite3.connect(":memory:").execute("SELECT nonsense")

    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        await patiently(broken)
    assert len(asked) == 1


async def test_a_commit_that_is_cancelled_is_over_before_the_connection_is_used_again(file: Path) -> None:
    """The commit hangs in its thread; whoever cancels it still waits for it."""
    connection = await connect(str(file))
    cursor = connection.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("INSERT INTO audit_head (id, seq, hash) VALUES (101, 0, '')")
    held, let_go = threading.Event(), threading.Event()

    class Slow:
        def commit(self) -> None:
            held.set()
            let_go.wait(10)
            real.commit()

    real = connection.open
    connection._connection = Slow()  # type: ignore[assignment]
    committing = asyncio.create_task(connection.commit())
    await asyncio.to_thread(held.wait, 10)
    committing.cancel()
    await asyncio.sleep(0.01)
    assert not committing.done()
    let_go.set()
    with pytest.raises(asyncio.CancelledError):
        await committing
    connection._connection = real
    assert not real.in_transaction
    await connection.close()
    await connection.close()


async def test_a_closed_connection_says_so(file: Path) -> None:
    connection = await connect(str(file))
    connection.stop()
    connection.stop()
    with pytest.raises(ValueError, match="no active connection"):
        connection.cursor()


def test_processes_take_turns_by_the_files_own_lock(sqlite_url: str) -> None:
    """Three processes count to 45 in one row; a lost update would show."""
    script = textwrap.dedent(
        """
        import asyncio, sys
        from sqlalchemy import text
        from store.database import Database

        async def count():
            database = Database(sys.argv[1])
            print("ready", flush=True)
            sys.stdin.readline()
            async def once():
                async with database.transaction(writing=True) as connection:
                    seq = (await connection.execute(text("SELECT seq FROM audit_head"))).scalar_one()
                    await asyncio.sleep(0)
                    await connection.execute(text("UPDATE audit_head SET seq = :seq"), {"seq": seq + 1})
            await asyncio.gather(*(once() for _ in range(15)))
            await database.close()

        asyncio.run(count())
        """
    )
    others = [
        subprocess.Popen(
            [sys.executable, "-c", script, sqlite_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]
    for other in others:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
    for other in others:
        assert other.stdin is not None
        other.stdin.write("go\n")
        other.stdin.flush()
    for other in others:
        other.communicate(timeout=30)
        assert other.returncode == 0
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as connection:
        assert connection.execute("SELECT seq FROM audit_head").fetchone() == (45,)
