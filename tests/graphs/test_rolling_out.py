"""Rollouts on both databases: nobody is reached before people sign it, and everything that moves ends what waits."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.people import Actor, Role
from approvals.rollout import FindingAct
from evidence.canonical import digest
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAllowed, NotFound, NotSigned
from graphs.background import background
from graphs.batching import review_again
from graphs.claiming import mark_comment
from graphs.deciding import decide
from graphs.grouping import add_group, change_members
from graphs.inbox import waiting_for
from graphs.practising import begin, finish
from graphs.reaching import NotReached
from graphs.replaying import compare
from graphs.reviewing import review
from graphs.revoking import OpenPractices, revoke
from graphs.rolling_out import PlannedStep, ask, end_finding, invite, looked, plan_rollout, report, suspend
from graphs.rollouts import invitations, rollout_view, rollout_views
from graphs.turns import Barred, turn_at
from store.records import CheckpointRow
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.signing import signed_scenario

REASON = "The pilot held."


@dataclass
class Case:
    """A signed scenario with a planned rollout: a pilot of Lena's, then everybody. Amir is asked to break it."""

    store: Store
    company: Company
    version_id: str
    sign_off: str
    group_id: str
    rollout_id: str

    async def reaches(self, actor: Actor) -> bool:
        try:
            await begin(self.store, actor, self.version_id)
        except NotReached as error:
            assert error.todo
            return False
        return True

    async def asked(self, **options: Any) -> CheckpointRow:
        checkpoint_id = await ask(
            self.store, options.pop("by", self.company.maria), self.rollout_id, reason=REASON, **options
        )
        async with self.store.read() as work:
            return await work.approvals.checkpoint(checkpoint_id)

    async def sign(self, actor: Actor, at: CheckpointRow, kind: DecisionKind = DecisionKind.APPROVE) -> CheckpointRow:
        return await decide(
            self.store, actor, at.id, kind, seen=at.review_digest, reason="Read.", players={},
            comments=[Comment(text="Wait.")] if kind is DecisionKind.REQUEST_CHANGES else (),
        )  # fmt: skip

    async def promote(self, **options: Any) -> None:
        at = await self.asked(**options)
        for signer in (self.company.jonas, self.company.sofia):
            if at.status == "pending":
                at = await self.sign(signer, at)
        assert at.status == "approved"

    async def stage(self) -> str:
        return (await rollout_view(self.store, self.company.maria, self.rollout_id)).stage

    async def state(self, at: CheckpointRow) -> str:
        async with self.store.read() as work:
            return (await work.approvals.checkpoint(at.id)).status

    async def consistent(self) -> None:
        found = await compare(self.store)
        assert found.agrees, (found.differences, found.impossible)


@pytest.fixture
async def case(store: Store, company: Company) -> Case:
    signed = await signed_scenario(store, company)
    group = await add_group(store, company.sofia, company.programme_id, "Pilot")
    await change_members(store, company.sofia, group.id, add=["lena"])
    steps = [PlannedStep(name="pilot", group_id=group.id), PlannedStep(name="everyone")]
    rollout_id = await plan_rollout(store, company.maria, signed.subject_id, steps)
    await invite(store, company.maria, rollout_id, ["amir"])
    async with store.read() as work:
        sign_off = await work.approvals.live_sign_off(signed.subject_id, signed.digest)
    assert sign_off is not None
    return Case(store, company, signed.subject_id, sign_off.id, group.id, rollout_id)


async def _person(store: Store, login: str, *roles: Role) -> Actor:
    async with store.write() as work:
        person_id = await work.people.add(
            login=login, name=login.title(), password_hash="x", roles=frozenset(each.value for each in roles)
        )
    return Actor(person_id=person_id, roles=frozenset(roles))


async def outcome(act: Awaitable[object]) -> type[ConductorError] | None:
    try:
        await act
    except ConductorError as error:
        assert error.detail
        return type(error)
    return None


async def test_it_reaches_skeptics_then_the_pilot_then_everybody_and_each_step_is_signed(case: Case) -> None:
    company = case.company
    assert await case.reaches(company.amir)
    assert not await case.reaches(company.lena)
    with pytest.raises(Conflict, match="One skeptic has not answered") as refused:
        await case.asked()
    assert len(refused.value.extra["missing"]) == 1
    await looked(case.store, company.amir, case.rollout_id)
    at = await case.asked()
    assert (at.subject_kind, at.risk, at.policy) == ("rollout", "low", "one_reviewer/1")
    assert not await case.reaches(company.lena)  # nothing moves before it is signed
    assert (await case.sign(company.jonas, at)).status == "approved"
    assert await case.reaches(company.lena)
    assert await case.stage() == "pilot"
    newcomer = await _person(case.store, "noor", Role.LEARNER)
    assert not await case.reaches(newcomer)
    at = await case.asked()
    assert (at.risk, at.policy) == ("high", "designer_and_strategist/1")
    assert (await case.sign(company.jonas, at)).status == "pending"
    assert not await case.reaches(newcomer)
    assert (await case.sign(company.sofia, at)).status == "approved"
    assert await case.reaches(newcomer)
    with pytest.raises(Conflict, match="last step"):
        await case.asked()
    await case.consistent()


async def test_whoever_may_sign_is_told_that_a_step_waits_until_it_does_not(case: Case) -> None:
    company, store = case.company, case.store

    async def told(actor: Actor) -> list[tuple[str, bool]]:
        async with store.read() as work:
            found = await work.desk.notices(actor.person_id)
        return [(each.subject, each.read_at is None) for each in found if each.kind == "promotion waits"]

    at = await case.asked(unheard_because="He is away until May.")  # two sides sign
    here = f"checkpoint/{at.id}"
    for signer in (company.jonas, company.sofia):
        assert await told(signer) == [(here, True)]
    for nobody in (company.maria, company.amir, company.boss):  # who asked cannot sign
        assert await told(nobody) == []
    await case.sign(company.jonas, at)
    assert await told(company.sofia) == [(here, True)]
    await case.sign(company.sofia, at)
    assert await told(company.sofia) == [(here, False)]
    await looked(store, company.amir, case.rollout_id)
    again = await case.asked()
    assert (await told(company.jonas))[0] == (f"checkpoint/{again.id}", True)
    await suspend(store, company.boss, case.rollout_id, reason="Too rough.")
    assert (await told(company.jonas))[0] == (f"checkpoint/{again.id}", False)


async def test_whoever_asked_or_answered_a_finding_cannot_sign_and_no_token_can_do_anything(case: Case) -> None:
    company, store = case.company, case.store
    found = await report(store, company.amir, case.rollout_id, title="Loops", text="Ask twice.", blocks=True)
    await looked(store, company.amir, case.rollout_id)
    await end_finding(store, company.jonas, found.id, FindingAct.SETTLE, answer="Reworded the brief.")
    at = await case.asked()
    for barred in (company.maria, company.jonas):
        assert await outcome(case.sign(barred, at)) is NotAllowed
    shown = await review(store, company.jonas, at.id)
    assert (await turn_at(store, company.jonas, shown)).barred is Barred.AUTHOR
    for nobody in (company.amir, company.boss):
        assert await outcome(case.sign(nobody, at)) is NotAllowed
    token = company.sofia.model_copy(update={"by_token": True})
    assert await outcome(case.sign(token, at)) is NotAllowed
    assert await outcome(suspend(store, token, case.rollout_id, reason="x")) is NotAllowed
    assert await outcome(ask(store, token, case.rollout_id, reason="x")) is NotAllowed
    third = await _person(store, "tess", Role.DESIGNER)
    assert (await case.sign(third, at)).status == "approved"
    assert await case.state(at) == "approved"


async def test_what_was_read_is_what_is_signed(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    at = await case.asked()
    shown = await review(store, company.jonas, at.id)
    assert shown.content["title"] == "Promote “Two deadlines” to pilot"
    assert "1 person in all" in shown.content["reaches"]
    async with store.read() as work:
        row = await work.reach.step(at.subject_id)
    assert digest(row.content) == row.digest == at.digest
    with pytest.raises(Conflict, match="not what waits here now"):
        await decide(store, company.jonas, at.id, DecisionKind.APPROVE, seen="0" * 64, players={})
    with pytest.raises(InvalidInput, match="no wording"):
        await decide(
            store, company.jonas, at.id, DecisionKind.APPROVE_WITH_EDITS, seen=at.review_digest, players={},
            edits=[Edit(field="why", text="Because.")],
        )  # fmt: skip
    assert [each.title for each in await waiting_for(store, company.jonas)] == [shown.content["title"]]
    assert await case.stage() == "planned"


Change = Callable[[Case], Coroutine[Any, Any, object]]
CHANGES: dict[str, Change] = {
    "somebody comes to the group": lambda c: change_members(c.store, c.company.boss, c.group_id, add=["amir"]),
    "somebody leaves it": lambda c: change_members(c.store, c.company.boss, c.group_id, remove=["lena"]),
    "a finding is reported": lambda c: report(
        c.store, c.company.amir, c.rollout_id, title="Loops", text="Ask twice.", blocks=False
    ),
    "it is suspended": lambda c: suspend(c.store, c.company.boss, c.rollout_id, reason="Too rough."),
    "the sign-off is revoked": lambda c: revoke(c.store, c.company.jonas, c.sign_off, reason="Too rough."),
}


@pytest.mark.parametrize("what", list(CHANGES))
async def test_a_change_of_what_waits_supersedes_it_and_nothing_is_promoted(case: Case, what: str) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    at = await case.asked()
    await CHANGES[what](case)
    assert await case.state(at) == "superseded"
    with pytest.raises(Conflict, match="something it speaks of changed"):
        await case.sign(case.company.jonas, at)
    assert await case.stage() == "planned"
    async with case.store.read() as work:
        [notice] = [e for e in await work.desk.notices(case.company.maria.person_id) if e.kind == "promotion ended"]
        assert [e.status for e in await work.reach.steps(case.rollout_id)] == ["refused"]
    assert notice.subject == f"rollout/{case.rollout_id}"
    await case.consistent()


async def test_a_suspended_sign_off_keeps_a_promotion_from_being_signed_though_not_from_being_rejected(
    case: Case,
) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    at = await case.asked()
    async with case.store.write() as work:
        await work.approvals.mark_stale(case.sign_off, ["another judge"], suspended=True)
    with pytest.raises(Conflict, match="no live sign-off"):
        await case.sign(case.company.jonas, at)
    assert (await case.sign(case.company.jonas, at, DecisionKind.REJECT)).status == "rejected"
    assert await case.stage() == "planned"


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (DecisionKind.REJECT, "rejected"),
        (DecisionKind.REQUEST_CHANGES, "changes_requested"),
        (DecisionKind.WITHDRAW, "withdrawn"),
    ],
)
async def test_any_other_ending_moves_nobody_and_it_can_be_asked_for_again(
    case: Case, kind: DecisionKind, state: str
) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    at = await case.asked()
    who = case.company.maria if kind is DecisionKind.WITHDRAW else case.company.jonas
    assert (await case.sign(who, at, kind)).status == state
    assert not await case.reaches(case.company.lena)
    with pytest.raises(Conflict):  # exactly one ending
        await case.sign(case.company.jonas, at)
    await case.promote()
    await case.consistent()


async def test_what_was_asked_stands_in_the_next_round_until_somebody_says_what_became_of_it(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    first = await case.asked()
    await case.sign(company.jonas, first, DecisionKind.REQUEST_CHANGES)
    at = await case.asked()
    [asked] = (await review(store, company.jonas, at.id)).asked
    assert (asked.by, asked.text, asked.resolved, asked.changed) == ("Jonas", "Wait.", None, None)
    assert (await background(store, company.jonas, at.id)).asked == (asked,)
    await mark_comment(store, company.jonas, at.id, asked.decision_id, 0, resolved=True, note="A week has passed.")
    [told] = (await review(store, company.maria, at.id)).asked
    assert (told.resolved, told.marked_by, told.note) == (True, "Jonas", "A week has passed.")
    with pytest.raises(InvalidInput, match="no such comment"):
        await mark_comment(store, company.jonas, at.id, asked.decision_id, 1, resolved=True)
    assert (await review(store, company.maria, first.id)).asked == []


async def test_findings_block_until_somebody_else_answers_and_are_their_authors_to_reopen(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    found = await report(store, company.amir, case.rollout_id, title=" Loops ", text="Ask twice.", blocks=True)
    assert found.title == "Loops"
    for stranger in (company.lena, company.maria):
        act = report(store, stranger, case.rollout_id, title="x", text="y", blocks=True)
        assert await outcome(act) is NotAllowed
    assert await outcome(case.asked()) is Conflict
    assert await outcome(case.asked(unheard_because="Now.", none_because="Now.")) is Conflict
    assert await outcome(end_finding(store, company.maria, found.id, FindingAct.SETTLE, answer=" ")) is InvalidInput
    await end_finding(store, company.maria, found.id, FindingAct.SETTLE, answer="Shortened.")
    at = await case.asked(by=company.sofia)
    await end_finding(store, company.amir, found.id, FindingAct.REOPEN)
    assert await case.state(at) == "superseded"
    assert await outcome(case.asked()) is Conflict
    await end_finding(store, company.amir, found.id, FindingAct.WITHDRAW)
    assert await outcome(end_finding(store, company.amir, found.id, FindingAct.REOPEN)) is Conflict
    await case.promote()
    [told] = await invitations(store, company.amir)
    assert (told.looked, [each.status for each in told.findings]) == (True, ["withdrawn"])
    assert await invitations(store, company.lena) == []


async def test_skeptics_can_be_missed_only_under_a_name_with_a_reason_and_then_two_sides_sign(case: Case) -> None:
    at = await case.asked(unheard_because="He is away until May.")
    assert (at.risk, at.policy) == ("high", "designer_and_strategist/1")
    shown = await review(case.store, case.company.jonas, at.id)
    assert "He is away until May." in shown.content["skeptics"]
    async with case.store.read() as work:
        [row] = [each for each in await work.approvals.audit_rows() if each.action == "promotion asked for"]
    assert (row.actor, row.detail["without_waiting"]) == (case.company.maria.person_id, True)


async def test_suspended_at_once_nobody_begins_until_the_lifting_is_signed(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    await case.promote()
    practice = await begin(store, company.lena, case.version_id)
    waits = await case.asked()
    assert await outcome(suspend(store, company.lena, case.rollout_id, reason="x")) is NotAllowed
    assert await outcome(suspend(store, company.boss, case.rollout_id, reason=" ")) is InvalidInput
    await suspend(store, company.boss, case.rollout_id, reason="It hurt.", open_practices=OpenPractices.STOP)
    assert await outcome(suspend(store, company.sofia, case.rollout_id, reason="x")) is Conflict
    assert await case.state(waits) == "superseded"
    for learner in (company.lena, company.amir):
        assert not await case.reaches(learner)
    async with store.read() as work:
        from store.purpose import Purpose

        kept = await work.practices.get(practice, reader=company.lena.person_id, purpose=Purpose.OWN_PRACTICE)
    assert kept.status == "stopped"
    assert await outcome(finish(store, company.lena, practice)) is Conflict  # nothing was said: nothing to finish
    assert await outcome(case.asked()) is Conflict
    at = await case.asked(again=True)
    assert at.risk == "high"
    assert "It hurt." in (await review(store, company.jonas, at.id)).content["suspended"]
    for signer in (company.jonas, company.sofia):
        await case.sign(signer, at)
    assert await case.reaches(company.lena)
    assert await case.stage() == "pilot"
    await case.consistent()


async def test_practices_under_way_may_be_finished_where_nobody_stops_them(case: Case) -> None:
    practice = await begin(case.store, case.company.amir, case.version_id)
    await suspend(case.store, case.company.maria, case.rollout_id, reason="Let me look.")
    async with case.store.read() as work:
        from store.purpose import Purpose

        kept = await work.practices.get(practice, reader=case.company.amir.person_id, purpose=Purpose.OWN_PRACTICE)
    assert kept.status == "open"


async def test_who_comes_to_a_signed_group_waits_for_a_signature_and_who_leaves_is_out_at_once(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    await case.promote()
    noor = await _person(store, "noor", Role.LEARNER)
    assert await outcome(case.asked(again=True)) is Conflict  # nothing has changed
    await change_members(store, company.maria, case.group_id, add=["noor"], remove=["lena"])
    assert not await case.reaches(noor)
    assert not await case.reaches(company.lena)
    assert (await rollout_view(store, company.maria, case.rollout_id)).again
    await case.promote(again=True)
    assert await case.reaches(noor)
    assert not await case.reaches(company.lena)
    await change_members(store, company.maria, case.group_id, add=["lena"])
    assert not await case.reaches(company.lena)


async def test_a_new_version_starts_anew_and_takes_open_findings_with_it(case: Case) -> None:
    company, store = case.company, case.store
    await looked(store, company.amir, case.rollout_id)
    await case.promote()
    await report(store, company.amir, case.rollout_id, title="Loops", text="Ask twice.", blocks=True)
    gone, writes = [await _person(store, each, Role.LEARNER) for each in ("gus", "wren")]
    await invite(store, company.maria, case.rollout_id, ["gus", "wren"])
    async with store.write() as work:
        await work.people.set_active(gone.person_id, False)
        version = await work.design.version(case.version_id)
        run = await work.design.run(version.run_id)
    from graphs.playing import Player
    from tests.company import ensemble

    from langgraph.checkpoint.memory import InMemorySaver  # isort: skip

    player = Player(store, ensemble(), InMemorySaver())
    await review_again(store, company.maria, [run.id])
    await player.bring_forward(run.id)
    async with store.read() as work:
        [pending] = await work.approvals.checkpoints(run_id=run.id, status="pending")
    await decide(
        store, company.jonas, pending.id, DecisionKind.APPROVE_WITH_EDITS, seen=pending.review_digest, players={},
        edits=[Edit(field="title", text="Two deadlines, again")],
    )  # fmt: skip
    await player.bring_forward(run.id)
    async with store.read() as work:
        [pending] = await work.approvals.checkpoints(run_id=run.id, status="pending")
    async with store.write() as work:
        await work.design.add_authors(pending.subject_id, frozenset({writes.person_id}))
    for signer in (company.maria, company.sofia):
        if (await case.state(pending)) == "pending":
            await outcome(case.sign(signer, pending))
    assert await case.state(pending) == "approved"
    [anew, before] = await rollout_views(store, company.maria)
    assert (anew.version_id, anew.stage, before.stage) == (pending.subject_id, "planned", "pilot")
    assert [each.name for each in anew.plan] == ["pilot", "everyone"]
    assert [(each.name, each.looked) for each in anew.skeptics] == [("Amir", False)]
    assert ([e.title for e in anew.findings], before.findings) == (["Loops"], [])
    with pytest.raises(NotReached):
        await begin(store, company.lena, anew.version_id)
    await begin(store, company.amir, anew.version_id)
    assert await outcome(begin(store, company.lena, case.version_id)) is NotSigned
    await case.consistent()


async def test_plans_and_invitations_are_refused_with_what_to_do(case: Case) -> None:
    company, store = case.company, case.store
    step = [PlannedStep(name="all")]
    assert await outcome(plan_rollout(store, company.maria, case.version_id, step)) is Conflict
    assert await outcome(plan_rollout(store, company.amir, case.version_id, step)) is NotAllowed
    assert await outcome(plan_rollout(store, company.maria, "0" * 36, step)) is NotFound
    assert await outcome(invite(store, company.maria, case.rollout_id, ["jonas"])) is InvalidInput  # practises nothing
    assert await outcome(invite(store, company.maria, case.rollout_id, ["nobody"])) is InvalidInput
    assert await outcome(looked(store, company.lena, case.rollout_id)) is NotAllowed
    async with store.write() as work:
        other = await work.strategy.add_programme("Others", round_budget=1)
    group = await add_group(store, company.boss, other, "Pilot")
    assert await outcome(add_group(store, company.boss, other, " Pilot ")) is Conflict
    foreign = [PlannedStep(name="pilot", group_id=group.id)]
    assert await outcome(plan_rollout(store, company.maria, case.version_id, foreign)) is InvalidInput


async def test_of_two_who_ask_at_once_one_finds_the_other(case: Case) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    acts = [
        ask(case.store, each, case.rollout_id, reason=REASON)
        for each in (case.company.maria, case.company.jonas, case.company.sofia, case.company.ravi)
    ]
    answers = await asyncio.gather(*(outcome(each) for each in acts))
    assert sorted(str(each) for each in answers if each) == [str(Conflict)] * 3
    async with case.store.read() as work:
        assert len(await work.reach.steps(case.rollout_id)) == 1
        pending = await work.approvals.checkpoints(status="pending")
    assert len([each for each in pending if each.subject_kind == "rollout"]) == 1
    await case.consistent()


@pytest.mark.parametrize("number", range(3))
async def test_of_a_signature_and_a_brake_at_once_the_brake_always_holds(case: Case, number: int) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    at = await case.asked()
    acts: list[Awaitable[object]] = [
        case.sign(case.company.jonas, at),
        suspend(case.store, case.company.boss, case.rollout_id, reason="Stop."),
        case.reaches(case.company.lena),
    ]
    order = acts[number:] + acts[:number]
    answers = await asyncio.gather(*(outcome(each) for each in order))
    assert set(answers) <= {None, Conflict}
    assert await case.state(at) in {"approved", "superseded"}
    shown = await rollout_view(case.store, case.company.maria, case.rollout_id)
    assert (shown.stage == "pilot") is (await case.state(at) == "approved")
    assert shown.suspended_at is not None
    for learner in (case.company.lena, case.company.amir):
        assert not await case.reaches(learner)
    await case.consistent()


async def test_of_two_signatures_at_once_one_wins_and_the_other_is_told(case: Case) -> None:
    await looked(case.store, case.company.amir, case.rollout_id)
    at = await case.asked()
    third = await _person(case.store, "tess", Role.DESIGNER)
    answers = await asyncio.gather(*(outcome(case.sign(each, at)) for each in (case.company.jonas, third)))
    assert sorted(map(str, answers)) == sorted(map(str, (None, Conflict)))
    assert await case.stage() == "pilot"
    await case.consistent()
