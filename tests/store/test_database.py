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
            await work.strategy.add_programme("One", scenario_policy="one_reviewer", round_budget=1)
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
