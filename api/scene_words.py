"""What is said of the people of a scene, one or several, on pages and in the terminal alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from api.wording import _
from practice.names import called

if TYPE_CHECKING:
    from practice.scenario import Scenario
    from practice.unsaid import Unsaid

BEFORE = _("Good to know before you begin")  # stands over the safety notes


def names(scenario: Scenario) -> tuple[str, ...]:
    """What everybody whom the learner meets is called, in the order of the scenario."""
    return tuple(person.name for person in scenario.people)


def named_in(content: Mapping[str, object]) -> str:
    """The same as a sentence says it, of a scenario as data."""
    people = [content["persona"], *(content.get("others") or ())]  # type: ignore[misc]
    return together([str(person["name"]) for person in people])


def together(found: Sequence[str]) -> str:
    """Names as a sentence says them: "Mara", "Mara and Jonas", "Mara, Jonas and Kim"."""
    *before, last = found
    return _("{several} and {last}").format(several=", ".join(before), last=last) if before else last


def cast(persona: str, others: Sequence[str]) -> str:
    """Everybody with their role, where each is given as "name, role"."""
    return "; ".join((persona, *others))


def spoke_with(found: Sequence[str], opening: str) -> str:
    """Whom the learner met, where they were several and the coach's first words leave somebody out."""
    left_out = [name for name in found if not any(part in opening for part in called(name))]
    return _("You spoke with {people}.").format(people=together(found)) if len(found) > 1 and left_out else ""


def unsaid_heading(found: Sequence[Unsaid]) -> str:
    """The heading over what stayed unsaid."""
    return _("Nothing stayed unsaid") if all(each.opened for each in found) else _("What stayed unsaid")


def unsaid_lead(found: Sequence[Unsaid], people: Sequence[str]) -> str:
    """How much came out, and of several people from whom.

    Args:
        found: one entry per concern.
        people: the names of everybody in the scene, one or more.
    """
    everybody, count = together(people), len(found)
    opened = [each for each in found if each.opened]
    if not found:
        return _("{people} held nothing back in this scene. What you heard is all there was.").format(people=everybody)
    if not opened:
        said = _("This time {people} kept it all in. That happens in real talks, too; you can try again.")
        return said.format(people=everybody)
    if len(opened) == count == 1:
        said = _("The one thing {people} carried came out. Your words made room for it.")
        return said.format(people=everybody)
    if len(opened) == count:
        said = _("Everything {people} carried came out, all {count} things. Your words made room for it.")
        return said.format(people=everybody, count=count)
    if len(people) == 1:
        said = _("{people} told you {many} of {count} things that were hard to say.")
        return said.format(people=everybody, many=len(opened), count=count)
    said = _("You were told {many} of {count} things that were hard to say: {each}.")
    return said.format(many=len(opened), count=count, each=together([_share(found, name) for name in people]))


def might_have_opened(each: Unsaid) -> str:
    """What stands before a line that might have opened a concern; of several people it says to whom."""
    return _("For example, to {person}:").format(person=each.person) if each.person else _("For example:")


def _share(found: Sequence[Unsaid], name: str) -> str:
    own = [each for each in found if each.person == name]
    return _("{many} of {count} by {person}").format(many=sum(each.opened for each in own), count=len(own), person=name)
