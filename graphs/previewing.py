"""What other weights or another threshold would have meant for everything decided so far; no model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import require
from store.records import DecidedScenario
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet
from strategy.rescoring import Decided, Rescored, adjusted, judged_otherwise, rescore_history, sweep
from strategy.verdict import Verdict

SWEEP = tuple(round(0.05 * step, 2) for step in range(1, 21))


class Flip(BaseModel):
    """A decided scenario whose outcome would be another; ``why`` says it in the words of the new verdict."""

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
        in_force = await work.strategy.in_force(programme_id, "criteria")
        rows = await work.approvals.decided_scenarios(programme_id)
        then = await _criteria(work, {row.criteria_id for row in rows} | {in_force.id})
    now = then[in_force.id]
    tried = adjusted(now, pass_threshold=pass_threshold, weights=weights)
    alike = {version_id for version_id, criteria in then.items() if not judged_otherwise(criteria, now)}
    kept = [row for row in rows if row.criteria_id in alike]
    history = [Decided(Verdict.model_validate(row.verdict), signed=row.status == "approved") for row in kept]
    rescored = rescore_history(history, now, tried)
    return Preview(
        criteria=now,
        tried=tried,
        decided=len(kept),
        unlike=len(rows) - len(kept),
        flips=tuple(_flip(row, one) for row, one in zip(kept, rescored, strict=True) if one.flips),
        agreeing_before=sum(one.agreed is True for one in rescored),
        agreeing_after=sum(one.agrees is True for one in rescored),
        open_before=sum(one.agreed is None for one in rescored),
        open_after=sum(one.agrees is None for one in rescored),
        sweep=tuple(
            SweepPoint(threshold=threshold, aligned=aligned, agreeing=agreeing)
            for threshold, aligned, agreeing in sweep(history, tried, SWEEP)
        ),
    )


async def _criteria(work: UnitOfWork, ids: set[str]) -> dict[str, CriteriaSet]:
    stored: dict[str, Any] = {each: await work.strategy.version(each, "criteria") for each in sorted(ids)}
    return {each: CriteriaSet.model_validate_json(version.content) for each, version in stored.items()}


def _flip(row: DecidedScenario, one: Rescored) -> Flip:
    return Flip(
        checkpoint_id=row.checkpoint_id,
        title=row.title,
        number=row.number,
        decision=row.status,
        before=one.before.outcome.value,
        after=one.after.outcome.value,
        score_before=one.before.score,
        score_after=one.after.score,
        why=one.after.reasons[0] if one.after.reasons else "",
        with_designers=one.agrees,
    )
