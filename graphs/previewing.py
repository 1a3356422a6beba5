"""What other weights or another threshold would have meant for everything decided so far; no model is asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import require
from graphs.decided import InForce, in_force, verdict_under
from graphs.foreseen import Flip as Flip
from graphs.foreseen import SweepPoint as SweepPoint
from store.unit_of_work import Store
from strategy.criteria import CriteriaSet
from strategy.history import OUTCOMES, Counts, Flags, Scored, agreeing, score
from strategy.labels import held_out
from strategy.rescoring import adjusted
from strategy.statistics.agreement import TOO_FEW
from strategy.verdict import Outcome

REASONS = 200  # flips, newest first, whose reasons are worked out; nobody reads more at once
SWEEP = tuple(round(0.05 * step, 2) for step in range(1, 21))


class Preview(BaseModel):
    """What a change of weights and thresholds would mean for the decided history.

    ``unlike`` counts decisions whose criteria asked the judge something else: they are left out, because only a new
    judgement could tell. ``open_before`` and ``open_after`` count outcomes that a person would have to settle first.
    ``kept_back`` counts decisions that are kept for measuring: they flip and are listed as all others, but no figure of
    agreement here has them in it, so that nobody tunes on what is measured on later.
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
    kept_back: int = 0

    @property
    def to_tune_on(self) -> int:
        """Decisions that the figures of agreement are counted on."""
        return self.decided - self.kept_back

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
    ensemble: Ensemble | None = None,
) -> Preview:
    """Re-score the decided history under other computed fields of the criteria in force.

    Args:
        store: where everything is kept.
        actor: a strategist.
        programme_id: whose history.
        pass_threshold: in (0, 1]; None keeps the one in force.
        weights: by criterion id; those left out keep theirs.
        ensemble: with the judge that plays now; where given, what it judged anew in a shadow run counts as well.

    Raises:
        NotAllowed: the actor is no strategist.
        Conflict: no criteria are in force.
        InvalidInput: a value outside its range, or a threshold that can never be met.
    """
    require(actor, Role.STRATEGIST, to="try other weights and thresholds")
    async with store.read() as work:
        past = await in_force(store, work, programme_id, ensemble)
        now = past.criteria
        tried = adjusted(now, pass_threshold=pass_threshold, weights=weights)
        before, after = score(past.history, now), score(past.history, tried)
        flipped = np.flatnonzero(before.outcomes != after.outcomes)
        why = {}
        for each in flipped[:REASONS]:
            ruling = await verdict_under(work, past.rows[each], tried, past.renewed[each])
            why[past.rows[each].checkpoint_id] = ruling.reasons[0] if ruling.reasons else ""
    tuned = to_tune_on([each.run_id for each in past.rows], programme_id)
    signed = past.history.signed
    return Preview(
        criteria=now,
        tried=tried,
        decided=len(past.rows),
        unlike=past.unlike,
        flips=tuple(_flip(past, int(each), before, after, why, bool(tuned[each])) for each in flipped),
        agreeing_before=agreeing(before.outcomes[tuned], signed[tuned])[0],
        agreeing_after=agreeing(after.outcomes[tuned], signed[tuned])[0],
        open_before=agreeing(before.outcomes, signed)[1],
        open_after=agreeing(after.outcomes, signed)[1],
        sweep=swept(after, signed, tuned),
        kept_back=int((~tuned).sum()),
    )


def to_tune_on(run_ids: Sequence[str], programme_id: str) -> Flags:
    """Which decisions the figures of a what-if may be counted on; the others are kept for measuring.

    Where there are too few decisions to measure on at all, nothing is kept back.
    """
    if len(run_ids) < TOO_FEW:
        return np.ones(len(run_ids), dtype=np.bool_)
    return np.array([not held_out(each, programme_id) for each in run_ids], dtype=np.bool_)


def swept(after: Scored, signed: Flags, counted: Flags) -> tuple[SweepPoint, ...]:
    """What every threshold would mean; agreement is counted on those decisions that are ``counted``."""
    return tuple(_at(threshold, after.at(threshold), signed, counted) for threshold in SWEEP)


def _flip(past: InForce, place: int, before: Scored, after: Scored, why: Mapping[str, str], tuned: bool) -> Flip:
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
        score_before=told(before.scores[place]),
        score_after=told(after.scores[place]),
        why=why.get(row.checkpoint_id, ""),
        with_designers=with_designers,
        kept_back=not tuned,
    )


def _at(threshold: float, outcomes: Counts, signed: Flags, counted: Flags) -> SweepPoint:
    aligned = int((outcomes == OUTCOMES.index(Outcome.ALIGNED)).sum())
    with_people = agreeing(outcomes[counted], signed[counted])[0]
    return SweepPoint(threshold=threshold, aligned=aligned, agreeing=with_people)


def told(score: float) -> float | None:
    """A score as it is shown: None where it is unknown."""
    return None if math.isnan(score) else float(score)
