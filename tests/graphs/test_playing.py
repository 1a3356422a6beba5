"""A step over which processes die is not taken up for ever; plays that end in good order never count."""

from __future__ import annotations

from graphs.commissioning import order, retry
from graphs.playing import MOST_TRIES
from store.unit_of_work import Store
from tests.company import BRIEF, Company
from tests.desk import Desk


async def _dies_over(store: Store, run_id: str, times: int) -> None:
    """What is left of processes that took a run up and were gone."""
    for _ in range(times):
        async with store.write() as work:
            await work.design.take_over(run_id)


async def test_a_step_that_ends_every_process_is_left_to_a_person(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
    await _dies_over(store, run_id, MOST_TRIES)
    await desk.runtime.bring_forward(run_id)
    run = await desk.run(run_id)
    assert run.stage == "errored"
    assert run.error is not None
    assert run.error["kind"] == "fatal-step"
    await retry(store, company.maria, run_id)
    await desk.runtime.bring_forward(run_id)
    assert (await desk.run(run_id)).stage == "awaiting"


async def test_one_death_fewer_and_the_work_is_simply_finished(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
    await _dies_over(store, run_id, MOST_TRIES - 1)
    await desk.runtime.bring_forward(run_id)
    assert (await desk.run(run_id)).stage == "awaiting"


async def test_work_that_waits_may_be_looked_at_any_number_of_times(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    for _ in range(MOST_TRIES + 3):
        await desk.runtime.bring_forward(checkpoint.run_id)
    assert (await desk.run(checkpoint.run_id)).stage == "awaiting"
    await desk.decide(company.jonas, checkpoint)
    assert (await desk.run(checkpoint.run_id)).stage == "published"
