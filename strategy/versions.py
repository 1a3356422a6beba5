"""Two versions of a charter or a criteria set side by side: what came, went and changed, and what that costs.

A change of the computed half of a criterion is arithmetic; a change of its judged half, or of a clause it cites, asks
the judge anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
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
        moved: ids that both have and that stand elsewhere among them: the fewest that explain the new order.
        whole: differences outside of the parts: title, thresholds, number of samples.
        judges_anew: ids of criteria whose samples can not be used again.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[Part, ...]
    moved: tuple[str, ...]
    whole: tuple[FieldDifference, ...]
    judges_anew: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.removed or self.changed or self.moved or self.whole)

    @property
    def arithmetic(self) -> tuple[str, ...]:
        """Ids of changed parts whose samples can be used again: only sums and thresholds come out otherwise."""
        return tuple(each.id for each in self.changed if not each.judged)


def is_judged(field: str) -> bool:
    """Whether a field of a criterion, as a difference names it, reaches the judge."""
    return field.partition(".")[0] in JUDGED_FIELDS


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
    judged: Callable[[str], bool],
    anew: tuple[str, ...],
) -> Comparison:
    both = [each for each in new if each in old]
    return Comparison(
        added=tuple(each for each in new if each not in old),
        removed=tuple(each for each in old if each not in new),
        changed=tuple(
            Part(each, judged(each), tuple(field_differences(_fields(old[each]), _fields(new[each]))))
            for each in both
            if old[each] != new[each]
        ),
        moved=_moved([each for each in old if each in new], both),
        whole=tuple(field_differences(all_fields(whole_before), all_fields(whole_after))),
        judges_anew=anew,
    )


def _fields(part: Mapping[str, Any]) -> dict[str, str]:
    """A part as named texts: levels by their keys, so that one more rung does not shift the others; lists as one."""
    named: dict[str, Any] = {
        name: ", ".join(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else value
        for name, value in part.items()
    }
    if "levels" in named:
        named["levels"] = {level["key"]: {k: v for k, v in level.items() if k != "key"} for level in named["levels"]}
    return all_fields(named)


def _moved(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """What does not belong to the longest run that kept its order, in the new order."""
    place = {each: number for number, each in enumerate(before)}
    ends: list[int] = []  # the smallest place at which a run of each length can end
    behind: dict[str, str | None] = {}
    last: list[str] = []
    for each in after:
        length = bisect_left(ends, place[each])
        behind[each] = last[length - 1] if length else None
        ends[length : length + 1] = [place[each]]
        last[length : length + 1] = [each]
    kept: set[str] = set()
    one = last[-1] if last else None
    while one is not None:
        kept.add(one)
        one = behind[one]
    return tuple(each for each in after if each not in kept)


def _rest(content: dict[str, Any], parts: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != parts}
