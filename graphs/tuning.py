"""The strategist's journey: a proposed charter or criteria set → checkpoint (a second strategist) → in force.

What was pending under the old strategy is judged again: its checkpoint is superseded and its run goes back to judging.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Required, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from approvals.checkpoint import SubjectKind
from evidence.errors import Conflict
from evidence.ids import new_id
from graphs.context import Context, context_of
from graphs.grounds import at_last, edited, in_audit, sealed
from graphs.judging import players_of
from graphs.opening import open_checkpoint
from graphs.revoking import hold, mark_stale
from store.records import StrategyVersion
from store.unit_of_work import UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet

FLOW_VERSION = "tuning-1"
PREPARING, AWAITING, ACTIVATING = "preparing", "awaiting", "activating"
ACTIVE, REJECTED, WITHDRAWN, ERRORED = "active", "rejected", "withdrawn", "errored"
RESTING = frozenset({ACTIVE, REJECTED, WITHDRAWN, ERRORED})


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
    """Open the checkpoint for exactly the proposed text, and the grounds on which it is to be put in force."""
    context = context_of(runtime)
    async with context.store.write() as work:
        run = await work.design.run(state["run_id"])
        version = await work.strategy.version(str(run.subject_id))
        await work.design.move(run.id, epoch=context.epoch, stage=AWAITING)
        grounds = await edited(work, run.id, version)
        checkpoint = await open_checkpoint(
            work,
            run,
            SubjectKind(version.kind),
            subject_id=version.id,
            digest=version.digest,
            content=json.loads(version.content),
            verdict_id=None,
            grounds=None if grounds is None else sealed(grounds),
        )
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
        await check_fit(work, version)  # what is in force may have changed since it was proposed
        signed = (await work.approvals.checkpoints(run_id=run.id, status="approved"))[-1]
        approver = (await work.approvals.decisions(signed.id))[-1].person_id
        grounds = await at_last(work, run.id, players_of(context)["alignment"])
        await put_in_force(
            work, version, by=approver, genesis=False, detail=None if grounds is None else in_audit(grounds)
        )
        await mark_stale(work, players_of(context))
        await work.design.trace(run.id, agent="code", event="in force", kind=version.kind, number=version.number)
    return {"stage": ACTIVE}


async def put_in_force(
    work: UnitOfWork,
    version: StrategyVersion,
    *,
    by: str,
    genesis: bool,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Activate a version; scenario checkpoints pending in its programme are superseded and judged again.

    ``detail`` is further told in the audit log.
    """
    await work.strategy.programme(version.programme_id, lock=True)  # no verdict under the old strategy gets in between
    # Everything that people may hold is locked before the audit log's head, for which they wait while they hold it.
    pending = [
        await work.approvals.checkpoint(each.id, lock=True)
        for each in await work.approvals.checkpoints(programme_id=version.programme_id, status="pending")
        if each.subject_kind == SubjectKind.SCENARIO.value
    ]
    await hold(work, await work.approvals.standing_sign_offs())
    await work.strategy.activate(version, by=by, genesis=genesis)
    await work.approvals.audit(
        actor=by,
        action=f"{version.kind} in force",
        subject=f"{version.kind}/{version.id}",
        digest=version.digest,
        genesis=genesis,
        programme=version.programme_id,
        **(detail or {}),
    )
    for checkpoint in pending:
        if not await work.approvals.change(checkpoint, status="superseded"):
            continue  # somebody decided on it while this waited
        await work.design.redirect(checkpoint.run_id, stage="judging")
        await work.design.trace(
            checkpoint.run_id, agent="code", event="judged again", because=f"{version.kind} {version.number}"
        )
        await work.approvals.audit(
            actor="code",
            action="checkpoint superseded",
            subject=f"checkpoint/{checkpoint.id}",
            because=f"{version.kind}/{version.id}",
        )
        await work.enqueue("bring_forward", checkpoint.run_id, job_id=new_id())


async def check_fit(work: UnitOfWork, version: StrategyVersion) -> None:
    """Charter and criteria in force together must know the same clauses.

    Raises:
        Conflict: criteria cite a clause that the charter does not have, or no charter is in force yet.
    """
    other_kind = "criteria" if version.kind == "charter" else "charter"
    active = await work.strategy.active(version.programme_id, other_kind)
    if active is None:
        if version.kind == "criteria":
            raise Conflict("No charter is in force yet.", todo="Put a charter in force first.")
        return
    other = await work.strategy.version(active.version_id)
    charter_text, criteria_text = (
        (version.content, other.content) if version.kind == "charter" else (other.content, version.content)
    )
    unknown = CriteriaSet.model_validate_json(criteria_text).unknown_clauses(Charter.model_validate_json(charter_text))
    if unknown:
        listed = "; ".join(f"criterion '{criterion}' cites '{clause}'" for criterion, clause in unknown)
        raise Conflict(
            f"The criteria cite clauses that the charter does not have: {listed}.",
            todo="Change the criteria, or keep those clauses in the charter.",
        )


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
