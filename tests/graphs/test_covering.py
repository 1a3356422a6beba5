from __future__ import annotations

import pytest

from evidence.errors import Conflict, NotAllowed, NotFound
from graphs.covering import coverage_map
from graphs.proposing import propose
from graphs.revoking import revoke
from store.records import StrategyVersion
from store.unit_of_work import Store
from strategy.charter import Charter
from tests.company import CHARTER, Company
from tests.desk import Desk

MORE = CHARTER.model_copy(
    update={"clauses": (*CHARTER.clauses, CHARTER.clauses[1].model_copy(update={"id": "lonely", "text": "We wave."}))}
)


async def stored(store: Store, company: Company, charter: Charter) -> StrategyVersion:
    return await propose(store, company.sofia, company.programme_id, charter, reason="a test")


async def test_the_gaps_come_first_and_only_live_sign_offs_count(store: Store, company: Company) -> None:
    desk = Desk(store, company)
    await desk.decide(company.ravi, await desk.proposed(MORE))
    before = await coverage_map(store, company.maria, company.programme_id)
    assert (before.charter, before.criteria, before.signed) == (2, 1, 0)
    assert before.unpractised == ("ask-first", "plain", "lonely")
    checkpoint = await desk.ordered(company.maria)
    assert (await coverage_map(store, company.maria, company.programme_id)).signed == 0
    await desk.decide(company.jonas, checkpoint)
    found = await coverage_map(store, company.sofia, company.programme_id)
    assert [(each.id, each.criteria, each.practised) for each in found.clauses] == [
        ("lonely", (), 0),
        ("plain", ("plainness",), 0),  # the scenario names it, but no objective practises it
        ("ask-first", ("asks",), 1),
    ]
    assert (found.unasked, found.unpractised, found.gone) == (("lonely",), ("plain", "lonely"), ())
    [practised] = found.clauses[2].scenarios
    assert (practised.title, practised.checkpoint_id) == ("Two deadlines", checkpoint.id)
    async with store.read() as work:
        [signed] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
    await revoke(store, company.jonas, signed.id, reason="It became public.")
    assert (await coverage_map(store, company.sofia, company.programme_id)).unpractised == before.unpractised


async def test_who_may_not_read_the_strategy_sees_no_map(store: Store, company: Company) -> None:
    with pytest.raises(NotAllowed):
        await coverage_map(store, company.amir, company.programme_id)
    with pytest.raises(NotFound):
        await coverage_map(store, company.sofia, "nowhere")
    async with store.write() as work:
        empty = await work.strategy.add_programme("Others", round_budget=1)
    with pytest.raises(Conflict, match="No charter is in force yet"):
        await coverage_map(store, company.sofia, empty)
