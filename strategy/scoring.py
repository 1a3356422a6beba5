"""From samples to a verdict: counts, agreement, weights, thresholds. Arithmetic only.

What is referred or failed is never counted as zero: the score is then unknown, and says so.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from strategy.criteria import TOLERANCE, AbstainPolicy, CriteriaSet, Criterion
from strategy.sampling import check_sample, find_quote, settle
from strategy.verdict import CriterionResult, HumanJudgement, JudgeSample, Outcome, SampleStatus, Verdict

__all__ = ["change_requests", "check_sample", "criterion_result", "find_quote", "settle", "verdict"]

_PRECEDENCE = (Outcome.ERRORED, Outcome.REFER, Outcome.REVISE, Outcome.ALIGNED)


def _counts(criterion: Criterion, samples: Sequence[JudgeSample]) -> tuple[Counter[str], Counter[SampleStatus]]:
    """Valid samples per level, and samples per status; a valid sample at a level that is gone is invalid."""
    levels: Counter[str] = Counter()
    statuses: Counter[SampleStatus] = Counter()
    for sample in samples:
        status = sample.status
        if status is SampleStatus.VALID:
            if sample.level is not None and criterion.level(sample.level):
                levels[sample.level] += 1
            else:
                status = SampleStatus.INVALID
        statuses[status] += 1
    return levels, statuses


def _doubt(
    criterion: Criterion, levels: Counter[str], statuses: Counter[SampleStatus], min_agreement: float
) -> tuple[Outcome, str] | None:
    """Why the samples give no level: errored, referred, or left out; None where they give one."""
    total, valid = statuses.total(), statuses[SampleStatus.VALID]
    abstained = statuses[SampleStatus.ABSTAINED]
    if statuses[SampleStatus.ERROR] == total:
        return Outcome.ERRORED, "The judge gave no usable reply." if total else "It was not judged."
    if not valid and not abstained:
        return Outcome.REFER, "No sample could be used: no level was backed by the text; a person decides."
    if 2 * (valid + abstained) < total:
        return Outcome.REFER, f"Only {valid + abstained} of {total} samples could be used; a person decides."
    if abstained >= max(valid, 1):
        said = f"The judge abstained in {abstained} of {total} {'sample' if total == 1 else 'samples'}"
        if criterion.abstain_policy is AbstainPolicy.IGNORE:
            return Outcome.ALIGNED, f"{said}, so this criterion is left out of the total."
        return Outcome.REFER, f"{said}; a person decides."
    most = max(levels.values())
    modal = sorted(key for key, count in levels.items() if count == most)
    if len(modal) > 1:
        return Outcome.REFER, f"The samples are split between {' and '.join(modal)}; a person decides."
    if most / valid < min_agreement - TOLERANCE:
        return Outcome.REFER, f"Only {most} of {valid} samples agree on '{modal[0]}'; a person decides."
    return None


def criterion_result(
    criterion: Criterion,
    samples: Sequence[JudgeSample],
    min_agreement: float,
    settled: HumanJudgement | None = None,
) -> CriterionResult:
    """What the samples of one criterion add up to.

    Args:
        criterion: the criterion, with the weight and thresholds in force.
        samples: its samples, in any order.
        min_agreement: least share of the valid samples at the modal level, in [0, 1].
        settled: a person's judgement; it counts where the samples are referred, and only there, so that nobody lifts a
            clear verdict alone.

    Returns:
        ``errored`` where every sample failed or there is none; ``refer`` on a tie, low agreement, abstentions, or too
        few usable samples; ``revise`` below ``min_level`` or ``veto_below``; otherwise ``aligned``.
    """
    levels, statuses = _counts(criterion, samples)
    valid = statuses[SampleStatus.VALID]
    base: dict[str, Any] = {
        "criterion_id": criterion.id,
        "weight": criterion.weight,
        "agreement": max(levels.values()) / valid if valid else None,
        "counts": {level.key: levels[level.key] for level in criterion.levels if levels[level.key]}
        | {f"status:{s.value}": statuses[s] for s in SampleStatus if s is not SampleStatus.VALID and statuses[s]},
    }
    doubt = _doubt(criterion, levels, statuses, min_agreement)
    by_person = doubt is not None and doubt[0] is Outcome.REFER and settled is not None
    if doubt is not None and not by_person:
        return CriterionResult(**base, outcome=doubt[0], reason=doubt[1])
    key = settled.level if by_person and settled else max(levels, key=lambda level: levels[level])
    level = criterion.level(key)
    if level is None:
        return CriterionResult(
            **base,
            outcome=Outcome.REFER,
            reason=f"It was settled at '{key}', which is no level any more; settle it again.",
        )
    order = [one.key for one in criterion.levels]
    rank = order.index(key)
    vetoed = criterion.veto_below is not None and rank < order.index(criterion.veto_below)
    low = criterion.min_level is not None and rank < order.index(criterion.min_level)
    who = "a person settled it at" if by_person else f"{levels[key]} of {valid} samples say"
    reason = f"{who[0].upper()}{who[1:]} '{key}'"
    if vetoed:
        reason += f"; anything below '{criterion.veto_below}' is a veto."
    elif low:
        reason += f"; at least '{criterion.min_level}' is asked."
    else:
        reason += "."
    return CriterionResult(
        **base,
        outcome=Outcome.REVISE if vetoed or low else Outcome.ALIGNED,
        level=key,
        value=level.value,
        vetoed=vetoed,
        reason=reason,
    )


def _score(results: Sequence[CriterionResult]) -> float | None:
    """Weighted mean of the values; None where something is unknown or nothing counts."""
    if any(result.outcome in (Outcome.REFER, Outcome.ERRORED) for result in results):
        return None
    counted = [(result.weight, result.value) for result in results if result.value is not None]
    if not counted:
        return None
    mean = math.fsum(weight * value for weight, value in counted) / math.fsum(weight for weight, _ in counted)
    values = [value for _, value in counted]
    return min(max(mean, min(values)), max(values))  # rounding must not leave the range of the values


def verdict(
    criteria: CriteriaSet,
    samples: Sequence[JudgeSample],
    settled: Mapping[str, HumanJudgement] | None = None,
) -> Verdict:
    """The verdict on one version of a scenario.

    Args:
        criteria: the criteria set in force.
        samples: all samples, in any order; those of criteria that are not in the set are left out.
        settled: by criterion id, what people decided about referred criteria.

    Returns:
        The verdict, with errored over refer over revise over aligned. A score below the pass threshold, and any veto,
        ask for a revision. Where every criterion was left out, the whole is referred.
    """
    by_person = dict(settled or {})
    order = {criterion.id: place for place, criterion in enumerate(criteria.criteria)}
    kept = sorted(
        (sample for sample in samples if sample.criterion_id in order),
        key=lambda sample: (order[sample.criterion_id], sample.number),
    )
    results = tuple(
        criterion_result(
            criterion,
            [sample for sample in kept if sample.criterion_id == criterion.id],
            criteria.min_agreement,
            by_person.get(criterion.id),
        )
        for criterion in criteria.criteria
    )
    score = _score(results)
    outcomes = {result.outcome for result in results}
    reasons = [f"{r.criterion_id}: {r.reason}" for r in results if r.outcome is not Outcome.ALIGNED]
    if score is not None and score < criteria.pass_threshold - TOLERANCE:
        outcomes.add(Outcome.REVISE)
        reasons.insert(0, f"The score {_shown(score, criteria.pass_threshold)} is asked.")
    if score is None and not outcomes & {Outcome.REFER, Outcome.ERRORED}:
        outcomes.add(Outcome.REFER)
        reasons.insert(0, "The judge abstained on every criterion, so there is nothing to go by; a person decides.")
    if not reasons and score is not None:
        reasons = [f"The score {_shown(score, criteria.pass_threshold)} is asked, and no criterion stands against it."]
    return Verdict(
        outcome=next(outcome for outcome in _PRECEDENCE if outcome in outcomes),
        score=score,
        pass_threshold=criteria.pass_threshold,
        results=results,
        samples=tuple(kept),
        vetoes=tuple(result.criterion_id for result in results if result.vetoed),
        reasons=tuple(reasons),
        settled={key: value for key, value in by_person.items() if key in order},
    )


def _shown(score: float, threshold: float) -> str:
    """``is 0.62; at least 0.7``, with as many digits as it takes to see the difference."""
    for digits in (2, 3, 4, 6, 9):
        if round(score, digits) != round(threshold, digits):
            break
    return f"is {score:.{digits}f}; at least {threshold:g}"


def change_requests(verdict: Verdict) -> list[tuple[str, str]]:
    """What the author should change, most urgent first.

    Args:
        verdict: with outcome ``revise``, or any other; referred and errored criteria ask nothing of the author.

    Returns:
        Pairs (criterion id, request) for criteria below what is asked: those under their own minimum or veto and, where
        the score is too low, all below the pass threshold. Requests are the judge's own; where it made none, its
        rationale, else the reason of the result.
    """
    too_low = verdict.score is not None and verdict.score < verdict.pass_threshold - TOLERANCE
    below = [
        result
        for result in verdict.results
        if result.outcome is Outcome.REVISE
        or (too_low and result.value is not None and result.value < verdict.pass_threshold)
    ]
    below.sort(
        key=lambda result: (not result.vetoed, -result.weight * (1 - (result.value or 0.0)), result.criterion_id)
    )
    requests: list[tuple[str, str]] = []
    for result in below:
        own = [s for s in verdict.samples if s.criterion_id == result.criterion_id and s.status is SampleStatus.VALID]
        own.sort(key=lambda sample: (sample.level != result.level, sample.number))
        texts = [s.change for s in own if s.change.strip()] or [s.rationale for s in own if s.rationale.strip()][:1]
        distinct = {" ".join(text.split()).casefold(): text.strip() for text in reversed(texts or [result.reason])}
        requests += [(result.criterion_id, text) for text in reversed(distinct.values())]
    return requests
