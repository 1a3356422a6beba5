"""Playing a run's graph from where SQL says it stands to where it rests.

A run may be played more than once, late, or beside another process: each play takes the run's next epoch, and every
write checks it, so only the newest counts.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Any
from weakref import WeakValueDictionary

import store.checkpointer  # noqa: F401 - first: it sets LangGraph's strict mode before LangGraph loads

from langgraph.checkpoint.base import BaseCheckpointSaver  # isort: skip
from langgraph.errors import GraphDrained  # isort: skip
from langgraph.graph.state import CompiledStateGraph  # isort: skip
from langgraph.runtime import RunControl  # isort: skip
from langgraph.types import Command  # isort: skip

from agents.ensemble import Ensemble
from agents.metering import Account, WorkKind, charged_to
from evidence.errors import ConductorError
from graphs import design, tuning
from graphs.context import Context
from store.failpoints import reach
from store.outages import is_outage
from store.records import Run
from store.repositories.design import StaleEpoch
from store.unit_of_work import Store

log = logging.getLogger("conductor.runtime")

OUTAGE_SECONDS = 300.0  # how long a run waits for the database before it counts as stopped
MOST_TRIES = 8  # processes that may die over one step before nobody takes it up any more

_JOURNEYS = {"design": design, "tuning": tuning}
_SCHEMA_VERSION = 1
_FATAL = {
    "kind": "fatal-step",
    "title": "Every process that took this step up came to its end",
    "detail": f"{MOST_TRIES} times in a row a process died over this step, so nobody takes it up by itself any more. "
    "See the server's log of those moments (memory, crashes) before you try again.",
}
_OUR_SIDE = {
    "kind": "internal",
    "title": "Something went wrong on our side",
    "detail": "See the server's log.",
}


class Drained(Exception):
    """This process takes its leave; the work is at a durable point and belongs to whoever takes it next."""


class Player:
    """Plays the graphs of one process."""

    def __init__(self, store: Store, ensemble: Ensemble, saver: BaseCheckpointSaver[str]) -> None:
        self._store = store
        self._ensemble = ensemble
        self._saver = _with_failpoints(saver)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._controls: set[RunControl] = set()
        self._leaving = asyncio.Event()
        self._graphs: dict[str, CompiledStateGraph[Any, Any, Any, Any]] = {
            name: journey.build().compile(name=name, checkpointer=saver) for name, journey in _JOURNEYS.items()
        }

    def request_drain(self) -> None:
        """Have every graph stop after the step it is at, and begin nothing new."""
        self._leaving.set()
        for control in self._controls:
            control.request_drain()

    async def bring_forward(self, run_id: str) -> None:
        """Play a run's graph until it waits for a person, is finished, or stops on an error that it records.

        Jobs for one run take turns within a process, so that no agent is paid twice for one step; between processes the
        epoch decides. While the database is away the run waits for it.

        Raises:
            Drained: the run stands at a durable point, and must be brought forward by somebody else.
        """
        async with self._turns.setdefault(run_id, asyncio.Lock()):
            since = monotonic()
            pause = 0.1
            again = False
            while True:
                if self._leaving.is_set():
                    raise Drained
                try:
                    await self._play(run_id, patient=monotonic() - since < OUTAGE_SECONDS, again=again)
                    reach("run:rested")
                    return
                except GraphDrained as drained:
                    raise Drained from drained
                except Exception as error:
                    if not is_outage(error):
                        raise
                    log.warning("run %s waits for the database: %s", run_id, type(error).__name__)
                again = True
                await self._mend()
                await self._pause(pause)
                pause = min(2 * pause, 2.0)

    async def _play(self, run_id: str, *, patient: bool, again: bool) -> None:
        async with self._store.write() as work:
            run = await work.design.take_over(run_id, again=again)
        reach("run:taken-over")
        journey = _JOURNEYS[run.journey]
        if run.stage in journey.RESTING:
            return
        if run.tries > MOST_TRIES:
            await self._stopped(run, _FATAL)
            return
        context = Context(store=self._store, ensemble=self._ensemble, epoch=run.epoch)
        config: Any = {
            "configurable": {"thread_id": f"{run_id}:{journey.FLOW_VERSION}"},
            "recursion_limit": 200,
        }
        graph = self._graphs[run.journey]
        control = RunControl()
        self._controls.add(control)
        try:
            entry = await self._entry(graph, config, run)
            if entry is not None:
                if self._leaving.is_set():
                    control.request_drain()
                with charged_to(_account(run)):
                    await graph.ainvoke(entry, config, context=context, durability="sync", control=control)
        except GraphDrained:
            raise
        except StaleEpoch:
            log.info("run %s is carried on by a later process", run_id)
        except Exception as error:
            if patient and is_outage(error):
                raise
            if isinstance(error, ConductorError):
                await self._stopped(run, {"kind": error.kind, "title": error.title, "detail": str(error)})
            else:
                log.exception("run %s stopped unexpectedly", run_id)
                await self._stopped(run, _OUR_SIDE)
        finally:
            self._controls.discard(control)
            if run.tries > 1:
                await self._lay_down(run)

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

    async def _lay_down(self, run: Run) -> None:
        """Count no tries any more: this play came to its end, whatever the end is."""
        with suppress(Exception):  # it only keeps a count low
            async with self._store.write() as work:
                await work.design.lay_down(run.id)

    async def _stopped(self, run: Run, problem: dict[str, Any]) -> None:
        try:
            async with self._store.write() as work:
                now = await work.design.run(run.id)
                await work.design.move(run.id, epoch=run.epoch, stage="errored", resume_stage=now.stage, error=problem)
                await work.design.trace(run.id, agent="code", event="stopped", problem=problem)
        except StaleEpoch:
            log.info("run %s is carried on by a later process", run.id)

    async def _mend(self) -> None:
        """Let go of a transaction that an outage left open on the checkpointer's one connection (SQLite)."""
        connection = getattr(self._saver, "conn", None)
        if self._store.database.is_sqlite and connection is not None:
            try:
                await connection.rollback()
            except Exception as error:
                log.warning("the checkpointer's connection could not be mended: %s", type(error).__name__)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._leaving.wait(), seconds)
        except TimeoutError:
            return


def _account(run: Run) -> Account:
    kind: WorkKind = "tuning" if run.journey == "tuning" else "design"
    return Account(kind, run.id, run.programme_id, run.started_by)


def _with_failpoints(saver: BaseCheckpointSaver[str]) -> BaseCheckpointSaver[str]:
    put = saver.aput

    async def aput(*arguments: Any, **options: Any) -> Any:
        reach("thread:before-checkpoint")
        kept = await put(*arguments, **options)
        reach("thread:after-checkpoint")
        return kept

    saver.aput = aput  # type: ignore[method-assign]
    return saver
