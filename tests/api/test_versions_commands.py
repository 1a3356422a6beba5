"""``conductor strategy``: versions compared and the coverage map in the terminal."""

from __future__ import annotations

import pytest

from api.commands import command
from graphs.proposing import propose
from store.records import StrategyVersion
from tests.api.at_terminal import Office
from tests.company import CHARTER, CRITERIA
from tests.desk import Desk


def proposed(here: Office) -> tuple[StrategyVersion, StrategyVersion]:
    """Criteria and a charter, each with a change."""
    asks = CRITERIA.criteria[0].model_copy(update={"question": "Does the scenario practise asking well?"})
    plainness = CRITERIA.criteria[1].model_copy(update={"weight": 2.5})
    criteria = CRITERIA.model_copy(update={"criteria": (asks, plainness)})
    charter = CHARTER.model_copy(update={"clauses": CHARTER.clauses[::-1]})
    company = here.company

    async def store_both(desk: Desk) -> tuple[StrategyVersion, StrategyVersion]:
        one = await propose(desk.store, company.sofia, company.programme_id, criteria, reason="Asking is a craft")
        return one, await propose(desk.store, company.sofia, company.programme_id, charter, reason="Order matters")

    return here.do(store_both)


def test_two_versions_are_set_side_by_side(here: Office) -> None:
    criteria, charter = proposed(here)
    told = here.told("strategy", "compare", "--login", "maria")
    assert "Criteria version 2: Asking is a craft Compared with version 1, the version in force." in told
    assert "The judge is asked one criterion anew: asks." in told
    assert "[-before solving-] {+well+}" in told
    assert "plainness arithmetic only" in told
    assert "weight: [-1-] {+2.5+}" in told
    assert here.data("strategy", "compare", "1", "--with", "2", "--login", "sofia")["comparison"]["why"] == "chosen"
    by_id = here.told("strategy", "compare", charter.id[-8:], "--login", "sofia")
    assert "Charter version 2: Order matters" in by_id
    assert "Clauses: 1 moved." in by_id
    assert here.told("strategy", "compare", "2", "--kind", "charter", "--login", "sofia") == by_id
    assert "There is no charter version '9'." in here.told(
        "strategy", "compare", "9", "--kind", "charter", "--login", "sofia", code=command.REFUSED
    )
    same = here.told("strategy", "compare", "2", "--with", "2", "--login", "sofia", code=command.REFUSED)
    assert "one and the same version" in same
    assert criteria.number == 2


def test_the_map_is_a_table_with_the_gaps_in_front(here: Office) -> None:
    assert "No scenario is signed yet" in here.told("strategy", "coverage", "--login", "sofia")
    here.signed()
    told = here.told("strategy", "coverage", "--login", "sofia")
    assert "One clause is practised in no signed scenario." in told
    assert told.index("plain We say hard things") < told.index("ask-first We ask what is behind")
    assert "practised nowhere" in told
    assert "in one scenario" in told
    found = here.data("strategy", "coverage", "--login", "boss")
    assert found["coverage"]["unpractised"] == ["plain"]


@pytest.mark.parametrize("what", ["compare", "coverage"])
def test_a_learner_is_told_who_may(here: Office, what: str) -> None:
    assert "can read the strategy" in here.told("strategy", what, "--login", "amir", code=command.REFUSED)
