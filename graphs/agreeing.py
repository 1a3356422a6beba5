"""How far the judge agrees with the people of a programme, as a team, on labels that nothing was tuned on."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from approvals.roles import STRATEGY_READERS, require
from graphs.labelling import ENOUGH_PEOPLE, Gathered, labels_of
from store.unit_of_work import Store
from strategy.criteria import CriteriaSet, Criterion

if TYPE_CHECKING:  # these bring numpy, which nothing else needs at the start
    from strategy.labels import Agreement, CriterionAgreement, Label
    from strategy.statistics.intervals import Interval

_KEPT = 8  # answers in memory; each costs a second or two of bootstrap


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Figure(_View):
    """A figure with its interval of 95 %; all three are null where the data cannot tell."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0

    @staticmethod
    def of(found: Interval) -> Figure:
        """From an interval."""
        return Figure(estimate=found.estimate, low=found.low, high=found.high, n=found.n)


class Judge(_View):
    """A judge whose levels were compared."""

    player: str
    model: str
    prompt_digest: str


class OnCriterion(_View):
    """How judge and people agree on one criterion.

    ``table`` counts judge (rows) by people (columns), ``levels`` from lowest to highest. The rates take the judge as a
    test of "at least ``min_level``"; without one there are none. Where there are too few labels, or they come from one
    person, only ``n`` and what is known of the criterion is told.
    """

    criterion_id: str
    question: str
    levels: tuple[str, ...]
    min_level: str | None
    n: int
    enough: bool
    table: tuple[tuple[int, ...], ...] = ()
    exact: Figure = Figure()
    true_positive: Figure = Figure()
    false_positive: Figure = Figure()
    abstained: Figure = Figure()
    ac1: float | None = None
    ac2: Figure = Figure()
    kappa: Figure = Figure()
    alpha: float | None = None


class TeamAgreement(_View):
    """How the judge agrees with the team on the criteria in force.

    Attributes:
        criteria: number of the version.
        texts: how many texts the labels for measuring are about.
        n: labels for measuring where both sides gave a level.
        left_out: labels that may be tuned on, and are not counted.
        needed: how many it takes.
        several: whether the labels come from more than one person: nobody's own figure is shown.
        enough: whether anything can be said.
        ac2: Gwet's AC2 over all criteria: the one figure.
        blind: how many of the labels were given before the judge's level was seen.
    """

    programme_id: str
    criteria: int
    texts: int
    n: int
    left_out: int
    needed: int
    several: bool
    enough: bool
    blind: int
    ac2: Figure = Figure()
    exact: Figure = Figure()
    abstained: Figure = Figure()
    judges: tuple[Judge, ...]
    by_criterion: tuple[OnCriterion, ...]


async def team_agreement(store: Store, actor: Actor, programme_id: str) -> TeamAgreement:
    """Compare the judge with the people of a programme.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such programme.
        Conflict: no criteria are in force.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        stored = await work.strategy.in_force(programme_id, "criteria")
        criteria = CriteriaSet.model_validate_json(stored.content)
        found = await labels_of(work, programme_id, criteria)
    told = await _agreement(found.held, criteria) if found.people >= ENOUGH_PEOPLE else None
    return _view(programme_id, stored.number, criteria, found, told)


_known: OrderedDict[tuple[Any, ...], Agreement] = OrderedDict()


async def _agreement(labels: tuple[Label, ...], criteria: CriteriaSet) -> Agreement:
    """From memory where the same labels were asked about before; otherwise in a thread, because it takes a while."""
    from strategy.labels import agreement

    key = (labels, criteria.model_dump_json())
    if key not in _known:
        _known[key] = await asyncio.to_thread(agreement, labels, criteria)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    _known.move_to_end(key)
    return _known[key]


def _view(
    programme_id: str, number: int, criteria: CriteriaSet, found: Gathered, told: Agreement | None
) -> TeamAgreement:
    from strategy.statistics.agreement import TOO_FEW
    from strategy.statistics.intervals import wilson

    n = sum(each.judge is not None for each in found.held)
    several = found.people >= ENOUGH_PEOPLE
    enough = told is not None and told.enough
    figures: dict[str, Any] = {}
    if told is not None and enough:
        figures = {
            "ac2": Figure.of(told.ac2),
            "exact": Figure.of(told.exact),
            "abstained": Figure.of(wilson(told.abstained, told.n + told.abstained)),
        }
    parts = {} if told is None else {each.criterion: each for each in told.by_criterion}
    return TeamAgreement(
        programme_id=programme_id,
        criteria=number,
        texts=len({each.scenario for each in found.held}),
        n=n,
        needed=TOO_FEW,
        left_out=len(found.tuned),
        several=several,
        enough=enough,
        blind=sum(each.blind for each in found.held if each.judge is not None),
        judges=tuple(Judge(**each.model_dump()) for each in found.judges),
        by_criterion=tuple(_on(each, parts.get(each.id), found) for each in criteria.criteria),
        **figures,
    )


def _on(criterion: Criterion, told: CriterionAgreement | None, found: Gathered) -> OnCriterion:
    from strategy.statistics.intervals import wilson

    mine = [each for each in found.held if each.criterion == criterion.id]
    levels = tuple(level.key for level in criterion.levels)
    known: dict[str, Any] = {
        "criterion_id": criterion.id,
        "question": criterion.question,
        "levels": levels,
        "min_level": criterion.min_level,
        "n": sum(each.judge is not None for each in mine),
    }
    if told is None or not told.enough or len({each.labeller for each in mine}) < ENOUGH_PEOPLE:
        return OnCriterion(**known, enough=False)
    table = told.table
    yes, no = _rates(table, None if criterion.min_level is None else levels.index(criterion.min_level))
    return OnCriterion(
        **known,
        enough=True,
        table=tuple(tuple(int(cell) for cell in row) for row in table),
        exact=Figure.of(told.exact),
        true_positive=yes,
        false_positive=no,
        abstained=Figure.of(wilson(told.abstained, told.n + told.abstained)),
        ac1=told.ac1,
        ac2=Figure.of(told.ac2),
        kappa=Figure.of(told.kappa),
        alpha=told.alpha,
    )


def _rates(table: Any, least: int | None) -> tuple[Figure, Figure]:
    """Of what people put at the least level or above, and of what they put below it: how much the judge puts there."""
    from strategy.statistics.intervals import wilson

    if least is None:
        return Figure(), Figure()
    both, people = int(table[least:, least:].sum()), int(table[:, least:].sum())
    judge_only, rest = int(table[least:, :least].sum()), int(table[:, :least].sum())
    return Figure.of(wilson(both, people)), Figure.of(wilson(judge_only, rest))
