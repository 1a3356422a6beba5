"""Which parts of a strategy are asked about, and which are practised: clauses nobody cites are the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from strategy.charter import Charter, Clause
from strategy.criteria import CriteriaSet


@dataclass(frozen=True)
class ClauseCoverage:
    """One clause: which criteria cite it, and how many signed scenarios have an objective that does."""

    clause: Clause
    criterion_ids: tuple[str, ...]
    practised: int


@dataclass(frozen=True)
class Coverage:
    """A charter clause by clause, in its own order.

    Attributes:
        clauses: every clause.
        gone: ids that criteria or scenarios cite and the charter does not have, with who cites them.
    """

    clauses: tuple[ClauseCoverage, ...]
    gone: tuple[tuple[str, str], ...]

    @property
    def unasked(self) -> tuple[Clause, ...]:
        """Clauses that no criterion cites."""
        return tuple(each.clause for each in self.clauses if not each.criterion_ids)

    @property
    def unpractised(self) -> tuple[Clause, ...]:
        """Clauses that no signed scenario practises."""
        return tuple(each.clause for each in self.clauses if not each.practised)


def coverage(charter: Charter, criteria: CriteriaSet | None, signed: Iterable[tuple[str, Collection[str]]]) -> Coverage:
    """Lay criteria and signed scenarios over a charter.

    Args:
        charter: in force.
        criteria: in force; None where none are.
        signed: for each signed scenario its title and the clause ids that its objectives cite.
    """
    scenarios = [(title, frozenset(clause_ids)) for title, clause_ids in signed]
    practised = Counter(clause_id for _, clause_ids in scenarios for clause_id in clause_ids)
    asked: dict[str, list[str]] = {}
    for criterion in () if criteria is None else criteria.criteria:
        for clause_id in dict.fromkeys(criterion.clause_ids):
            asked.setdefault(clause_id, []).append(criterion.id)
    known = charter.clause_ids
    gone = [(clause_id, by) for clause_id, ids in asked.items() if clause_id not in known for by in ids]
    gone += [(each, title) for title, clause_ids in scenarios for each in sorted(clause_ids - known)]
    return Coverage(
        clauses=tuple(
            ClauseCoverage(clause, tuple(asked.get(clause.id, ())), practised[clause.id]) for clause in charter.clauses
        ),
        gone=tuple(gone),
    )
