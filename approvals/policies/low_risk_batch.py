"""One designer signs, perhaps several at once, what code holds to be of low risk; nothing else is decided this way.

| decisions so far                            | low       | low, against verdict | ordinary  | high      | unknown   |
|---------------------------------------------|-----------|----------------------|-----------|-----------|-----------|
| none                                        | pending   | pending              | pending   | pending   | pending   |
| one approval                                | approved  | pending              | pending   | pending   | pending   |
| the same person approving twice             | approved  | pending              | pending   | pending   | pending   |
| approvals of two different people           | approved  | approved             | pending   | pending   | pending   |
| approval by an author of the text           | pending   | pending              | pending   | pending   | pending   |
| approvals by an author and by somebody else | approved  | pending              | pending   | pending   | pending   |
| approval without the role                   | pending   | pending              | pending   | pending   | pending   |
| request for changes                         | changes   | changes              | changes   | changes   | changes   |
| rejection                                   | rejected  | rejected             | rejected  | rejected  | rejected  |
| approval with edits                         | edited    | edited               | edited    | edited    | edited    |
| withdrawal                                  | withdrawn | withdrawn            | withdrawn | withdrawn | withdrawn |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, RiskClass, Subject
from approvals.policies.policy import Ruling, State, count_approvals


class LowRiskBatch:
    """See the module's table."""

    name = "low_risk_batch"
    version = 1
    roles = frozenset({"designer"})
    risks = frozenset({RiskClass.LOW})
    brief_writer_may_sign = True

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Like one reviewer, but approved only where the risk of the change is known and low."""
        ruling = count_approvals(subject, decisions, usual=1, roles=self.roles)
        if ruling.state in (State.APPROVED, State.PENDING) and subject.risk is not RiskClass.LOW:
            risk = "not known" if subject.risk is None else subject.risk.value
            reason = f"the risk of this change is {risk}; this policy is for low risk only"
            return Ruling(state=State.PENDING, reasons=(reason,))
        return ruling


policy = LowRiskBatch()
