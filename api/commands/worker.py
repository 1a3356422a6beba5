"""``conductor worker``: a process that brings work forward and serves nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.command import asynchronous, end_at_once, log_to_terminal, settings

if TYPE_CHECKING:
    import asyncio

    from api.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker")(worker)


@asynchronous
async def worker(
    worker_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            help="Stable name of this worker; CONDUCTOR_EXECUTOR_ID, or the host's name, where it is missing.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=64, help="How many pieces of work go forward at once; CONDUCTOR_WORKERS."),
    ] = None,
) -> None:
    """Bring work forward without serving anybody (PostgreSQL only), until SIGTERM or Ctrl-C; a second one ends it."""
    import asyncio
    import socket

    from api.application import opened
    from evidence.errors import Unavailable

    chosen = settings(executor_id=worker_id, workers=workers)
    _refuse_sqlite(chosen)
    if not chosen.workers:
        chosen = chosen.model_copy(update={"workers": type(chosen).model_fields["workers"].default})
    log_to_terminal(informing=True)
    told = asyncio.Event()
    _heed_signals(told)
    named = None if "executor_id" in chosen.model_fields_set else socket.gethostname()[:100]
    async with opened(chosen, executor_id=named, drain_seconds=chosen.drain_seconds) as app:
        waiting = [asyncio.create_task(told.wait()), asyncio.create_task(app.runtime.lost.wait())]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()
    if not told.is_set():
        raise Unavailable(
            f"Another process has taken the name '{app.runtime.worker_id}' while the database was away.",
            todo="Start this worker again.",
        )


def _refuse_sqlite(chosen: Settings) -> None:
    from evidence.errors import InvalidInput
    from store.database import parse_url

    if parse_url(chosen.database_url.get_secret_value()).get_backend_name() == "sqlite":
        raise InvalidInput(
            "A SQLite database has one process that brings work forward, and that is `conductor serve`: it allows one "
            "writer at a time, so that a second process would only wait for the first.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Run `conductor serve` alone; or move to PostgreSQL for several workers.",
        )


def _heed_signals(told: asyncio.Event) -> None:
    """Set ``told`` at the first SIGTERM or SIGINT; the second ends the process at once."""
    import asyncio
    import signal

    def hear(number: int) -> None:
        if told.is_set():
            end_at_once(number)
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, hear, number)
