"""What another threshold would mean: where the first decision flips, and between which thresholds nothing does.

All figures of the page, in the sentence, the chart and the table, are counted here from the same scores, in whole per
cent, which is as fine as the slider goes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from agents.ensemble import Ensemble
from api.wording import _
from approvals.people import Actor
from evidence.errors import InvalidInput
from store.purpose import Purpose
from store.unit_of_work import Store
from strategy.criteria import TOLERANCE, CriteriaSet
from strategy.verdict import Outcome

if TYPE_CHECKING:
    from graphs.previewing import Flip, Preview

LOWEST = 5  # per cent; where the slider begins
KINDS = {"approved": "approve", "rejected": "reject", "changes_requested": "request_changes"}


@dataclass(frozen=True)
class Band:
    """Thresholds from ``first`` to ``last``, in per cent, between which nothing changes; and what they all mean."""

    first: int
    last: int
    otherwise: int
    aligned: int
    agreeing: int

    def holds(self, threshold: float) -> bool:
        """Whether this is what a threshold in (0, 1] means."""
        return self.first <= _step(threshold) <= self.last


@dataclass(frozen=True)
class Turned:
    """A decision that would have gone the other way, and who took it."""

    flip: Flip
    people: tuple[str, ...]
    because: str


def highest(tried: CriteriaSet) -> int:
    """The highest threshold, in per cent, that can be met at all at these weights."""
    weights = math.fsum(each.weight for each in tried.criteria)
    best = math.fsum(each.weight * each.levels[-1].value for each in tried.criteria) / weights
    return max(LOWEST, min(100, math.floor(100 * best + TOLERANCE)))


def reweighted(found: Preview) -> bool:
    """Whether other weights are tried."""
    return [each.weight for each in found.criteria.criteria] != [each.weight for each in found.tried.criteria]


def outside(threshold: float | None, criteria: CriteriaSet) -> InvalidInput | None:
    """What to say where a threshold is none that could ever be met."""
    top = highest(criteria)
    if threshold is None or 0 < threshold <= top / 100:
        return None
    said = _("Something above 0 % has to be asked for.")
    if threshold > 0:
        asked = shown(threshold)
        said = _("{asked} cannot be asked for: nothing reaches more than {top} %.").format(asked=asked, top=top)
    return InvalidInput(
        said,
        where="pass_threshold",
        todo=_("Choose a threshold from {low} to {top}.").format(low=f"{LOWEST} %", top=f"{top} %"),
    )


async def bands(
    store: Store, actor: Actor, programme_id: str, found: Preview, weights: Mapping[str, float], ensemble: Ensemble
) -> list[Band]:
    """What every threshold would mean at the weights tried, lowest first; empty where nothing is decided.

    The two ends tell which outcomes hang on the threshold at all, and their scores where each one turns.
    """
    from graphs.previewing import preview

    if not found.decided:
        return []
    top = highest(found.tried)
    low = await preview(store, actor, programme_id, pass_threshold=LOWEST / 100, weights=weights, ensemble=ensemble)
    high = await preview(store, actor, programme_id, pass_threshold=top / 100, weights=weights, ensemble=ensemble)
    return counted(low, high, top)


def counted(low: Preview, high: Preview, top: int) -> list[Band]:
    """The bands between a preview at the lowest threshold and one at the highest."""
    turning = {each.checkpoint_id: each for each in (*low.flips, *high.flips)}.values()
    scored = [
        (each, each.score_after)
        for each in turning
        if each.score_after is not None and {each.before, each.after} == {Outcome.ALIGNED, Outcome.REVISE}
    ]
    begin = low.sweep[0]

    def at(threshold: float) -> tuple[int, int, int]:
        otherwise = aligned = agreeing = 0
        for each, score in scored:
            passes = score >= threshold - TOLERANCE
            otherwise += passes is not (each.before == Outcome.ALIGNED)
            aligned += passes
            agreeing += passes is (each.decision == "approved") and not each.kept_back
        return otherwise, aligned, agreeing

    _same, aligned, agreeing = at(begin.threshold)
    steps = [(percent, at(percent / 100)) for percent in range(LOWEST, top + 1)]
    made = []
    for (otherwise, more, agree), group in groupby(steps, key=lambda step: step[1]):
        within = [percent for percent, _counts in group]
        figures = (otherwise, begin.aligned + more - aligned, begin.agreeing + agree - agreeing)
        made.append(Band(within[0], within[-1], *figures))
    return made


def sentences(found: Preview, there: Sequence[Band]) -> list[str]:
    """What happens, and where the first decision flips; the first sentence is the answer to what is tried."""
    if not found.decided:
        return [_("Nothing is decided yet, so there is nothing to try this on.")]
    now, tried = found.criteria.pass_threshold, found.tried.pass_threshold
    if reweighted(found):
        return [_with_weights(found, there)]
    if tried > now + TOLERANCE:
        return [_upwards(found, there)]
    if tried < now - TOLERANCE:
        return [_downwards(found, there)]
    return [_upwards(found, there), _downwards(found, there)]


def _upwards(found: Preview, there: Sequence[Band]) -> str:
    now, tried = found.criteria.pass_threshold, found.tried.pass_threshold
    turn = next((band for band in there if band.otherwise and band.first / 100 > now), None)
    if turn is None:
        return _("Nothing changes up to {last}.").format(last=shown(there[-1].last / 100))
    at = max(tried, turn.first / 100)
    many = len(found.flips) if tried >= at else turn.otherwise
    return _("Nothing changes up to {last}; at {at}, {many}.").format(
        last=shown(max(now, (turn.first - 1) / 100)), at=shown(at), many=_otherwise(many, found.decided)
    )


def _downwards(found: Preview, there: Sequence[Band]) -> str:
    now, tried = found.criteria.pass_threshold, found.tried.pass_threshold
    turn = next((band for band in reversed(there) if band.otherwise and band.last / 100 < now), None)
    if turn is None:
        return _("Nothing changes down to {first}.").format(first=shown(there[0].first / 100))
    at = min(tried, turn.last / 100)
    many = len(found.flips) if tried <= at else turn.otherwise
    return _("Nothing changes down to {first}; at {at}, {many}.").format(
        first=shown(min(now, (turn.last + 1) / 100)), at=shown(at), many=_otherwise(many, found.decided)
    )


def _with_weights(found: Preview, there: Sequence[Band]) -> str:
    tried = found.tried.pass_threshold
    if found.flips:
        return _("With these weights and {at} asked, {many}.").format(
            at=shown(tried), many=_otherwise(len(found.flips), found.decided)
        )
    turn = next((band for band in there if band.otherwise and band.first / 100 > tried), None)
    if turn is None:
        return _("With these weights nothing changes, at {at} and above.").format(at=shown(tried))
    return _("With these weights nothing changes up to {last}; at {at}, {many}.").format(
        last=shown(max(tried, (turn.first - 1) / 100)),
        at=shown(turn.first / 100),
        many=_otherwise(turn.otherwise, found.decided),
    )


def _otherwise(many: int, of: int) -> str:
    if of == 1:
        return _("the one decision there is would have gone the other way")
    return _("{many} of {of} decisions would have gone the other way").format(many=many, of=of)


def shown(share: float) -> str:
    """A share in per cent, with a fraction only where it has one."""
    return f"{round(100 * share, 1):g} %"


def because(flip: Flip, tried: CriteriaSet) -> str:
    """Why a decision would have gone the other way, in per cent, with as many digits as it takes to see it."""
    asked, score, before = tried.pass_threshold, flip.score_after, flip.score_before
    if score is None:
        return flip.why
    digits = next((n for n in (0, 1, 2) if round(100 * score, n) != round(100 * asked, n)), 2)
    reached = f"{100 * score:.{digits}f} %"
    if abs(score - asked) <= TOLERANCE:
        reached = shown(asked)
    if before is not None and abs(score - before) > TOLERANCE:
        return _("It would reach {score} instead of {before}; {asked} would be asked.").format(
            score=reached, before=f"{100 * before:.{digits}f} %", asked=shown(asked)
        )
    return _("It reached {score}; {asked} would be asked.").format(score=reached, asked=shown(asked))


async def turned(store: Store, found: Preview) -> list[Turned]:
    """The decisions that would have gone the other way, with the names of those who took them."""
    async with store.read() as work:
        taken = {each.checkpoint_id: await work.approvals.decisions(each.checkpoint_id) for each in found.flips}
        ids = frozenset(decision.person_id for decisions in taken.values() for decision in decisions)
        names = await work.people.names(ids, purpose=Purpose.ACCOUNTABILITY)
    made = []
    for each in found.flips:
        kind = KINDS.get(each.decision, "")
        people = [names.get(one.person_id, _("somebody")) for one in taken[each.checkpoint_id] if one.kind == kind]
        made.append(Turned(each, tuple(dict.fromkeys(people)), because(each, found.tried)))
    return made


def lines(found: Preview, there: Sequence[Band]) -> dict[str, str]:
    """The bands as points of two SVG lines in a box of 400 × 200, thresholds left to right."""
    whole = max(found.decided, 1)

    def points(name: str) -> str:
        return " ".join(
            f"{40 + 3.4 * percent:.1f},{170 - 150 * getattr(band, name) / whole:.1f}"
            for band in there
            for percent in dict.fromkeys((band.first, band.last))
        )

    return {"aligned": points("aligned"), "agreeing": points("agreeing")}


def _step(threshold: float) -> int:
    """The whole per cent that means the same: scores are compared with the next step of the slider."""
    return math.ceil(100 * threshold - 1e-6)
