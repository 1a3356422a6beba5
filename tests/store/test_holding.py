from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psycopg
import pytest

from store.database import Database
from store.holding import Holdings

ROOT = Path(__file__).parents[2]

HOLDER = """
import asyncio, sys
from store.database import Database
from store.holding import Holdings

async def main():
    holdings = Holdings(Database(sys.argv[1]))
    assert await holdings.take("worker a")
    print("held", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_one_holds_a_name_until_it_lets_go(database_url: str) -> None:
    one, other = Holdings(Database(database_url)), Holdings(Database(database_url))
    assert await one.take("worker a")
    assert await one.take("worker a")
    assert not await other.take("worker a")
    assert not await other.take("worker a", patience=0.2)
    assert await other.take("worker/a")
    waiting = asyncio.create_task(other.take("worker a", patience=10))
    await one.release("worker a")
    await one.release("never held")
    assert await waiting
    assert not await one.take("worker a")
    await other.close()
    assert await one.take("worker a")
    await one.close()


async def test_the_name_of_a_killed_process_is_free_at_once(database_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, database_url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == b"held"
    mine = Holdings(Database(database_url))
    assert not await mine.take("worker a")
    os.kill(process.pid, signal.SIGKILL)
    await process.wait()
    assert await mine.take("worker a", patience=5)
    await mine.close()


async def test_a_lost_connection_is_noticed_and_the_name_taken_again_or_given_up(postgres: str, tmp_path: Path) -> None:
    one, other = Holdings(Database(postgres)), Holdings(Database(postgres))
    assert await one.take("worker a")
    assert await one.keep() == frozenset()
    _terminate_holders(postgres)
    assert await one.keep() == frozenset()
    assert not await other.take("worker a")
    _terminate_holders(postgres)
    assert await other.take("worker a", patience=5)
    assert await one.keep() == {"worker a"}
    assert not await one.take("worker a")
    await other.close()
    assert await one.take("worker a", patience=5)
    await one.close()


def _terminate_holders(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )


async def test_nothing_is_left_beside_the_database_once_all_let_go(sqlite_url: str, tmp_path: Path) -> None:
    holdings = Holdings(Database(sqlite_url))
    assert await holdings.take("worker of Jonas' host")
    [lock] = tmp_path.glob("*.lock")
    assert lock.stat().st_mode & 0o777 == 0o600
    await holdings.close()
    assert list(tmp_path.glob("*.lock")) == []


@pytest.mark.parametrize("many", [20])
async def test_of_many_that_race_for_a_name_one_gets_it_each_time(sqlite_url: str, many: int) -> None:
    racing = [Holdings(Database(sqlite_url)) for _ in range(many)]
    for _ in range(10):
        got = await asyncio.gather(*(holdings.take("worker a") for holdings in racing))
        assert got.count(True) == 1
        await racing[got.index(True)].close()
