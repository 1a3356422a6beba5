"""What is published, once; and somebody who reads everything and knows everybody's answers but one."""

from __future__ import annotations

import asyncio
import shutil
from fractions import Fraction
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.errors import ConductorError, Conflict, NotAllowed
from graphs.transfer.consenting import agree, withdraw
from graphs.transfer.pilots import pilot
from graphs.transfer.publishing import outside_training, publish
from practice.drivers.cohorts import CohortReport, Row, shown
from practice.drivers.items import Moment
from practice.drivers.noise import MOST_ODDS, probability
from store.unit_of_work import Store
from tests.company import Company, found
from tests.conftest import open_store
from tests.graphs.transfer.cohort import FINE, LOW, MINIMUM, begun, join, later, people, say
from tests.practice.drivers.test_cohorts import outcomes

SMALL = 5


class Still(Random):
    """Chance that never strikes."""

    def randrange(self, *_arguments: Any) -> int:
        return 2


async def answered(store: Store, company: Company, *, low: int, fine: int) -> str:
    crowd = await people(store, low + fine)
    pilot_id = await begun(store, company)
    await join(store, crowd, pilot_id)
    for number, each in enumerate(crowd):
        await say(store, each, pilot_id, Moment.BEFORE, LOW if number < low else FINE)
    return pilot_id


async def test_a_moment_is_counted_once_and_kept(store: Store, company: Company) -> None:
    pilot_id = await answered(store, company, low=14, fine=14)
    with pytest.raises(Conflict, match="can still answer"):
        await publish(store, company.sofia, pilot_id, Moment.BEFORE, minimum=MINIMUM)
    later(store, 14.1)
    report = await publish(store, company.sofia, pilot_id, Moment.BEFORE, minimum=MINIMUM, source=Still())
    assert report.people == 30
    assert report.row("opportunity_low") == Row(measure="opportunity_low", holds=15, others=15)
    assert outside_training(report)
    with pytest.raises(Conflict, match="only once"):
        await publish(store, company.sofia, pilot_id, Moment.BEFORE, minimum=MINIMUM)
    kept = await pilot(store, company.sofia, pilot_id, minimum=MINIMUM)
    assert kept.reports == {Moment.BEFORE: report}
    with pytest.raises(Conflict, match="Nobody joins"):
        await agree(store, company.amir, pilot_id)


async def test_too_few_answers_are_published_as_too_few_and_never_tried_again(store: Store, company: Company) -> None:
    pilot_id = await answered(store, company, low=5, fine=4)
    later(store, 14.1)
    report = await publish(store, company.sofia, pilot_id, Moment.BEFORE, minimum=MINIMUM)
    assert report == CohortReport(moment=Moment.BEFORE, minimum=MINIMUM, withheld=True)
    assert not outside_training(report)
    with pytest.raises(Conflict):
        await publish(store, company.sofia, pilot_id, Moment.BEFORE, minimum=5)


@pytest.mark.parametrize("who", ["amir", "maria", "boss"])
async def test_only_a_strategist_publishes(store: Store, company: Company, who: str) -> None:
    pilot_id = await begun(store, company)
    with pytest.raises(NotAllowed):
        await publish(store, getattr(company, who), pilot_id, Moment.BEFORE, minimum=MINIMUM)


def test_a_hidden_count_advises_nothing() -> None:
    report = shown(Moment.BEFORE, 30, {"opportunity_low": 4}, 10)
    assert report.row("opportunity_low") == Row(measure="opportunity_low", holds=None, others=None)
    assert not outside_training(report)


class Attacker:
    """Knows every answer but the target's, and who is in every count; adds up what each report speaks for."""

    def __init__(self) -> None:
        self.odds = Fraction(1)
        self.counted = 0

    def read(self, report: CohortReport, known: list[bool], *, target: bool) -> None:
        """Take a report in: ``known`` are the others' answers in it, ``target`` whether the target is counted too."""
        if report.withheld or not target:
            return
        self.counted += 1
        fine, low = (_likelihood(report, len(known) + 1, sum(known) + mine) for mine in (0, 1))
        assert bool(fine) == bool(low), "something was published that only one answer allows"
        self.odds *= low / fine if fine else 1


def _likelihood(report: CohortReport, people: int, holds: int) -> Fraction:
    """How likely it is that exactly this is published; totals far from the true one are left out for both answers."""
    row = report.row("opportunity_low")
    return sum(
        (
            probability(total - people) * chance
            for total in range(people + 20)
            for (told, rows), chance in _outcomes(total, holds).items()
            if told == report.people and rows[0] == row
        ),
        Fraction(0),
    )


@cache
def _outcomes(total: int, holds: int) -> dict[Any, Fraction]:
    return outcomes(total, holds, SMALL)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("answer"), st.integers(0, 1), st.sets(st.integers(1, 11), max_size=11)),
        st.tuples(st.just("withdraw"), st.integers(0, 1), st.sets(st.integers(0, 11), min_size=1, max_size=2)),
        st.tuples(st.just("join"), st.integers(0, 1), st.sets(st.integers(0, 11), min_size=1, max_size=3)),
        st.tuples(st.just("publish"), st.integers(0, 1), st.just(frozenset[int]())),
        st.tuples(st.just("wait"), st.sampled_from([3, 15]), st.just(frozenset[int]())),
    ),
    min_size=3,
    max_size=8,
)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS, st.integers(0, 11), st.booleans())
def test_no_sequence_of_reports_tells_the_answer_of_one(
    tmp_path: Path, sqlite_template: Path, steps: list[tuple[str, int, Any]], overlap: int, low: bool
) -> None:
    """Two pilots over nearly the same people, joined, left, answered and published in any order.

    Person 0 is the target. What the rules must hold: per moment and period the target stands in one count at most, so
    that the odds move by one step of chance at most, however the cohorts are cut; and what is published, is once.
    """

    async def run() -> None:
        shutil.copy(sqlite_template, path := tmp_path / f"{Random().random()}.db")
        store = open_store(f"sqlite:///{path}")
        try:
            await _attacked(store, await found(store), steps, overlap, low)
        finally:
            await store.close()

    asyncio.run(run())


async def _attacked(store: Store, company: Company, steps: list[tuple[str, int, Any]], overlap: int, low: bool) -> None:
    crowd = await people(store, 12)
    pilots = [await begun(store, company), await begun(store, company, title="Nearly the same")]
    said: list[dict[int, bool]] = [{}, {}]  # by pilot: what is stored of whom
    inside: list[set[int]] = [set(), set()]
    attacker, published = Attacker(), set()

    async def enter(where: int, who: set[int]) -> None:
        for number in sorted(who):
            try:
                await agree(store, crowd[number], pilots[where])
            except ConductorError:
                continue
            inside[where].add(number)

    async def tell(where: int, who: set[int]) -> None:
        for number in sorted(who & inside[where]):
            holds = low if number == 0 else number % 2 == 0
            try:
                await say(store, crowd[number], pilots[where], Moment.BEFORE, LOW if holds else FINE)
            except ConductorError:
                continue
            said[where][number] = holds

    await enter(0, set(range(12)))
    await enter(1, set(range(12)) - {overlap})
    await tell(0, set(range(12)))
    for act, where, who in [*steps, ("wait", 15, set()), ("publish", 0, set()), ("publish", 1, set())]:
        if act == "wait":
            later(store, where)
        elif act == "join":
            await enter(where, set(who))
        elif act == "answer":
            await tell(where, set(who) | {0})
        elif act == "withdraw":
            for number in sorted(set(who) & inside[where]):
                await withdraw(store, crowd[number], pilots[where])
                inside[where].discard(number)
                said[where].pop(number, None)
        else:
            try:
                report = await publish(store, company.sofia, pilots[where], Moment.BEFORE, minimum=SMALL)
            except Conflict:
                continue
            assert where not in published, "it was published twice"
            published.add(where)
            others = [holds for number, holds in said[where].items() if number]
            attacker.read(report, others, target=0 in said[where])
    assert not (inside[0] & inside[1]), "somebody is in two cohorts of one period"
    assert attacker.counted <= 1
    assert 1 / MOST_ODDS <= attacker.odds <= MOST_ODDS
