"""What happens by the clock: each function once per period, whatever number of workers there is.

A period is counted on the store's clock, so that a shifted clock shifts it too, and its job carries the period in
its id: the first worker to see a period begin enqueues it, for every other one it exists already. A period that passed
while no worker was there is not made up for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dbos import DBOS

from graphs.anchoring import remind_of_drift
from graphs.answering import forget_answers
from graphs.assigning import tell_of_assignments
from graphs.claiming import remind
from graphs.reviews_due import remind_of_reviews
from graphs.transfer.asking import ask_what_is_due
from store.unit_of_work import Store

JOB = "tick"

KEEP_JOBS = timedelta(days=14)  # how long a finished job can still be looked at
_AT_ONCE = 500

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    """A function and how often it is due; it must bear being run again, because a job may be."""

    name: str
    every: timedelta
    function: Callable[[Store], Awaitable[None]]

    def period(self, moment: datetime) -> int:
        """The number of the period that a moment lies in."""
        return (moment - _EPOCH) // self.every


async def forget_jobs(_store: Store, *, keep: timedelta = KEEP_JOBS) -> None:
    """Delete jobs that were finished longer ago than ``keep``; what they did is in our own tables."""
    before = (datetime.now(UTC) - keep).isoformat()  # jobs are timed by this machine, not by the store's clock
    await asyncio.to_thread(_forget_jobs, before)


def _forget_jobs(before: str) -> None:
    over = ["SUCCESS", "ERROR", "CANCELLED"]
    while found := DBOS.list_workflows(
        status=over, completed_before=before, limit=_AT_ONCE, load_input=False, load_output=False
    ):
        DBOS.delete_workflows([job.workflow_id for job in found])


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("remind of what is due", timedelta(minutes=5), remind),
    Schedule("tell of assignments", timedelta(minutes=15), tell_of_assignments),
    Schedule("ask what is due in pilots and plans", timedelta(minutes=30), ask_what_is_due),
    Schedule("remind of drift", timedelta(days=1), remind_of_drift),
    Schedule("remind of criteria to review", timedelta(hours=6), remind_of_reviews),
    Schedule("forget old answers", timedelta(days=1), forget_answers),
    Schedule("forget finished jobs", timedelta(days=1), forget_jobs),
)


class Ticker:
    """Enqueues what is due."""

    def __init__(self, store: Store, schedules: tuple[Schedule, ...]) -> None:
        self._store = store
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self._told: dict[str, int] = {}

    async def due(self, moment: datetime) -> None:
        """Enqueue every schedule whose period at this moment has not been seen here yet.

        Raises:
            Unavailable: the database does not answer; the next call tries again.
        """
        for schedule in self._schedules.values():
            period = schedule.period(moment)
            if self._told.get(schedule.name) == period:
                continue
            async with self._store.write() as work:
                await work.enqueue(JOB, schedule.name, job_id=f"{JOB}:{schedule.name}:{period}")
            self._told[schedule.name] = period

    async def tick(self, name: str) -> None:
        """Run one schedule's function; a name that this release does not know any more is passed over."""
        schedule = self._schedules.get(name)
        if schedule is not None:
            await schedule.function(self._store)
