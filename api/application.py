"""One installation, opened: its store, its players, and the runtime that brings work forward."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agents.build import build_ensemble
from agents.connections import close_connections
from agents.ensemble import Ensemble
from agents.tracing import configure_tracing
from api.mailing import sending
from api.settings import Settings
from graphs.context import Context
from graphs.ledger import Bookkeeper
from store.clock import Clock
from store.database import Database, migrate
from store.failpoints import arm
from store.unit_of_work import Store
from store.vault import Vault, load_or_create_key

if TYPE_CHECKING:
    from graphs.schedules import Schedule


@dataclass(frozen=True)
class Application:
    """What every face works with."""

    settings: Settings
    store: Store
    ensemble: Ensemble
    live: Any  # graphs.live.LiveTurns, imported only where work is brought forward
    runtime: Any = None  # graphs.runtime.Runtime, where this process brings work forward
    books: Bookkeeper | None = None  # keeps ledger and budgets of this process

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
    drain_seconds: float | None = None,
    clock_offset: timedelta = timedelta(),
    ensemble: Ensemble | None = None,
) -> AsyncIterator[Application]:
    """Open the database (bringing its schema up to date), build the players, and start bringing work forward.

    Args:
        settings: of this installation.
        bring_forward: False only reads and writes; queued work waits for a process that brings it forward. So does 0
            in ``settings.workers``.
        executor_id: stable name of this process, where it is not the server; a number is added where it is taken.
        drain_seconds: how long steps under way may take at the end; of a named process 5, of the server as it is set.
        clock_offset: shifts the store's clock, for example histories.
        ensemble: who plays, where it is not what the settings say; for demonstrations.

    Raises:
        Unavailable: the database cannot be reached.
        InvalidInput: the key file is damaged.
        Conflict: settings name this process, and a living one holds that name.
    """
    import asyncio

    from graphs.live import LiveTurns
    from graphs.noticing import Notices

    arm(settings.failpoints)
    configure_tracing(settings.tracing or None)
    database = Database(settings.database_url.get_secret_value())
    vault = Vault(load_or_create_key(settings.key_file))
    await asyncio.to_thread(migrate, database)
    store = Store(database, vault, Clock(clock_offset))
    books = Bookkeeper(store)
    ensemble = ensemble or build_ensemble(settings.models, meter=books)
    notices = Notices(store, ensemble) if settings.coach_looks_on else None
    live = LiveTurns(store, ensemble, contacts=settings.contacts, notices=notices)
    application = Application(settings=settings, store=store, ensemble=ensemble, live=live, books=books)
    try:
        if bring_forward and settings.workers:
            from graphs.revoking import note_changes
            from graphs.runtime import Limits, running  # most of a slow start: only where it is needed

            async with running(
                store,
                ensemble,
                executor_id=executor_id or settings.executor_id,
                exactly=executor_id is None and "executor_id" in settings.model_fields_set,
                limits=Limits(settings.workers, settings.background_workers, settings.workers_everywhere or None),
                drain_seconds=_patience(settings, executor_id) if drain_seconds is None else drain_seconds,
                also=(_sealing(settings), *sending(settings)),
            ) as runtime:
                await note_changes(store, application.players)  # other players than at the last start, perhaps
                yield replace(application, runtime=runtime)
        else:
            yield application
    finally:
        await live.close()
        await books.aclose()  # after the last reply, before the database
        await close_connections()
        await store.close()


def _patience(settings: Settings, executor_id: str | None) -> float:
    return settings.drain_seconds if executor_id is None else min(5.0, settings.drain_seconds)


def _sealing(settings: Settings) -> Schedule:
    """Sign the head of the audit log every ten minutes; the key is read, or made, when it is first needed."""
    from graphs.schedules import Schedule
    from graphs.sealing import seal_head
    from store.signing import load_or_create_signing_key

    async def seal(store: Store) -> None:
        await seal_head(store, load_or_create_signing_key(settings.signing_key))

    return Schedule("seal the audit log", timedelta(minutes=10), seal)
