"""Label first: until a designer has said their own levels, nothing that they are given tells what the judge said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from approvals.checkpoint import DecisionKind
from approvals.people import Actor
from evidence.errors import Conflict
from graphs.background import background, turned
from graphs.batching import confirmable
from graphs.blinding import seen_by
from graphs.inbox import waiting_for
from graphs.judging import TWICE_MORE
from graphs.labelling import say_levels, set_label_first
from graphs.reviewing import review
from graphs.settling import agree, settle_criterion
from graphs.turns import turn_at
from store.records import CheckpointRow
from store.unit_of_work import Store
from tests.company import CRITERIA, Company, ScriptedJudge, ensemble
from tests.desk import Desk

ASKS, PLAINNESS = (each.id for each in CRITERIA.criteria)
# What the judge of these tests says, and what follows from it; the text itself has none of these words.
TOLD = (
    "as told",
    "Show more of",
    "0.75",
    "aligned",
    '"score": 0',
    "samples say",
    "vetoes",
    "offline rules say",
    'struck": t',
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough here: the queries are tried on both in the tests of labelling."""
    return sqlite_url


async def desk_with(store: Store, company: Company, on: bool = True) -> tuple[Desk, CheckpointRow]:
    """A text at asks = named, plainness = practised: aligned at 0.75."""
    await set_label_first(store, company.sofia, company.programme_id, on)
    judge = ScriptedJudge(levels={ASKS: ["named"], PLAINNESS: ["practised"]})
    desk = Desk(store, company, ensemble(judge=judge))
    return desk, await desk.ordered(company.maria)


async def everything(store: Store, actor: Actor, checkpoint: CheckpointRow) -> str:
    """All that the graphs give a person about a checkpoint and its work."""
    shown = await review(store, actor, checkpoint.id)
    turn = await turn_at(store, actor, shown)
    lines: list[Any] = [
        shown.model_dump(mode="json", exclude={"label_first", "content", "source", "checkpoint", "brief"}),
        [each.model_dump(mode="json", exclude={"turn", "row"}) for each in await waiting_for(store, actor)],
        [each.model_dump(mode="json") for each in await confirmable(store, actor)],
        (await background(store, actor, checkpoint.id)).model_dump(mode="json", include={"asked", "differences"}),
        [turn.against, list(turn.because)],
    ]
    async with store.read() as work:
        run = await work.design.run(checkpoint.run_id)
        events = await seen_by(work, actor, run, await work.design.events(run.id))
        lines.append([each.model_dump(mode="json") for each in events])
    return json.dumps(lines)


def machine(text: str) -> list[str]:
    """Words of the judge, its levels as values, and its outcome, wherever they stand."""
    return [word for word in (*TOLD, '"named"', '"practised"') if word in text]


async def test_blind_is_blind_and_open_afterwards(store: Store, company: Company) -> None:
    _, checkpoint = await desk_with(store, company)
    before = await everything(store, company.jonas, checkpoint)
    assert machine(before) == []
    shown = await review(store, company.jonas, checkpoint.id)
    assert (shown.verdict, shown.criteria, shown.trace) == (None, [], [])
    assert [each.criterion_id for each in shown.label_first] == [ASKS, PLAINNESS]
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent"})
    assert machine(await everything(store, company.jonas, checkpoint)) == []  # one is still to be said
    await say_levels(store, company.jonas, checkpoint.subject_id, {PLAINNESS: None})
    after = await everything(store, company.jonas, checkpoint)
    assert {'"named"', "as told", "0.75", "aligned"} <= set(machine(after))


async def test_the_same_person_sees_it_at_once_where_it_is_off(store: Store, company: Company) -> None:
    _, checkpoint = await desk_with(store, company, on=False)
    assert machine(await everything(store, company.jonas, checkpoint))
    assert (await review(store, company.jonas, checkpoint.id)).label_first == ()


async def test_one_designers_labels_open_nothing_for_another(store: Store, company: Company) -> None:
    _, checkpoint = await desk_with(store, company)
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent", PLAINNESS: "absent"})
    assert (await review(store, company.jonas, checkpoint.id)).verdict
    assert machine(await everything(store, company.maria, checkpoint)) == []


async def test_no_act_tells_it_by_being_refused_or_done(store: Store, company: Company) -> None:
    desk, checkpoint = await desk_with(store, company)
    seen = checkpoint.review_digest
    acts = [
        agree(store, company.jonas, checkpoint.id, ASKS, agrees=True, seen=seen),
        settle_criterion(store, company.jonas, checkpoint.id, ASKS, level="named", quote="", reason="so", seen=seen),
        desk.decide(company.jonas, checkpoint),
        desk.decide(company.jonas, checkpoint, DecisionKind.REJECT, reason="no"),
    ]
    for act in acts:
        with pytest.raises(Conflict, match="own level") as refused:
            await act
        assert machine(json.dumps([refused.value.detail, refused.value.todo, refused.value.extra], default=str)) == []
    assert await turned(store, company.jonas, "another", checkpoint.id) == []
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent", PLAINNESS: "absent"})
    assert (await desk.decide(company.jonas, checkpoint)).status == "approved"


async def test_whoever_ordered_it_may_take_it_back_unlabelled(store: Store, company: Company) -> None:
    desk, checkpoint = await desk_with(store, company)
    taken = await desk.decide(company.maria, checkpoint, DecisionKind.WITHDRAW, reason="not needed")
    assert taken.status == "withdrawn"


async def test_an_earlier_checkpoint_of_the_same_text_tells_nothing_either(store: Store, company: Company) -> None:
    desk, checkpoint = await desk_with(store, company)
    heavier = CRITERIA.model_copy(update={"pass_threshold": 0.5})
    await desk.decide(company.ravi, await desk.proposed(heavier, company.sofia))
    await desk.runtime.bring_forward(checkpoint.run_id)
    for each in (checkpoint, await desk.pending(checkpoint.run_id)):
        assert machine(await everything(store, company.jonas, each)) == []
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent", PLAINNESS: "absent"})
    assert machine(await everything(store, company.jonas, checkpoint))


async def test_strategists_and_decided_work_are_open(store: Store, company: Company) -> None:
    desk, checkpoint = await desk_with(store, company)
    assert (await review(store, company.sofia, checkpoint.id)).verdict
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent", PLAINNESS: "absent"})
    await desk.decide(company.jonas, checkpoint)
    assert (await review(store, company.maria, checkpoint.id)).verdict


async def test_switching_is_audited_once(store: Store, company: Company) -> None:
    for on in (True, True, False):
        made = await set_label_first(store, company.sofia, company.programme_id, on)
        assert made.label_first is on
    async with store.read() as work:
        rows = [row.detail for row in await work.approvals.audit_rows() if row.action == "label first"]
    assert rows == [{"on": True}, {"on": False}]


async def test_the_trace_does_not_tell_which_criteria_the_verdict_hangs_on(store: Store, company: Company) -> None:
    _desk, checkpoint = await desk_with(store, company)
    run_id = checkpoint.run_id
    async with store.write() as work:
        last = (await work.design.events(run_id))[-1].seq
        await work.design.trace(run_id, agent="code", event=TWICE_MORE, criteria=[ASKS])
        await work.design.trace(run_id, agent="alignment", event="judged", criterion=ASKS, levels=["absent"], version=1)
        run = await work.design.run(run_id)
        later = await work.design.events(run_id, last)
        everything_so_far = await work.design.events(run_id)
        told = await seen_by(work, company.jonas, run, everything_so_far)
        assert [each.detail["criterion"] for each in told if each.event == "judged"] == [ASKS, PLAINNESS]
        assert TWICE_MORE not in {each.event for each in told}
        assert await seen_by(work, company.jonas, run, later) == [], "nor to whoever listens on"
        assert await seen_by(work, company.sofia, run, later) == later
