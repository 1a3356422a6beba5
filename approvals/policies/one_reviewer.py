"""One designer who did not write the text signs it.

| decisions so far                            | aligned   | revise, or a veto |
|---------------------------------------------|-----------|-------------------|
| none                                        | pending   | pending           |
| one approval                                | approved  | pending           |
| the same person approving twice             | approved  | pending           |
| approvals of two different people           | approved  | approved          |
| approval by an author of the text           | pending   | pending           |
| approvals by an author and by somebody else | approved  | pending           |
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


class OneReviewer:
    """See the module's table."""

    name = "one_reviewer"
    version = 1
    roles = frozenset({"designer"})
    risks = ANY_RISK
    brief_writer_may_sign = True

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once one person who is no author approved; two where the verdict speaks against it."""
        return count_approvals(subject, decisions, usual=1, roles=self.roles)


policy = OneReviewer()
