"""A strategist who did not write the charter or criteria activates them.

| decisions so far                      | state    |
|---------------------------------------|----------|
| none, or only an author's approval    | pending  |
| one approval by another strategist    | approved |
| request for changes                   | changes  |
| rejection                             | rejected |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, Subject
from approvals.policies.policy import Ruling, count_approvals


class SecondStrategist:
    """See the module's table."""

    name = "second_strategist"
    version = 1
    roles = frozenset({"strategist"})
    brief_writer_may_sign = True

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once one strategist who is no author approved."""
        return count_approvals(subject, decisions, usual=1, roles=self.roles)


policy = SecondStrategist()
