"""Acts that meet in the middle of each other wait, and never for each other in a circle: nobody is told 503.

PostgreSQL would end such a circle by breaking one of the two off; each test leads two acts to where one could arise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import text

from approvals.checkpoint import DecisionKind, Edit
from evidence.errors import Conflict
from graphs.batching import review_again
from graphs.claiming import claim
from graphs.deciding import decide
from graphs.governing import Rules, set_rules
from graphs.practising import begin
from graphs.proposing import accept, propose
from graphs.replaying import compare
from graphs.revoking import note_changes, revoke
from store.records import CheckpointRow
from store.repositories.approvals import Approvals
from store.repositories.design import Design
from store.repositories.practices import Practices
from store.unit_of_work import Store
from tests.company import CRITERIA, Company
from tests.desk import PLAYERS
from tests.invariants.scene import Scene, held_back

EDIT = Edit(field="title", text="Two deadlines, and a third")


@pytest.fixture
async def scene(store: Store, company: Company) -> Scene:
    if not store.database.is_sqlite:
        async with store.database.transaction(writing=True) as connection:
            name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
            await connection.execute(text(f"ALTER DATABASE \"{name}\" SET deadlock_timeout = '100ms'"))
        await store.database.engine.dispose()
    return Scene(store, company)


async def meet(first: Awaitable[Any], owner: type, door: str, second: Awaitable[Any]) -> list[Any]:
    """Begin the first, hold it at a door, begin the second, and let both go on; gives what became of them."""
    async with held_back(owner, door) as pause:
        one = asyncio.ensure_future(first)
        await asyncio.wait([one, asyncio.ensure_future(pause.reached.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert pause.reached.is_set(), one
        two = asyncio.ensure_future(second)
        await asyncio.wait([two], timeout=0.3)
        pause.go.set()
        return list(await asyncio.gather(one, two, return_exceptions=True))


def fine(answers: list[Any], *, at_least: int = 1) -> None:
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(each, Conflict) for each in refused), [f"{each!r}" for each in refused]
    assert len(answers) - len(refused) >= at_least


async def activating(scene: Scene) -> str:
    """A run whose strategy is signed and about to come into force."""
    proposal = await scene.proposed(CRITERIA.model_copy(update={"title": "Stricter", "pass_threshold": 0.9}))
    seen = proposal.review_digest
    await decide(scene.store, scene.company.ravi, proposal.id, DecisionKind.APPROVE, seen=seen, players=PLAYERS)
    return proposal.run_id


async def looked_at_again(scene: Scene) -> tuple[CheckpointRow, Any]:
    checkpoint, signed = await scene.signed_one()
    await review_again(scene.store, scene.company.maria, [checkpoint.run_id])
    await scene.runtime.bring_forward(checkpoint.run_id)
    return await scene.pending(checkpoint.run_id), signed


@pytest.mark.parametrize(
    ("kind", "door"),
    [(DecisionKind.APPROVE, "change"), (DecisionKind.REJECT, "change"), (DecisionKind.APPROVE_WITH_EDITS, "version")],
)
async def test_a_decision_and_a_strategy_that_comes_into_force(scene: Scene, kind: DecisionKind, door: str) -> None:
    checkpoint, run_id = await scene.waiting(), await activating(scene)
    edits = (EDIT,) if kind is DecisionKind.APPROVE_WITH_EDITS else ()
    owner, name = (Approvals, "change") if door == "change" else (Design, "add_version")
    answers = await meet(
        scene.decide(scene.company.jonas, checkpoint, kind, edits=edits), owner, name,
        scene.runtime.bring_forward(run_id),
    )  # fmt: skip
    fine(answers, at_least=2)
    assert (await scene.run(run_id)).stage == "active"
    assert (await compare(scene.store)).agrees


async def test_several_decisions_and_a_strategy_that_comes_into_force(scene: Scene) -> None:
    waiting, run_id = [await scene.waiting() for _ in range(3)], await activating(scene)
    answers = await asyncio.gather(
        scene.runtime.bring_forward(run_id),
        *(scene.decide(scene.company.jonas, each) for each in reversed(waiting)),
        return_exceptions=True,
    )
    fine(answers)
    assert (await scene.run(run_id)).stage == "active"
    assert (await compare(scene.store)).agrees


async def test_a_second_look_is_approved_while_the_sign_off_is_revoked(scene: Scene) -> None:
    again, signed = await looked_at_again(scene)
    revoking = revoke(scene.store, scene.company.maria, signed.id, reason="It is public now.")
    answers = await meet(revoking, Approvals, "revoke", scene.decide(scene.company.jonas, again))
    fine(answers, at_least=2)
    assert again.subject_id in await scene.signed()
    assert (await compare(scene.store)).agrees


async def test_a_sign_off_is_revoked_while_its_work_is_sent_to_the_judge(scene: Scene) -> None:
    checkpoint, signed = await scene.signed_one()
    revoking = revoke(scene.store, scene.company.maria, signed.id, reason="It is public now.")
    fine(await meet(revoking, Design, "trace", review_again(scene.store, scene.company.maria, [checkpoint.run_id])))
    assert checkpoint.subject_id not in await scene.signed()
    assert (await compare(scene.store)).agrees


@pytest.mark.parametrize("door", ["mark_stale", "audit"])
async def test_sign_offs_are_suspended_while_one_is_revoked(scene: Scene, door: str) -> None:
    (_, one), (_, two) = await scene.signed_one(), await scene.signed_one()
    await set_rules(
        scene.store, scene.company.boss, scene.company.programme_id, Rules.model_validate({"stale_rule": "suspend"})
    )
    other = {**PLAYERS, "alignment": "2" * 64}
    noting = note_changes(scene.store, other)
    revoking = revoke(scene.store, scene.company.maria, two.id, reason="It is public now.")
    answers = await meet(noting, Approvals, door, revoking)
    fine(answers, at_least=2)
    async with scene.store.read() as work:
        for each in (one, two):
            found = await work.approvals.sign_off_by_id(each.id)
            assert found.suspended_at is not None or found.revoked_at is not None
    assert (await compare(scene.store)).agrees
    answers = await meet(
        revoke(scene.store, scene.company.maria, one.id, reason="It is public now."), Approvals, "revoke",
        note_changes(scene.store, PLAYERS),
    )  # fmt: skip
    fine(answers, at_least=2)
    assert (await compare(scene.store)).agrees


async def test_rules_are_set_while_a_sign_off_is_revoked(scene: Scene) -> None:
    company, store = scene.company, scene.store
    (_, one), (_, two) = await scene.signed_one(), await scene.signed_one()
    other = {**PLAYERS, "alignment": "2" * 64}
    rules = Rules.model_validate({"stale_rule": "suspend"})
    setting = set_rules(store, company.boss, company.programme_id, rules, players=other)
    revoking = revoke(store, company.maria, two.id, reason="It is public now.")
    fine(await meet(revoking, Approvals, "revoke", setting), at_least=2)
    async with store.read() as work:
        assert (await work.approvals.sign_off_by_id(one.id)).suspended_at is not None
    assert (await compare(store)).agrees


async def test_a_checkpoint_is_claimed_while_a_strategy_comes_into_force(scene: Scene) -> None:
    checkpoint, run_id = await scene.waiting(), await activating(scene)
    claiming = claim(scene.store, scene.company.maria, checkpoint.id)
    fine(await meet(claiming, Approvals, "set", scene.runtime.bring_forward(run_id)), at_least=2)
    assert (await scene.at(checkpoint.id)).status == "superseded"


async def test_a_practice_begins_while_a_strategy_comes_into_force(scene: Scene) -> None:
    checkpoint, _ = await scene.signed_one()
    run_id = await activating(scene)
    beginning = begin(scene.store, scene.company.amir, checkpoint.subject_id)
    fine(await meet(beginning, Practices, "start", scene.runtime.bring_forward(run_id)), at_least=2)
    assert (await scene.run(run_id)).stage == "active"


async def test_a_proposal_is_accepted_twice_at_once(scene: Scene) -> None:
    company, store = scene.company, scene.store
    document = CRITERIA.model_copy(update={"title": "Another"})
    version = await propose(store, company.sofia, company.programme_id, document, reason="It is time.")
    answers = await meet(
        accept(store, company.sofia, version.id), Design, "add_run", accept(store, company.ravi, version.id)
    )
    fine(answers)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1, "one of the two waits, and the other hears so"


async def test_a_proposal_that_waits_is_not_accepted_again_however_much_else_is_under_way(scene: Scene) -> None:
    company, store = scene.company, scene.store
    document = CRITERIA.model_copy(update={"title": "Another"})
    version = await propose(store, company.sofia, company.programme_id, document, reason="It is time.")
    await accept(store, company.sofia, version.id)
    async with store.write() as work:
        for _ in range(60):
            await work.design.add_run(company.programme_id, "tuning", "rejected", by=company.ravi.person_id)
    with pytest.raises(Conflict, match="already waits"):
        await accept(store, company.sofia, version.id)
