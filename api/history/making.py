"""Making the history in a database of its own, which takes its place only when it is whole."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from api.history.plan import weeks
from api.history.playing import LENGTH, Calendar, History
from evidence.errors import Conflict

if TYPE_CHECKING:
    from api.application import Application
    from api.history.playing import Progress
    from api.settings import Settings


async def make_history(settings: Settings, passwords: Mapping[str, str], *, told: Progress, company: str = "") -> bool:
    """Make the demo's database with its history, where there is none yet.

    Args:
        settings: the demo installation's; its database must be a SQLite file.
        passwords: of the company's people, by login.
        told: hears the number of the week that begins, and of how many.
        company: one of ``examples.COMPANIES``; the demo's own where it is missing.

    Returns:
        Whether it was made; False where the database has people already, or is no SQLite file.

    Raises:
        Conflict: another start is making it at this moment.
    """
    from store.database import parse_url

    url = parse_url(settings.database_url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        return False
    path = Path(str(url.database))
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_name(f"{path.name}.making")
    with _alone(path.with_name(f"{path.name}.lock")):
        if _exists(path) and await _inhabited(settings):
            return False
        _remove(making)
        apart = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{making}")})
        await _make(apart, passwords, told, company)
        _in_one_file(making)
        _remove(path)
        os.replace(making, path)
    return True


async def _make(settings: Settings, passwords: Mapping[str, str], told: Progress, company: str) -> None:
    from agents.build import EnsembleSettings, build_ensemble
    from api.application import opened
    from api.demo import COMPANY, order_waiting, seed, with_one_lie
    from graphs.playing import Player  # before LangGraph's own modules: it sets their strict mode

    from langgraph.checkpoint.memory import InMemorySaver  # isort: skip

    plan = weeks(company or COMPANY)
    ending = datetime.now(UTC)
    # The past was played offline: it costs nothing, needs no key, and is the same for everybody.
    ensemble = build_ensemble(EnsembleSettings())
    async with opened(settings, bring_forward=False, clock_offset=-LENGTH, ensemble=ensemble) as app:
        _spare_the_disk(app)
        # Threads are disposable: the server begins those of waiting work again from SQL.
        player = Player(app.store, ensemble, InMemorySaver())
        seeded = await seed(app, dict(passwords), company or COMPANY)
        history = History(app, player, seeded, Calendar(app.store.clock, ending), plan)
        await history.play(told)
        app.store.clock.offset = timedelta()
        lied_to, *waiting = await order_waiting(app, seeded)
        await history.forward(waiting)
        await Player(app.store, with_one_lie(ensemble), InMemorySaver()).bring_forward(lied_to)
        await _settle_queue(app)


def _spare_the_disk(app: Application) -> None:
    """Leave it to the operating system when this file reaches the disk: an interrupted history is thrown away."""
    from sqlalchemy import event

    def relax(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    event.listen(app.store.database.engine.sync_engine, "connect", relax)


async def _settle_queue(app: Application) -> None:
    """Take the jobs out of the queue: their work was brought forward as it came, and nobody should have to wait."""
    from dbos import DBOSClient

    from store.database import DBOS_SCHEMA
    from store.outbox import QUEUE

    client = DBOSClient(system_database_url=app.store.database.address, dbos_system_schema=DBOS_SCHEMA)
    try:
        jobs = await client.list_queued_workflows_async(queue_name=QUEUE, load_input=False)
        await client.delete_workflows_async([job.workflow_id for job in jobs])
    finally:
        client.destroy()


async def _inhabited(settings: Settings) -> bool:
    """Whether somebody has an account there."""
    from api.application import opened
    from store.purpose import Purpose

    async with opened(settings, bring_forward=False) as app, app.store.read() as work:
        return bool(await work.people.all(purpose=Purpose.ADMINISTRATION))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second start out; the lock ends with the process, however that ends."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise Conflict(
                "Another start is making the demo at this moment.", where=str(path), todo="Wait until it is ready."
            ) from error
        yield


def _in_one_file(path: Path) -> None:
    """Fold what SQLite still keeps beside the file into it; fails where somebody has it open."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _exists(path: Path) -> bool:
    return path.exists()
