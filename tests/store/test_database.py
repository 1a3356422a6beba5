from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from evidence.errors import InvalidInput, Unavailable
from store import tables
from store.clock import Clock
from store.database import Database, migrate, parse_url
from store.vault import load_or_create_key
from tests.conftest import open_store


def ours(_object: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Leave aside what LangGraph and DBOS keep in the same database."""
    return not (kind == "table" and reflected and name not in tables.metadata.tables)


def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    database = Database(database_url)
    migrate(database)
    migrate(database)
    engine = create_engine(database.url)
    with engine.connect() as connection:
        differences = compare_metadata(
            MigrationContext.configure(connection, opts={"include_object": ours}), tables.metadata
        )
    engine.dispose()
    assert differences == []


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "nonsense", ""])
def test_an_unusable_address_is_refused_with_its_setting(address: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_url(address)
    assert caught.value.where == "CONDUCTOR_DATABASE_URL"


def test_a_database_that_does_not_answer_is_said_plainly() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        migrate(Database("postgresql://nobody@127.0.0.1:9/none?connect_timeout=1"))


async def test_time_never_runs_backwards_on_sqlite(sqlite_url: str) -> None:
    ahead = open_store(sqlite_url, clock=Clock(timedelta(days=1)))
    async with ahead.write() as work:
        tomorrow = work.now
    await ahead.close()
    back = open_store(sqlite_url)
    async with back.write() as work:
        assert work.now >= tomorrow
    await back.close()


async def test_the_clock_can_be_shifted(database_url: str) -> None:
    store = open_store(database_url, clock=Clock(timedelta(days=400)))
    async with store.write() as work:
        assert timedelta(days=399) < work.now - datetime.now(UTC) < timedelta(days=401)
    await store.close()


async def test_a_reader_sees_nothing_of_a_writer_that_has_not_committed(database_url: str) -> None:
    store = open_store(database_url)
    wrote, go_on = asyncio.Event(), asyncio.Event()

    async def writer() -> None:
        async with store.write() as work:
            await work.strategy.add_programme("One", round_budget=1)
            wrote.set()
            await go_on.wait()

    task = asyncio.create_task(writer())
    await wrote.wait()
    async with store.read() as work:
        assert await work.strategy.programmes() == []
    go_on.set()
    await task
    async with store.read() as work:
        assert len(await work.strategy.programmes()) == 1
    await store.close()


async def test_writers_on_sqlite_take_turns_in_the_order_they_came(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    began, inside = [], 0

    async def write(number: int) -> None:
        nonlocal inside
        async with store.write() as work:
            inside += 1
            assert inside == 1
            began.append(number)
            await work.strategy.add_programme(f"{number}", round_budget=1)
            await asyncio.sleep(0)
            inside -= 1

    tasks = []
    for number in range(30):
        tasks.append(asyncio.create_task(write(number)))
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert began == list(range(30))
    async with store.read() as work:
        assert len(await work.strategy.programmes()) == 30
    await store.close()


async def test_a_writer_that_is_cancelled_in_the_queue_or_inside_holds_nobody_up(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    inside = asyncio.Event()

    async def write(name: str, *, stay: bool = False) -> None:
        async with store.write() as work:
            await work.strategy.add_programme(name, round_budget=1)
            inside.set()
            if stay:
                await asyncio.Event().wait()

    first = asyncio.create_task(write("first", stay=True))
    await inside.wait()
    second, third = asyncio.create_task(write("second")), asyncio.create_task(write("third"))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    first.cancel()
    done = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(each).__name__ for each in done] == ["CancelledError", "CancelledError", "NoneType"]
    async with store.read() as work:
        assert [programme.name for programme in await work.strategy.programmes()] == ["third"]
    await store.close()


async def test_writers_on_postgresql_do_not_wait_for_each_other(postgres: str) -> None:
    store = open_store(postgres.replace("/postgres?", "/template_conductor?"))
    both = asyncio.Barrier(2)

    async def write() -> None:
        async with store.database.transaction(writing=True):
            async with asyncio.timeout(60):
                await both.wait()

    await asyncio.gather(write(), write())
    await store.close()


async def test_a_write_inside_a_write_is_refused_at_once(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    async with store.write():
        with pytest.raises(RuntimeError, match="inside another one"):
            async with store.write():
                pass
    async with store.write():
        pass
    await store.close()


async def test_a_writer_whose_turn_never_comes_is_told_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(sqlite_url)
    monkeypatch.setattr("store.database.PATIENCE", 0.01)

    async def write() -> None:
        async with store.write():
            pass

    async with store.write():
        with pytest.raises(Unavailable, match="busy"):
            await asyncio.create_task(write())
    await write()
    await store.close()


def test_a_database_serves_one_event_loop_after_the_other(sqlite_url: str) -> None:
    store = open_store(sqlite_url)

    async def write() -> None:
        async def once() -> None:
            async with store.write():
                await asyncio.sleep(0)

        await asyncio.gather(*(once() for _ in range(3)))
        await store.database.close()

    asyncio.run(write())
    asyncio.run(write())


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "conductor.key"
    key = load_or_create_key(path)
    assert load_or_create_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("not hex")
    with pytest.raises(InvalidInput, match="64 hex digits"):
        load_or_create_key(path)


def test_a_new_sqlite_file_is_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "conductor.db"
    migrate(Database(f"sqlite:///{path}"))
    assert path.stat().st_mode & 0o777 == 0o600
