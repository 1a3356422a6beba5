"""Two versions of a charter or a criteria set side by side: what came, went and changed, and what that costs.

A change of the computed half of a criterion is arithmetic; a change of its judged half, or of a clause it cites, asks
the judge anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.difference import FieldDifference, field_differences
from evidence.fields import all_fields
from strategy.charter import Charter
from strategy.criteria import JUDGED_FIELDS, CriteriaSet


@dataclass(frozen=True)
class Part:
    """A clause or criterion that both versions have and that differs; ``judged``: the judge would be asked anew."""

    id: str
    judged: bool
    differences: tuple[FieldDifference, ...]


@dataclass(frozen=True)
class Comparison:
    """What lies between two versions.

    Attributes:
        added: ids of clauses or criteria that only the later one has.
        removed: ids that only the earlier one has.
        changed: parts that both have and that differ, in the later one's order.
        moved: whether those that both have stand in another order.
        whole: differences outside of the parts: title, thresholds, number of samples.
        judges_anew: ids of criteria whose samples can not be used again.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Part, ...]
    moved: bool
    whole: tuple[FieldDifference, ...]
    judges_anew: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed or self.moved or self.whole)


def compare_charters(before: Charter, after: Charter, criteria: CriteriaSet | None = None) -> Comparison:
    """Compare two versions of a charter; where clauses were found in documents does not matter.

    Args:
        before: the earlier one.
        after: the later one.
        criteria: where given, tells which of these criteria would have to be judged anew.
    """
    old = {each.id: each.model_dump(mode="json", exclude={"source"}) for each in before.clauses}
    new = {each.id: each.model_dump(mode="json", exclude={"source"}) for each in after.clauses}
    touched = {each for each in old.keys() | new.keys() if old.get(each) != new.get(each)}
    anew = [] if criteria is None else [each.id for each in criteria.criteria if touched & set(each.clause_ids)]
    return _compare(
        old,
        new,
        _rest(before.model_dump(mode="json"), "clauses"),
        _rest(after.model_dump(mode="json"), "clauses"),
        lambda _: True,
        tuple(anew),
    )


def compare_criteria(before: CriteriaSet, after: CriteriaSet) -> Comparison:
    """Compare two versions of a criteria set."""
    old = {each.id: each.model_dump(mode="json") for each in before.criteria}
    new = {each.id: each.model_dump(mode="json") for each in after.criteria}

    def judged(criterion_id: str) -> bool:
        return any(old[criterion_id][name] != new[criterion_id][name] for name in JUDGED_FIELDS)

    anew = [each for each in new if each not in old or judged(each)]
    return _compare(
        old,
        new,
        _rest(before.model_dump(mode="json"), "criteria"),
        _rest(after.model_dump(mode="json"), "criteria"),
        judged,
        tuple(anew),
    )


def _compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    whole_before: Mapping[str, Any],
    whole_after: Mapping[str, Any],
    judged: Any,
    anew: tuple[str, ...],
) -> Comparison:
    both = [each for each in new if each in old]
    return Comparison(
        added=tuple(each for each in new if each not in old),
        removed=tuple(each for each in old if each not in new),
        changed=tuple(
            Part(each, bool(judged(each)), tuple(field_differences(all_fields(old[each]), all_fields(new[each]))))
            for each in both
            if old[each] != new[each]
        ),
        moved=both != [each for each in old if each in new],
        whole=tuple(field_differences(all_fields(whole_before), all_fields(whole_after))),
        judges_anew=anew,
    )


def _rest(content: dict[str, Any], parts: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != parts}
