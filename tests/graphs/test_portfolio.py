"""The portfolio of signed scenarios: near pairs, effective number, and what was measured of each."""

from __future__ import annotations

import pytest

from agents.author import Draft, DraftOrder
from evidence.errors import NotAllowed, NotFound
from graphs.portfolio import portfolio
from store.unit_of_work import Store
from tests.company import BRIEF, OFFLINE, SCENARIO, Company, ScriptedAuthor, ensemble
from tests.desk import Desk

OTHER = SCENARIO.model_copy(
    update={
        "title": "Fourteen pallets",
        "setting": "Gate seven at noon. A carrier has waited three hours and shouts about his tachograph.",
        "learner_role": "You run the dock.",
        "learner_goal": "Name the delay before he does, and say which gate opens when.",
        "opening_line": "Three hours! Who pays my driver?",
        "exemplars": ("We kept you waiting for three hours; gate four opens at one.",),
        "safety_notes": ("Nobody has to shout back.",),
    }
)


class Several(ScriptedAuthor):
    """Writes the same scenario twice, then another one."""

    async def draft(self, order: DraftOrder) -> Draft:
        made = await super().draft(order)
        again = SCENARIO.model_copy(update={"title": "Two deadlines, again"})
        return Draft(scenario=[SCENARIO, again, OTHER][len(self.orders) - 1], provenance=made.provenance or OFFLINE)


async def test_nothing_signed_is_an_empty_portfolio(store: Store, company: Company) -> None:
    found = await portfolio(store, company.sofia, company.programme_id)
    assert (found.scenarios, found.vendi, found.nearest) == ((), None, ())
    with pytest.raises(NotAllowed):
        await portfolio(store, company.amir, company.programme_id)
    with pytest.raises(NotFound):
        await portfolio(store, company.sofia, "another")


async def test_copies_count_once_and_lie_together(store: Store, company: Company) -> None:
    desk = Desk(store, company, ensemble(author=Several()))
    for _ in range(3):
        checkpoint = await desk.ordered(company.maria, BRIEF)
        await desk.decide(company.jonas, checkpoint)
    found = await portfolio(store, company.maria, company.programme_id)
    assert [each.title for each in found.scenarios] == ["Fourteen pallets", "Two deadlines, again", "Two deadlines"]
    assert {found.nearest[0].first, found.nearest[0].second} == {"Two deadlines", "Two deadlines, again"}
    assert found.nearest[0].alike > 0.95
    assert found.same == 1
    assert found.nearest[1].alike < found.nearest[0].alike
    assert found.vendi is not None
    assert 1 < found.vendi < 3
    other, again, first = found.scenarios
    assert abs(again.x - first.x) < 0.1 < abs(other.x - first.x)
    assert all(-1 <= each.x <= 1 and -1 <= each.y <= 1 for each in found.scenarios)
    assert other.nearest is not None
    assert other.study_id is None
