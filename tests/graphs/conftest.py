"""Runs of the real runtime, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from agents.ensemble import Ensemble
from graphs.runtime import Runtime, running
from store.records import Run
from store.unit_of_work import Store

AT_REST = {"awaiting", "published", "rejected", "errored", "active"}

Playing = Callable[[Ensemble], AbstractAsyncContextManager[Runtime]]
Settled = Callable[[str], Awaitable[Run]]


@pytest.fixture
def playing(store: Store) -> Playing:
    """Bring work forward with an ensemble."""

    @asynccontextmanager
    async def play(ensemble: Ensemble) -> AsyncIterator[Runtime]:
        async with running(store, ensemble, executor_id="test") as runtime:
            yield runtime

    return play


@pytest.fixture
def settled(store: Store) -> Settled:
    """Wait until a run waits for a person or is over."""

    async def wait(run_id: str) -> Run:
        for _ in range(1200):
            async with store.read() as work:
                run = await work.design.run(run_id)
            if run.stage in AT_REST:
                return run
            await asyncio.sleep(0.05)
        raise AssertionError(f"run {run_id} stays at {run.stage}")

    return wait
