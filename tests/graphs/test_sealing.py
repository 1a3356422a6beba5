"""Signed heads over a real log: what they cover, and that nothing broken is ever signed for."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from approvals.audit import examine, unsigned
from graphs.sealing import BrokenLog, chain_of, head_of, seal_head
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.signing import signing_key

KEY = signing_key()


async def _wrong(store: Store, statement: str) -> None:
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text(statement))


async def test_a_head_is_signed_once_and_verifies_after_it_was_stored(store: Store, company: Company) -> None:
    head = head_of(await seal_head(store, KEY))
    assert head == head_of(await seal_head(store, KEY)), "nothing was written in between"
    async with store.read() as work:
        assert (head.seq, head.hash) == await work.approvals.audit_head()
        [stored] = await work.approvals.seals()
    assert unsigned(head_of(stored), KEY.trusted) is None
    assert unsigned(head_of(stored), signing_key(2).trusted) is not None


async def test_an_empty_log_has_a_head_too(store: Store) -> None:
    assert head_of(await seal_head(store, KEY)).seq == 0


async def test_processes_that_seal_at_once_agree(store: Store, company: Company) -> None:
    heads = await asyncio.gather(*(seal_head(store, KEY) for _ in range(4)))
    assert len({(head.seq, head.signature) for head in heads}) == 1


async def test_a_changed_key_is_written_into_the_log(store: Store, company: Company) -> None:
    first, second = await seal_head(store, KEY), await seal_head(store, signing_key(2))
    assert second.seq == first.seq + 1
    async with store.read() as work:
        [row] = await work.approvals.audit_rows(after=first.seq)
        rows, seals = await work.approvals.audit_rows(), [head_of(seal) for seal in await work.approvals.seals()]
    assert (row.action, row.subject) == ("signing key changed", f"key/{second.key_id}")
    assert row.detail == {"before": KEY.key_id}
    both = {**KEY.trusted, **signing_key(2).trusted}
    assert examine(chain_of(rows), seals=seals, keys=both) is None
    broken = examine(chain_of(rows), seals=seals, keys=signing_key(2).trusted)
    assert broken is not None
    assert "not among those you trust" in broken.detail
    assert "--public-key" in broken.todo


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE audit SET actor = 'somebody else' WHERE seq = 3", "was changed"),
        ("DELETE FROM audit WHERE seq = 3", "Row 3 is missing"),
        ("DELETE FROM audit WHERE seq > 3", "cut off"),
    ],
)
async def test_a_broken_log_is_not_signed(store: Store, company: Company, statement: str, says: str) -> None:
    await _wrong(store, statement)
    with pytest.raises(BrokenLog, match=says):
        await seal_head(store, KEY)
    async with store.read() as work:
        assert await work.approvals.seals() == []


async def test_a_log_cut_off_together_with_its_head_is_not_signed_again(store: Store, company: Company) -> None:
    await seal_head(store, KEY)
    async with store.read() as work:
        third = (await work.approvals.audit_rows())[2]
    await _wrong(store, "DELETE FROM audit WHERE seq > 3")
    await _wrong(store, f"UPDATE audit_head SET seq = 3, hash = '{third.hash}'")
    with pytest.raises(BrokenLog):
        await seal_head(store, KEY)


async def test_a_forged_seal_is_found(store: Store, company: Company) -> None:
    seal = await seal_head(store, KEY)
    async with store.read() as work:
        rows = chain_of(await work.approvals.audit_rows())
    forged = head_of(seal.model_copy(update={"signature": "0" * 128}))
    broken = examine(rows, seals=[forged], keys=KEY.trusted)
    assert broken is not None
    assert broken.row == seal.seq
    assert "does not carry the signature" in broken.detail


async def test_erasing_a_person_leaves_the_chain_whole(store: Store, company: Company) -> None:
    await seal_head(store, KEY)
    amir = company.amir.person_id
    for statement in (
        f"DELETE FROM person_roles WHERE person_id = '{amir}'",
        f"DELETE FROM people WHERE id = '{amir}'",
        "UPDATE people SET name = '', login = id",
    ):
        await _wrong(store, statement)
    async with store.read() as work:
        rows, kept = chain_of(await work.approvals.audit_rows()), await work.approvals.audit_head()
        seals = [head_of(seal) for seal in await work.approvals.seals()]
    assert examine(rows, exported=[kept], seals=seals, keys=KEY.trusted) is None
