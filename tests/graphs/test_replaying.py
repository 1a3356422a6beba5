"""The present follows from the log alone, and where it does not, it is said so."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from graphs.replaying import compare
from graphs.revoking import revoke
from graphs.sealing import BrokenLog
from store.unit_of_work import Store
from tests.company import Company
from tests.graphs.signing import signed_scenario, waiting_scenario


async def _do(store: Store, statement: str) -> None:
    async with store.database.transaction(writing=True) as connection:
        await connection.execute(text(statement))


async def test_the_log_tells_the_present(store: Store, company: Company) -> None:
    first, _ = await signed_scenario(store, company), await signed_scenario(store, company)
    await waiting_scenario(store, company)
    async with store.read() as work:
        [sign_off] = await work.approvals.sign_offs(checkpoint_id=first.id)
    await revoke(store, company.maria, sign_off.id, reason="Too harsh.")
    found = await compare(store)
    assert found.agrees, found
    assert {(what, log) for what, log, _ in found.counts} == {
        ("checkpoints: approved", 2),
        ("checkpoints: pending", 1),
        ("sign-offs that are live", 1),
        ("charters and criteria in force", 2),
    }
    assert all(log == stored for _, log, stored in found.counts)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE approval_checkpoints SET status = 'approved'", "pending by the log, approved in the database"),
        ("DELETE FROM activations WHERE kind = 'charter'", "nothing in the database"),
    ],
)
async def test_what_was_changed_past_the_log_is_named(
    store: Store, company: Company, statement: str, says: str
) -> None:
    await waiting_scenario(store, company)
    await _do(store, statement)
    found = await compare(store)
    assert not found.agrees
    assert any(says in difference for difference in found.differences)


async def test_a_broken_chain_is_not_replayed(store: Store, company: Company) -> None:
    await _do(store, "UPDATE audit SET actor = 'x' WHERE seq = 2")
    with pytest.raises(BrokenLog, match="prove nothing"):
        await compare(store)
