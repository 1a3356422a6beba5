"""Counting a cohort so that nobody in it can be told apart.

What is published about one moment of one pilot is a total and, for each measure, two groups that add up to it: those
for whom it holds, and everybody else. Three walls stand before it, one behind the other:

1. **Base.** Below the minimum of people nothing is counted at all.
2. **Chance** (``noise``). Every number is drawn from around the true one before anything else is done with it. Without
   this, whoever knows all answers but one subtracts them from an exact count and has that one; rounding and suppression
   alone cannot prevent it. All that follows reads the drawn numbers only, so that what is hidden, rounded or advised
   tells nothing more either.
3. **Suppression** (``suppression``), then rounding. No group below the minimum is shown, nor one that could be worked
   out from others to within fewer than the minimum.

It is the caller's part that a person is counted once per moment and in one cohort at a time, and that a report is made
once and kept: a second draw over the same answers would let somebody take the mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from pydantic import BaseModel, ConfigDict

from practice.drivers.answers import Answers
from practice.drivers.items import Driver, Moment
from practice.drivers.noise import happens, noise
from practice.drivers.suppression import Sum, suppress

LEAST_PEOPLE = 10
NEVER_BELOW = 5
ROUNDED_TO = 5

Member = Mapping[Moment, Answers]  # what one person answered, by moment

_DRIVERS = {
    "capability_low": Driver.CAPABILITY,
    "opportunity_low": Driver.OPPORTUNITY,
    "motivation_low": Driver.MOTIVATION,
    "needs_low": Driver.NEEDS,
}
MEASURES: Mapping[Moment, tuple[str, ...]] = {
    Moment.BEFORE: tuple(_DRIVERS),
    Moment.AFTER: (*_DRIVERS, "goal_reached"),
    # Few on purpose: each further number tells a little more about everybody in it.
    Moment.LATER: (
        "capability_low",
        "opportunity_low",
        "motivation_low",
        "goal_reached",
        "expected",
        "happened",
        "missed",
    ),
}


class Counts(BaseModel):
    """True counts; they never leave the room where they are made. ``holds`` is by measure."""

    model_config = ConfigDict(frozen=True)

    moment: Moment
    people: int
    holds: dict[str, int]


class Row(BaseModel):
    """One measure: for about how many it holds, and how many others there are; None is hidden."""

    model_config = ConfigDict(frozen=True)

    measure: str
    holds: int | None
    others: int | None


class CohortReport(BaseModel):
    """What is published about one moment, in numbers rounded to ``rounded_to``.

    ``withheld``: fewer than ``minimum`` people answered, so nothing is counted. ``people`` None is hidden.
    """

    model_config = ConfigDict(frozen=True)

    moment: Moment
    minimum: int
    withheld: bool = False
    people: int | None = None
    rows: tuple[Row, ...] = ()
    rounded_to: int = ROUNDED_TO

    def row(self, measure: str) -> Row | None:
        """A measure by its name."""
        return next((row for row in self.rows if row.measure == measure), None)


def count(members: Sequence[Member], moment: Moment, source: Random) -> Counts:
    """Count whoever answered at a moment.

    A forecast is a share of one person, and so is how far it missed: each is turned into a whole person or none with
    exactly that chance, so that the sum is right on average and one person changes it by one at most.
    """
    there = [each for each in members if moment in each]
    holds = dict.fromkeys(MEASURES[moment], 0)
    for member in there:
        for measure in holds:
            holds[measure] += _holds(member, moment, measure, source)
    return Counts(moment=moment, people=len(there), holds=holds)


def publish(counts: Counts, *, minimum: int, source: Random) -> CohortReport:
    """What may be said about counts.

    Args:
        counts: of one cohort at one moment, which were not published before.
        minimum: the smallest group that is shown, never below 5.
        source: of chance; unpredictable (``secrets.SystemRandom``) wherever real people are counted.

    Raises:
        ValueError: the minimum is below 5.
    """
    if minimum < NEVER_BELOW:
        raise ValueError(f"no group of fewer than {NEVER_BELOW} people is ever shown")
    if counts.people < minimum:
        return CohortReport(moment=counts.moment, minimum=minimum, withheld=True)
    people = max(0, counts.people + noise(source))
    drawn = {measure: min(max(0, value + noise(source)), people) for measure, value in counts.holds.items()}
    return shown(counts.moment, people, drawn, minimum)


def shown(moment: Moment, people: int, drawn: Mapping[str, int], minimum: int) -> CohortReport:
    """What is shown of numbers that chance has gone over already: hidden where small, else rounded."""
    cells = {"people": people}
    sums: list[Sum] = []
    for measure, value in drawn.items():
        cells[f"{measure}/holds"], cells[f"{measure}/others"] = value, people - value
        sums.append(("people", (f"{measure}/holds", f"{measure}/others")))
    hidden = suppress(cells, sums, minimum)
    told = {name: None if name in hidden else _rounded(value) for name, value in cells.items()}
    rows = tuple(Row(measure=each, holds=told[f"{each}/holds"], others=told[f"{each}/others"]) for each in drawn)
    return CohortReport(moment=moment, minimum=minimum, people=told["people"], rows=rows)


def _holds(member: Member, moment: Moment, measure: str, source: Random) -> bool:
    answers = member[moment]
    if measure in _DRIVERS:
        return answers.low(_DRIVERS[measure])
    if measure == "goal_reached":
        return answers.goal_level is not None and answers.goal_level >= 0
    forecast = member[Moment.AFTER].forecast if Moment.AFTER in member else None
    if measure == "happened":
        return bool(answers.happened)
    if measure == "expected":
        return forecast is not None and happens(forecast, 100, source)
    assert measure == "missed"
    if forecast is None or answers.happened is None:
        return False
    return happens((forecast - 100 * answers.happened) ** 2, 10_000, source)


def _rounded(value: int) -> int:
    return (value + ROUNDED_TO // 2) // ROUNDED_TO * ROUNDED_TO
