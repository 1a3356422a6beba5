"""What a verdict would be under other weights and thresholds: arithmetic on stored samples, no model call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from evidence.errors import InvalidInput
from strategy.criteria import TOLERANCE, CriteriaSet
from strategy.scoring import verdict
from strategy.verdict import Outcome, Verdict


def adjusted(
    criteria: CriteriaSet, *, pass_threshold: float | None = None, weights: Mapping[str, float] | None = None
) -> CriteriaSet:
    """The same criteria with another pass threshold or other weights; what is judged stays as it is.

    Args:
        criteria: the set to start from.
        pass_threshold: in (0, 1]; None keeps it.
        weights: by criterion id, in (0, 100]; criteria left out keep theirs.

    Raises:
        InvalidInput: an unknown criterion, a value outside its range, or a threshold that can never be met.
    """
    wanted = dict(weights or {})
    if unknown := sorted(set(wanted) - {criterion.id for criterion in criteria.criteria}):
        raise InvalidInput(f"There is no criterion '{unknown[0]}'.", where="weights", todo="Leave it out.")
    content = criteria.model_dump()
    for criterion in content["criteria"]:
        criterion["weight"] = wanted.get(criterion["id"], criterion["weight"])
    if pass_threshold is not None:
        content["pass_threshold"] = pass_threshold
    try:
        return CriteriaSet.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "pass_threshold"
        said = first["msg"].removeprefix("Value error, ")
        raise InvalidInput(
            f"{said[:1].upper()}{said[1:]}.", where=where, todo="Choose a lower threshold or other weights."
        ) from error


def judged_otherwise(then: CriteriaSet, now: CriteriaSet) -> tuple[str, ...]:
    """Ids of criteria of ``now`` that the judge was asked differently, or not at all, under ``then``."""
    before = {criterion.id: criterion.judged() for criterion in then.criteria}
    return tuple(each.id for each in now.criteria if before.get(each.id) != each.judged())


def rescore(stored: Verdict, criteria: CriteriaSet) -> Verdict:
    """The verdict that these criteria give on the samples, and on what people settled, of a stored verdict.

    Args:
        stored: a verdict; it is not changed.
        criteria: with the same judged half as those it was judged under (see ``judged_otherwise``).
    """
    return verdict(criteria, stored.samples, stored.settled)


@dataclass(frozen=True)
class Decided:
    """A decision of the past: the verdict it was made on, and whether the designers signed the text."""

    verdict: Verdict
    signed: bool


@dataclass(frozen=True)
class Rescored:
    """A decided verdict under the criteria in force and under the criteria tried out.

    ``agreed`` and ``agrees`` say whether the outcome went, and would go, with what the designers decided; None where a
    person has to settle something first, so that there is nothing to agree with.
    """

    before: Verdict
    after: Verdict
    signed: bool

    @property
    def flips(self) -> bool:
        """Whether the outcome would be another."""
        return self.before.outcome is not self.after.outcome

    @property
    def agreed(self) -> bool | None:
        """Whether the outcome went with the designers."""
        return _agrees(self.before.outcome, self.signed)

    @property
    def agrees(self) -> bool | None:
        """Whether it would."""
        return _agrees(self.after.outcome, self.signed)


def rescore_history(history: Iterable[Decided], now: CriteriaSet, tried: CriteriaSet) -> list[Rescored]:
    """Every decision under the criteria in force and under those tried out, in the order given."""
    return [Rescored(rescore(each.verdict, now), rescore(each.verdict, tried), each.signed) for each in history]


def sweep(history: Iterable[Decided], tried: CriteriaSet, thresholds: Iterable[float]) -> list[tuple[float, int, int]]:
    """How many outcomes would be aligned, and how many would go with the designers, at each pass threshold.

    Returns:
        Triples (threshold, aligned, agreeing), in the order of ``thresholds``.
    """
    # The threshold enters last, so that one rescoring serves every threshold.
    settled = [(rescore(each.verdict, tried), each.signed) for each in history]
    found = []
    for threshold in thresholds:
        outcomes = [(_at(one, threshold), signed) for one, signed in settled]
        aligned = sum(outcome is Outcome.ALIGNED for outcome, _ in outcomes)
        found.append((threshold, aligned, sum(_agrees(outcome, signed) is True for outcome, signed in outcomes)))
    return found


def _at(one: Verdict, threshold: float) -> Outcome:
    if one.outcome in (Outcome.ERRORED, Outcome.REFER):
        return one.outcome
    if any(result.outcome is Outcome.REVISE for result in one.results):
        return Outcome.REVISE
    if one.score is None or one.score < threshold - TOLERANCE:
        return Outcome.REVISE
    return Outcome.ALIGNED


def _agrees(outcome: Outcome, signed: bool) -> bool | None:
    if outcome is Outcome.ALIGNED:
        return signed
    return not signed if outcome is Outcome.REVISE else None
