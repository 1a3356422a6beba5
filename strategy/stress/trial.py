"""From the judge's answer to a changed question to a pair that can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.untrusted import instructions_in
from strategy.appeals import is_new
from strategy.criteria import Criterion
from strategy.stress.case import Case, Changed, Perturbation
from strategy.stress.outcome import Pair
from strategy.verdict import Evidence

PUSHBACK = "P10"  # the one change after which a level may rise, on a passage that was overlooked at first


@dataclass(frozen=True)
class Answer:
    """What the judge said of a changed question, after code located its quotes.

    ``level`` is None where it abstained, or where code set its level aside: then it is ``unusable``.
    """

    level: str | None
    evidence: tuple[Evidence, ...] = ()
    unusable: bool = False


def pair(case: Case, perturbation: Perturbation, changed: Changed, answer: Answer | None) -> Pair | None:
    """Put the first answer and the one to the changed question side by side.

    Args:
        case: as it was judged at first.
        perturbation: which kind of change.
        changed: the changed question.
        answer: to it; None where the judge failed.

    Returns:
        None where there is nothing to compare, because the judge had abstained at first.
    """
    before = _value(case.criterion, case.level)
    if before is None:
        return None
    after = None if answer is None else _value(changed.case.criterion, answer.level)
    given = answer.evidence if answer is not None else ()
    return Pair(
        perturbation=perturbation.id,
        scenario=case.scenario,
        criterion=case.criterion.id,
        must=perturbation.must,
        before=before,
        after=after,
        cited=_cites(given, changed),
        reported=perturbation.id != "P9" or all(_found(text) for text in changed.added),
        abstained=answer is not None and answer.level is None and not answer.unusable,
        new_evidence=perturbation.id == PUSHBACK and _is_new(given, case, changed),
    )


def _value(criterion: Criterion, key: str | None) -> float | None:
    level = None if key is None else criterion.level(key)
    return None if level is None else level.value


def _cites(given: Sequence[Evidence], changed: Changed) -> bool:
    """Whether a quote lies in what was added: praise, padding or an aside counted as evidence."""
    for each in given:
        if each.start is None or each.end is None or each.field not in changed.case.fields:
            continue
        text = changed.case.fields[each.field]
        for added in changed.added:
            at = text.find(added)
            if at >= 0 and each.start < at + len(added) and each.end > at:
                return True
    return False


def _found(planted: str) -> bool:
    return bool(instructions_in(planted))


def _is_new(given: Sequence[Evidence], case: Case, changed: Changed) -> bool:
    """Whether a quote shows a passage that the first answer did not have."""
    return any(is_new(each, case.evidence) and not _cites([each], changed) for each in given)
