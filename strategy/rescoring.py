"""What a verdict would be under other weights and thresholds: arithmetic on stored samples, no model call."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from evidence.errors import InvalidInput
from evidence.plain_messages import plain_message
from strategy.criteria import CriteriaSet
from strategy.scoring import verdict
from strategy.verdict import Verdict


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
        said = plain_message(first, first["loc"], CriteriaSet)
        raise InvalidInput(said, where=where, todo="Choose a lower threshold or other weights.") from error


def rescore(stored: Verdict, criteria: CriteriaSet) -> Verdict:
    """The verdict that these criteria give on the samples, and on what people settled, of a stored verdict.

    Args:
        stored: a verdict; it is not changed.
        criteria: with the same judged half as those it was judged under (see ``strategy.versions``).
    """
    return verdict(criteria, stored.samples, stored.settled)
