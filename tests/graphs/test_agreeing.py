"""The agreement desk: what it says, what it keeps to itself, and that its figures are those of the labels."""

from __future__ import annotations

from typing import Any

import pytest

from api.judge_words import agreement_told
from approvals.people import Actor, Role
from evidence.errors import NotAllowed
from graphs import agreeing
from graphs.agreeing import team_agreement
from graphs.labelling import Gathered
from store.unit_of_work import Store
from strategy.labels import Label, agreement
from tests.company import CRITERIA, Company

ASKS, PLAINNESS = (each.id for each in CRITERIA.criteria)
LEVELS = ("absent", "named", "practised")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here is about the database."""
    return sqlite_url


def labels(n: int, *, people: int = 2) -> list[Label]:
    """Labels on both criteria: on the first the judge is one level too high for every fifth text."""
    made = []
    for number in range(n):
        right = LEVELS[number % 3]
        judge = LEVELS[min(LEVELS.index(right) + (number % 5 == 0), 2)]
        made.append(Label(f"t{number}", ASKS, judge, right, number % people, blind=number % 2 == 0))
    return [*made, Label("t0", PLAINNESS, None, "absent", 0)]


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    def give(held: list[Label], tuned: list[Label] | None = None) -> None:
        async def found(*_: Any) -> Gathered:
            return Gathered(tuple(tuned or ()), tuple(held))

        monkeypatch.setattr(agreeing, "labels_of", found)

    return give


async def test_below_fifty_there_are_too_few_labels_and_no_figure(store: Store, company: Company, given: Any) -> None:
    given(labels(49))
    found = await team_agreement(store, company.sofia, company.programme_id)
    assert agreement_told(found) == "Too few labels: 49 of the 50 that it takes to say anything."
    assert not found.enough
    assert found.ac2.estimate is None
    assert found.exact.estimate is None
    assert not any(each.table or each.ac2.estimate is not None for each in found.by_criterion)


async def test_figures_are_those_of_the_held_out_labels_alone(store: Store, company: Company, given: Any) -> None:
    held = labels(60)
    given(held, [Label("u", ASKS, "absent", "practised", 0)] * 500)
    found = await team_agreement(store, company.sofia, company.programme_id)
    whole = agreement(held, CRITERIA)
    assert (found.n, found.left_out, found.texts, found.blind) == (60, 500, 60, 30)
    assert (found.ac2.estimate, found.ac2.low, found.ac2.high) == (whole.ac2.estimate, whole.ac2.low, whole.ac2.high)
    assert agreement_told(found) == "The judge gives the level that the team gave in 52 of 60 labels."
    asks, plainness = found.by_criterion
    assert asks.enough
    assert not plainness.enough
    assert plainness.n == 0
    assert [sum(row) for row in asks.table] == [16, 20, 24]
    # At least “named”: people put 40 there and the judge all of them; of the other 20 the judge put 4 there.
    assert (asks.true_positive.estimate, asks.true_positive.n) == (1.0, 40)
    assert (asks.false_positive.estimate, asks.false_positive.n) == (0.2, 20)
    assert plainness.true_positive.estimate is None


async def test_labels_of_one_person_show_no_figure(store: Store, company: Company, given: Any) -> None:
    given(labels(200, people=1))
    found = await team_agreement(store, company.sofia, company.programme_id)
    assert not found.enough
    assert not found.several
    assert found.ac2.estimate is None
    assert not any(each.enough for each in found.by_criterion)
    assert "one person" in agreement_told(found)


async def test_nobody_has_labelled_yet(store: Store, company: Company) -> None:
    found = await team_agreement(store, company.maria, company.programme_id)
    assert agreement_told(found).startswith("Nobody has labelled")
    with pytest.raises(NotAllowed):
        await team_agreement(store, company.amir, company.programme_id)
    guardian = Actor(person_id=company.amir.person_id, roles=frozenset({Role.GUARDIAN}))
    assert (await team_agreement(store, guardian, company.programme_id)).n == 0
