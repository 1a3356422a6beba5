from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from dbos import DBOS

from agents.alignment import Judgement, JudgeQuestion
from agents.author import Draft, DraftOrder
from evidence.errors import Conflict, Unavailable
from graphs import presence, schedules
from graphs.commissioning import order
from graphs.presence import Presence, take_name
from graphs.runtime import Limits, _checkpointer, running
from graphs.schedules import Schedule, Ticker
from store.clock import Clock
from store.database import Database
from store.holding import Holdings
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.graphs.conftest import Settled


class HeldAuthor(ScriptedAuthor):
    """Writes when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def draft(self, order: DraftOrder) -> Draft:
        self.writing.set()
        await self.may_go_on.wait()
        return await super().draft(order)


async def ordered(store: Store, company: Company) -> str:
    return await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))


async def stage_of(store: Store, run_id: str) -> str:
    async with store.read() as work:
        return (await work.design.run(run_id)).stage


async def test_a_step_under_way_is_finished_and_the_rest_handed_over(
    store: Store, company: Company, settled: Settled
) -> None:
    author, judge = HeldAuthor(), ScriptedJudge()
    async with running(store, ensemble(author=author, judge=judge), executor_id="one"):
        run_id = await ordered(store, company)
        await asyncio.wait_for(author.writing.wait(), 60)
        asyncio.get_running_loop().call_later(0.3, author.may_go_on.set)
    assert len(author.orders) == 1
    assert judge.asked == []
    assert await stage_of(store, run_id) == "judging"
    later = ScriptedAuthor()
    async with running(store, ensemble(author=later), executor_id="two"):
        assert (await settled(run_id)).stage == "awaiting"
    assert later.orders == []


async def test_a_step_that_does_not_end_is_broken_off_and_handed_over(
    store: Store, company: Company, settled: Settled
) -> None:
    author = HeldAuthor()
    async with running(store, ensemble(author=author), executor_id="one", drain_seconds=0.1):
        run_id = await ordered(store, company)
        await asyncio.wait_for(author.writing.wait(), 60)
    assert await stage_of(store, run_id) == "drafting"
    later = ScriptedAuthor()
    async with running(store, ensemble(author=later), executor_id="two"):
        assert (await settled(run_id)).stage == "awaiting"
        async with store.read() as work:
            assert {row.id for row in await work.workers.all()} == {"two"}
    assert len(later.orders) == 1
    async with store.read() as work:
        assert len(await work.design.versions(run_id)) == 1
        assert await work.workers.all() == []


async def test_what_waits_for_its_turn_is_handed_over_too(store: Store, company: Company, settled: Settled) -> None:
    author = HeldAuthor()
    async with running(store, ensemble(author=author), executor_id="one", limits=Limits(journeys=1), drain_seconds=0.1):
        runs = [await ordered(store, company) for _ in range(3)]
        await asyncio.wait_for(author.writing.wait(), 60)
    async with running(store, ensemble(), executor_id="two"):
        assert [(await settled(run_id)).stage for run_id in runs] == ["awaiting"] * 3


async def test_the_work_of_a_process_that_is_gone_is_taken_up(
    store: Store, company: Company, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job stands as taken by somebody who does not show himself, and whose name is free."""
    monkeypatch.setattr(presence, "GONE_SECONDS", 0.5)
    monkeypatch.setattr("graphs.runtime.BEAT_SECONDS", 0.1)
    author = HeldAuthor()
    with pytest.MonkeyPatch.context() as lost:
        # As a kill would: nothing is put in order.
        lost.setattr("graphs.runtime.Runtime.drain", _no_drain)
        async with running(store, ensemble(author=author), executor_id="gone"):
            run_id = await ordered(store, company)
            await asyncio.wait_for(author.writing.wait(), 60)
    async with store.write() as work:
        await work.workers.arrive("gone", version="0")
    async with running(store, ensemble(), executor_id="other"):
        assert (await settled(run_id)).stage == "awaiting"
        async with store.read() as work:
            assert {row.id for row in await work.workers.all()} == {"other"}


async def _no_drain(runtime: Any, _seconds: float) -> None:
    for task in runtime._tasks:
        task.cancel()
    await asyncio.wait(runtime._tasks)
    runtime._ended.set()


async def test_a_process_that_hangs_is_left_alone_for_longer_than_one_that_died(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    holdings, others = Holdings(store.database), Holdings(store.database)
    assert await others.take("worker hangs")
    async with store.write() as work:
        await work.workers.arrive("hangs", version="1")
    async with running(store, ensemble(), executor_id="mine"):
        look = Presence(store, holdings, "looks", "1")
        now = 0.0
        monkeypatch.setattr(presence, "monotonic", lambda: now)

        async def listed() -> bool:
            await look.look_after(set)
            async with store.read() as work:
                return "hangs" in {row.id for row in await work.workers.all()}

        assert await listed()
        now = presence.GONE_SECONDS + 1
        assert await listed()
        await others.release("worker hangs")
        async with asyncio.timeout(60):
            while await listed():  # the process's own look may just be under way
                await asyncio.sleep(0.05)
    await holdings.close()
    await others.close()


async def test_nobody_is_buried_right_after_an_outage(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    holdings = Holdings(store.database)
    async with store.write() as work:
        await work.workers.arrive("was away too", version="1")
    async with running(store, ensemble(), executor_id="mine"):
        look = Presence(store, holdings, "looks", "1")
        now = 0.0
        monkeypatch.setattr(presence, "monotonic", lambda: now)
        await look.look_after(set)
        now = 1000.0
        look.forget()
        await look.look_after(set)
        async with store.read() as work:
            assert "was away too" in {row.id for row in await work.workers.all()}
    await holdings.close()


async def test_a_name_that_a_living_process_holds_is_refused_or_numbered(store: Store) -> None:
    one, two, three = (Holdings(store.database) for _ in range(3))
    assert await take_name(one, "server", exactly=True) == "server"
    assert await take_name(two, "server", exactly=False) == "server-2"
    with pytest.MonkeyPatch.context() as quickly:
        quickly.setattr(Holdings, "take", _without_patience(Holdings.take))
        with pytest.raises(Conflict, match="'server'"):
            await take_name(three, "server", exactly=True)
    await one.close()
    assert await take_name(three, "server", exactly=False) == "server"
    await two.close()
    await three.close()


def _without_patience(take: Callable[..., Any]) -> Callable[..., Any]:
    async def at_once(self: Holdings, name: str, *, patience: float = 0.0) -> bool:
        return bool(await take(self, name))

    return at_once


async def test_heavy_work_holds_nobody_up(
    store: Store, company: Company, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def heavy(_store: Store) -> None:
        begun.set()
        await end.wait()

    heavies = tuple(Schedule(f"heavy {number}", timedelta(days=1), heavy) for number in range(6))
    monkeypatch.setattr(schedules, "SCHEDULES", heavies)
    async with running(store, ensemble(), executor_id="one", limits=Limits(journeys=1, background=2)):
        await asyncio.wait_for(begun.wait(), 60)
        run_id = await ordered(store, company)
        assert (await settled(run_id)).stage == "awaiting"
        taken = await asyncio.to_thread(DBOS.list_workflows, status="PENDING", queue_name="background")
        assert len(taken) <= 2
        end.set()


async def test_a_limit_for_all_processes_holds(store: Store, company: Company, settled: Settled) -> None:
    at_work, most = 0, 0

    class Counting(ScriptedJudge):
        async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
            nonlocal at_work, most
            at_work += question.criterion.id == "asks"
            most = max(most, at_work)
            await asyncio.sleep(0.05)
            at_work -= question.criterion.id == "asks"
            return await super().judge(question, sample)

    async with running(store, ensemble(judge=Counting()), executor_id="one", limits=Limits(journeys=4, everywhere=1)):
        runs = [await ordered(store, company) for _ in range(3)]
        assert [(await settled(run_id)).stage for run_id in runs] == ["awaiting"] * 3
    assert most == 1


async def test_a_period_ticks_once_whoever_sees_it_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ticked: list[str] = []

    async def function(_store: Store) -> None:
        ticked.append("now")

    hourly = (Schedule("hourly", timedelta(hours=1), function),)
    monkeypatch.setattr(schedules, "SCHEDULES", hourly)
    noon = datetime(2040, 11, 2, 12, tzinfo=UTC)
    one, two = Ticker(store, hourly), Ticker(store, hourly)
    for moment in (noon, noon + timedelta(minutes=59), noon + timedelta(hours=1), noon):
        await one.due(moment)
        await two.due(moment)
    store.clock = Clock(noon + timedelta(minutes=30) - datetime.now(UTC))  # the process's own tick falls in here too
    async with running(store, ensemble(), executor_id="one"):
        async with asyncio.timeout(60):
            while len(ticked) < 2:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
    assert len(ticked) == 2


async def test_a_schedule_that_is_gone_is_passed_over(store: Store) -> None:
    await Ticker(store, ()).tick("of an older release")


async def test_a_run_outlives_connections_that_are_torn_away(
    postgres: str, company: Company, store: Store, settled: Settled
) -> None:
    if store.database.is_sqlite:
        pytest.skip("SQLite has no connections to tear")
    torn = 0

    def tear() -> None:
        nonlocal torn
        with psycopg.connect(postgres, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (store.database.url.database,),
            ).fetchall()
        torn += len(rows)

    class Tearing(ScriptedAuthor):
        async def draft(self, order: DraftOrder) -> Draft:
            written = await super().draft(order)
            await asyncio.to_thread(tear)
            return written

    class TearingJudge(ScriptedJudge):
        async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
            if len(self.asked) == 1:
                await asyncio.to_thread(tear)
            return await super().judge(question, sample)

    async with running(store, ensemble(author=Tearing(), judge=TearingJudge()), executor_id="one"):
        run_id = await ordered(store, company)
        while True:
            with suppress(Unavailable):  # this test's own connections are torn away, too
                run = await settled(run_id)
                break
    assert torn >= 2
    assert (run.stage, run.error) == ("awaiting", None)
    async with store.read() as work:
        assert len(await work.approvals.checkpoints(run_id=run_id)) == 1


async def test_processes_that_start_together_on_an_empty_database_make_its_tables_once(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty")
    database = Database(postgres.replace("/postgres?", "/empty?"))

    async def start() -> None:
        holdings = Holdings(database)
        async with _checkpointer(database, holdings):
            pass
        await holdings.close()

    await asyncio.gather(*(start() for _ in range(6)))
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP DATABASE empty WITH (FORCE)")
