"""Keeping replies while they are spoken: the pieces of all turns under way go to the database together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from traceback import format_tb
from typing import Any, TypeVar

from graphs.speaking import LiveTurn
from store.outages import is_outage
from store.unit_of_work import Store

log = logging.getLogger("conductor.live")

T = TypeVar("T")

FLUSH_SECONDS = 0.25
FIRST_SECONDS = 0.1  # after which a new turn's words are stored; what is over by then is stored whole
_PAUSES = (0.1, 0.4, 1.5)  # seconds a database that is away is given to come back, one after the other


class Keeper:
    """Stores the pieces of every turn under way four times a second, in one transaction, while anybody speaks."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turns: list[LiveTurn] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: asyncio.Task[None] | None = None

    @property
    def kept(self) -> int:
        """How many turns are under way, or were a moment ago."""
        return len(self._turns)

    def add(self, live: LiveTurn) -> None:
        """Keep what is said in a turn, until it is settled."""
        self._turns.append(live)
        self._wait(FIRST_SECONDS)

    def close(self) -> None:
        """Begin nothing new."""
        self._turns.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self, seconds: float = FLUSH_SECONDS) -> None:
        if self._flushing is not None and not self._flushing.done():
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._turns = [live for live in self._turns if not live.settled]
        if waiting := [live for live in self._turns if live.unkept]:
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
            for live in waiting:
                await live.keep_words(work)
            counts = [await live.keep(work) for live in waiting]
        for live, count in zip(waiting, counts, strict=True):
            live.flushed, live.words_kept = count, True
        return True


async def patiently(storing: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Store what cannot be had again, though the database be away for a moment; errors as ``storing``'s last."""
    for seconds in _PAUSES:
        try:
            return await storing()
        except Exception as error:
            if not is_outage(error):
                raise
            log.warning("the database is away; what was said of a turn is stored in %s s", seconds)
        await asyncio.sleep(seconds)
    return await storing()


async def attempt(keeping: Coroutine[Any, Any, T]) -> T | None:
    """A database that does not answer must not silence a turn: what could not be kept is tried again, or lost."""
    try:
        return await keeping
    except Exception as error:
        where = "".join(format_tb(error.__traceback__))
        log.error("what was said of a turn could not be kept: %s\n%s", type(error).__name__, where)
        return None
