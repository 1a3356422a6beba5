"""What happens by the clock, over the real queue."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from dbos import DBOS

from graphs.commissioning import order
from graphs.runtime import running
from graphs.schedules import forget_jobs
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ensemble
from tests.graphs.conftest import Settled


def _jobs(**wanted: str) -> set[str]:
    return {job.workflow_id for job in DBOS.list_workflows(**wanted)}  # type: ignore[arg-type]


async def test_finished_jobs_are_forgotten_after_their_time_and_others_are_not(
    store: Store, company: Company, settled: Settled
) -> None:
    async with running(store, ensemble(), executor_id="one"):
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
        await settled(run_id)
        async with asyncio.timeout(60):
            while not (done := await asyncio.to_thread(_jobs, status="SUCCESS", name="bring_forward")):
                await asyncio.sleep(0.05)
        await forget_jobs(store, keep=timedelta(hours=1))
        assert done <= await asyncio.to_thread(_jobs)
        await forget_jobs(store, keep=timedelta(0))
        assert not done & await asyncio.to_thread(_jobs)
        async with store.read() as work:
            assert (await work.design.run(run_id)).stage == "awaiting"
