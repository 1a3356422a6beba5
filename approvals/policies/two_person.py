"""Two designers sign, neither an author nor the writer of the brief.

| decisions so far                            | aligned   | revise, or a veto |
|---------------------------------------------|-----------|-------------------|
| none                                        | pending   | pending           |
| one approval                                | pending   | pending           |
| the same person approving twice             | pending   | pending           |
| approvals of two different people           | approved  | approved          |
| approval by an author of the text           | pending   | pending           |
| approvals by an author and by somebody else | pending   | pending           |
| approval without the role                   | pending   | pending           |
| request for changes                         | changes   | changes           |
| one approval, then a request for changes    | changes   | changes           |
| rejection                                   | rejected  | rejected          |
| one approval, then a rejection              | rejected  | rejected          |
| approval with edits                         | edited    | edited            |
| withdrawal                                  | withdrawn | withdrawn         |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, Subject
from approvals.policies.policy import ANY_RISK, Ruling, count_approvals


class TwoPerson:
    """See the module's table."""

    name = "two_person"
    version = 1
    roles = frozenset({"designer"})
    risks = ANY_RISK
    brief_writer_may_sign = False

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once two people approved, neither an author."""
        return count_approvals(subject, decisions, usual=2, roles=self.roles)


policy = TwoPerson()
