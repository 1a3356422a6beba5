"""Contesting a line: what is sent is what was shown, unnamed, and gone once it is taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound
from graphs import contesting
from graphs.messages.kinds import kind_named
from store import tables
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses

__all__ = ["furniture", "house", "houses"]

WHY = "I did ask, and the debrief says I told."


async def objective_of(house: House) -> str:
    async with house.store.read() as work:
        kept = await work.practices.get(
            house.things.finished, reader=house.things.company.amir.person_id, purpose=Purpose.OWN_PRACTICE
        )
    assert kept.debrief is not None
    found: str = kept.debrief["debrief"]["objectives"][0]["objective_id"]
    return found


async def sent(house: House, why: str = WHY) -> str:
    amir, practice = house.things.company.amir, house.things.finished
    objective = await objective_of(house)
    shown = await contesting.preview(house.store, amir, practice, objective, why=why)
    return await contesting.send(house.store, amir, practice, objective, why=why, digest=shown.digest)


async def queue(house: House) -> contesting.Queue:
    company = house.things.company
    return await contesting.queue(house.store, company.sofia, company.programme_id)


async def test_what_is_sent_is_what_was_shown_and_nothing_in_it_tells_whose_it_is(house: House) -> None:
    amir, practice = house.things.company.amir, house.things.finished
    objective = await objective_of(house)
    shown = await contesting.preview(house.store, amir, practice, objective, why=f"  {WHY} ")
    contest_id = await contesting.send(house.store, amir, practice, objective, why=WHY, digest=shown.digest)
    (line,) = (await queue(house)).lines
    assert line.line == shown.line
    assert line.id == contest_id
    assert set(shown.line.model_dump()) == {
        "schema_version", "scenario", "language", "objective_id", "objective",
        "level", "anchor", "reason", "quote", "coach", "why", "day",
    }  # fmt: skip
    told = repr(line)
    async with house.store.read() as work:
        turns = await work.practices.turns(practice, reader=amir.person_id, purpose=Purpose.OWN_PRACTICE)
        names = await work.people.names(frozenset({amir.person_id}), purpose=Purpose.ACCOUNTABILITY)
    for secret in (amir.person_id, practice, names[amir.person_id], *(turn.reply for turn in turns)):
        assert secret not in told
    async with house.store.database.transaction(writing=False) as connection:
        (row,) = (await connection.execute(text("SELECT id, sent, created_at FROM contests"))).all()
    assert WHY.encode() not in row.sent
    assert "00:00:00" in str(row.created_at)
    assert row.id[14] == "4"  # a random id: one that counts time would tell the hour


async def test_another_sentence_than_the_one_shown_is_not_sent(house: House) -> None:
    amir, practice = house.things.company.amir, house.things.finished
    objective = await objective_of(house)
    shown = await contesting.preview(house.store, amir, practice, objective, why=WHY)
    with pytest.raises(Conflict, match="not what you were shown"):
        await contesting.send(house.store, amir, practice, objective, why="Something else.", digest=shown.digest)
    assert (await queue(house)).lines == ()


async def test_taken_back_it_is_gone_for_everybody_and_may_be_sent_again(house: House) -> None:
    company = house.things.company
    contest_id = await sent(house)
    await contesting.answer(house.store, company.sofia, contest_id, "We look at how it reads questions.")
    assert [each.answer for each in await contesting.mine(house.store, company.amir)] == [
        "We look at how it reads questions."
    ]
    with pytest.raises(Conflict, match="already"):
        await sent(house, "The same line with other words.")
    await contesting.revoke(house.store, company.amir, contest_id)
    assert (await queue(house)).lines == ()
    (mine,) = await contesting.mine(house.store, company.amir)
    assert (mine.line, mine.answer) == (None, None)
    with pytest.raises(NotFound):
        await contesting.answer(house.store, company.sofia, contest_id, "Too late.")
    with pytest.raises(Conflict):
        await contesting.revoke(house.store, company.amir, contest_id)
    await sent(house)
    assert len((await queue(house)).lines) == 1


async def test_its_learner_is_told_of_an_answer_once_and_nobody_else(house: House) -> None:
    company = house.things.company
    contest_id = await sent(house)

    async def waiting(person_id: str) -> list[tuple[str, str]]:
        async with house.store.read() as work:
            return [(each.kind, each.subject) for each in await work.desk.notices(person_id, unread=True)]

    before = {each: await waiting(each) for each in (company.sofia.person_id, company.lena.person_id)}
    mine = await waiting(company.amir.person_id)
    for text_ in ("We look at it.", "We have looked at it."):
        await contesting.answer(house.store, company.sofia, contest_id, text_)
    assert await waiting(company.amir.person_id) == [("contest answered", f"contest/{contest_id}"), *mine]
    assert {each: await waiting(each) for each in before} == before
    assert kind_named("contest answered").private, "no e-mail says what it is"
    await contesting.revoke(house.store, company.amir, contest_id)
    assert await waiting(company.amir.person_id) == mine


async def test_nobody_but_a_strategist_reads_the_queue_and_nobody_but_its_learner_takes_it_back(house: House) -> None:
    company = house.things.company
    contest_id = await sent(house)
    for actor in (company.amir, company.maria, house.things.gita):
        with pytest.raises(NotAllowed):
            await contesting.queue(house.store, actor, company.programme_id)
        with pytest.raises(NotAllowed):
            await contesting.answer(house.store, actor, contest_id, "Hm.")
    for actor in (company.sofia, house.things.otto, company.lena):
        with pytest.raises(NotFound):
            await contesting.revoke(house.store, actor, contest_id)
        with pytest.raises(NotFound):
            await contesting.preview(house.store, actor, house.things.finished, "x", why=WHY)
        assert await contesting.mine(house.store, actor) == []


async def test_purposes_are_kept_apart(house: House) -> None:
    company = house.things.company
    await sent(house)
    async with house.store.read() as work:
        for purpose in set(Purpose) - {Purpose.CONTESTED_LINE}:
            with pytest.raises(NotAllowed):
                await work.contests.queue(company.programme_id, purpose=purpose)
        for purpose in set(Purpose) - {Purpose.OWN_PRACTICE}:
            with pytest.raises(NotAllowed):
                await work.contests.mine(company.amir.person_id, reader=company.amir.person_id, purpose=purpose)
        with pytest.raises(NotAllowed):
            await work.contests.mine(company.amir.person_id, reader="x", purpose=Purpose.OWN_PRACTICE)


async def test_after_erasure_nothing_of_it_can_be_read(house: House) -> None:
    await sent(house)
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM data_keys"))
    assert (await queue(house)).lines == ()


async def test_it_changes_no_score(house: House) -> None:
    async def kept() -> Any:
        async with house.store.read() as work:
            practice = await work.practices.get(
                house.things.finished, reader=house.things.company.amir.person_id, purpose=Purpose.OWN_PRACTICE
            )
        return json.dumps(practice.debrief)

    before = await kept()
    contest_id = await sent(house)
    await contesting.answer(house.store, house.things.company.sofia, contest_id, "You are right.")
    assert await kept() == before


async def test_among_few_people_it_says_so_before_sending(house: House) -> None:
    amir, practice = house.things.company.amir, house.things.finished
    objective = await objective_of(house)
    assert (await contesting.preview(house.store, amir, practice, objective, why=WHY)).few
    async with house.store.database.transaction(writing=True) as connection:
        for number in range(9):
            for table, changes in (
                (tables.people, {"id": f"extra-{number}", "login": f"extra-{number}"}),
                (tables.practices, {"id": f"practice-{number}", "learner_id": f"extra-{number}"}),
            ):
                source = amir.person_id if table is tables.people else practice
                row = (await connection.execute(select(table).where(table.c.id == source))).one()
                await connection.execute(insert(table).values(**row._asdict() | changes))
    assert not (await contesting.preview(house.store, amir, practice, objective, why=WHY)).few


async def test_a_reason_is_needed_and_a_debrief(house: House) -> None:
    amir = house.things.company.amir
    objective = await objective_of(house)
    for why in ("", "  ", "x" * 601):
        with pytest.raises(InvalidInput):
            await contesting.preview(house.store, amir, house.things.finished, objective, why=why)
    with pytest.raises(NotFound):
        await contesting.preview(house.store, amir, house.things.finished, "no_such_objective", why=WHY)
    with pytest.raises(NotFound):
        await contesting.preview(house.store, amir, house.things.finished, objective, quote=99, why=WHY)
    with pytest.raises(Conflict, match="no debrief"):
        await contesting.preview(house.store, amir, house.things.practice, objective, why=WHY)
