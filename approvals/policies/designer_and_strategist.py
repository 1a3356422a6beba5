"""One designer and one strategist sign: different people, neither an author of the text.

| decisions so far                                    | aligned   | revise, or a veto |
|-----------------------------------------------------|-----------|-------------------|
| none                                                | pending   | pending           |
| approval by a designer                              | pending   | pending           |
| approval by a strategist                            | pending   | pending           |
| approvals by a designer and by a strategist         | approved  | approved          |
| approvals by two designers                          | pending   | pending           |
| approvals by two strategists                        | pending   | pending           |
| approval by one person who is both                  | pending   | pending           |
| one person who is both, approving twice             | pending   | pending           |
| approvals by one who is both and by a designer      | approved  | approved          |
| approvals by one who is both and by a strategist    | approved  | approved          |
| approvals by an author and by a strategist          | pending   | pending           |
| approval without the role                           | pending   | pending           |
| request for changes                                 | changes   | changes           |
| approval by a designer, then a request for changes  | changes   | changes           |
| rejection                                           | rejected  | rejected          |
| approval with edits                                 | edited    | edited            |
| withdrawal                                          | withdrawn | withdrawn         |
"""

from __future__ import annotations

from collections.abc import Sequence

from approvals.checkpoint import Decision, Subject
from approvals.policies.policy import ANY_RISK, Ruling, State, approvers, ended_otherwise, nothing_to_approve


class DesignerAndStrategist:
    """See the module's table."""

    name = "designer_and_strategist"
    version = 1
    roles = frozenset({"designer", "strategist"})
    risks = ANY_RISK
    brief_writer_may_sign = True

    def rule(self, subject: Subject, decisions: Sequence[Decision]) -> Ruling:
        """Approved once a designer and another person, a strategist, approved; that is two people in any case."""
        ruled = ended_otherwise(decisions) or nothing_to_approve(subject)
        if ruled:
            return ruled
        designers, strategists = (approvers(subject, decisions, role) for role in ("designer", "strategist"))
        # Somebody who is both can stand for either, but not for both.
        if designers and strategists and len(designers | strategists) > 1:
            return Ruling(state=State.APPROVED, reasons=("a designer and a strategist approved",))
        if designers and strategists:
            return Ruling(state=State.PENDING, reasons=("one person approved; a second one must be somebody else",))
        missing = [word for word, people in (("designer", designers), ("strategist", strategists)) if not people]
        return Ruling(state=State.PENDING, reasons=(f"not yet approved by a {' or a '.join(missing)}",))


policy = DesignerAndStrategist()
