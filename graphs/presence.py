"""Being seen, and looking after those who are not: names, heartbeats, and the reaper.

Every process that brings work forward holds a name, shows itself every few seconds, and looks whether the others still
do. Work of a process that is gone is queued again, so that whoever has a hand free takes it at once.

Nobody's clock is compared with anybody else's: a process counts as seen when what it wrote has changed since the last
look. Should one be taken for dead that is not, nothing is harmed: the run's epoch decides whose writes count.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from time import monotonic

from dbos import DBOS, WorkflowStatus

from evidence.errors import Conflict
from store.failpoints import reach
from store.holding import Holdings
from store.outbox import PROTOCOL, queue_of
from store.unit_of_work import Store

log = logging.getLogger("conductor.runtime")

BEAT_SECONDS = 1.5
GONE_SECONDS = 4.0  # without a beat, and its name is free: the process has died
HUNG_SECONDS = 20.0  # without a beat, and its name is held: it hangs, or its machine is cut off

_REAPER = "the reaper"
_SLOTS = 1000
_SETTLING_SECONDS = 0.6  # a name is free a moment after its holder died, not at once


def _lock_of(worker_id: str) -> str:
    return f"worker {worker_id}"


async def take_name(holdings: Holdings, wanted: str, *, exactly: bool) -> str:
    """Hold a name for this process: the one that is wanted, or the first free one of ``wanted``, ``wanted-2`` ….

    Raises:
        Conflict: exactly this name is wanted, and a living process holds it.
    """
    if await holdings.take(_lock_of(wanted), patience=5.0 if exactly else _SETTLING_SECONDS):
        return wanted
    if exactly:
        raise Conflict(
            f"Another process that is running goes by the name '{wanted}'.",
            where="CONDUCTOR_EXECUTOR_ID",
            todo="Give this one a name of its own, or leave it out.",
        )
    for slot in range(2, _SLOTS):
        if await holdings.take(_lock_of(f"{wanted}-{slot}")):
            return f"{wanted}-{slot}"
    raise Conflict(f"{_SLOTS} processes go by the name '{wanted}'.", todo="End some of them.")


class _Watch:
    """For how long things have looked the same, by this process's own stop-watch."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[object, float]] = {}

    def unchanged(self, now: Mapping[str, object]) -> dict[str, float]:
        """Seconds for which each thing has looked as it does now; 0 for what is new."""
        moment = monotonic()
        before = self._seen
        self._seen = {
            name: before[name] if name in before and before[name][0] == look else (look, moment)
            for name, look in now.items()
        }
        return {name: moment - since for name, (_, since) in self._seen.items()}


class Presence:
    """This process among the others."""

    def __init__(self, store: Store, holdings: Holdings, worker_id: str, version: str) -> None:
        self._store = store
        self._holdings = holdings
        self._version = version
        self._others = _Watch()
        self._claims = _Watch()
        self.worker_id = worker_id
        self.draining = False

    async def arrive(self) -> None:
        """Write this process down before it takes any work."""
        async with self._store.write() as work:
            await work.workers.arrive(self.worker_id, version=self._version)

    async def leave(self) -> None:
        """Strike this process off."""
        async with self._store.write() as work:
            await work.workers.leave(self.worker_id)

    async def beat(self) -> datetime:
        """Show this process, and hear what time it is.

        Raises:
            Conflict: while the database was away, another process took this one's name.
        """
        if _lock_of(self.worker_id) in await self._holdings.keep():
            raise Conflict(f"Another process has taken the name '{self.worker_id}'.")
        async with self._store.write() as work:
            await work.workers.beat(self.worker_id, version=self._version, draining=self.draining)
            return work.now

    def forget(self) -> None:
        """Begin the watch anew: nobody could show themselves while the database was away."""
        self._others = _Watch()
        self._claims = _Watch()

    async def look_after(self, in_hand: Callable[[], Collection[str]]) -> None:
        """Queue the work of processes that are gone again; of several that look at once, one does it.

        Args:
            in_hand: gives the ids of the jobs that this process is at.
        """
        async with self._store.read() as work:
            rows = await work.workers.all()
        silent = self._others.unchanged({row.id: (row.started_at, row.seen_at) for row in rows})
        if not await self._holdings.take(_REAPER):
            return
        try:
            by_worker = defaultdict(list)
            for job in await asyncio.to_thread(_claimed):
                by_worker[job.executor_id or ""].append(job)
            await self._put_back(self._stranded(by_worker.pop(self.worker_id, []), in_hand()), "they were never begun")
            for worker_id in {*by_worker, *silent} - {self.worker_id}:
                await self._bury(worker_id, by_worker[worker_id], silent.get(worker_id, GONE_SECONDS))
        finally:
            await self._holdings.release(_REAPER)

    async def _bury(self, worker_id: str, jobs: list[WorkflowStatus], silent: float) -> None:
        if silent < GONE_SECONDS:
            return
        # While we hold its name, it cannot come back and take up the same jobs beside us.
        free = await self._holdings.take(_lock_of(worker_id))
        if not free and silent < HUNG_SECONDS:
            return
        try:
            await self._put_back(jobs, f"worker {worker_id} is gone")
            if free:
                async with self._store.write() as work:
                    await work.workers.leave(worker_id)
        finally:
            if free:
                await self._holdings.release(_lock_of(worker_id))

    def _stranded(self, jobs: list[WorkflowStatus], in_hand: Collection[str]) -> list[WorkflowStatus]:
        """Jobs that the queue gave us and that never arrived: the database went away in between."""
        waiting = [job for job in jobs if job.workflow_id not in in_hand]
        since = self._claims.unchanged({job.workflow_id: (job.recovery_attempts, job.dequeued_at) for job in waiting})
        return [job for job in waiting if since[job.workflow_id] >= GONE_SECONDS]

    async def _put_back(self, jobs: list[WorkflowStatus], because: str) -> None:
        by_queue = defaultdict(list)
        for job in jobs:
            by_queue[job.queue_name or queue_of(job.name)].append(job.workflow_id)
        for queue, job_ids in by_queue.items():
            await asyncio.to_thread(DBOS.resume_workflows, job_ids, queue_name=queue)
        if jobs:
            reach("reaper:resumed")
            log.warning("%d jobs are queued again: %s", len(jobs), because)


def _claimed() -> list[WorkflowStatus]:
    """Jobs that some process has taken and not finished."""
    return DBOS.list_workflows(status="PENDING", app_version=PROTOCOL, load_input=False, load_output=False)
