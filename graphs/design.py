"""The designer's journey: brief → draft → judge all criteria in parallel → revise while asked → checkpoint → signed.

SQL is the truth: each node does one thing, writes it with the run's next stage, and the graph follows the stage. A
thread that is lost, or that belongs to an older shape of this graph, is simply begun again from SQL.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Required, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send, interrupt

from agents.author import ChangeRequest, DraftOrder
from approvals.checkpoint import SubjectKind
from evidence.difference import field_differences
from evidence.errors import Conflict
from evidence.fields import all_fields
from graphs.context import Context, context_of
from graphs.fitness import may_play
from graphs.judging import TWICE_MORE, judge_criterion, samples_at_first
from graphs.opening import open_checkpoint
from graphs.scenes import shown
from practice.brief import Brief
from practice.scenario import Scenario
from practice.translation import carried_over
from practice.variation import render
from store.failpoints import reach
from store.records import DecisionRow, Run, ScenarioVersion
from store.unit_of_work import UnitOfWork
from strategy.charter import Charter
from strategy.closeness import EXTRA, hanging
from strategy.criteria import CriteriaSet
from strategy.scoring import change_requests, verdict
from strategy.verdict import HumanJudgement, JudgeSample, Outcome, SampleStatus, Verdict

FLOW_VERSION = "design-1"  # change it when nodes or edges change: threads of another version are begun again from SQL
DRAFTING, JUDGING, AWAITING = "drafting", "judging", "awaiting"
PUBLISHED, REJECTED, WITHDRAWN, ERRORED = "published", "rejected", "withdrawn", "errored"
RESTING = frozenset({PUBLISHED, REJECTED, WITHDRAWN, ERRORED})


class State(TypedDict, total=False):
    """Identifiers only; everything else is read from SQL."""

    schema_version: Required[int]
    run_id: Required[str]
    stage: str
    version_id: str
    charter_id: str
    criteria_id: str
    criterion_ids: list[str]
    more: bool
    waiting_at: str


class Question(TypedDict):
    """What one parallel judgement is about; ``more`` asks for the samples after the first ones."""

    run_id: str
    version_id: str
    charter_id: str
    criteria_id: str
    criterion_id: str
    more: bool


async def enter(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Read where the run stands."""
    context = context_of(runtime)
    async with context.store.read() as work:
        run = await work.design.run(state["run_id"])
        found: dict[str, Any] = {"stage": run.stage}
        if run.stage == JUDGING:
            found |= await _what_to_judge(work, run, (await work.design.versions(run.id))[0].id)
        elif run.stage == AWAITING:
            found["waiting_at"] = (await _pending(work, run.id)).id
    return found


async def draft(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Have the author write the next version, from the brief or from what was asked of the last one."""
    context = context_of(runtime)
    async with context.store.read() as work:
        run = await work.design.run(state["run_id"])
        order = await _order(work, run)
    await may_play(context.store, context.ensemble, "author")
    written = await context.ensemble.author.draft(order)
    scenario = carried_over(order.previous, written.scenario)
    reach("draft:returned")
    async with context.store.write() as work:
        await work.design.move(run.id, epoch=context.epoch, stage=JUDGING)
        earlier = await work.design.versions(run.id)
        version = await work.design.add_version(
            run,
            scenario.content(),
            title=render(scenario).title,
            notes=written.notes,
            unmet=written.unmet,
            provenance=written.provenance.model_dump(),
            author_ids=await work.design.authors(earlier[0].id) if earlier else frozenset(),
        )
        if earlier:
            await _mark_comments(work, run, earlier[0], version)
        detail = {"version": version.number, "title": version.title, "changes_asked": len(order.changes)}
        await work.design.trace(run.id, agent="author", player=written.provenance.label, event="drafted", **detail)
        return {"stage": JUDGING} | await _what_to_judge(work, run, version.id)


async def judge(state: Question, runtime: Runtime[Context]) -> dict[str, Any]:
    """Judge one criterion and keep its samples."""
    context = context_of(runtime)
    async with context.store.read() as work:
        version = await work.design.version(state["version_id"])
        charter, criteria = await _strategy(work, state["charter_id"], state["criteria_id"])
    criterion = criteria.criterion(state["criterion_id"])
    if criterion is None:
        raise Conflict(f"The criteria in force have no criterion '{state['criterion_id']}'.")
    await may_play(context.store, context.ensemble, "alignment")
    samples = await judge_criterion(context, version, criterion, charter, criteria, more=state["more"])
    reach("judge:returned")
    async with context.store.write() as work:
        await work.design.move(state["run_id"], epoch=context.epoch)
        for sample in samples:
            await work.design.add_sample(
                version.id, state["charter_id"], state["criteria_id"], sample.model_dump(mode="json")
            )
        label = "offline rules" if samples[0].player == "offline" else f"model {samples[0].model}"
        valid = SampleStatus.VALID
        said = [s.level if s.level and s.status is valid else s.status.value for s in samples]
        detail = {"criterion": criterion.id, "levels": said, "version": version.number}
        await work.design.trace(state["run_id"], agent="alignment", player=label, event="judged", **detail)
    return {}


async def settle(state: State, runtime: Runtime[Context]) -> dict[str, Any]:
    """Compute the verdict; send the draft back, or open the checkpoint."""
    context = context_of(runtime)
    async with context.store.write() as work:
        run = await work.design.run(state["run_id"])
        programme = await work.strategy.programme(run.programme_id, held=True)
        version = await work.design.version(state["version_id"])
        now = await _what_to_judge(work, run, version.id)
        if (now["charter_id"], now["criteria_id"]) != (state["charter_id"], state["criteria_id"]):
            await work.design.move(run.id, epoch=context.epoch)
            await work.design.trace(
                run.id, agent="code", event="judged again", because="the strategy changed meanwhile"
            )
            return {"stage": JUDGING} | now
        _, criteria = await _strategy(work, state["charter_id"], state["criteria_id"])
        close = await _to_ask_more(work, context, version.id, state["charter_id"], state["criteria_id"], criteria)
        if close:
            await work.design.move(run.id, epoch=context.epoch)
            await work.design.trace(run.id, agent="code", event=TWICE_MORE, criteria=close)
            return {"stage": JUDGING, "criterion_ids": close, "more": True}
        ruling = await compute_verdict(work, version.id, state["charter_id"], state["criteria_id"], criteria)
        row = await work.design.add_verdict(
            version.id,
            charter_id=state["charter_id"],
            criteria_id=state["criteria_id"],
            content=ruling.model_dump(mode="json"),
        )
        detail: dict[str, Any] = {"outcome": ruling.outcome.value, "score": ruling.score, "version": version.number}
        await work.design.trace(run.id, agent="code", event="scored", **detail)
        if ruling.outcome is Outcome.ERRORED:
            said = {sample.note for sample in ruling.samples if sample.status is SampleStatus.ERROR}
            problem = {"title": "The judgement failed", "detail": " ".join(sorted(said)), "kind": "judge-failed"}
            await work.design.move(run.id, epoch=context.epoch, stage=ERRORED, resume_stage=JUDGING, error=problem)
            return {"stage": ERRORED}
        stuck = _repeats_itself(await work.design.versions(run.id))
        if _asks_for_changes(ruling) and run.rounds < programme.round_budget and not stuck:
            await work.design.move(run.id, epoch=context.epoch, stage=DRAFTING, rounds=run.rounds + 1)
            await work.design.trace(run.id, agent="code", event="sent back", reasons=list(ruling.reasons))
            return {"stage": DRAFTING}
        await work.design.move(run.id, epoch=context.epoch, stage=AWAITING, error=None)
        checkpoint = await open_checkpoint(
            work,
            run,
            SubjectKind.SCENARIO,
            subject_id=version.id,
            digest=version.digest,
            content=json.loads(version.content),
            verdict_id=row.id,
        )
        return {"stage": AWAITING, "waiting_at": checkpoint.id}


def await_decision(state: State) -> dict[str, Any]:
    """Wait. Nothing else stands in this node, because a node runs again from its top when it is resumed."""
    interrupt({"checkpoint_id": state["waiting_at"]})
    return {}


def route(state: State) -> str | list[Send]:
    """Follow the run's stage."""
    stage = state.get("stage")
    if stage == DRAFTING:
        return "draft"
    if stage == JUDGING:
        shared = {name: state[name] for name in ("run_id", "version_id", "charter_id", "criteria_id", "more")}
        return [Send("judge", {**shared, "criterion_id": criterion_id}) for criterion_id in state["criterion_ids"]]
    if stage == AWAITING:
        return "await_decision"
    return END


async def compute_verdict(
    work: UnitOfWork, version_id: str, charter_id: str, criteria_id: str, criteria: CriteriaSet
) -> Verdict:
    """The verdict from the stored samples, with what people settled."""
    stored = await work.design.samples(version_id, charter_id, criteria_id)
    samples = [JudgeSample.model_validate(content) for content in stored]
    settled = await work.design.human_judgements(version_id, criteria_id)
    people = {criterion: HumanJudgement.model_validate(content) for criterion, content in settled.items()}
    return verdict(criteria, samples, people)


async def _what_to_judge(work: UnitOfWork, run: Run, version_id: str) -> dict[str, Any]:
    charter = await work.strategy.in_force(run.programme_id, "charter")
    criteria = await work.strategy.in_force(run.programme_id, "criteria")
    ids = [criterion["id"] for criterion in json.loads(criteria.content)["criteria"]]
    in_force = {"charter_id": charter.id, "criteria_id": criteria.id}
    return {"version_id": version_id, **in_force, "criterion_ids": ids, "more": False}


async def _to_ask_more(
    work: UnitOfWork, context: Context, version_id: str, charter_id: str, criteria_id: str, criteria: CriteriaSet
) -> list[str]:
    """The criteria on which the verdict hangs and that have their first samples only.

    The first samples alone decide which these are, so that a run that was interrupted goes on with the same ones, and
    nothing is asked a third time.
    """
    if context.ensemble.alignment.deterministic:
        return []
    first = samples_at_first(context.ensemble, criteria)
    stored = await work.design.samples(version_id, charter_id, criteria_id)
    samples = [JudgeSample.model_validate(content) for content in stored]
    asked = Counter(sample.criterion_id for sample in samples if sample.number >= first)
    close = hanging(criteria, [sample for sample in samples if sample.number < first])
    return [criterion_id for criterion_id in close if asked[criterion_id] < EXTRA]


async def _strategy(work: UnitOfWork, charter_id: str, criteria_id: str) -> tuple[Charter, CriteriaSet]:
    charter = Charter.model_validate_json((await work.strategy.version(charter_id, "charter")).content)
    criteria = CriteriaSet.model_validate_json((await work.strategy.version(criteria_id, "criteria")).content)
    return charter, criteria


async def _pending(work: UnitOfWork, run_id: str) -> Any:
    waiting = await work.approvals.checkpoints(run_id=run_id, status="pending")
    if not waiting:
        raise Conflict("This work waits for a person, but its checkpoint is gone.", todo="Report this as a defect.")
    return waiting[-1]


async def _order(work: UnitOfWork, run: Run) -> DraftOrder:
    if run.brief_id is None:
        raise Conflict("This piece of work has no brief.", todo="Report this as a defect.")
    brief = Brief.model_validate_json((await work.design.brief(run.brief_id)).content)
    charter = await work.strategy.in_force(run.programme_id, "charter")
    versions = await work.design.versions(run.id)
    if not versions:
        return DraftOrder(brief=brief, charter=Charter.model_validate_json(charter.content))
    return DraftOrder(
        brief=brief,
        charter=Charter.model_validate_json(charter.content),
        previous=Scenario.model_validate_json(versions[0].content),
        changes=await _changes(work, run, versions[0].id),
    )


async def _asked(work: UnitOfWork, run: Run, version_id: str) -> list[DecisionRow]:
    """The decisions in which people asked for changes of this version."""
    asked: list[DecisionRow] = []
    for checkpoint in await work.approvals.checkpoints(run_id=run.id, status="changes_requested"):
        if checkpoint.subject_id == version_id:
            asked += await work.approvals.decisions(checkpoint.id)
    return asked


async def _mark_comments(work: UnitOfWork, run: Run, before: ScenarioVersion, after: ScenarioVersion) -> None:
    """Note for each comment whether the text it is about reads differently now; people have the last word."""
    old, new = all_fields(shown(before.content)), all_fields(shown(after.content))
    changed = [each.field for each in field_differences(old, new)]
    for decision in await _asked(work, run, before.id):
        for number, comment in enumerate(decision.comments):
            met = any(field.startswith(comment["field"]) for field in changed)
            told = next((line for line in after.unmet if comment["text"] in line), "")
            await work.desk.mark(decision.id, number, resolved=met and not told, by="author", note=told)


async def _changes(work: UnitOfWork, run: Run, version_id: str) -> tuple[ChangeRequest, ...]:
    """What people asked about this version, or else what the judge asked."""
    asked = [
        ChangeRequest(by="designer", **comment)
        for decision in await _asked(work, run, version_id)
        for comment in decision.comments
    ]
    if asked:
        return tuple(asked)
    row = await work.design.latest_verdict(version_id)
    if row is None:
        return ()
    ruling = Verdict.model_validate(row.content)
    return tuple(
        ChangeRequest(by="alignment", criterion_id=which, text=text) for which, text in change_requests(ruling)
    )


def _asks_for_changes(ruling: Verdict) -> bool:
    """Whether the author can do something about it; what is referred as well is left to the person afterwards."""
    if ruling.outcome is Outcome.REVISE:
        return True
    return ruling.outcome is Outcome.REFER and any(r.outcome is Outcome.REVISE or r.vetoed for r in ruling.results)


def _repeats_itself(versions: list[Any]) -> bool:
    """The author gave back what it was given: another round would change nothing."""
    return len(versions) > 1 and versions[0].digest == versions[1].digest


def build() -> StateGraph[State, Context]:
    """The graph, not yet compiled."""
    graph = StateGraph(State, context_schema=Context)
    graph.add_node("enter", enter)
    graph.add_node("draft", draft)
    graph.add_node("judge", judge, input_schema=Question)
    graph.add_node("settle", settle)
    graph.add_node("await_decision", await_decision)
    graph.add_edge(START, "enter")
    graph.add_conditional_edges("enter", route, ["draft", "judge", "await_decision", END])
    graph.add_conditional_edges("draft", route, ["judge"])
    graph.add_edge("judge", "settle")
    graph.add_conditional_edges("settle", route, ["draft", "judge", "await_decision", END])
    graph.add_edge("await_decision", "enter")
    return graph


design = build().compile(name="design")
