from __future__ import annotations

from strategy.charter import Charter, Clause, ClauseKind
from strategy.coverage import coverage
from strategy.criteria import CriteriaSet, Criterion, Level

LEVELS = (Level(key="no", anchor="No.", value=0, needs_evidence=False), Level(key="yes", anchor="Yes.", value=1))
CHARTER = Charter(
    title="How we work",
    company="Halvorsen Marine",
    clauses=tuple(Clause(id=each, kind=ClauseKind.VALUE, text=f"{each} matters.") for each in ("A", "B", "C")),
)


def criterion(name: str, *clauses: str) -> Criterion:
    return Criterion(id=name, clause_ids=clauses, question="How far?", levels=LEVELS)


def test_gaps_are_what_nobody_asks_about_and_nobody_practises() -> None:
    criteria = CriteriaSet(title="T", criteria=(criterion("one", "A", "B"), criterion("two", "B", "B")))
    found = coverage(CHARTER, criteria, [("First", {"A"}), ("Second", {"A", "C"})])
    assert [(each.clause.id, each.criterion_ids, each.practised) for each in found.clauses] == [
        ("A", ("one",), 2),
        ("B", ("one", "two"), 0),
        ("C", (), 1),
    ]
    assert [each.id for each in found.unasked] == ["C"]
    assert [each.id for each in found.unpractised] == ["B"]
    assert found.gone == ()


def test_what_cites_a_clause_that_is_gone_is_named() -> None:
    criteria = CriteriaSet(title="T", criteria=(criterion("one", "A", "Z"),))
    found = coverage(CHARTER, criteria, [("An old scenario", {"Y", "A"})])
    assert found.gone == (("Z", "one"), ("Y", "An old scenario"))
    assert len(found.unpractised) == 2
