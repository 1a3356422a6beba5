from __future__ import annotations

import asyncio
from typing import Any

import pytest

from approvals.checkpoint import Comment, DecisionKind
from approvals.people import Actor
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.deciding import decide
from graphs.proposing import accept, propose
from graphs.reviewing import review, waiting
from store.unit_of_work import Store
from strategy.charter import Charter, Source
from strategy.criteria import CriteriaSet
from tests.company import CHARTER, CRITERIA, Company, ensemble
from tests.graphs.conftest import Playing, Settled


def sharper() -> CriteriaSet:
    return CRITERIA.model_copy(update={"pass_threshold": 0.9})


async def in_force(store: Store, company: Company, kind: str) -> str:
    async with store.read() as work:
        return (await work.strategy.in_force(company.programme_id, kind)).id


async def proposed(store: Store, actor: Actor, company: Company, document: Any) -> str:
    return (await propose(store, actor, company.programme_id, document, reason="a test")).id


async def test_the_first_strategy_is_labelled_genesis(store: Store, company: Company) -> None:
    async with store.read() as work:
        for kind in ("charter", "criteria"):
            active = await work.strategy.active(company.programme_id, kind)
            assert active is not None
            assert active.genesis is True


async def test_a_second_strategist_puts_a_later_version_in_force(
    store: Store, company: Company, playing: Playing, settled: Settled
) -> None:
    async with playing(ensemble()):
        version_id = await proposed(store, company.sofia, company, sharper())
        run_id = await accept(store, company.sofia, version_id)
        assert run_id is not None
        assert (await settled(run_id)).stage == "awaiting"
        assert await waiting(store, company.maria) == []
        [checkpoint] = await waiting(store, company.ravi)
        seen = await review(store, company.ravi, checkpoint.id)
        assert seen.previous_number == 1
        [change] = seen.differences
        assert (change.field, change.before, change.after) == ("pass_threshold", "0.6", "0.9")
        assert await in_force(store, company, "criteria") != version_id
        with pytest.raises(Conflict, match="already waits"):
            await accept(store, company.ravi, version_id)
        with pytest.raises(NotAllowed, match="wrote text"):
            await decide(store, company.sofia, checkpoint.id, DecisionKind.APPROVE, seen=seen.review_digest, players={})
        await decide(store, company.ravi, checkpoint.id, DecisionKind.APPROVE, seen=seen.review_digest, players={})
        async with asyncio.timeout(60):
            while await in_force(store, company, "criteria") != version_id:
                await asyncio.sleep(0.05)
    async with store.read() as work:
        active = await work.strategy.active(company.programme_id, "criteria")
    assert active is not None
    assert (active.genesis, active.activated_by) == (False, company.ravi.person_id)


@pytest.mark.parametrize("kind", [DecisionKind.REJECT, DecisionKind.REQUEST_CHANGES])
async def test_what_is_not_approved_never_comes_into_force(
    store: Store, company: Company, playing: Playing, settled: Settled, kind: DecisionKind
) -> None:
    before = await in_force(store, company, "criteria")
    async with playing(ensemble()):
        run_id = await accept(store, company.sofia, await proposed(store, company.sofia, company, sharper()))
        assert run_id is not None
        await settled(run_id)
        [checkpoint] = await waiting(store, company.ravi)
        await decide(
            store,
            company.ravi,
            checkpoint.id,
            kind,
            seen=checkpoint.review_digest,
            comments=[Comment(text="Too strict.")],
            players={},
        )
        assert (await settled(run_id)).stage == "rejected"
    assert await in_force(store, company, "criteria") == before


async def test_only_strategists_propose_and_accept(store: Store, company: Company) -> None:
    with pytest.raises(NotAllowed):
        await proposed(store, company.maria, company, sharper())
    version_id = await proposed(store, company.sofia, company, sharper())
    with pytest.raises(NotAllowed):
        await accept(store, company.maria, version_id)
    with pytest.raises(NotAllowed, match="token"):
        await accept(store, company.ravi.model_copy(update={"by_token": True}), version_id)


async def test_a_charter_that_drops_a_cited_clause_is_refused(store: Store, company: Company) -> None:
    shorter = CHARTER.model_copy(update={"clauses": CHARTER.clauses[:1]})
    version_id = await proposed(store, company.sofia, company, shorter)
    with pytest.raises(Conflict, match="'plainness' cites 'plain'"):
        await accept(store, company.sofia, version_id)


async def test_a_source_must_stand_where_it_says(store: Store, company: Company) -> None:
    page = "We say hard things plainly and kindly."
    clause = CHARTER.clauses[1].model_copy(
        update={"source": Source(document="values.md", start=0, end=len(page), quote=page)}
    )
    charter = Charter(title="x", company="y", clauses=(CHARTER.clauses[0], clause))
    with pytest.raises(InvalidInput, match="not sent along"):
        await proposed(store, company.sofia, company, charter)
    with pytest.raises(InvalidInput, match="do not stand"):
        await propose(
            store, company.sofia, company.programme_id, charter, reason="x", pages={"values.md": f"Oh. {page}"}
        )
    version = await propose(store, company.sofia, company.programme_id, charter, reason="x", pages={"values.md": page})
    async with store.read() as work:
        assert await work.strategy.documents(version.id) == {"values.md": page}
    edited = charter.model_copy(update={"title": "z"})
    later = await propose(store, company.sofia, company.programme_id, edited, reason="edited", parent_id=version.id)
    async with store.read() as work:
        assert await work.strategy.documents(later.id) == {"values.md": page}
