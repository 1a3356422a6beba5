"""Policies, classes of risk and rules in the words of a terminal."""

from __future__ import annotations

from collections.abc import Mapping

ASKS: Mapping[str, str] = {
    "one_reviewer": "one designer who wrote none of it",
    "two_person": "two designers who wrote none of it and did not order it",
    "designer_and_strategist": "a designer and a strategist: two people who wrote none of it",
    "second_strategist": "a strategist who wrote none of it",
    "low_risk_batch": "one designer who wrote none of it; it can be confirmed from a list",
}
# How many people a policy takes, where somebody else has ordered or proposed the work.
PEOPLE: Mapping[str, Mapping[str, int]] = {
    "one_reviewer": {"designer": 1},
    "two_person": {"designer": 3},
    "designer_and_strategist": {"designer": 1, "strategist": 1},
    "second_strategist": {"strategist": 2},
    "low_risk_batch": {"designer": 1},
}
RISKS: Mapping[str, str] = {
    "low": "small differences of wording, in parts that nobody is scored by",
    "ordinary": "new texts, and ordinary changes",
    "high": "changes of what learners are scored by, kept safe by, or not shown",
}
STALE: Mapping[str, str] = {
    "keep": "Signed work stays as it is, and nobody is told.",
    "flag": "Signed work stays open to learners; designers see what changed and can have it judged again.",
    "suspend": "Nobody begins such a scenario until it is signed again; practices under way may be finished.",
}
AGAINST = "The verdict speaks against it, so two people and a written reason are needed."


def asks(policy: str, *, against: bool = False) -> str:
    """What a policy asks for, as a sentence.

    Args:
        policy: its name.
        against: whether the verdict is ``revise`` or holds a veto.
    """
    known = ASKS.get(policy)
    said = f"Needs {known}." if known else f"Guarded by the policy '{policy}'."
    return f"{said} {AGAINST}" if against else said
