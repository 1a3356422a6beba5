"""Policies, classes of risk and rules in the words that pages and terminal share."""

from __future__ import annotations

from collections.abc import Mapping

from api.wording import _

ASKS: Mapping[str, str] = {
    "one_reviewer": _("one designer who wrote none of it"),
    "two_person": _("two designers who wrote none of it and did not order it"),
    "designer_and_strategist": _("a designer and a strategist: two people who wrote none of it"),
    "second_strategist": _("a strategist who wrote none of it"),
    "low_risk_batch": _("one designer who wrote none of it; it can be signed from the list"),
}
RISKS: Mapping[str, str] = {
    "low": _("small changes of wording, in parts that no debrief looks at"),
    "ordinary": _("new texts, and ordinary changes"),
    "high": _("changes of what a debrief looks at, of what keeps learners safe, or of what they are not shown"),
}
STALE: Mapping[str, str] = {
    "keep": _("Signed work stays as it is, and nobody is told."),
    "flag": _("Signed work stays open to learners; designers see what changed and can have it judged again."),
    "suspend": _("Nobody begins such a scenario until it is signed again; scenes under way may be finished."),
}
BARRED: Mapping[str, str] = {
    "decided": _("You have signed already; it waits for somebody else."),
    "author": _("You wrote text that is in this version, so somebody else signs it."),
    "ordered": _("You ordered this, so two others sign it."),
}


def asks(policy: str, *, against: bool = False) -> str:
    """What a policy asks for, as a sentence.

    Args:
        policy: its name.
        against: whether the verdict is ``revise`` or holds a veto.
    """
    known = ASKS.get(policy)
    said = _("Needs {what}.").format(what=known) if known else _("Guarded by the policy '{name}'.").format(name=policy)
    if not against:
        return said
    return said + " " + _("The verdict speaks against it, so two people and a written reason are needed.")
