"""Bringing work forward: durable jobs on DBOS, taken from queues with limits, left behind in good order.

A job may run more than once, late, or beside another; ``graphs.playing`` says why that does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from store.checkpointer import open_checkpointer  # first: it sets LangGraph's strict mode before LangGraph loads

from dbos import DBOS, DBOSClient  # isort: skip
from langgraph.checkpoint.base import BaseCheckpointSaver  # isort: skip

from agents.ensemble import Ensemble
from evidence.errors import Conflict
from evidence.ids import new_id
from graphs import schedules
from graphs.playing import Drained, Player
from graphs.presence import BEAT_SECONDS, Presence, take_name
from graphs.studying import JOB as STUDY
from graphs.studying import Studying
from store.database import DBOS_SCHEMA, Database
from store.failpoints import reach
from store.holding import Holdings
from store.outages import is_outage
from store.outbox import BACKGROUND, PROTOCOL, QUEUE, STUDIES
from store.unit_of_work import Store

log = logging.getLogger("conductor.runtime")

Job = Callable[..., Awaitable[None]]

_APPLICATION = "conductor"
_TABLES = "the checkpointer's tables"
_POLL_SECONDS = 0.2
_UNHURRIED_SECONDS = 1.0  # between two looks for what nobody waits for: every look costs while people are spoken with
_CONNECTIONS = 10  # of DBOS, at most; a server's are counted
_SETTLE_SECONDS = 3.0  # for DBOS to write down that handed-back jobs are done


@dataclass(frozen=True)
class Limits:
    """How much goes forward at once. The queues keep them: the process that started last decides for every one.

    Attributes:
        journeys: pieces of designers' and strategists' work in one process.
        background: background jobs in one process, and studies beside them.
        everywhere: pieces of designers' and strategists' work in all processes together; None is no limit.
    """

    journeys: int = 4
    background: int = 1
    everywhere: int | None = None


class LeftPending(BaseException):
    """Ends a job without an outcome, as if the process had died: whoever looks after this one queues it again.

    Not an ``Exception``, because DBOS writes those down as the job's outcome.
    """


class Runtime:
    """The jobs of one process."""

    def __init__(
        self, store: Store, player: Player, studying: Studying, presence: Presence, ticker: schedules.Ticker
    ) -> None:
        self._store = store
        self._player = player
        self._studying = studying
        self._presence = presence
        self._ticker = ticker
        self._loop = asyncio.get_running_loop()
        self._in_hand: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leaving = False
        self._heard_of_outage = False
        self._ended = asyncio.Event()
        self.lost = asyncio.Event()  # another process goes by this one's name, so that no more work is taken here

    @property
    def worker_id(self) -> str:
        """The name by which this process goes among the others."""
        return self._presence.worker_id

    def register(self) -> None:
        """Make the jobs known to DBOS."""
        self._register("bring_forward", self._player.bring_forward)
        self._register(STUDY, self._studying.carry_out)
        self._register(schedules.JOB, self._tick)

    def _register(self, name: str, job: Job) -> None:
        def run(*arguments: str) -> None:
            job_id = DBOS.workflow_id or ""
            self._in_hand.add(job_id)
            try:
                reach("job:claimed")
                coroutine = self._perform(name, job, arguments)
                try:
                    performing = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
                except RuntimeError as closed:
                    coroutine.close()
                    raise LeftPending from closed
                try:
                    performing.result()
                except CancelledError as cancelled:
                    raise LeftPending from cancelled
            finally:
                self._in_hand.discard(job_id)

        DBOS.workflow(name=name)(run)

    async def _perform(self, name: str, job: Job, arguments: tuple[str, ...]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._leaving:
                raise Drained
            await job(*arguments)
        except Drained:
            await self._hand_back(name, arguments)
        except asyncio.CancelledError:
            if not self._leaving:
                raise
            task.uncancel()
            await self._hand_back(name, arguments)
        except Exception:
            log.exception("job %s failed", name)
            raise
        finally:
            self._tasks.discard(task)

    async def _tick(self, name: str) -> None:
        await self._ticker.tick(name)
        reach("tick:returned")

    async def _hand_back(self, name: str, arguments: tuple[str, ...]) -> None:
        """Queue a job of the same content for somebody else; this one ends."""
        try:
            async with self._store.write() as work:
                await work.enqueue(name, *arguments, job_id=f"handed-back:{new_id()}")
        except Exception as error:
            log.warning("a job could not be handed back and is left as it is: %s", type(error).__name__)
            raise LeftPending from error
        reach("drain:handed-back")

    async def attend(self) -> None:
        """Show this process, look after the others, and see what is due, until told to end between two looks."""
        while not self._ended.is_set():
            try:
                now = await self._presence.beat()
                if not self._leaving:
                    await self._presence.look_after(lambda: self._in_hand)
                    await self._ticker.due(now)
                self._heard_of_outage = False
            except Conflict as conflict:
                log.error("%s No more work is taken here.", conflict)
                self._stop_taking()
                self.lost.set()
                return
            except Exception as error:
                self._presence.forget()
                if not self._heard_of_outage:
                    detail = type(error).__name__
                    log.warning("the database is away: %s", detail) if is_outage(error) else log.exception("a defect")
                self._heard_of_outage = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), BEAT_SECONDS)

    def _stop_taking(self) -> None:
        self._leaving = self._presence.draining = True
        for event in _dbos().background_thread_stop_events:  # as DBOS.destroy begins, too
            event.set()
        self._player.request_drain()
        self._studying.request_drain()

    async def drain(self, seconds: float) -> None:
        """Take no more work, let each step under way reach a durable point, and hand the rest back.

        Args:
            seconds: how long the steps may take; what is not there by then is broken off and handed back.
        """
        self._stop_taking()
        if self._tasks:
            log.info("worker %s drains: %d jobs under way", self.worker_id, len(self._tasks))
            await asyncio.wait(self._tasks, timeout=seconds)
        if self._tasks:
            log.warning("worker %s breaks off %d jobs after %g seconds", self.worker_id, len(self._tasks), seconds)
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=_SETTLE_SECONDS)
        with suppress(Exception):  # without a database there is nothing to put in order; others will
            await self._settle()
        self._ended.set()

    async def _settle(self) -> None:
        """Wait until none of our jobs stands as taken; queue again what the queue gave us at the last moment."""
        deadline = self._loop.time() + _SETTLE_SECONDS
        while jobs := await asyncio.to_thread(_taken_by, self.worker_id):
            if self._loop.time() >= deadline:
                await asyncio.to_thread(DBOS.resume_workflows, jobs, queue_name=QUEUE)
                return
            await asyncio.sleep(_POLL_SECONDS / 4)


def _taken_by(worker_id: str) -> list[str]:
    found = DBOS.list_workflows(status="PENDING", executor_id=worker_id, load_input=False, load_output=False)
    return [job.workflow_id for job in found]


def _dbos() -> DBOS:
    from dbos._dbos import _get_dbos_instance

    return _get_dbos_instance()


@asynccontextmanager
async def running(
    store: Store,
    ensemble: Ensemble,
    *,
    executor_id: str,
    exactly: bool = False,
    limits: Limits | None = None,
    drain_seconds: float = 20.0,
    also: Sequence[schedules.Schedule] = (),
) -> AsyncIterator[Runtime]:
    """Bring work forward in this process until the block ends; then leave it in good order.

    Args:
        store: where everything is kept.
        ensemble: who plays.
        executor_id: stable name of this process; after a restart under the same name its unfinished jobs run again.
        exactly: refuse to start where a living process holds that name; otherwise take ``name-2``, ``name-3`` ….
        limits: how much goes forward at once.
        drain_seconds: how long a step under way may take when the block ends.
        also: what happens by the clock besides what always does.

    Raises:
        Conflict: a living process holds exactly this name.
        Unavailable: the database does not answer.
    """
    chosen = limits or Limits()
    holdings = Holdings(store.database)
    try:
        name = await take_name(holdings, executor_id, exactly=exactly)
        presence = Presence(store, holdings, name, version("roleplay-conductor"))
        await presence.arrive()
        async with _checkpointer(store.database, holdings) as saver:
            ticker = schedules.Ticker(store, (*schedules.SCHEDULES, *also))
            runtime = Runtime(store, Player(store, ensemble, saver), Studying(store, ensemble), presence, ticker)
            DBOS(
                config={
                    "name": _APPLICATION,
                    "system_database_url": store.database.address,
                    "dbos_system_schema": DBOS_SCHEMA,
                    "application_version": PROTOCOL,
                    "executor_id": name,
                    "log_level": "ERROR",
                    "enable_otlp": False,
                    "sys_db_pool_size": _CONNECTIONS,
                    "notification_listener_polling_interval_sec": _POLL_SECONDS,  # as long as this does ending take
                }
            )
            runtime.register()
            try:
                await asyncio.to_thread(_launch, store.database.address, chosen)
                attending = asyncio.create_task(runtime.attend())
                log.info("worker %s begins: %d pieces of work at once", name, chosen.journeys)
                try:
                    yield runtime
                finally:
                    await runtime.drain(drain_seconds)
                    await asyncio.wait([attending])
            finally:
                await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        with suppress(Exception):  # the others will strike us off
            await presence.leave()
        log.info("worker %s has ended", name)
    finally:
        await holdings.close()


@asynccontextmanager
async def _checkpointer(database: Database, holdings: Holdings) -> AsyncIterator[BaseCheckpointSaver[str]]:
    """The checkpointer; of processes that start together one makes its tables, which LangGraph itself sees to badly."""
    await holdings.take(_TABLES, patience=60.0)
    async with open_checkpointer(database) as saver:
        await holdings.release(_TABLES)
        yield saver


def _launch(address: str, limits: Limits) -> None:
    """Set the queues' limits, then take work from them: in that order, or the first jobs would know only older ones."""
    everywhere = limits.everywhere or None
    at_once = min(limits.journeys, everywhere or limits.journeys)
    client = DBOSClient(system_database_url=address, dbos_system_schema=DBOS_SCHEMA, lazy=True)
    try:
        client.register_queue(
            QUEUE,
            worker_concurrency=at_once,
            global_concurrency=everywhere,
            polling_interval_sec=_POLL_SECONDS,
            application_name=_APPLICATION,
        )
        for queue in (BACKGROUND, STUDIES):
            client.register_queue(
                queue,
                worker_concurrency=limits.background,
                polling_interval_sec=_UNHURRIED_SECONDS,
                application_name=_APPLICATION,
            )
    finally:
        client.destroy()
    DBOS.launch()
