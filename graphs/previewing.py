"""What other weights or another threshold would have meant for everything decided so far; no model is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import require
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet
from strategy.history import OUTCOMES, History, Scored, agreeing, count, score
from strategy.rescoring import adjusted, judged_otherwise, rescore
from strategy.verdict import Outcome, Verdict

REASONS = 200  # flips, newest first, whose reasons are worked out; nobody reads more at once
SWEEP = tuple(round(0.05 * step, 2) for step in range(1, 21))


class Flip(BaseModel):
    """A decided scenario whose outcome would be another.

    ``why`` says it in the words of the new verdict, for the newest ``REASONS`` flips.
    """

    model_config = ConfigDict(frozen=True)

    checkpoint_id: str
    title: str
    number: int
    decision: str
    before: str
    after: str
    score_before: float | None
    score_after: float | None
    why: str
    with_designers: bool | None


class SweepPoint(BaseModel):
    """What one pass threshold would mean: outcomes that are aligned, and that go with the designers' decisions."""

    model_config = ConfigDict(frozen=True)

    threshold: float
    aligned: int
    agreeing: int


class Preview(BaseModel):
    """What a change of weights and thresholds would mean for the decided history.

    ``unlike`` counts decisions whose criteria asked the judge something else: they are left out, because only a new
    judgement could tell. ``open_before`` and ``open_after`` count outcomes that a person would have to settle first.
    """

    model_config = ConfigDict(frozen=True)

    criteria: CriteriaSet
    tried: CriteriaSet
    decided: int
    unlike: int
    flips: tuple[Flip, ...]
    agreeing_before: int
    agreeing_after: int
    open_before: int
    open_after: int
    sweep: tuple[SweepPoint, ...]

    @property
    def changed(self) -> bool:
        """Whether anything is tried at all."""
        return self.criteria != self.tried


async def preview(
    store: Store,
    actor: Actor,
    programme_id: str,
    *,
    pass_threshold: float | None = None,
    weights: Mapping[str, float] | None = None,
) -> Preview:
    """Re-score the decided history under other computed fields of the criteria in force.

    Args:
        store: where everything is kept.
        actor: a strategist.
        programme_id: whose history.
        pass_threshold: in (0, 1]; None keeps the one in force.
        weights: by criterion id; those left out keep theirs.

    Raises:
        NotAllowed: the actor is no strategist.
        Conflict: no criteria are in force.
        InvalidInput: a value outside its range, or a threshold that can never be met.
    """
    require(actor, Role.STRATEGIST, to="try other weights and thresholds")
    async with store.read() as work:
        past = await _past(store, work, programme_id)
        now = past.criteria
        tried = adjusted(now, pass_threshold=pass_threshold, weights=weights)
        before, after = score(past.history, now), score(past.history, tried)
        flipped = np.flatnonzero(before.outcomes != after.outcomes)
        why = await _reasons(work, [past.rows[each] for each in flipped[:REASONS]], tried)
    agreeing_before, open_before = agreeing(before.outcomes, past.history.signed)
    agreeing_after, open_after = agreeing(after.outcomes, past.history.signed)
    return Preview(
        criteria=now,
        tried=tried,
        decided=len(past.rows),
        unlike=past.unlike,
        flips=tuple(_flip(past, int(each), before, after, why) for each in flipped),
        agreeing_before=agreeing_before,
        agreeing_after=agreeing_after,
        open_before=open_before,
        open_after=open_after,
        sweep=tuple(_at(threshold, after, past.history) for threshold in SWEEP),
    )


@dataclass(frozen=True)
class _Row:
    """What is said of a decided scenario in a list; its counts stand in the history."""

    checkpoint_id: str
    verdict_id: str
    title: str
    number: int
    status: str


@dataclass(frozen=True)
class _Past:
    """The decided history of a programme, counted."""

    mark: tuple[str, int, int]
    criteria: CriteriaSet
    rows: tuple[_Row, ...]
    unlike: int
    history: History


# Counting is most of the work, and only a decision or other criteria change the counts: a slider moves in between.
_counted: WeakKeyDictionary[Store, dict[str, _Past]] = WeakKeyDictionary()


async def _past(store: Store, work: UnitOfWork, programme_id: str) -> _Past:
    in_force = await work.strategy.in_force(programme_id, "criteria")
    mark = (in_force.id, *await work.approvals.decided_mark(programme_id))
    known = _counted.setdefault(store, {}).get(programme_id)
    if known is not None and known.mark == mark:
        return known
    found = await work.approvals.decided_scenarios(programme_id)
    then = await _criteria(work, {row.criteria_id for row in found} | {in_force.id})
    now = then[in_force.id]
    alike = {version_id for version_id, criteria in then.items() if not judged_otherwise(criteria, now)}
    kept = [row for row in found if row.criteria_id in alike]
    past = _Past(
        mark=mark,
        criteria=now,
        rows=tuple(_Row(row.checkpoint_id, row.verdict_id, row.title, row.number, row.status) for row in kept),
        unlike=len(found) - len(kept),
        history=count(
            ({"results": row.results, "settled": row.settled} for row in kept),
            [row.status == "approved" for row in kept],
            now,
        ),
    )
    _counted[store][programme_id] = past
    return past


async def _criteria(work: UnitOfWork, ids: set[str]) -> dict[str, CriteriaSet]:
    stored: dict[str, Any] = {each: await work.strategy.version(each, "criteria") for each in sorted(ids)}
    return {each: CriteriaSet.model_validate_json(version.content) for each, version in stored.items()}


async def _reasons(work: UnitOfWork, rows: list[_Row], tried: CriteriaSet) -> dict[str, str]:
    """Why each of these would turn, in the words of its new verdict, by checkpoint."""
    found = {}
    for row in rows:
        stored = Verdict.model_validate((await work.design.verdict(row.verdict_id)).content)
        reasons = rescore(stored, tried).reasons
        found[row.checkpoint_id] = reasons[0] if reasons else ""
    return found


def _flip(past: _Past, place: int, before: Scored, after: Scored, why: Mapping[str, str]) -> Flip:
    row, signed = past.rows[place], bool(past.history.signed[place])
    outcome = OUTCOMES[after.outcomes[place]]
    with_designers = {Outcome.ALIGNED: signed, Outcome.REVISE: not signed}.get(outcome)
    return Flip(
        checkpoint_id=row.checkpoint_id,
        title=row.title,
        number=row.number,
        decision=row.status,
        before=OUTCOMES[before.outcomes[place]].value,
        after=outcome.value,
        score_before=_told(before.scores[place]),
        score_after=_told(after.scores[place]),
        why=why.get(row.checkpoint_id, ""),
        with_designers=with_designers,
    )


def _at(threshold: float, after: Scored, history: History) -> SweepPoint:
    outcomes = after.at(threshold)
    aligned = int((outcomes == OUTCOMES.index(Outcome.ALIGNED)).sum())
    return SweepPoint(threshold=threshold, aligned=aligned, agreeing=agreeing(outcomes, history.signed)[0])


def _told(score: float) -> float | None:
    return None if math.isnan(score) else float(score)
