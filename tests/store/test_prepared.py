"""Prepared statements do what SQLAlchemy does with the same ones, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, delete, insert, literal_column, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from evidence.errors import Conflict
from evidence.ids import new_id
from store import tables
from store.prepared import Prepared
from store.types import Sealed, UtcDateTime
from store.unit_of_work import Store
from tests.company import Company

ADD = insert(tables.data_keys)
FIND = select(tables.data_keys).where(tables.data_keys.c.person_id == bindparam("person"))
AMBER = timezone(timedelta(hours=2))


async def test_values_go_in_and_come_out_by_the_types_of_their_columns(store: Store, company: Company) -> None:
    moment = datetime(2026, 11, 22, 14, 30, 5, 678, tzinfo=AMBER)
    row = {"person_id": company.amir.person_id, "version": 7, "wrapped": Sealed(b"\0\xff"), "created_at": moment}
    async with store.database.transaction(writing=True) as connection:
        assert await Prepared(ADD).all(connection, row) == []
        mine = await Prepared(FIND.where(tables.data_keys.c.version == 7)).first(
            connection, {"person": company.amir.person_id}
        )
        theirs = (await connection.execute(FIND, {"person": company.amir.person_id})).all()
    assert mine._asdict() == row | {"created_at": moment.astimezone(UTC)}
    assert mine.created_at.tzinfo is UTC
    assert type(mine.wrapped) is Sealed
    assert mine in [tuple(each) for each in theirs]


async def test_what_the_types_refuse_is_refused(store: Store, company: Company) -> None:
    row = {"person_id": company.amir.person_id, "version": 7, "wrapped": b"open", "created_at": datetime.now(UTC)}
    async with store.database.transaction(writing=True) as connection:
        with pytest.raises(TypeError, match="sealed"):
            await Prepared(ADD).all(connection, row)
        with pytest.raises(TypeError, match="time zone"):
            await Prepared(ADD).all(connection, row | {"wrapped": Sealed(b""), "created_at": datetime(2026, 1, 1)})


async def test_it_belongs_to_the_transaction_of_its_connection(store: Store, company: Company) -> None:
    later = Prepared(
        update(tables.people).where(tables.people.c.id == bindparam("person")).values(name=bindparam("named"))
    )
    with pytest.raises(RuntimeError, match="power cut"):
        async with store.database.transaction(writing=True) as connection:
            await later.all(connection, {"person": company.amir.person_id, "named": "Somebody else"})
            raise RuntimeError("power cut")
    async with store.database.transaction(writing=False) as connection:
        name = Prepared(select(tables.people.c.name).where(tables.people.c.id == bindparam("person")))
        assert (await name.first(connection, {"person": company.amir.person_id})).name != "Somebody else"
        assert await name.first(connection, {"person": new_id()}) is None


async def test_its_rows_can_be_those_that_it_changed(store: Store, company: Company) -> None:
    gone = Prepared(
        delete(tables.person_roles)
        .where(tables.person_roles.c.person_id == bindparam("person"))
        .returning(tables.person_roles.c.role)
    )
    async with store.database.transaction(writing=True) as connection:
        assert [each.role for each in await gone.all(connection, {"person": company.amir.person_id})] == ["learner"]


async def test_its_errors_are_those_of_every_other_statement_and_quote_no_value(store: Store, company: Company) -> None:
    row = {"person_id": company.amir.person_id, "version": 7, "created_at": datetime.now(UTC)}
    with pytest.raises(Conflict) as conflict:
        async with store.database.transaction(writing=True) as connection:
            await Prepared(ADD).all(connection, row | {"wrapped": Sealed(b"secret words")})
            await Prepared(ADD).all(connection, row | {"wrapped": Sealed(b"secret words")})
    assert isinstance(conflict.value.__cause__, IntegrityError)
    assert "secret" not in str(conflict.value.__cause__)
    async with store.database.transaction(writing=False) as connection:
        with pytest.raises((OperationalError, ProgrammingError), match="no_such"):
            await Prepared(select(literal_column("no_such_thing", UtcDateTime).label("x"))).all(connection, {})
