from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from sqlalchemy import text

from evidence.errors import Conflict, NotAllowed, NotFound, Unavailable
from evidence.ids import new_id
from store import tables
from store.purpose import Purpose
from store.types import Sealed
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import SCENARIO, Company

SECRET = "My manager shouted at me last Tuesday"
OWN: dict[str, Any] = {"purpose": Purpose.OWN_PRACTICE}


async def begun(store: Store, company: Company) -> str:
    async with store.write() as work:
        run_id = await work.design.add_run(company.programme_id, "design", "published", by=company.maria.person_id)
        run = await work.design.run(run_id)
        version = await work.design.add_version(
            run, SCENARIO.content(), title=SCENARIO.title, notes="", unmet=[], provenance={}
        )
        return await work.practices.start(
            programme_id=company.programme_id,
            version_id=version.id,
            digest=version.digest,
            learner_id=company.amir.person_id,
            choices={},
        )


async def say(store: Store, practice_id: str, reader: str, *, number: int = 1, attempt: int = 1) -> None:
    async with store.write() as work:
        await work.practices.add_turn(
            practice_id,
            number=number,
            attempt=attempt,
            status="complete",
            learner_text=SECRET,
            reply="I see.",
            observed={"observations": []},
            state={"turn": number},
            provenance={},
            reader=reader,
            **OWN,
        )


async def test_what_a_learner_says_comes_back_to_the_learner(store: Store, company: Company) -> None:
    practice_id = await begun(store, company)
    await say(store, practice_id, company.amir.person_id)
    async with store.read() as work:
        [turn] = await work.practices.turns(practice_id, reader=company.amir.person_id, **OWN)
    assert (turn.learner_text, turn.reply, turn.state) == (SECRET, "I see.", {"turn": 1})


@pytest.mark.parametrize("who", ["lena", "maria", "sofia", "boss"])
async def test_nobody_else_can_read_a_practice(store: Store, company: Company, who: str) -> None:
    practice_id = await begun(store, company)
    await say(store, practice_id, company.amir.person_id)
    reader = getattr(company, who).person_id
    async with store.read() as work:
        with pytest.raises(NotFound):
            await work.practices.turns(practice_id, reader=reader, **OWN)
        with pytest.raises(NotFound):
            await work.practices.get(practice_id, reader=reader, **OWN)
        with pytest.raises(NotAllowed):
            await work.practices.mine(company.amir.person_id, reader=reader, **OWN)


@pytest.mark.parametrize("purpose", sorted(set(Purpose) - {Purpose.OWN_PRACTICE, Purpose.PLAY_SCENE}))
async def test_no_other_purpose_opens_a_practice(store: Store, company: Company, purpose: Purpose) -> None:
    practice_id = await begun(store, company)
    async with store.read() as work:
        with pytest.raises(NotAllowed):
            await work.practices.get(practice_id, reader=company.amir.person_id, purpose=purpose)


def test_performance_evaluation_is_not_a_purpose() -> None:
    assert not [purpose for purpose in Purpose if "performance" in purpose.value or "evaluation" in purpose.value]


async def test_no_word_of_a_learner_is_stored_in_clear(store: Store, company: Company) -> None:
    practice_id = await begun(store, company)
    await say(store, practice_id, company.amir.person_id)
    async with store.write() as work:
        await work.practices.keep_text(practice_id, "reflection", SECRET, reader=company.amir.person_id, **OWN)
        await work.practices.add_pieces(
            practice_id, turn=1, attempt=1, first=0, pieces=[SECRET], reader=company.amir.person_id, **OWN
        )
    async with store.database.transaction(writing=False) as connection:
        for table in tables.metadata.sorted_tables:
            for row in await connection.execute(table.select()):
                assert SECRET.encode() not in b"|".join(
                    value if isinstance(value, bytes) else str(value).encode() for value in row
                ), table.name
    if store.database.is_sqlite:
        path = str(store.database.url.database)
        sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with open(path, "rb") as file:
            assert SECRET.encode() not in file.read()


async def test_a_sealed_text_opens_nowhere_else(store: Store, company: Company) -> None:
    practice_id = await begun(store, company)
    await say(store, practice_id, company.amir.person_id)
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE turns SET reply = learner_text"))
    async with store.read() as work:
        with pytest.raises(Unavailable, match="altered or moved"):
            await work.practices.turns(practice_id, reader=company.amir.person_id, **OWN)


async def test_an_encrypted_column_refuses_plain_text(store: Store, company: Company) -> None:
    from sqlalchemy.exc import StatementError

    practice_id = await begun(store, company)
    with pytest.raises(StatementError, match="sealed"):
        async with store.database.transaction(writing=True) as connection:
            values: dict[str, Any] = {"reflection": SECRET}
            table = tables.practices
            await connection.execute(table.update().where(table.c.id == practice_id).values(**values))


async def test_a_turn_is_complete_once(store: Store, company: Company) -> None:
    practice_id = await begun(store, company)
    await say(store, practice_id, company.amir.person_id)
    with pytest.raises(Conflict, match="already been taken"):
        await say(store, practice_id, company.amir.person_id, attempt=2)


async def test_pieces_come_back_in_order(store: Store, company: Company) -> None:
    practice_id = await begun(store, company)
    reader = company.amir.person_id
    for first, pieces in ((0, ["a", "b"]), (2, ["c"]), (3, ["d", "e"])):
        async with store.write() as work:
            await work.practices.add_pieces(
                practice_id, turn=1, attempt=1, first=first, pieces=pieces, reader=reader, **OWN
            )
    async with store.read() as work:
        assert await work.practices.pieces(practice_id, turn=1, attempt=1, reader=reader, **OWN) == list("abcde")


def test_a_data_key_opens_only_under_its_master_key() -> None:
    person = new_id()
    wrapped = Vault(b"a" * 32).new_data_key(person)
    assert len(Vault(b"a" * 32).unwrap(wrapped, person)) == 32
    with pytest.raises(Unavailable, match="key is not the one"):
        Vault(b"b" * 32).unwrap(wrapped, person)
    with pytest.raises(Unavailable):
        Vault(b"a" * 32).unwrap(wrapped, new_id())


def test_sealing_is_bound_to_its_place() -> None:
    vault, key = Vault(b"a" * 32), b"d" * 32
    place: dict[str, Any] = {"table": "turns", "column": "reply", "row": "1", "person_id": "p"}
    sealed = vault.seal(key, "héllo", **place)
    assert isinstance(sealed, Sealed)
    assert vault.open(key, sealed, **place) == "héllo"
    for name in place:
        with pytest.raises(Unavailable):
            vault.open(key, sealed, **(place | {name: "other"}))
