"""The trace of a piece of work, which people and graphs write at the same moment."""

from __future__ import annotations

import asyncio

from store.unit_of_work import Store
from tests.company import Company


async def test_lines_written_at_the_same_moment_are_all_kept_and_numbered(store: Store, company: Company) -> None:
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "drafting", by=company.maria.person_id)

    async def write(number: int) -> None:
        async with store.write() as work:
            await work.design.trace(run_id, agent="person", event="looked", number=number)
            await asyncio.sleep(0.05)  # so that on PostgreSQL the others meet the same number before this one commits

    await asyncio.gather(*(write(number) for number in range(4)))
    async with store.read() as work:
        lines = [each for each in await work.design.events(run_id) if each.event == "looked"]
    assert sorted(each.detail["number"] for each in lines) == [0, 1, 2, 3]
    seqs = [each.seq for each in lines]
    assert seqs == list(range(seqs[0], seqs[0] + 4))
