"""Notices for many at once, and who they are for: the same rows as one by one, in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select

from graphs.messages.wishes import Wishes, choose
from store import tables
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.transfer.cohort import people


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """What is sent to the database meanwhile; many rows of one statement count once."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        sent.append(statement)

    engine = store.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_everybody_and_their_roles_come_in_one_query(store: Store, company: Company) -> None:
    await people(store, 30)
    async with store.read() as work:
        with statements(store) as sent:
            found = await work.people.all(purpose=Purpose.ADMINISTRATION)
        assert len(sent) == 1
        assert found == [await work.people.get(each.id, purpose=Purpose.ADMINISTRATION) for each in found]
    assert [each.login for each in found] == sorted(each.login for each in found)
    assert len(found) > 30


async def test_who_has_no_role_is_still_somebody(store: Store, company: Company) -> None:
    async with store.write() as work:
        await work.people.set_roles(company.lena.person_id, frozenset())
        found = {each.id: each for each in await work.people.all(purpose=Purpose.ADMINISTRATION)}
    assert found[company.lena.person_id].roles == frozenset()


async def test_many_are_told_as_quickly_as_one_and_by_e_mail_where_they_wish(store: Store, company: Company) -> None:
    crowd = [each.person_id for each in await people(store, 30)]
    await choose(store, company.amir, Wishes(by_mail="all"))
    async with store.write() as work:
        mine = await work.messages.settings(company.amir.person_id, purpose=Purpose.MESSAGES)
        assert mine is not None
        await work.messages.keep_settings(mine.model_copy(update={"email": "a@b.example", "verified_at": work.now}))
        with statements(store) as sent:
            await work.desk.notify_all([*crowd, company.amir.person_id], "assigned", "assignment/1")
        assert len(sent) == 2
        await work.desk.notify_all([], "assigned", "assignment/2")
        told = [await work.desk.notices(each) for each in crowd]
        assert [(e.kind, e.subject) for [e] in told] == [("assigned", "assignment/1")] * 30
        [notice] = await work.desk.notices(company.amir.person_id)
    async with store.database.transaction(writing=False) as connection:
        queued = list((await connection.execute(select(tables.messages.c.notice_id))).scalars())
    assert queued == [notice.id]


async def test_what_is_settled_is_read_for_everybody_and_nothing_else_is(store: Store, company: Company) -> None:
    both = [company.amir.person_id, company.lena.person_id]
    async with store.write() as work:
        await work.desk.notify_all(both, "promotion waits", "checkpoint/1")
        await work.desk.notify_all(both, "promotion waits", "checkpoint/2")
        await work.desk.read_by_all("checkpoint/1")
        for person in both:
            assert [each.subject for each in await work.desk.notices(person, unread=True)] == ["checkpoint/2"]
