"""The strategist's journey: a proposed charter or criteria set → checkpoint (a second strategist) → in force.

What was pending under the old strategy is judged again: its checkpoint is superseded and its run goes back to judging.
"""

from __future__ import annotations

from typing import Any, Required, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from approvals.checkpoint import review_digest
from approvals.policies import policy_named
from evidence.ids import new_id
from graphs.context import Context, context_of
from store.records import StrategyVersion
from store.unit_of_work import UnitOfWork

FLOW_VERSION = "tuning-1"
PREPARING, AWAITING, ACTIVATING = "preparing", "awaiting", "activating"
ACTIVE, REJECTED, ERRORED = "active", "rejected", "errored"
RESTING = frozenset({ACTIVE, REJECTED, ERRORED})
POLICY = "second_strategist"


class State(TypedDict, total=False):
    """Identifiers only."""

    schema_version: Required[int]
    run_id: Required[str]
    stage: str
    waiting_at: str


async def enter(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Read where the run stands."""
    context = context_of(runtime)
    async with context.store.read() as work:
        run = await work.design.run(state["run_id"])
        found: dict[str, Any] = {"stage": run.stage}
        if run.stage == AWAITING:
            found["waiting_at"] = (await work.approvals.checkpoints(run_id=run.id, status="pending"))[-1].id
    return found


async def prepare(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Open the checkpoint for exactly the proposed text."""
    context = context_of(runtime)
    async with context.store.write() as work:
        run = await work.design.run(state["run_id"])
        version = await work.strategy.version(str(run.subject_id))
        policy = policy_named(POLICY)
        seal = f"{policy.name}/{policy.version}"
        await work.design.move(run.id, epoch=context.epoch, stage=AWAITING)
        checkpoint = await work.approvals.open_checkpoint(
            programme_id=run.programme_id,
            run_id=run.id,
            subject_kind=version.kind,
            subject_id=version.id,
            digest=version.digest,
            verdict_id=None,
            policy=seal,
            review_digest=review_digest(version.digest, None, seal),
        )
        await work.approvals.audit(
            actor="agents", action="checkpoint opened", subject=f"checkpoint/{checkpoint.id}", digest=version.digest
        )
        await work.design.trace(run.id, agent="code", event="waits for a person", checkpoint=checkpoint.id)
    return {"stage": AWAITING, "waiting_at": checkpoint.id}


def await_decision(state: State) -> dict[str, Any]:
    """Wait, and nothing else."""
    interrupt({"checkpoint_id": state["waiting_at"]})
    return {}


async def activate(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Put the signed version in force and have pending work judged again."""
    context = context_of(runtime)
    async with context.store.write() as work:
        run = await work.design.run(state["run_id"])
        version = await work.strategy.version(str(run.subject_id))
        await work.design.move(run.id, epoch=context.epoch, stage=ACTIVE)
        signed = (await work.approvals.checkpoints(run_id=run.id, status="approved"))[-1]
        approver = (await work.approvals.decisions(signed.id))[-1].person_id
        await put_in_force(work, version, by=approver, genesis=False)
        await work.design.trace(run.id, agent="code", event="in force", kind=version.kind, number=version.number)
    return {"stage": ACTIVE}


async def put_in_force(work: UnitOfWork, version: StrategyVersion, *, by: str, genesis: bool) -> None:
    """Activate a version; scenario checkpoints pending in its programme are superseded and judged again."""
    await work.strategy.activate(version, by=by, genesis=genesis)
    await work.approvals.audit(
        actor=by,
        action=f"{version.kind} in force",
        subject=f"{version.kind}/{version.id}",
        digest=version.digest,
        genesis=genesis,
    )
    for checkpoint in await work.approvals.checkpoints(programme_id=version.programme_id, status="pending"):
        if checkpoint.subject_kind != "scenario" or not await work.approvals.change(checkpoint, status="superseded"):
            continue
        await work.design.redirect(checkpoint.run_id, stage="judging")
        await work.design.trace(
            checkpoint.run_id, agent="code", event="judged again", because=f"{version.kind} {version.number}"
        )
        await work.approvals.audit(actor="code", action="checkpoint superseded", subject=f"checkpoint/{checkpoint.id}")
        await work.enqueue("bring_forward", checkpoint.run_id, job_id=new_id())


def route(state: State) -> str:
    """Follow the run's stage."""
    return {PREPARING: "prepare", AWAITING: "await_decision", ACTIVATING: "activate"}.get(state.get("stage", ""), END)


def build() -> StateGraph[State, Context]:
    """The graph, not yet compiled."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("enter", enter)
    graph.add_node("prepare", prepare)
    graph.add_node("await_decision", await_decision)
    graph.add_node("activate", activate)
    graph.add_edge(START, "enter")
    graph.add_conditional_edges("enter", route, ["prepare", "await_decision", "activate", END])
    graph.add_edge("prepare", "await_decision")
    graph.add_edge("await_decision", "enter")
    graph.add_edge("activate", END)
    return graph


tuning = build().compile(name="tuning")
