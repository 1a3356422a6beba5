"""From the judge's answer to a changed question to a pair that can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.untrusted import instructions_in
from strategy.criteria import Criterion
from strategy.stress.case import Case, Changed, Perturbation
from strategy.stress.outcome import ADVERSARIAL, Pair
from strategy.verdict import Evidence


@dataclass(frozen=True)
class Answer:
    """What the judge said of a changed question, after code located its quotes; ``level`` None: it abstained."""

    level: str | None
    evidence: tuple[Evidence, ...] = ()


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
        new_evidence=perturbation.id in ADVERSARIAL and _is_new(given, case, changed),
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
    """Whether a located quote stands in the original text and was not given at first."""
    known = {each.quote.casefold() for each in case.evidence}
    return any(
        each.start is not None
        and each.quote.casefold() not in known
        and each.quote in case.fields.get(each.field, "")
        and not _cites([each], changed)
        for each in given
    )
