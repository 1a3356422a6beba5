"""Keeping replies while they are spoken: the pieces of all turns under way go to the database together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from traceback import format_tb
from typing import Any, TypeVar

from graphs.speaking import LiveTurn
from store.unit_of_work import Store

log = logging.getLogger("conductor.live")

T = TypeVar("T")

FLUSH_SECONDS = 0.25


class Keeper:
    """Stores the pieces of every turn under way four times a second, in one transaction, while anybody speaks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: list[LiveTurn] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    def add(self, live: LiveTurn) -> None:
        """Keep what is said in a turn, until it is settled."""
        self._turns.append(live)
        self._wait()

    def close(self) -> None:
        """Begin nothing new."""
        self._turns.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        if self._timer is None and (self._flushing is None or self._flushing.done()):
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._turns = [live for live in self._turns if not live.settled]
        if waiting := [live for live in self._turns if len(live.pieces) > live.flushed]:
            self._flushing = asyncio.create_task(self._flush(waiting))
            for live in waiting:
                live.flushing = self._flushing
        elif self._turns:
            self._wait()

    async def _flush(self, waiting: Sequence[LiveTurn]) -> None:
        # One turn's pieces that cannot be stored must not keep those of the others from it.
        if await attempt(self._store_all(waiting)) is None and len(waiting) > 1:
            for live in waiting:
                await attempt(self._store_all([live]))
        self._flushing = None
        if self._turns:
            self._wait()

    async def _store_all(self, waiting: Sequence[LiveTurn]) -> bool:
        async with self._store.write() as work:
            counts = [await live.keep(work) for live in waiting]
        for live, count in zip(waiting, counts, strict=True):
            live.flushed = count
        return True


async def attempt(keeping: Coroutine[Any, Any, T]) -> T | None:
    """A database that does not answer must not silence a turn: what could not be kept is tried again, or lost."""
    try:
        return await keeping
    except Exception as error:
        where = "".join(format_tb(error.__traceback__))
        log.error("what was said of a turn could not be kept: %s\n%s", type(error).__name__, where)
        return None
