"""On what criteria are put in force: what is refused, what is provisional, what is written down."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest

from approvals.checkpoint import DecisionKind, Edit, review_digest
from approvals.people import Role
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound
from graphs.deciding import decide
from graphs.grounds import Named, outlook, provisional, sealed
from graphs.previews import make, mark_read
from graphs.proposing import accept, propose
from graphs.reviewing import review
from graphs.reviews_due import NOTICE, remind_of_reviews
from store.clock import Clock
from store.unit_of_work import Store
from strategy.criteria import CriteriaSet
from strategy.statistics.intervals import wilson
from strategy.stress.gate import as_data
from strategy.stress.outcome import Limits, Measured
from tests.company import CHARTER, CRITERIA, Company
from tests.desk import PLAYERS, Desk
from tests.graphs.test_previews import REWORDED, STRICTER, carried_out, desk_of, two_signed

JUDGE = str(PLAYERS["alignment"])
FIRM = Measured(
    noise=wilson(0, 60),
    fixed=False,
    flips=wilson(0, 60),
    beyond={},
    rises=wilson(0, 60),
    detection=wilson(60, 60),
)
SHAKY = replace(FIRM, rises=wilson(5, 60))
SMALL = replace(FIRM, detection=wilson(3, 3))


async def stressed(desk: Desk, version_id: str, found: Measured, *, judge: str = JUDGE) -> str:
    """A finished stress report of a version, by digest."""
    company = desk.company
    async with desk.store.write() as work:
        charter = await work.strategy.in_force(company.programme_id, "charter")
        plan = {"charter": {"id": charter.id}, "judge": {"digest": judge}, "limits": asdict(Limits())}
        study = await work.studies.add(
            company.programme_id,
            "stress",
            version_id,
            plan=plan,
            estimate={},
            planned=0,
            by=company.sofia.person_id,
        )
        result = {"measured": as_data(found)}
        sealed = digest({"study": study.id})
        await work.studies.change(study, status="done", result=result, digest=sealed)
    return sealed


async def proposal(desk: Desk, document: Any) -> str:
    company = desk.company
    return (await propose(desk.store, company.sofia, company.programme_id, document, reason="a better one")).id


async def previewed(desk: Desk, version_id: str, *, read: bool = True) -> str:
    found = await make(desk.store, desk.players, desk.company.sofia, version_id)
    if found.study is not None:
        await carried_out(desk, found.study)
        found = await make(desk.store, desk.players, desk.company.sofia, version_id)
    assert found.preview is not None
    assert found.preview.id is not None
    if read:
        flips = [each.checkpoint_id for each in found.preview.shown.flips]
        await mark_read(desk.store, desk.company.sofia, found.preview.id, flips)
    return found.preview.digest


async def refused(desk: Desk, version_id: str, named: Named | None = None) -> Conflict:
    with pytest.raises(Conflict) as caught:
        await accept(desk.store, desk.company.sofia, version_id, players=PLAYERS, named=named)
    async with desk.store.read() as work:
        assert await work.previews.grounds_of(version_id) is None
    return caught.value


async def test_without_a_preview_or_on_a_stale_one_nothing_is_asked(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await proposal(desk, STRICTER)
    await stressed(desk, version, FIRM)
    assert "2 decisions taken so far" in (await refused(desk, version)).detail
    seen = await previewed(desk, version, read=False)
    assert "nobody has read it" in (await refused(desk, version)).detail
    await previewed(desk, version)
    other = await proposal(desk, STRICTER.model_copy(update={"title": "Another"}))
    assert "another version" in (await refused(desk, other, Named(preview=seen))).detail
    with pytest.raises(NotFound):
        await accept(store, company.sofia, version, players=PLAYERS, named=Named(preview="0" * 64))
    await desk.decide(company.jonas, await desk.ordered(company.maria))
    stale = await refused(desk, version)
    assert "stale: one more scenario was decided since" in stale.detail
    assert "new preview" in stale.todo
    assert [each["can_be_overridden"] for each in stale.extra["missing"]] == [False]
    await previewed(desk, version)
    assert await accept(store, company.sofia, version, players=PLAYERS) is not None


async def test_a_preview_of_what_was_in_force_before_is_stale(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await proposal(desk, STRICTER)
    await previewed(desk, version)
    await desk.decide(company.ravi, await desk.proposed(CRITERIA.model_copy(update={"title": "Between"})))
    assert "other criteria have come into force" in (await refused(desk, version)).detail


async def test_a_stress_report_must_be_of_these_questions_this_charter_and_this_judge(
    store: Store, company: Company
) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    async with store.read() as work:
        in_force = (await work.strategy.in_force(company.programme_id, "criteria")).id
    version = await proposal(desk, REWORDED)
    await previewed(desk, version)
    assert "not been put under stress" in (await refused(desk, version)).detail
    of_other_questions = await stressed(desk, in_force, FIRM)
    assert "not been put under stress" in (await refused(desk, version)).detail
    assert "other questions" in (await refused(desk, version, Named(stress=of_other_questions))).detail
    await stressed(desk, version, FIRM, judge="2" * 64)
    assert "another judge" in (await refused(desk, version)).detail
    with pytest.raises(NotFound):
        await accept(store, company.sofia, version, players=PLAYERS, named=Named(stress="0" * 64))
    arithmetic = await proposal(desk, STRICTER)
    await previewed(desk, arithmetic)
    run_id = await accept(store, company.sofia, arithmetic, players=PLAYERS)
    assert run_id is not None
    async with store.read() as work:
        grounds = await work.previews.grounds(run_id)
    assert grounds is not None
    assert grounds.stress_digest == of_other_questions, "the report of what is in force counts: it asks the same"


async def test_a_judge_that_fails_under_stress_needs_a_name_and_a_reason(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await proposal(desk, STRICTER)
    await previewed(desk, version)
    report = await stressed(desk, version, SHAKY)
    found = await refused(desk, version)
    assert "talk" in found.detail
    with pytest.raises(InvalidInput, match="reason"):
        await accept(store, company.sofia, version, players=PLAYERS, named=Named(because="  "))
    with pytest.raises(NotAllowed, match="token"):
        token = company.sofia.model_copy(update={"by_token": True})
        await accept(store, token, version, players=PLAYERS, named=Named(because="It must be."))
    named = Named(stress=report, because="We read every scenario ourselves until March.")
    run_id = await accept(store, company.sofia, version, players=PLAYERS, named=named)
    assert run_id is not None
    await desk.runtime.bring_forward(run_id)
    checkpoint = await desk.pending(run_id)
    seen = (await review(store, company.ravi, checkpoint.id)).grounds
    assert seen is not None
    assert (seen.override_by, seen.provisional, seen.stress) == ("Sofia", True, report)
    assert seen.override_because == "We read every scenario ourselves until March."
    assert seen.sentence == "1 of 2 decisions would flip: read it."
    async with store.read() as work:
        row = await work.previews.grounds(run_id)
        audited = {each.action: each.detail for each in await work.approvals.audit_rows()}
    assert row is not None
    assert checkpoint.review_digest == review_digest(checkpoint.digest, None, checkpoint.policy, sealed(row))
    assert checkpoint.review_digest != review_digest(checkpoint.digest, None, checkpoint.policy)
    asked = audited["criteria asked to put in force"]["grounds"]
    assert (asked["stress"], asked["override"]["by"]) == (report, company.sofia.person_id)
    assert audited["checkpoint opened"]["grounds"] == sealed(row)


async def test_what_is_not_proven_is_provisional_and_strategists_are_reminded_once(
    store: Store, company: Company
) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await proposal(desk, STRICTER)
    await previewed(desk, version)
    await stressed(desk, version, SMALL)
    before = await outlook(store, company.sofia, version, JUDGE)
    assert (before.lacks, before.provisional) == ((), True)
    run_id = await accept(store, company.sofia, version, players=PLAYERS)
    assert run_id is not None
    await desk.runtime.bring_forward(run_id)
    await desk.decide(company.ravi, await desk.pending(run_id))
    async with store.read() as work:
        found = await provisional(work, company.programme_id)
        now = work.now
    assert found is not None
    assert found.override_by is None
    assert any("too few" in each for each in found.why)
    assert any("kept for measuring" in each for each in found.why)
    assert found.review_at is not None
    assert timedelta(days=89) < found.review_at - now <= timedelta(days=90)
    waiting = await desk.ordered(company.maria)
    assert (await review(store, company.jonas, waiting.id)).provisional == found
    await remind_of_reviews(store)
    later = Store(store.database, store._vault, Clock(offset=timedelta(days=91)))
    for _ in range(2):
        await remind_of_reviews(later)
    async with later.read() as work:
        then = await provisional(work, company.programme_id)
    assert then is not None
    assert (found.review_due, then.review_due) == (False, True)
    for person, expected in ((company.sofia, 1), (company.ravi, 1), (company.jonas, 0)):
        async with store.read() as work:
            notices = await work.desk.notices(person.person_id)
        assert [each.subject for each in notices if each.kind == NOTICE] == [f"criteria/{version}"] * expected


async def test_nothing_to_try_it_on_is_provisional_and_genesis_and_charters_need_nothing(
    store: Store, company: Company
) -> None:
    desk = desk_of(store, company)
    async with store.read() as work:
        assert await provisional(work, company.programme_id) is None
    checkpoint = await desk.proposed(CHARTER.model_copy(update={"title": "How we work now"}))
    assert (await review(store, company.ravi, checkpoint.id)).grounds is None
    run_id = await accept(store, company.sofia, await proposal(desk, STRICTER), players=PLAYERS)
    assert run_id is not None
    async with store.read() as work:
        row = await work.previews.grounds(run_id)
    assert row is not None
    assert (row.preview_digest, row.stress_digest, row.provisional) == (None, None, True)
    assert "nothing is decided" in row.why[0]


async def test_an_edit_at_the_checkpoint_was_never_measured_and_says_so(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await proposal(desk, STRICTER)
    await previewed(desk, version)
    await stressed(desk, version, FIRM)
    run_id = await accept(store, company.sofia, version, players=PLAYERS)
    assert run_id is not None
    await desk.runtime.bring_forward(run_id)
    first = await desk.pending(run_id)
    await decide(
        store,
        company.ravi,
        first.id,
        DecisionKind.APPROVE_WITH_EDITS,
        seen=first.review_digest,
        edits=[Edit(field="title", text="Stricter than it was")],
        players=PLAYERS,
    )
    await desk.runtime.bring_forward(run_id)
    second = await desk.pending(run_id)
    seen = (await review(store, company.sofia, second.id)).grounds
    assert seen is not None
    assert seen.provisional
    assert "edited at the checkpoint" in seen.why[0]
    assert second.review_digest != first.review_digest
    with pytest.raises(NotAllowed, match="wrote text"):
        await desk.decide(company.sofia, second)
    third = company.jonas.model_copy(update={"roles": frozenset({Role.STRATEGIST})})
    await desk.decide(third, second)
    async with store.read() as work:
        active = await work.strategy.in_force(company.programme_id, "criteria")
        assert await provisional(work, company.programme_id) is not None
    assert CriteriaSet.model_validate_json(active.content).title == "Stricter than it was"


async def test_criteria_that_come_into_force_after_others_stand_on_an_older_preview_and_say_so(
    store: Store, company: Company
) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    first = await desk.proposed(STRICTER)
    second = await desk.proposed(STRICTER.model_copy(update={"title": "Stricter still", "pass_threshold": 0.9}))
    await desk.decide(company.ravi, first)
    async with store.read() as work:
        row = await work.previews.grounds(first.run_id)
        assert row is not None
        assert not any("came into force between" in each for each in row.why)
    await desk.decide(company.ravi, second)
    async with store.read() as work:
        found = await provisional(work, company.programme_id)
        active = await work.strategy.active(company.programme_id, "criteria")
    assert active is not None
    assert active.version_id == second.subject_id
    assert found is not None
    assert found.why[0] == "Other criteria came into force between the preview and the second signature."
    assert found.review_at is not None
