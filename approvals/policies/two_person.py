"""Two designers sign, neither an author nor the writer of the brief.

| decisions so far                          | state    |
|-------------------------------------------|----------|
| none, or one approval                     | pending  |
| the same person approving twice           | pending  |
| approvals of two different people         | approved |
| request for changes                       | changes  |
| rejection                                 | rejected |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, Subject
from approvals.policies.policy import Ruling, count_approvals


class TwoPerson:
    """See the module's table."""

    name = "two_person"
    version = 1
    roles = frozenset({"designer"})
    brief_writer_may_sign = False

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once two people approved, neither an author."""
        return count_approvals(subject, decisions, usual=2, roles=self.roles)


policy = TwoPerson()
