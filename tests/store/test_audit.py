from __future__ import annotations

import asyncio

from sqlalchemy import text

from approvals.audit import first_break
from store.unit_of_work import Store
from tests.company import Company


async def _broken_at(store: Store) -> int | None:
    async with store.read() as work:
        rows = await work.approvals.audit_rows()
    return first_break((row.model_dump(exclude={"hash"}), row.hash) for row in rows)


async def test_racing_writers_make_one_chain(store: Store, company: Company) -> None:
    async def write(number: int) -> None:
        async with store.write() as work:
            await work.approvals.audit(actor=str(number), action="raced", subject="x", number=number)

    await asyncio.gather(*(write(number) for number in range(25)))
    async with store.read() as work:
        rows = await work.approvals.audit_rows()
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert len([row for row in rows if row.action == "raced"]) == 25
    assert await _broken_at(store) is None


async def test_an_edited_or_deleted_row_is_found(store: Store, company: Company) -> None:
    assert await _broken_at(store) is None
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE audit SET actor = 'somebody else' WHERE seq = 3"))
    assert await _broken_at(store) == 3
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM audit WHERE seq = 2"))
    assert await _broken_at(store) == 2


async def test_the_log_names_nobody(store: Store, company: Company) -> None:
    async with store.read() as work:
        rows = await work.approvals.audit_rows()
    log = " ".join(row.model_dump_json() for row in rows)
    for name in ("Maria", "maria", "Amir", "amir"):
        assert name not in log
