from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph

from approvals.checkpoint import Comment, DecisionKind
from graphs import design
from graphs.commissioning import order
from graphs.context import Context
from graphs.deciding import decide
from graphs.reviewing import waiting
from graphs.runtime import running
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.graphs.conftest import Settled
from tests.graphs.worker import play

# One process loads everything, once, and forks what is to be killed.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([play.__module__])


@asynccontextmanager
async def worker(address: str, mode: str) -> AsyncIterator[Connection]:
    """What a process says that brings work forward; killed without warning when the block ends."""
    hears, says = FORKING.Pipe(duplex=False)
    process = FORKING.Process(target=play, args=(address, mode, says), daemon=True)
    process.start()
    says.close()
    try:
        await heard(hears, "ready")
        yield hears
    finally:
        process.kill()
        process.join()
        hears.close()


async def heard(process: Connection, wanted: str) -> None:
    """Listen until the process says this."""
    async with asyncio.timeout(60):
        while await asyncio.to_thread(process.recv) != wanted:
            pass


async def test_a_checkpoint_outlives_the_process_and_is_decided_in_another(
    store: Store, company: Company, database_url: str, settled: Settled
) -> None:
    async with worker(database_url, "park") as process:
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
        await heard(process, "awaiting")
    author = ScriptedAuthor()
    async with running(store, ensemble(author=author), executor_id="worker"):
        [first] = await waiting(store, company.jonas)
        comments = [Comment(field="setting", text="Make it Monday.")]
        await decide(
            store,
            company.jonas,
            first.id,
            DecisionKind.REQUEST_CHANGES,
            seen=first.review_digest,
            comments=comments,
            players={},
        )
        async with asyncio.timeout(60):
            while not (found := await waiting(store, company.jonas)):
                await asyncio.sleep(0.05)
        assert [change.text for change in author.orders[0].changes] == ["Make it Monday."]
        [second] = found
        await decide(store, company.jonas, second.id, DecisionKind.APPROVE, seen=second.review_digest, players={})
        assert (await settled(run_id)).stage == "published"


async def test_work_killed_in_the_middle_goes_on_and_pays_for_nothing_twice(
    store: Store, company: Company, database_url: str, settled: Settled
) -> None:
    async with worker(database_url, "hang") as process:
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
        await heard(process, "hanging")
        async with asyncio.timeout(60):
            while True:  # until the first criterion's sample is kept
                async with store.read() as work:
                    if any(event.event == "judged" for event in await work.design.events(run_id)):
                        break
                await asyncio.sleep(0.05)
    judge = ScriptedJudge()
    author = ScriptedAuthor()
    async with running(store, ensemble(author=author, judge=judge), executor_id="worker"):
        assert (await settled(run_id)).stage == "awaiting"
    assert judge.asked == [("plainness", 0)]
    assert author.orders == []
    async with store.read() as work:
        assert len(await work.design.versions(run_id)) == 1
        assert len(await work.approvals.checkpoints(run_id=run_id)) == 1


def upgraded() -> StateGraph[design.State, Context]:
    """The design graph with other names for its nodes, as a later release might have."""
    names = {"draft": "write", "judge": "assess", "await_decision": "wait_for_people"}

    def route(state: design.State) -> Any:
        where = design.route(state)
        if isinstance(where, str):
            return names.get(where, where)
        for send in where:
            send.node = names[send.node]
        return where

    graph = StateGraph(design.State, context_schema=Context)
    graph.add_node("enter", design.enter)
    graph.add_node("write", design.draft)
    graph.add_node("assess", design.judge, input_schema=design.Question)
    graph.add_node("settle", design.settle)
    graph.add_node("wait_for_people", design.await_decision)
    graph.add_edge(START, "enter")
    graph.add_conditional_edges("enter", route, ["write", "assess", "wait_for_people", END])
    graph.add_conditional_edges("write", route, ["assess"])
    graph.add_edge("assess", "settle")
    graph.add_conditional_edges("settle", route, ["write", "wait_for_people", END])
    graph.add_edge("wait_for_people", "enter")
    return graph


@pytest.mark.parametrize("version", ["design-2", "design-1"], ids=["new version", "version forgotten"])
async def test_an_upgraded_graph_finishes_what_the_old_one_began(
    store: Store, company: Company, database_url: str, settled: Settled, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    async with worker(database_url, "park") as process:
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
        await heard(process, "awaiting")
    monkeypatch.setattr(design, "FLOW_VERSION", version)
    monkeypatch.setattr(design, "build", upgraded)
    author = ScriptedAuthor()
    async with running(store, ensemble(author=author), executor_id="worker"):
        [checkpoint] = await waiting(store, company.maria)
        comments = [Comment(text="Shorter, please.")]
        await decide(
            store,
            company.maria,
            checkpoint.id,
            DecisionKind.REQUEST_CHANGES,
            seen=checkpoint.review_digest,
            comments=comments,
            players={},
        )
        async with asyncio.timeout(60):
            while not (found := await waiting(store, company.maria)):
                await asyncio.sleep(0.05)
        assert len(author.orders) == 1
        await decide(store, company.maria, found[0].id, DecisionKind.APPROVE, seen=found[0].review_digest, players={})
        assert (await settled(run_id)).stage == "published"
