"""A strategist who did not write the charter or criteria activates them.

| decisions so far                            | no verdict |
|---------------------------------------------|------------|
| none                                        | pending    |
| one approval                                | approved   |
| approval by an author of the text           | pending    |
| approvals by an author and by somebody else | approved   |
| approval without the role                   | pending    |
| request for changes                         | changes    |
| rejection                                   | rejected   |
| approval with edits                         | edited     |
| withdrawal                                  | withdrawn  |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, Subject
from approvals.policies.policy import ANY_RISK, Ruling, count_approvals


class SecondStrategist:
    """See the module's table."""

    name = "second_strategist"
    version = 1
    roles = frozenset({"strategist"})
    risks = ANY_RISK
    brief_writer_may_sign = True

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once one strategist who is no author approved."""
        return count_approvals(subject, decisions, usual=1, roles=self.roles)


policy = SecondStrategist()
