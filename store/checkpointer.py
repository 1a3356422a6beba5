"""LangGraph's checkpointer in the same database. Threads are disposable; SQL is the truth."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"  # before LangGraph is imported: the default unpacks arbitrary types

from langgraph.checkpoint.base import BaseCheckpointSaver

from store.database import Database


@asynccontextmanager
async def open_checkpointer(database: Database) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """A saver whose tables exist, on connections of its own."""
    if database.is_sqlite:
        import aiosqlite
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        async with aiosqlite.connect(str(database.url.database), timeout=30) as connection:
            saver = AsyncSqliteSaver(connection)
            await saver.setup()
            yield saver
        return
    from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    from psycopg.rows import dict_row
    from psycopg_pool import AsyncConnectionPool

    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool(database.libpq, min_size=1, max_size=4, kwargs=options, open=False) as pool:
        saver_on_pool = AsyncPostgresSaver(pool)  # type: ignore[arg-type]
        await saver_on_pool.setup()
        yield saver_on_pool
