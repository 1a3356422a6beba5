"""Over HTTP: text that was altered in the database, and who may still end what they ordered."""

from __future__ import annotations

from sqlalchemy import func, update

from graphs.commissioning import order
from store import tables
from tests.api.room import Room, room
from tests.company import BRIEF, CRITERIA

__all__ = ["room"]

SHARPER = CRITERIA.model_copy(update={"pass_threshold": 0.9})


async def test_one_altered_text_hides_itself_and_leaves_the_rest_of_the_shelf(room: Room) -> None:
    _, altered = await room.signed_by_jonas()
    _, kept = await room.signed_by_jonas()
    versions = tables.scenario_versions
    async with room.store.database.transaction(writing=True) as connection:
        changed = update(versions).where(versions.c.id == altered.subject_id).values(content='{"title": "Mine now"}')
        await connection.execute(changed)
    shelf = await (await room.at("amir")).get("/api/v1/scenarios")
    assert shelf.status_code == 200
    assert [each["version_id"] for each in shelf.json()] == [kept.subject_id]


async def test_nothing_is_judged_by_altered_criteria(room: Room) -> None:
    versions = tables.strategy_versions
    async with room.store.database.transaction(writing=True) as connection:
        lower = func.replace(versions.c.content, '"pass_threshold":0.6', '"pass_threshold":0.1')
        changed = await connection.execute(update(versions).where(versions.c.kind == "criteria").values(content=lower))
        assert changed.rowcount == 1
    maria, programme = room.company.maria, room.company.programme_id
    run_id = await order(room.store, maria, programme, BRIEF, languages=frozenset({"en"}))
    await room.runtime.bring_forward(run_id)
    run = await room.run(run_id)
    assert run.stage == "errored"
    assert run.error is not None
    assert "The stored text of this criteria set was altered." in run.error["detail"]


async def test_whoever_ordered_it_withdraws_it_over_http_without_any_role(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria, BRIEF)
    async with room.store.write() as work:
        await work.people.set_roles(room.company.maria.person_id, frozenset())
    body = {"kind": "withdraw", "review_digest": checkpoint.review_digest, "reason": "The case is closed."}
    address = f"/api/v1/checkpoints/{checkpoint.id}/decisions"
    assert (await (await room.at("amir")).post(address, json=body)).status_code == 403
    maria = await room.at("maria")
    assert (await maria.post(address, json=body | {"kind": "approve"})).status_code == 403
    assert (await maria.post(address, json=body)).status_code == 201
    assert (await room.run(checkpoint.run_id)).stage == "withdrawn"


async def test_asking_to_put_a_proposal_in_force_is_on_the_record(room: Room) -> None:
    checkpoint = await room.proposed(SHARPER)
    async with room.store.read() as work:
        actions = [row.action for row in await work.approvals.audit_rows() if checkpoint.subject_id in row.subject]
    assert "criteria asked to put in force" in actions
