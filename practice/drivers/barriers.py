"""What stands in the way, and whose task it is. Low opportunity is never answered with more practice.

Decision table; the first line that fits decides, and a low answer is one of 4 or less on the scale from 0 to 10:

| opportunity: time, place, means | opportunity: people | capability | motivation | advice | whose task |
|---|---|---|---|---|---|
| low | low | any | any | change the work and its customs | process and manager |
| low | | any | any | change the work | process |
| | low | any | any | make it welcome | manager |
| | | low | any | practise | learner |
| | | | low | talk about why | manager |
| | | | | go on as planned | nobody's |

It reads one person's answers for that person alone. For a cohort it reads the published count, after everything that
protects people in it, and says nothing where that is hidden.
"""

from __future__ import annotations

from enum import StrEnum

from practice.drivers.answers import Answers
from practice.drivers.items import Driver, check_in

LOW_SHARE = 1 / 3  # of a cohort, from which on low opportunity is its own and not somebody's


class Advised(StrEnum):
    """What would help."""

    CHANGE_WORK_AND_CUSTOMS = "change_work_and_customs"
    CHANGE_WORK = "change_work"
    MAKE_WELCOME = "make_welcome"
    PRACTISE = "practise"
    TALK_ABOUT_WHY = "talk_about_why"
    GO_ON = "go_on"

    @property
    def outside(self) -> bool:
        """Whether it lies outside training: with a manager or a process."""
        return self in (Advised.CHANGE_WORK_AND_CUSTOMS, Advised.CHANGE_WORK, Advised.MAKE_WELCOME)


def advised(answers: Answers) -> Advised | None:
    """What one person's answers speak for; None where they said nothing about COM-B."""
    low = check_in().low
    said = {name: value for name, value in answers.items.items() if value is not None}
    asked = {item.id for item in check_in().items if item.driver is not Driver.NEEDS}
    if not asked & set(said):
        return None
    means = said.get("opportunity_physical", low + 1) <= low
    people = said.get("opportunity_social", low + 1) <= low
    if means and people:
        return Advised.CHANGE_WORK_AND_CUSTOMS
    if means:
        return Advised.CHANGE_WORK
    if people:
        return Advised.MAKE_WELCOME
    if answers.low(Driver.CAPABILITY):
        return Advised.PRACTISE
    return Advised.TALK_ABOUT_WHY if answers.low(Driver.MOTIVATION) else Advised.GO_ON


def advised_for(people: int | None, low: int | None) -> bool:
    """Whether a cohort should have its work looked at, from published counts; hidden ones speak for nothing."""
    return people is not None and low is not None and people > 0 and low / people >= LOW_SHARE
