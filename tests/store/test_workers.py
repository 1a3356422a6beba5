from __future__ import annotations

from datetime import timedelta

from store.clock import Clock
from store.unit_of_work import Store


async def test_a_worker_arrives_is_seen_and_leaves(store: Store) -> None:
    async with store.write() as work:
        await work.workers.arrive("b", version="1")
        await work.workers.arrive("a", version="1")
    async with store.write() as work:
        await work.workers.beat("a", version="1", draining=True)
        await work.workers.leave("b")
        await work.workers.leave("never there")
    async with store.read() as work:
        [row] = await work.workers.all()
    assert (row.id, row.version, row.draining) == ("a", "1", True)
    assert row.seen_at > row.started_at


async def test_a_worker_that_comes_back_begins_anew(store: Store) -> None:
    for version in ("1", "2"):
        async with store.write() as work:
            await work.workers.arrive("a", version=version)
            await work.workers.beat("a", version=version, draining=version == "1")
    async with store.read() as work:
        [row] = await work.workers.all()
    assert (row.version, row.draining) == ("2", False)


async def test_a_beat_is_another_one_while_the_clock_stands_or_goes_back(store: Store) -> None:
    seen = []
    for offset in (timedelta(days=1), timedelta(), timedelta(days=-3)):
        store.clock = Clock(offset)
        async with store.write() as work:
            await work.workers.beat("a", version="1", draining=False)
        async with store.read() as work:
            [row] = await work.workers.all()
        seen.append(row.seen_at)
    assert seen == sorted(set(seen))
