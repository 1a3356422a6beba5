"""Bringing work forward: durable jobs on DBOS, each of which takes the next epoch of a run and plays its graph.

A job may run more than once, late, or beside another: every write checks the run's epoch, so only the newest counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from store.checkpointer import open_checkpointer  # first: it sets LangGraph's strict mode before LangGraph loads

from dbos import DBOS  # isort: skip
from langgraph.checkpoint.base import BaseCheckpointSaver  # isort: skip
from langgraph.graph.state import CompiledStateGraph  # isort: skip
from langgraph.types import Command  # isort: skip

from agents.ensemble import Ensemble
from evidence.errors import ConductorError
from graphs import design, tuning
from graphs.context import Context
from store.database import DBOS_SCHEMA
from store.outbox import PROTOCOL, QUEUE
from store.records import Run
from store.repositories.design import StaleEpoch
from store.unit_of_work import Store

log = logging.getLogger("conductor.runtime")

_JOURNEYS = {"design": design, "tuning": tuning}
_SCHEMA_VERSION = 1


class Runtime:
    """Plays the graphs of one process."""

    def __init__(self, store: Store, ensemble: Ensemble, saver: BaseCheckpointSaver[str]) -> None:
        self._store = store
        self._ensemble = ensemble
        self._saver = saver
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._graphs: dict[str, CompiledStateGraph[Any, Any, Any, Any]] = {
            name: journey.build().compile(name=name, checkpointer=saver) for name, journey in _JOURNEYS.items()
        }

    async def bring_forward(self, run_id: str) -> None:
        """Play a run's graph until it waits for a person, is finished, or stops on an error that it records.

        Jobs for one run take turns within a process, so that no agent is paid twice for one step; between processes the
        epoch decides.
        """
        async with self._turns.setdefault(run_id, asyncio.Lock()):
            await self._play(run_id)

    async def _play(self, run_id: str) -> None:
        async with self._store.write() as work:
            run = await work.design.take_over(run_id)
        journey = _JOURNEYS[run.journey]
        if run.stage in journey.RESTING:
            return
        context = Context(store=self._store, ensemble=self._ensemble, epoch=run.epoch)
        config: Any = {
            "configurable": {"thread_id": f"{run_id}:{journey.FLOW_VERSION}"},
            "recursion_limit": 200,
        }
        graph = self._graphs[run.journey]
        entry = await self._entry(graph, config, run)
        if entry is None:
            return
        try:
            await graph.ainvoke(entry, config, context=context, durability="sync")
        except StaleEpoch:
            log.info("run %s is carried on by a later process", run_id)
        except ConductorError as error:
            await self._stopped(run, {"kind": error.kind, "title": error.title, "detail": str(error)})
        except Exception:
            log.exception("run %s stopped unexpectedly", run_id)
            problem = {
                "kind": "internal",
                "title": "Something went wrong on our side",
                "detail": "See the server's log.",
            }
            await self._stopped(run, problem)

    async def _entry(self, graph: CompiledStateGraph[Any, Any, Any, Any], config: Any, run: Run) -> Any:
        """How to go on: resume the decided checkpoint's interrupt, or begin again from SQL; None to stay parked."""
        snapshot = await graph.aget_state(config)
        async with self._store.read() as work:
            pending = {c.id for c in await work.approvals.checkpoints(run_id=run.id, status="pending")}
        for waiting in snapshot.interrupts:
            checkpoint_id = waiting.value["checkpoint_id"]
            if checkpoint_id in pending:
                return None
            return Command(resume={waiting.id: {"checkpoint_id": checkpoint_id}})
        await self._saver.adelete_thread(config["configurable"]["thread_id"])
        return {"schema_version": _SCHEMA_VERSION, "run_id": run.id}

    async def _stopped(self, run: Run, problem: dict[str, Any]) -> None:
        try:
            async with self._store.write() as work:
                now = await work.design.run(run.id)
                await work.design.move(run.id, epoch=run.epoch, stage="errored", resume_stage=now.stage, error=problem)
                await work.design.trace(run.id, agent="code", event="stopped", problem=problem)
        except StaleEpoch:
            log.info("run %s is carried on by a later process", run.id)


@asynccontextmanager
async def running(store: Store, ensemble: Ensemble, *, executor_id: str, workers: int = 4) -> AsyncIterator[Runtime]:
    """Bring work forward in this process until the block ends.

    Args:
        store: where everything is kept.
        ensemble: who plays.
        executor_id: stable name of this process; after a restart under the same name its unfinished jobs run again.
        workers: how many runs are played at once.
    """
    loop = asyncio.get_running_loop()
    async with open_checkpointer(store.database) as saver:
        runtime = Runtime(store, ensemble, saver)

        @DBOS.workflow(name="bring_forward")
        def bring_forward(run_id: str) -> None:
            asyncio.run_coroutine_threadsafe(runtime.bring_forward(run_id), loop).result()

        DBOS(
            config={
                "name": "conductor",
                "system_database_url": store.database.address,
                "dbos_system_schema": DBOS_SCHEMA,
                "application_version": PROTOCOL,
                "executor_id": executor_id,
                "log_level": "ERROR",
                "enable_otlp": False,
                "notification_listener_polling_interval_sec": 0.2,
            }
        )
        try:
            await asyncio.to_thread(DBOS.launch)
            await DBOS.register_queue_async(QUEUE, worker_concurrency=workers, polling_interval_sec=0.2)
            yield runtime
        finally:
            await asyncio.to_thread(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=5)
