"""Who plays, and how far they can be trusted, in the words that pages and terminal share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.wording import _

if TYPE_CHECKING:
    from graphs.fitness import Standing

ROLES: Mapping[str, str] = {
    "author": _("The author"),
    "alignment": _("The judge"),
    "persona": _("The persona"),
    "coach": _("The coach"),
}
STATES: Mapping[str, str] = {
    "offline rules": _("offline rules"),
    "not checked": _("not checked"),
    "pass": _("pass"),
    "provisional": _("provisional"),
    "unfit": _("unfit"),
}
MOST_WEAKNESSES = 2  # that are told in one line; the report has all of them


def trusted_with(standing: Standing) -> str:
    """What follows from what is known, in one sentence for an admin."""
    match standing.state:
        case "offline rules":
            return _("Rules on this machine; there is nothing to check.")
        case "not checked" if standing.earlier is not None:
            said = _("Not checked as it is now: since {date} model, parameters, prompt or suite changed. It plays.")
            return said.format(date=standing.earlier.date().isoformat())
        case "not checked":
            return _("Nobody has checked it yet. It plays, and the desks say so.")
        case "pass":
            return _("It did what this role asks for.")
        case "provisional":
            return _("It plays, and the desks say where it is weak.")
    if standing.allowed is None:
        return _("It does not play: what needs it stops until another model is set, or an admin allows it.")
    return _("It plays because {name} allows it: “{reason}”").format(
        name=standing.allowed.name, reason=standing.allowed.reason
    )


def at_the_desk(standing: Standing) -> str:
    """What a person at a desk should know of whoever plays a role; empty where there is nothing to say."""
    who = _("{role} (model {model})").format(role=ROLES[standing.role], model=standing.model)
    seen = " ".join(standing.weaknesses[:MOST_WEAKNESSES])
    match standing.state:
        case "not checked":
            return _("{who} has not been checked yet.").format(who=who)
        case "provisional":
            return _("{who} was found provisional. {seen}").format(who=who, seen=seen).strip()
        case "unfit" if standing.allowed is None:
            return _("{who} was found unfit, and does not play. {seen}").format(who=who, seen=seen).strip()
        case "unfit":
            said = _("{who} was found unfit; {name} allows it nevertheless: “{reason}” {seen}")
            allowed = standing.allowed
            assert allowed is not None
            return said.format(who=who, name=allowed.name, reason=allowed.reason, seen=seen).strip()
    return ""


def for_a_learner(standing: Standing, persona: str) -> str:
    """What a learner should know of the model that plays the other person; empty where there is nothing to say."""
    match standing.state:
        case "not checked":
            return _("The model that plays {persona} has not been checked yet.").format(persona=persona)
        case "provisional" | "unfit":
            said = _("The model that plays {persona} has known weaknesses: if it says something odd, it is not you.")
            return said.format(persona=persona)
    return ""


def judged_by(standing: Standing, models: frozenset[str]) -> str:
    """What a reviewer should know of the judge of a text.

    Args:
        standing: of whoever judges now.
        models: names of the models whose answers the verdict counts; empty where none gave any.
    """
    if not models:
        return ""
    if models <= {standing.model}:
        return at_the_desk(standing)
    now = standing.model or STATES[standing.state]
    said = _("This text was judged by {then}; today {now} judges.")
    return said.format(then=_(" and ").join(sorted(models)), now=now)
