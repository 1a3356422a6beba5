"""Invariants 10, 11, 14 and 15: the end of a sign-off, the verdict it is given on, and the order of things."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.checkpoint import DecisionKind
from approvals.people import Actor
from evidence.errors import Conflict, InvalidInput, NotSigned
from graphs.claiming import claim, set_due
from graphs.deciding import decide
from graphs.practising import begin
from graphs.revoking import OpenPractices, revoke
from graphs.scenes import load_scene
from graphs.settling import settle_criterion
from store.purpose import Purpose
from store.records import CheckpointRow
from store.repositories.approvals import Approvals
from store.repositories.practices import Practices
from store.unit_of_work import Store
from tests.company import CRITERIA, Company
from tests.conftest import open_store
from tests.desk import PLAYERS
from tests.invariants.acts import QUOTE, ruled
from tests.invariants.house import UNSURE
from tests.invariants.present import shown_digest
from tests.invariants.scene import MARKS, Scene, held_back, holding, tries

RULES = st.sampled_from(list(OpenPractices))


@pytest.fixture
async def scene(store: Store, company: Company) -> Scene:
    return Scene(store, company)


@tries(5)
@given(open_ones=st.integers(0, 2), rule=RULES, again=st.booleans(), back=st.sampled_from([0, 2, 48]))
async def test_invariant_10_after_a_revocation_nothing_begins_and_open_practices_follow_its_rule(
    scene: Scene, open_ones: int, rule: OpenPractices, again: bool, back: int
) -> None:
    """After a revocation commits, no practice starts on that version; open ones follow the recorded policy."""
    checkpoint, signed = await scene.signed_one()
    amir, version = scene.company.amir, checkpoint.subject_id
    open_now = [await begin(scene.store, amir, version) for _ in range(open_ones)]
    await revoke(scene.store, scene.company.maria, signed.id, reason="It is public now.", open_practices=rule)
    scene.store.clock.offset -= timedelta(hours=back)
    for learner in (amir, scene.company.lena) if again else (amir,):
        with pytest.raises(NotSigned):
            await begin(scene.store, learner, version)
    scene.store.clock.offset += timedelta(hours=back)
    assert version not in await scene.signed()
    for practice_id in open_now:
        async with scene.store.read() as work:
            await load_scene(work, practice_id, amir.person_id, Purpose.OWN_PRACTICE)  # their own words stay theirs
            if rule is OpenPractices.STOP:
                with pytest.raises(NotSigned, match="taken back"):
                    await load_scene(work, practice_id, amir.person_id, Purpose.PLAY_SCENE)
            else:
                await load_scene(work, practice_id, amir.person_id, Purpose.PLAY_SCENE)


@pytest.mark.parametrize("first", ["beginning", "revoking"])
async def test_invariant_10_holds_where_a_revocation_and_a_beginning_meet(scene: Scene, first: str) -> None:
    """After a revocation commits, no practice starts: a beginning under way is waited for, or finds it revoked."""
    checkpoint, signed = await scene.signed_one()
    other = open_store(scene.store.database.address)
    beginning = begin(scene.store, scene.company.amir, checkpoint.subject_id)
    revoking = revoke(other, scene.company.maria, signed.id, reason="It is public now.")
    if first == "beginning":
        async with held_back(Practices, "start") as pause:
            begun = asyncio.create_task(beginning)
            await pause.reached.wait()
            revoked = asyncio.create_task(revoking)
            await asyncio.wait([revoked], timeout=0.2)
            assert not revoked.done(), "a practice would begin on what is revoked by then"
            pause.go.set()
            assert await begun
            assert (await revoked).revoked_at is not None
    else:
        async with held_back(Approvals, "audit") as pause:
            revoked = asyncio.create_task(revoking)
            await pause.reached.wait()
            begun = asyncio.create_task(beginning)
            await asyncio.wait([begun], timeout=0.2)
            assert not begun.done(), "it would not know of the revocation"
            pause.go.set()
            await revoked
            with pytest.raises(NotSigned):
                await begun
    await other.close()


@tries(5)
@given(
    levels=MARKS,
    own=st.fixed_dictionaries(
        {"asks": st.sampled_from(["practised", "absent"]), "plainness": st.sampled_from(["practised", "absent"])}
    ),
    reason=st.sampled_from(["", "  ", "\n"]),
)
async def test_invariant_11_a_referred_criterion_is_settled_and_only_then_the_policy_applies(
    scene: Scene, levels: dict[str, str], own: dict[str, str], reason: str
) -> None:
    """A referred criterion is settled by the designer's own level, quote and reason, recorded as a human judgement;
    then the normal policy applies. Approving against revise or a veto needs a written reason and two people.
    """
    company = scene.company
    checkpoint = await scene.waiting(holding(company.sofia, "designer"), levels)
    settled: dict[str, str] = {}
    for criterion in [each for each, level in levels.items() if level == UNSURE]:
        with pytest.raises(Conflict, match="referred"):
            await scene.decide(company.jonas, checkpoint, reason="It serves us.")
        sent: dict[str, Any] = {"level": own[criterion], "quote": QUOTE, "reason": "I read it so."}
        sent["seen"] = checkpoint.review_digest
        for wrong in ({"reason": reason}, {"quote": "It never stood there at all."}, {"level": "superb"}):
            with pytest.raises(InvalidInput):
                await settle_criterion(scene.store, company.jonas, checkpoint.id, criterion, **(sent | wrong))
        checkpoint = await settle_criterion(scene.store, company.jonas, checkpoint.id, criterion, **sent)
        settled[criterion] = own[criterion]
        async with scene.store.read() as work:
            verdict = await work.design.verdict(str(checkpoint.verdict_id))
        judgement = verdict.content["settled"][criterion]
        assert (judgement["person_id"], judgement["level"]) == (company.jonas.person_id, own[criterion])
        assert (judgement["quote"], judgement["reason"]) == (QUOTE, "I read it so.")
    outcome, _ = ruled(levels, settled, CRITERIA.pass_threshold, veto=False)
    if outcome == "aligned":
        assert (await scene.decide(company.maria, checkpoint)).status == "approved"
        return
    for empty in ("", "  "):
        with pytest.raises(InvalidInput, match="written reason and two people"):
            await scene.decide(company.maria, checkpoint, reason=empty)
    first = await scene.decide(company.maria, checkpoint, reason="It serves us.")
    assert first.status == "pending"
    assert checkpoint.subject_id not in await scene.signed()
    with pytest.raises(Conflict, match="already decided"):
        await scene.decide(company.maria, first, reason="It still does.")
    assert (await scene.decide(company.jonas, first, reason="It does.")).status == "approved"


@tries(5)
@given(by=st.integers(0, 1), reason=st.sampled_from(["", "It serves us."]), vetoed=st.booleans())
async def test_invariant_11_a_failed_judgement_cannot_be_approved_and_a_veto_needs_two(
    scene: Scene, by: int, reason: str, vetoed: bool
) -> None:
    """`errored` cannot be approved; approving against a veto needs a written reason and two people."""
    company = scene.company
    checkpoint = await scene.waiting(holding(company.sofia, "designer"))
    async with scene.store.write() as work:  # as if the verdict had come out so
        row = await work.design.verdict(str(checkpoint.verdict_id))
        content = row.content | ({"vetoes": ["asks"]} if vetoed else {"outcome": "errored"})
        other = await work.design.add_verdict(
            row.version_id, charter_id=row.charter_id, criteria_id=row.criteria_id, content=content
        )
        shown = "e" * 64
        assert await work.approvals.change(checkpoint, status="pending", review_digest=shown, verdict_id=other.id)
    people = [company.maria, company.jonas]
    checkpoint = await scene.at(checkpoint.id)
    if not vetoed:
        with pytest.raises(Conflict, match="judgement failed"):
            await scene.decide(people[by], checkpoint, reason=reason)
    elif not reason:
        with pytest.raises(InvalidInput, match="two people"):
            await scene.decide(people[by], checkpoint)
    else:
        assert (await scene.decide(people[by], checkpoint, reason=reason)).status == "pending"
        assert (await scene.decide(people[1 - by], checkpoint, reason=reason)).status == "approved"
        return
    assert (await scene.at(checkpoint.id)).status == "pending"


@tries(6)
@given(levels=MARKS, kind=st.sampled_from(list(DecisionKind)), wrong=st.sampled_from(["", "0" * 64, "other"]))
async def test_invariant_14_a_decision_carries_the_digest_of_exactly_what_was_shown(
    scene: Scene, levels: dict[str, str], kind: DecisionKind, wrong: str
) -> None:
    """The client returns the review_digest it displayed: sha256(content digest, verdict id, policy version). A mismatch
    is 409 with the difference.
    """
    company = scene.company
    checkpoint = await scene.waiting(company.maria, levels)
    assert checkpoint.review_digest == shown_digest(checkpoint)
    seen = (await scene.waiting(company.maria)).review_digest if wrong == "other" else wrong or "f" * 64
    before = await scene.rows()
    with pytest.raises(Conflict, match="not what waits here") as refused:
        await decide(scene.store, company.jonas, checkpoint.id, kind, seen=seen, players=PLAYERS)
    told = refused.value.extra
    assert told["current_review_digest"] == checkpoint.review_digest
    assert (told["content_digest"], told["verdict_id"]) == (checkpoint.digest, checkpoint.verdict_id)
    assert await scene.rows() == before


@tries(6)
@given(order=st.permutations(["settle asks", "settle plainness", "reject", "withdraw"]), together=st.integers(2, 4))
async def test_invariant_14_holds_where_settling_and_deciding_meet(
    scene: Scene, order: list[str], together: int
) -> None:
    """Of several who act at once on the same page, one does; what the others saw is then no longer what waits."""
    company = scene.company
    checkpoint = await scene.waiting(company.maria, {"asks": UNSURE, "plainness": UNSURE})
    other = open_store(scene.store.database.address)

    async def act(number: int, what: str) -> CheckpointRow:
        store, actor = (scene.store, other)[number % 2], (company.maria, company.jonas)[number // 2]
        seen = checkpoint.review_digest
        if what.startswith("settle"):
            criterion = what.removeprefix("settle ")
            said: dict[str, Any] = {"level": "practised", "quote": QUOTE, "reason": "I read it so."}
            return await settle_criterion(store, actor, checkpoint.id, criterion, seen=seen, **said)
        kind = DecisionKind(what)
        return await decide(store, actor, checkpoint.id, kind, seen=seen, reason="Not now.", players=PLAYERS)

    answers = await asyncio.gather(
        *(act(number, what) for number, what in enumerate(order[:together])), return_exceptions=True
    )
    await other.close()
    done = [answer for answer in answers if isinstance(answer, CheckpointRow)]
    assert len(done) == 1, answers
    assert all(isinstance(answer, CheckpointRow | Conflict) for answer in answers), answers
    now = await scene.at(checkpoint.id)
    assert (now.status, now.review_digest) == (done[0].status, done[0].review_digest)


@tries(6)
@given(hours=st.lists(st.sampled_from([1, 30, -1, -50]), min_size=2, max_size=5))
async def test_invariant_15_order_is_by_number_and_expiry_by_the_stores_clock(scene: Scene, hours: list[int]) -> None:
    """Order is by sequence number, expiry by store.clock."""
    company, store = scene.company, scene.store
    opened = []
    for by in hours:
        opened.append((await scene.waiting(company.maria)).id)
        store.clock.offset += timedelta(hours=by)
    async with store.read() as work:
        listed = [each.id for each in await work.approvals.checkpoints(status="pending")]
        rows = await work.approvals.audit_rows()
    assert [each for each in listed if each in opened] == opened
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    at = await scene.at(opened[0])
    async with store.write() as work:  # on SQLite the latest of all hours before
        store.clock.offset = work.now - datetime.now(UTC) + timedelta(hours=1)
    claimed = await claim(store, company.maria, at.id)
    async with store.write() as work:
        now = work.now
    assert claimed.claimed_until is not None
    assert timedelta(minutes=29) < claimed.claimed_until - now <= timedelta(minutes=30)
    with pytest.raises(Conflict, match="has claimed this"):
        await scene.decide(company.jonas, at)
    with pytest.raises(InvalidInput, match="has passed"):
        await set_due(store, company.maria, at.id, now - timedelta(seconds=1))
    store.clock.offset += timedelta(minutes=31)
    async with store.write():
        pass
    if store.database.is_sqlite:
        store.clock.offset -= timedelta(days=3)  # and what is over stays over
    assert (await scene.decide(company.jonas, at)).status == "approved"
    store.clock.offset = timedelta()


@tries(5)
@given(hours=st.lists(st.sampled_from([0, 30, -50]), min_size=4, max_size=6))
async def test_invariant_15_numbers_are_one_line_also_where_many_decide_at_once(scene: Scene, hours: list[int]) -> None:
    """Order is by sequence number: each decision carries that of its audit row, whatever two processes' clocks say."""
    company = scene.company
    waiting = [await scene.waiting(company.maria) for _ in hours]
    other = open_store(scene.store.database.address)

    async def act(number: int) -> None:
        store = (scene.store, other)[number % 2]
        store.clock.offset = timedelta(hours=hours[number])
        actor: Actor = (company.maria, company.jonas)[number % 2]
        seen = waiting[number].review_digest
        await decide(store, actor, waiting[number].id, DecisionKind.APPROVE, seen=seen, players=PLAYERS)

    await asyncio.gather(*(act(number) for number in range(len(hours))))
    await other.close()
    scene.store.clock.offset = timedelta()
    async with scene.store.read() as work:
        rows = {row.seq: row for row in await work.approvals.audit_rows()}
        for checkpoint in waiting:
            [decision] = await work.approvals.decisions(checkpoint.id)
            row = rows[decision.seq]
            assert (row.action, row.actor, row.subject) == (
                "approve",
                decision.person_id,
                f"checkpoint/{checkpoint.id}",
            )
            assert rows[checkpoint.seq].subject == f"checkpoint/{checkpoint.id}"
    assert sorted(rows) == list(range(1, len(rows) + 1))
