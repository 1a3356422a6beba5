from __future__ import annotations

import pytest

from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound
from graphs.comparing import compare
from graphs.proposing import propose
from store.records import StrategyVersion
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from tests.company import CHARTER, CRITERIA, Company
from tests.desk import Desk


async def first(store: Store, company: Company, kind: str) -> StrategyVersion:
    async with store.read() as work:
        return await work.strategy.in_force(company.programme_id, kind)


async def proposed(
    store: Store, company: Company, document: Charter | CriteriaSet, parent_id: str | None = None
) -> StrategyVersion:
    return await propose(
        store, company.sofia, company.programme_id, document, reason="We know better now", parent_id=parent_id
    )


def heavier(weight: float) -> CriteriaSet:
    asks = CRITERIA.criteria[0].model_copy(update={"weight": weight})
    return CRITERIA.model_copy(update={"criteria": (asks, CRITERIA.criteria[1])})


async def test_figures_are_arithmetic_and_words_are_asked_anew(store: Store, company: Company) -> None:
    asks, plainness = CRITERIA.criteria
    both = (
        asks.model_copy(update={"weight": 2.0, "min_level": None}),
        plainness.model_copy(update={"question": "Does it practise saying very hard things plainly?", "weight": 3.0}),
    )
    made = await proposed(store, company, CRITERIA.model_copy(update={"criteria": both, "pass_threshold": 0.8}))
    found = await compare(store, company.maria, made.id)
    assert (found.why, found.before.number, found.after.number) == ("in force", 1, 2)
    assert (found.before.in_force, found.after.in_force, found.after.author) == (True, False, "Sofia")
    figures, words = found.changed
    assert (figures.id, figures.judged, figures.differences) == ("asks", False, ())
    assert {each.field: (each.before, each.after) for each in figures.arithmetic} == {
        "weight": ("1", "2"),
        "min_level": ("named", ""),
    }
    assert words.judged
    assert ("insert", "very ") in words.differences[0].words
    assert [each.field for each in words.arithmetic] == ["weight"]
    assert [(each.field, each.before, each.after) for each in found.whole] == [("pass_threshold", "0.6", "0.8")]
    assert [each.id for each in found.judged_anew] == ["plainness"]
    assert found.arithmetic == ("asks",)


async def test_without_a_name_it_is_the_parent_then_what_is_in_force_then_the_one_before(
    store: Store, company: Company
) -> None:
    genesis = await first(store, company, "criteria")
    with pytest.raises(Conflict, match="no other criteria set to compare version 1 with"):
        await compare(store, company.sofia, genesis.id)
    second = await proposed(store, company, heavier(2))
    third = await proposed(store, company, heavier(3), parent_id=second.id)
    assert (await compare(store, company.sofia, third.id)).why == "parent"
    assert (await compare(store, company.sofia, third.id)).before.id == second.id
    assert (await compare(store, company.sofia, second.id)).before.id == genesis.id
    chosen = await compare(store, company.sofia, second.id, third.id)
    assert (chosen.why, chosen.before.number, chosen.after.number) == ("chosen", 3, 2)
    desk = Desk(store, company)
    await desk.decide(company.ravi, await desk.proposed(heavier(4)))
    fourth = await first(store, company, "criteria")
    assert (await compare(store, company.sofia, fourth.id)).why == "earlier"
    assert (await compare(store, company.sofia, fourth.id)).before.id == third.id


async def test_a_changed_clause_says_which_criteria_in_force_cite_it(store: Store, company: Company) -> None:
    reworded = CHARTER.clauses[0].model_copy(update={"text": "We ask what is behind a problem, always."})
    new = CHARTER.clauses[1].model_copy(update={"id": "kind", "text": "We are kind."})
    clauses = (new, CHARTER.clauses[1], reworded)
    made = await proposed(store, company, CHARTER.model_copy(update={"clauses": clauses}))
    found = await compare(store, company.sofia, made.id)
    assert [(each.id, each.text) for each in found.added] == [("kind", "We are kind.")]
    assert [each.id for each in found.moved] == ["plain"]
    assert [(each.id, each.judged, each.arithmetic) for each in found.changed] == [("ask-first", True, ())]
    assert [(each.id, each.text) for each in found.judged_anew] == [("asks", CRITERIA.criteria[0].question)]
    back = await compare(store, company.sofia, (await first(store, company, "charter")).id, made.id)
    assert [(each.id, each.text) for each in back.removed] == [("kind", "We are kind.")]


async def test_what_cannot_be_compared_says_why(store: Store, company: Company) -> None:
    criteria, charter = await first(store, company, "criteria"), await first(store, company, "charter")
    with pytest.raises(InvalidInput, match="One is a criteria set and the other a charter"):
        await compare(store, company.sofia, criteria.id, charter.id)
    with pytest.raises(InvalidInput, match="one and the same"):
        await compare(store, company.sofia, criteria.id, criteria.id)
    with pytest.raises(NotFound):
        await compare(store, company.sofia, criteria.id, "0" * 36)
    with pytest.raises(NotAllowed):
        await compare(store, company.amir, criteria.id)
    async with store.write() as work:
        other = await work.strategy.add_programme("Others", round_budget=1)
    foreign = await propose(store, company.sofia, other, CRITERIA, reason="Theirs")
    with pytest.raises(InvalidInput, match="another programme"):
        await compare(store, company.sofia, criteria.id, foreign.id)
