from __future__ import annotations

import pytest

from approvals.checkpoint import DecisionKind
from evidence.errors import Conflict, InvalidInput, NotAllowed, NotSigned
from graphs import batching
from graphs.batching import confirm, confirmable, review_again, review_doubtful_again
from graphs.governing import Rules, set_rules
from graphs.live import LiveTurns
from graphs.practising import begin
from graphs.revoking import OpenPractices, note_changes, revoke
from store.records import SignOff
from store.unit_of_work import Store
from tests.company import CHARTER, CRITERIA, Company, ensemble
from tests.desk import PLAYERS, Desk

QUESTION = "What has been behind the delay, from where you sit?"


async def signed(desk: Desk, company: Company) -> tuple[str, SignOff]:
    checkpoint = await desk.ordered(company.maria)
    await desk.decide(company.jonas, checkpoint)
    async with desk.store.read() as work:
        [found] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
    return checkpoint.run_id, found


@pytest.mark.parametrize("rule", list(OpenPractices))
async def test_nothing_begins_after_a_revocation_and_open_scenes_follow_the_rule(
    store: Store, company: Company, rule: OpenPractices
) -> None:
    desk = Desk(store, company)
    _, sign_off = await signed(desk, company)
    practice_id = await begin(store, company.amir, sign_off.subject_id)
    await revoke(store, company.maria, sign_off.id, reason="The case is public now.", open_practices=rule)
    assert await desk.signed() == []
    with pytest.raises(NotSigned):
        await begin(store, company.lena, sign_off.subject_id)
    live = LiveTurns(store, ensemble())
    try:
        if rule is OpenPractices.STOP:
            with pytest.raises(NotSigned, match="taken back"):
                await live.say(practice_id, company.amir.person_id, QUESTION)
        else:
            turn = await live.say(practice_id, company.amir.person_id, QUESTION)
            assert turn.task is not None
            await turn.task
    finally:
        await live.close()


async def test_revoking_needs_a_reason_and_a_hand_that_may(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    _, sign_off = await signed(desk, company)
    with pytest.raises(InvalidInput, match="reason"):
        await revoke(store, company.maria, sign_off.id, reason=" ")
    with pytest.raises(NotAllowed):
        await revoke(store, company.amir, sign_off.id, reason="I did badly.")
    with pytest.raises(NotAllowed):
        token = company.maria.model_copy(update={"by_token": True})
        await revoke(store, token, sign_off.id, reason="A script said so.")
    await revoke(store, company.boss, sign_off.id, reason="A complaint came in.")
    with pytest.raises(Conflict, match="already"):
        await revoke(store, company.maria, sign_off.id, reason="Again.")


async def test_reviewed_again_with_the_same_outcome_is_one_list_to_confirm(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    runs = [await signed(desk, company) for _ in range(3)]
    changed = CHARTER.model_copy(update={"title": "How we work now"})
    proposal = await desk.proposed(changed)
    await desk.decide(company.ravi, proposal)
    assert await note_changes(store, PLAYERS) == 3
    async with store.read() as work:
        stale = [each.stale for each in await work.approvals.standing_sign_offs()]
    assert stale == [["version 2 of the charter is in force now"]] * 3
    assert len(await desk.signed()) == 3  # flagged, not suspended

    assert await review_again(store, company.maria, [run_id for run_id, _ in runs]) == 3
    for run_id, _ in runs:
        await desk.runtime.bring_forward(run_id)
    listed = await confirmable(store, company.jonas)
    assert [each.because for each in listed] == ["the same text, judged again with the same outcome"] * 3
    assert len(await desk.signed()) == 3
    seen = {each.checkpoint_id: each.review_digest for each in listed}
    wrong = next(iter(seen))
    told = await confirm(store, company.jonas, seen | {wrong: "0" * 64}, players=PLAYERS)
    assert [each.status for each in told] == ["pending", "approved", "approved"]
    assert "What you saw is not what waits here" in told[0].problem
    again = await confirm(store, company.jonas, {wrong: seen[wrong]}, players=PLAYERS)
    assert [each.status for each in again] == ["approved"]
    assert await note_changes(store, PLAYERS) == 0
    async with store.read() as work:
        assert [each.stale for each in await work.approvals.standing_sign_offs()] == [None] * 3


SIGNED = 4


@pytest.mark.parametrize(
    ("rule", "live", "notices", "audited"), [("keep", SIGNED, 0, 0), ("flag", SIGNED, 1, 0), ("suspend", 0, 1, SIGNED)]
)
async def test_new_criteria_tell_each_designer_once_whatever_number_is_signed(
    store: Store, company: Company, rule: str, live: int, notices: int, audited: int
) -> None:
    desk = Desk(store, company)
    for _ in range(SIGNED):
        await signed(desk, company)
    await set_rules(store, company.boss, company.programme_id, Rules.model_validate({"stale_rule": rule}))

    async def told(person_id: str) -> list[str]:
        async with store.read() as work:
            return [each.kind for each in await work.desk.notices(person_id, unread=True)]

    for threshold in (0.7, 0.8):  # a second change before anybody has read of the first says nothing twice
        stricter = CRITERIA.model_copy(update={"pass_threshold": threshold})
        await desk.decide(company.ravi, await desk.proposed(stricter))
        assert len(await desk.signed()) == live
        for designer in (company.maria, company.jonas):
            assert await told(designer.person_id) == ["signed work changed"] * notices
        for other in (company.sofia, company.amir, company.boss):
            assert await told(other.person_id) == []
        async with store.read() as work:
            assert await work.approvals.checkpoints(status="pending") == [], "nobody's task before somebody asks"
    assert [action for action, _ in await desk.audited()].count("suspended") == audited


async def test_what_is_undone_takes_its_notice_away_and_what_is_new_comes_again(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    await signed(desk, company)
    other = {**PLAYERS, "persona": {"player": "model", "model": "another", "prompt": "2" * 64}}

    async def unread() -> int:
        async with store.read() as work:
            return len(await work.desk.notices(company.maria.person_id, unread=True))

    await note_changes(store, other)
    assert await unread() == 1
    await note_changes(store, PLAYERS)
    assert await unread() == 0
    await note_changes(store, other)
    assert await unread() == 1
    async with store.write() as work:
        await work.desk.read(company.maria.person_id)
    await note_changes(store, other)
    assert await unread() == 0, "nothing is new"


async def test_all_that_is_doubtful_is_judged_again_in_batches_and_only_once(
    store: Store, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batching, "AT_ONCE", 2)
    desk = Desk(store, company)
    runs = [(await signed(desk, company))[0] for _ in range(4)]
    assert await review_doubtful_again(store, company.maria) == 0
    await desk.decide(company.ravi, await desk.proposed(CRITERIA.model_copy(update={"pass_threshold": 0.7})))
    await review_again(store, company.jonas, runs[:1])
    with pytest.raises(NotAllowed):
        await review_doubtful_again(store, company.sofia)
    assert await review_doubtful_again(store, company.maria) == 3
    assert await review_doubtful_again(store, company.maria) == 0
    assert {(await desk.run(each)).stage for each in runs} == {"judging"}
    assert [action for action, _ in await desk.audited()].count("review again") == 4
    assert len(await desk.signed()) == 4


async def test_rejecting_at_a_second_look_ends_the_first_sign_off_and_withdrawing_leaves_it(
    store: Store, company: Company
) -> None:
    desk = Desk(store, company)
    run_id, _ = await signed(desk, company)
    await review_again(store, company.maria, [run_id])
    await desk.runtime.bring_forward(run_id)
    await desk.decide(company.maria, await desk.pending(run_id), DecisionKind.WITHDRAW, reason="Not now.")
    assert (await desk.run(run_id)).stage == "published"
    assert len(await desk.signed()) == 1
    await review_again(store, company.maria, [run_id])
    await desk.runtime.bring_forward(run_id)
    await desk.decide(company.jonas, await desk.pending(run_id), DecisionKind.REJECT)
    assert await desk.signed() == []


async def test_other_players_suspend_what_they_did_not_sign_for_until_they_are_back(
    store: Store, company: Company
) -> None:
    desk = Desk(store, company)
    _, sign_off = await signed(desk, company)
    await set_rules(
        store, company.boss, company.programme_id, Rules.model_validate({"stale_rule": "suspend"}), players=PLAYERS
    )
    other = {**PLAYERS, "persona": {"player": "model", "model": "another", "prompt": "2" * 64}}
    assert await note_changes(store, other) == 1
    assert await desk.signed() == []
    with pytest.raises(NotSigned):
        await begin(store, company.amir, sign_off.subject_id)
    assert await note_changes(store, PLAYERS) == 1
    assert await desk.signed() == [sign_off.subject_id]
    actions = [action for action, _ in await desk.audited()]
    assert actions[-2:] == ["suspended", "resumed"]


async def test_what_waits_is_judged_again_when_the_criteria_change(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.maria)
    stricter = CRITERIA.model_copy(update={"pass_threshold": 0.9})
    await desk.decide(company.ravi, await desk.proposed(stricter))
    with pytest.raises(Conflict, match="strategy changed"):
        await desk.decide(company.jonas, checkpoint)
    await desk.runtime.bring_forward(checkpoint.run_id)
    again = await desk.pending(checkpoint.run_id)
    assert again.replaces_id == checkpoint.id
    assert (await desk.decide(company.jonas, again)).status == "approved"


async def test_only_an_admin_sets_the_rules_and_only_rules_that_fit(store: Store, company: Company) -> None:
    with pytest.raises(NotAllowed):
        await set_rules(store, company.maria, company.programme_id, Rules(), players=PLAYERS)
    for wrong in ({"scenario": {"high": "low_risk_batch"}}, {"poem": {"low": "one_reviewer"}}, {"charter": {"x": "y"}}):
        with pytest.raises(InvalidInput):
            await set_rules(store, company.boss, company.programme_id, Rules(policies=wrong), players=PLAYERS)
    two = Rules(policies={"scenario": {"ordinary": "two_person"}})
    await set_rules(store, company.boss, company.programme_id, two, players=PLAYERS)
    desk = Desk(store, company)
    checkpoint = await desk.ordered(company.sofia.model_copy(update={"roles": company.maria.roles}))
    assert (await desk.decide(company.maria, checkpoint)).status == "pending"
    assert (await desk.decide(company.jonas, await desk.pending(checkpoint.run_id))).status == "approved"
