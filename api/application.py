"""One installation, opened: its store, its players, and the runtime that brings work forward."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from agents.build import build_ensemble
from agents.connections import close_connections
from agents.ensemble import Ensemble
from agents.models import configure_tracing
from api.settings import Settings
from graphs.context import Context
from store.clock import Clock
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault, load_or_create_key


@dataclass(frozen=True)
class Application:
    """What every face works with."""

    settings: Settings
    store: Store
    ensemble: Ensemble
    live: Any  # graphs.live.LiveTurns, imported only where work is brought forward

    @property
    def players(self) -> dict[str, Any]:
        """Who plays here, as a sign-off records it."""
        from graphs.judging import players_of

        return players_of(Context(store=self.store, ensemble=self.ensemble))


@asynccontextmanager
async def opened(
    settings: Settings,
    *,
    bring_forward: bool = True,
    executor_id: str | None = None,
    clock_offset: timedelta = timedelta(),
    ensemble: Ensemble | None = None,
) -> AsyncIterator[Application]:
    """Open the database (bringing its schema up to date), build the players, and start bringing work forward.

    Args:
        settings: of this installation.
        bring_forward: False only reads and writes; queued work waits for a process that brings it forward.
        executor_id: stable name of this process, where it is not the server.
        clock_offset: shifts the store's clock, for example histories.
        ensemble: who plays, where it is not what the settings say; for demonstrations.

    Raises:
        Unavailable: the database cannot be reached.
        InvalidInput: the key file is damaged.
    """
    import asyncio

    from graphs.live import LiveTurns

    configure_tracing(settings.tracing or None)
    database = Database(settings.database_url.get_secret_value())
    vault = Vault(load_or_create_key(settings.key_file))
    await asyncio.to_thread(migrate, database)
    store = Store(database, vault, Clock(clock_offset))
    ensemble = ensemble or build_ensemble(settings.models)
    live = LiveTurns(store, ensemble, contacts=settings.contacts)
    application = Application(settings=settings, store=store, ensemble=ensemble, live=live)
    try:
        if bring_forward:
            from graphs.runtime import running  # the durable runtime is most of a slow start: only where it is needed

            async with running(
                store, ensemble, executor_id=executor_id or settings.executor_id, workers=settings.workers
            ):
                yield application
        else:
            yield application
    finally:
        await live.close()
        await close_connections()
        await store.close()
