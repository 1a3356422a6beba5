"""Invariants 6 to 9: who may sign, and that strategy changes by a second strategist and never in place."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.identity import change_roles
from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.people import Actor, Role
from evidence.errors import ConductorError, Conflict, NotAllowed
from evidence.ids import new_id
from graphs.batching import confirmable, review_again
from graphs.commissioning import order
from graphs.governing import Rules, set_rules
from graphs.proposing import accept, propose
from graphs.revoking import SIGNED_WORK_CHANGED
from practice.brief import Brief
from store import tables
from store.purpose import Purpose
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from tests.company import Company
from tests.invariants.acts import ruled
from tests.invariants.house import ALIGNED, MarkedJudge, brief
from tests.invariants.scene import MARKS, Scene, held_back, holding, tries


@pytest.fixture
async def scene(store: Store, company: Company) -> Scene:
    return Scene(store, company)


def judge_of(scene: Scene) -> MarkedJudge:
    judge = scene.players.alignment
    assert isinstance(judge, MarkedJudge)
    return judge


@tries(6)
@given(
    writer=st.integers(0, 2),
    history=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["edits", "comments"])), max_size=3),
    policy=st.sampled_from(["one_reviewer", "two_person"]),
    by_token=st.booleans(),
)
async def test_invariant_06_nobody_approves_their_own_text(
    scene: Scene, writer: int, history: list[tuple[int, str]], policy: str, by_token: bool
) -> None:
    """Nobody approves their own text. Authors are whoever wrote or saved text that is in it. A brief is an order, not
    text, unless the policy is two_person. Comments make nobody an author. Tokens never approve.
    """
    company = scene.company
    people = [holding(each, "designer") for each in (company.maria, company.jonas, company.ravi)]
    rules = Rules(policies={"scenario": {"ordinary": policy, "low": policy, "high": policy}})
    await set_rules(scene.store, company.boss, company.programme_id, rules)
    checkpoint = await scene.waiting(people[writer])
    authors: set[int] = set()
    for who, how in history:
        if how == "edits":
            await scene.decide(
                people[who],
                checkpoint,
                DecisionKind.APPROVE_WITH_EDITS,
                edits=(Edit(field="title", text=f"Edited {new_id()}"),),
            )
            authors.add(who)
        else:
            comment = Comment(field="setting", text="Warmer, please.")
            await scene.decide(people[who], checkpoint, DecisionKind.REQUEST_CHANGES, comments=(comment,))
        checkpoint = await scene.pending(checkpoint.run_id)
    barred = authors | ({writer} if policy == "two_person" else set())
    signed: list[int] = []
    for number, person in enumerate(people):
        needed = 2 if policy == "two_person" else 1
        if len(signed) == needed:
            break
        if by_token:
            with pytest.raises(NotAllowed):
                await scene.decide(person.model_copy(update={"by_token": True}), checkpoint)
        if number in barred:
            with pytest.raises(NotAllowed):
                await scene.decide(person, checkpoint)
        else:
            signed.append(number)
            ended = await scene.decide(person, checkpoint)
            assert ended.status == ("approved" if len(signed) == needed else "pending")
            checkpoint = ended
    assert (checkpoint.subject_id in await scene.signed()) is (len(signed) == (2 if policy == "two_person" else 1))
    agent = Actor(person_id="agents", roles=frozenset(), by_token=False)
    with pytest.raises(ConductorError):
        await scene.decide(agent, checkpoint)


@tries(5)
@given(then=st.frozensets(st.sampled_from(list(Role)), max_size=3), later=st.frozensets(st.sampled_from(list(Role))))
async def test_invariant_07_the_approver_held_the_role_when_deciding_and_losing_it_rewrites_nothing(
    scene: Scene, then: frozenset[Role], later: frozenset[Role]
) -> None:
    """The approver held the role when deciding; losing it later rewrites nothing."""
    company = scene.company
    rules = Rules(policies={"scenario": {"ordinary": "two_person"}})
    await set_rules(scene.store, company.boss, company.programme_id, rules)
    checkpoint = await scene.waiting(holding(company.sofia, "designer"))
    await change_roles(scene.store, company.boss, company.maria.person_id, then)
    maria = company.maria.model_copy(update={"roles": then})
    if Role.DESIGNER not in then:
        with pytest.raises(NotAllowed):
            await scene.decide(maria, checkpoint)
        return
    assert (await scene.decide(maria, checkpoint)).status == "pending"
    await change_roles(scene.store, company.boss, company.maria.person_id, later)
    async with scene.store.read() as work:
        now = await work.people.get(maria.person_id, purpose=Purpose.ADMINISTRATION)
        [decision] = await work.approvals.decisions(checkpoint.id)
    assert now.roles == {role.value for role in later}
    assert set(decision.roles) == {role.value for role in then}
    assert (await scene.decide(company.jonas, await scene.at(checkpoint.id))).status == "approved"
    await change_roles(scene.store, company.boss, company.jonas.person_id, later)
    await change_roles(scene.store, company.boss, company.jonas.person_id, frozenset({Role.DESIGNER}))
    assert checkpoint.subject_id in await scene.signed()
    async with scene.store.read() as work:
        rows = [row for row in await work.approvals.audit_rows() if row.subject == f"checkpoint/{checkpoint.id}"]
    assert [row.detail["roles"] for row in rows if row.action == "approve"] == [
        sorted(role.value for role in then),
        ["designer"],
    ]


async def changed(scene: Scene, how: str) -> Charter | CriteriaSet:
    """What is in force, with another clause or question for the judge, another weight or threshold, or title alone."""
    async with scene.store.read() as work:
        stored = {
            kind: await work.strategy.in_force(scene.company.programme_id, kind) for kind in ("charter", "criteria")
        }
    charter = Charter.model_validate_json(stored["charter"].content)
    criteria = CriteriaSet.model_validate_json(stored["criteria"].content)
    if how == "clause":
        clause, *rest = charter.clauses
        other = clause.model_copy(update={"text": f"We ask, always ({new_id()})."})
        return charter.model_copy(update={"clauses": (other, *rest)})
    if how == "charter title":
        return charter.model_copy(update={"title": new_id()})
    first, *others = criteria.criteria
    if how == "question":
        first = first.model_copy(update={"question": f"Does it practise asking before solving ({new_id()})?"})
    if how == "weight":
        first = first.model_copy(update={"weight": first.weight + 1})
    threshold = 0.9 if how == "threshold" else criteria.pass_threshold
    return criteria.model_copy(update={"title": new_id(), "pass_threshold": threshold, "criteria": (first, *others)})


ASKED_ANEW = {"clause", "question"}
CHANGES = st.sampled_from(["clause", "charter title", "question", "threshold", "weight"])


@tries(4)
@given(how=CHANGES, levels=MARKS)
async def test_invariant_08_what_waits_is_judged_again_first_when_strategy_changes(
    scene: Scene, how: str, levels: dict[str, str]
) -> None:
    """If criteria or charter change while pending, the judgement is stale and is run again first; silently where only
    computed fields changed; unchanged outcomes come back as one list to re-confirm, never as a storm of tasks.
    """
    company, judge = scene.company, judge_of(scene)
    signed, _ = await scene.signed_one()
    waiting = await scene.waiting(company.maria, levels)
    proposal = await scene.proposed(await changed(scene, how))
    before = len(judge.asked)
    await scene.decide(company.ravi, proposal)
    with pytest.raises(Conflict, match="strategy changed"):
        await scene.decide(company.jonas, waiting, reason="It serves us.")
    assert (await scene.at(waiting.id)).status == "superseded"
    await scene.runtime.bring_forward(waiting.run_id)
    again = await scene.pending(waiting.run_id)
    assert again.replaces_id == waiting.id
    assert again.subject_id == waiting.subject_id
    assert again.verdict_id != waiting.verdict_id
    assert bool(len(judge.asked) - before) is (how in ASKED_ANEW), "only what is asked otherwise costs a call"
    async with scene.store.read() as work:
        verdict = await work.design.verdict(str(again.verdict_id))
        for kind, judged_by in (("charter", verdict.charter_id), ("criteria", verdict.criteria_id)):
            active = await work.strategy.active(company.programme_id, kind)
            assert active is not None
            assert active.version_id == judged_by
        opened = await work.approvals.checkpoints(run_id=signed.run_id)
        assert len(opened) == 1, "what is signed comes back when somebody asks for it, and not by itself"
        told = [each.kind for each in await work.desk.notices(company.jonas.person_id)]
        assert told in ([], [SIGNED_WORK_CHANGED]), "people are told once at most, whatever number of texts it is"
        criteria = CriteriaSet.model_validate_json((await work.strategy.version(verdict.criteria_id)).content)
    if {each.weight for each in criteria.criteria} == {1.0}:
        assert verdict.outcome == ruled(levels, {}, criteria.pass_threshold, veto=False)[0]
    assert await review_again(scene.store, company.maria, [signed.run_id]) == 1
    await scene.runtime.bring_forward(signed.run_id)
    listed = [each.checkpoint_id for each in await confirmable(scene.store, company.jonas)]
    assert (await scene.pending(signed.run_id)).id in listed
    assert signed.subject_id in await scene.signed(), "it stays signed meanwhile"
    await scene.decide(company.jonas, await scene.pending(signed.run_id))


@tries(4)
@given(how=CHANGES, kind=st.sampled_from(["approve", "reject", "approve_with_edits"]))
async def test_invariant_08_no_verdict_outlives_a_strategy_that_changes_while_it_is_computed(
    scene: Scene, how: str, kind: str
) -> None:
    """The same, where the change, the judgement and a decision all happen at the same moment."""
    company = scene.company
    await scene.decide(company.maria, await scene.waiting(company.maria), DecisionKind.REJECT)
    waiting, other = await scene.waiting(company.maria), await scene.waiting(company.maria)
    proposal = await scene.proposed(await changed(scene, how))
    comment = Comment(field="setting", text="Warmer, please.")
    quiet, scene.runtime = scene.runtime, Still()  # type: ignore[assignment]
    await scene.decide(company.ravi, proposal)
    await scene.decide(company.jonas, other, DecisionKind.REQUEST_CHANGES, comments=(comment,))
    edits = (Edit(field="title", text=f"Edited {new_id()}"),) if kind == "approve_with_edits" else ()
    answers = await asyncio.gather(
        scene.decide(company.jonas, waiting, DecisionKind(kind), edits=edits),
        quiet.bring_forward(proposal.run_id),
        quiet.bring_forward(other.run_id),
        return_exceptions=True,
    )
    scene.runtime = quiet
    assert not isinstance(answers[0], ConductorError) or answers[0].status == 409, repr(answers[0])
    assert isinstance(answers[0], Conflict) or not isinstance(answers[0], BaseException), repr(answers[0])
    for run_id in (proposal.run_id, waiting.run_id, other.run_id):
        await quiet.bring_forward(run_id)
    assert (await scene.run(proposal.run_id)).stage == "active"
    async with scene.store.read() as work:
        for checkpoint in await work.approvals.checkpoints(status="pending"):
            verdict = await work.design.verdict(str(checkpoint.verdict_id))
            for of, judged_by in (("charter", verdict.charter_id), ("criteria", verdict.criteria_id)):
                active = await work.strategy.active(company.programme_id, of)
                assert active is not None
                assert active.version_id == judged_by
        ended = await work.approvals.checkpoint(waiting.id)
        signed = await work.approvals.sign_offs(checkpoint_id=waiting.id)
    assert (ended.status == "superseded") is isinstance(answers[0], Conflict)
    assert [bool(each.stale) for each in signed] == ([True] if ended.status == "approved" else [])


async def test_invariant_08_a_judge_who_takes_long_is_not_overtaken_by_another_strategy(scene: Scene) -> None:
    """The same, where the strategy changes while the judge is still reading."""
    company = scene.company
    proposal = await scene.proposed(await changed(scene, "question"))
    wanted = Brief.model_validate(brief(ALIGNED, 1))
    run_id = await order(scene.store, company.maria, company.programme_id, wanted, languages=frozenset({"en"}))
    async with held_back(MarkedJudge, "judge") as pause:
        judging = asyncio.create_task(scene.runtime.bring_forward(run_id))
        await pause.reached.wait()
        await scene.decide(company.ravi, proposal)
        assert (await scene.run(proposal.run_id)).stage == "active"
        pause.go.set()
        await judging
    async with scene.store.read() as work:
        verdict = await work.design.verdict(str((await scene.pending(run_id)).verdict_id))
        active = await work.strategy.active(company.programme_id, "criteria")
        assert active is not None
        assert verdict.criteria_id == active.version_id == proposal.subject_id


class Still:
    """Brings nothing forward."""

    async def bring_forward(self, run_id: str) -> None:
        return None


@tries(6)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["propose", "edit", "approve", "accept"]), CHANGES, st.integers(0, 2)),
        min_size=3,
        max_size=8,
    )
)
async def test_invariant_09_strategy_is_immutable_versions_and_needs_a_second_strategist(
    scene: Scene, steps: list[tuple[str, str, int]]
) -> None:
    """Criteria and charters are immutable versions; activation needs a second strategist. The first activation of an
    installation is exempt and labelled genesis.
    """
    company = scene.company
    people = [company.sofia, company.ravi, holding(company.jonas, "strategist")]
    kept: dict[str, tuple[Any, ...]] = {}
    for step, how, who in steps:
        kept = await same_as_before(scene.store, kept)
        async with scene.store.read() as work:
            waiting = await work.approvals.checkpoints(status="pending")
            versions = await work.strategy.versions(company.programme_id, "criteria")
        if step == "propose":
            document = await changed(scene, how)
            version = await propose(scene.store, people[who], company.programme_id, document, reason="It is time.")
            await brought(scene, await accept(scene.store, people[who], version.id))
        elif step == "accept":
            try:
                await brought(scene, await accept(scene.store, people[who], versions[0].id))
            except Conflict as refused:
                assert "already" in refused.detail
        elif waiting:
            at = waiting[who % len(waiting)]
            async with scene.store.read() as work:
                authors = await work.design.authors(at.subject_id)
                authors |= {(await work.strategy.version(at.subject_id)).author_id}
            if step == "edit":
                edits = (Edit(field="title", text=f"Edited {new_id()}"),)
                await scene.decide(people[who], at, DecisionKind.APPROVE_WITH_EDITS, edits=edits)
            elif people[who].person_id in authors:
                with pytest.raises(NotAllowed):
                    await scene.decide(people[who], at)
            else:
                await scene.decide(people[who], at)
                async with scene.store.read() as work:
                    active = await work.strategy.active(company.programme_id, at.subject_kind)
                assert active is not None
                assert active.version_id == at.subject_id
    await same_as_before(scene.store, kept)
    await each_has_a_second_strategist(scene)


async def brought(scene: Scene, run_id: str | None) -> None:
    assert run_id is not None, "only the first is in force at once"
    await scene.runtime.bring_forward(run_id)


async def same_as_before(store: Store, kept: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    table = tables.strategy_versions
    async with store.database.transaction(writing=False) as connection:
        rows = {row.id: tuple(row) for row in await connection.execute(select(table))}
    assert {name: rows.get(name) for name in kept} == kept
    return rows


async def each_has_a_second_strategist(scene: Scene) -> None:
    table = tables.activations
    async with scene.store.database.transaction(writing=False) as connection:
        rows = list(await connection.execute(select(table).order_by(table.c.id)))
    genesis = [row.kind for row in rows if row.genesis]
    assert sorted(genesis) == ["charter", "criteria"], "the first of each kind, and no other"
    for row in rows:
        if row.genesis:
            continue
        async with scene.store.read() as work:
            author = (await work.strategy.version(row.version_id)).author_id
            authors = await work.design.authors(row.version_id) | {author}
        assert row.activated_by not in authors
