"""Deciding, on both databases, with the graphs that follow."""

from __future__ import annotations

import json

import pytest

from approvals.checkpoint import Comment, DecisionKind, Edit
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.answering import Once
from graphs.claiming import mark_comment
from graphs.commissioning import order
from graphs.reviewing import review
from store.unit_of_work import Store
from tests.company import BRIEF, CHARTER, Company
from tests.desk import Desk

EDIT = Edit(field="setting", text="Monday, nine o'clock. Nora sits down in your office; the release note is late.")


@pytest.fixture
async def desk(store: Store, company: Company) -> Desk:
    return Desk(store, company)


async def test_approving_with_edits_makes_a_version_that_somebody_else_signs(desk: Desk, company: Company) -> None:
    first = await desk.ordered(company.jonas)
    ended = await desk.decide(company.maria, first, DecisionKind.APPROVE_WITH_EDITS, edits=(EDIT,), reason="Monday")
    assert ended.status == "edited"
    assert await desk.signed() == []
    second = await desk.pending(first.run_id)
    seen = await review(desk.store, company.maria, second.id)
    assert seen.number == 2
    assert seen.content["setting"] == EDIT.text
    assert [each.field for each in seen.differences] == ["setting"]
    assert second.digest != first.digest
    assert second.verdict_id not in (None, first.verdict_id)
    with pytest.raises(NotAllowed, match="You wrote text"):
        await desk.decide(company.maria, second)
    await desk.decide(company.jonas, second)
    assert await desk.signed() == [second.subject_id]


async def test_an_editor_stays_an_author_of_what_agents_make_of_the_text(desk: Desk, company: Company) -> None:
    first = await desk.ordered(company.jonas)
    await desk.decide(company.maria, first, DecisionKind.APPROVE_WITH_EDITS, edits=(EDIT,))
    second = await desk.pending(first.run_id)
    comment = Comment(field="setting", text="Shorter, please.")
    await desk.decide(company.jonas, second, DecisionKind.REQUEST_CHANGES, comments=(comment,))
    third = await desk.pending(first.run_id)
    with pytest.raises(NotAllowed, match="You wrote text"):
        await desk.decide(company.maria, third)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ((), "edit"),
        ((Edit(field="nowhere", text="x"),), "no field"),
        ((Edit(field="setting", text=""),), "breaks a rule"),
        ((Edit(field="setting", text="{unknown} comes in."),), "unknown"),
    ],
)
async def test_edits_that_do_not_fit_change_nothing(
    desk: Desk, company: Company, edits: tuple[Edit, ...], message: str
) -> None:
    checkpoint = await desk.ordered()
    with pytest.raises(InvalidInput, match=message):
        await desk.decide(company.jonas, checkpoint, DecisionKind.APPROVE_WITH_EDITS, edits=edits)
    assert (await desk.pending(checkpoint.run_id)).id == checkpoint.id


async def test_edits_that_change_nothing_are_no_edits(desk: Desk, company: Company) -> None:
    checkpoint = await desk.ordered()
    seen = await review(desk.store, company.jonas, checkpoint.id)
    same = Edit(field="setting", text=seen.source["setting"])
    with pytest.raises(InvalidInput, match="change nothing"):
        await desk.decide(company.jonas, checkpoint, DecisionKind.APPROVE_WITH_EDITS, edits=(same,))


async def test_an_edited_charter_needs_a_strategist_who_wrote_none_of_it(desk: Desk, company: Company) -> None:
    changed = CHARTER.model_copy(update={"title": "How we work now"})
    first = await desk.proposed(changed, company.sofia)
    await desk.decide(
        company.ravi, first, DecisionKind.APPROVE_WITH_EDITS, edits=(Edit(field="title", text="How we work today"),)
    )
    second = await desk.pending(first.run_id)
    for author in (company.sofia, company.ravi):
        with pytest.raises(NotAllowed, match="You wrote text"):
            await desk.decide(author, second)
    async with desk.store.read() as work:
        version = await work.strategy.version(second.subject_id)
    assert json.loads(version.content)["title"] == "How we work today"


async def test_who_ordered_it_may_withdraw_it_without_any_role_left(desk: Desk, company: Company) -> None:
    checkpoint = await desk.ordered(company.maria)
    nobody = company.maria.model_copy(update={"roles": frozenset()})
    with pytest.raises(InvalidInput, match="reason"):
        await desk.decide(nobody, checkpoint, DecisionKind.WITHDRAW)
    with pytest.raises(NotAllowed):
        await desk.decide(company.amir, checkpoint, DecisionKind.WITHDRAW, reason="not mine")
    ended = await desk.decide(nobody, checkpoint, DecisionKind.WITHDRAW, reason="The case is closed.")
    assert ended.status == "withdrawn"
    assert (await desk.run(checkpoint.run_id)).stage == "withdrawn"
    assert await desk.signed() == []
    with pytest.raises(Conflict, match="Maria has already decided here: withdraw"):
        await desk.decide(company.jonas, checkpoint)


async def test_the_next_round_shows_each_comment_as_resolved_or_not_and_by_whom(desk: Desk, company: Company) -> None:
    first = await desk.ordered(company.maria)
    comments = (
        Comment(field="setting", quote="Friday, half past two", text="Make it Monday."),
        Comment(field="opening_line", text="Warmer."),
    )
    await desk.decide(company.jonas, first, DecisionKind.REQUEST_CHANGES, comments=comments)
    second = await desk.pending(first.run_id)
    asked = (await review(desk.store, company.maria, second.id)).asked
    assert [(each.text, each.by, each.changed, each.resolved) for each in asked] == [
        ("Make it Monday.", "Jonas", True, None),
        ("Warmer.", "Jonas", False, None),
    ]
    await mark_comment(desk.store, company.jonas, second.id, asked[1].decision_id, 1, resolved=False, note="Not yet.")
    await mark_comment(desk.store, company.maria, second.id, asked[0].decision_id, 0, resolved=True)
    asked = (await review(desk.store, company.maria, second.id)).asked
    assert [(each.resolved, each.marked_by, each.note) for each in asked] == [
        (True, "Maria", ""),
        (False, "Jonas", "Not yet."),
    ]


async def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(desk: Desk, company: Company) -> None:
    checkpoint = await desk.ordered(company.maria)
    once = Once(person_id=company.jonas.person_id, key="k1", request_digest="a" * 64)
    answers = [await desk.decide(company.jonas, checkpoint, once=once) for _ in range(3)]
    assert answers[0].status == "approved"
    assert answers[1:] == answers[:1] * 2
    async with desk.store.read() as work:
        assert len(await work.approvals.decisions(checkpoint.id)) == 1
    with pytest.raises(InvalidInput, match="another request"):
        await desk.decide(
            company.jonas, checkpoint, once=Once(person_id=once.person_id, key="k1", request_digest="b" * 64)
        )
    other = Once(person_id=company.maria.person_id, key="k1", request_digest="a" * 64)
    with pytest.raises(Conflict, match="Jonas has already decided"):
        await desk.decide(company.maria, checkpoint, once=other)


async def test_a_refused_request_leaves_its_key_free(desk: Desk, company: Company) -> None:
    checkpoint = await desk.ordered(company.maria)
    once = Once(person_id=company.jonas.person_id, key="k", request_digest="a" * 64)
    with pytest.raises(Conflict, match="not what waits here"):
        await desk.decide(company.jonas, checkpoint, seen="f" * 64, once=once)
    assert (await desk.decide(company.jonas, checkpoint, once=once)).status == "approved"


async def test_an_order_sent_twice_is_one_order(desk: Desk, company: Company) -> None:
    once = Once(person_id=company.maria.person_id, key="order", request_digest="a" * 64)
    languages = frozenset({"en"})
    ids = {
        await order(desk.store, company.maria, company.programme_id, BRIEF, languages=languages, once=once)
        for _ in range(2)
    }
    assert len(ids) == 1
