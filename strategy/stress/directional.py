"""D1 to D3: changes after which the level must drop. A judge that always says the same passes all the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from strategy.charter import Clause
from strategy.criteria import Criterion
from strategy.stress.case import Case, Change, Changed, sentences_of


def without_evidence(case: Case, random: Random) -> Iterator[Changed]:
    """D1: the sentences that hold the judge's own quotes are deleted."""
    if not case.rank or not _located(case):
        return
    fields = _replaced(case, str)
    if any(text.strip() for text in fields.values()):
        yield Changed(case.with_fields(fields), "the cited sentences deleted")


def contradicted(case: Case, random: Random) -> Iterator[Changed]:
    """D2: in the place of the cited sentences stands what the criterion gives as the opposite."""
    lowest = case.criterion.levels[0]
    opposite = [each.negative_example for each in reversed(case.criterion.levels) if each.negative_example]
    opposite += [lowest.positive_example] if lowest.positive_example else []
    if not case.rank or not opposite or not _located(case):
        return
    fresh = iter(opposite)
    fields = _replaced(case, lambda: next(fresh, ""))
    yield Changed(case.with_fields(fields), "the cited sentences say the opposite", (opposite[0],))


def other_company(asked: Sequence[tuple[Criterion, tuple[Clause, ...]]], company: str) -> Change:
    """D3: the same text on another company's criteria.

    Args:
        asked: that company's criteria with the clauses they cite; at least one.
        company: its name, for people.
    """

    def change(case: Case, random: Random) -> Iterator[Changed]:
        if not case.rank:
            return
        criterion, clauses = random.choice(list(asked))
        other = replace(case, criterion=criterion, clauses=clauses, presented=())
        yield Changed(other, f"on '{criterion.id}' of {company}")

    return change


def _located(case: Case) -> bool:
    return any(each.start is not None and each.field in case.fields for each in case.evidence)


def _replaced(case: Case, instead: Callable[[], str]) -> dict[str, str]:
    fields = dict(case.fields)
    for key, text in case.fields.items():
        spans = [
            (each.start, each.end)
            for each in case.evidence
            if each.field == key and each.start is not None and each.end is not None
        ]
        for start, end in sorted(sentences_of(text), reverse=True):
            if any(first < end and last > start for first, last in spans):
                fields[key] = (fields[key][:start] + instead() + fields[key][end:]).strip()
    return fields
