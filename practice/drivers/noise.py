"""Chance that hides one person in a count: whole numbers, drawn exactly.

Two-sided geometric noise with ratio 2/3: a count that is one higher makes no outcome more than one and a half times as
likely, or less than two thirds. So whoever knows all answers but one, and would bet on that one at even odds, bets at
three to two at best after reading the count.

The mechanism is due to Ghosh, Roughgarden & Sundararajan (2012), "Universally utility-maximizing privacy mechanisms",
SIAM Journal on Computing 41(6); the measure to Dwork, McSherry, Nissim & Smith (2006), "Calibrating noise to
sensitivity in private data analysis". It is drawn with whole numbers throughout, because noise made of floating point
numbers tells more than it should: Mironov (2012), "On significance of the least significant bits for differential
privacy".
"""

from __future__ import annotations

from fractions import Fraction
from random import Random

RATIO = Fraction(2, 3)
MOST_ODDS = 1 / RATIO  # by which one published number can shift the odds between two answers of one person
WITHIN = 6  # a count is at most this far off in nine of ten cases


def noise(source: Random) -> int:
    """A draw: mean 0, standard deviation 3.5. ``source`` must be unpredictable where people are counted."""
    return _steps(source) - _steps(source)


def probability(value: int) -> Fraction:
    """How likely a draw of exactly this value is."""
    return (1 - RATIO) / (1 + RATIO) * RATIO ** abs(value)


def happens(numerator: int, denominator: int, source: Random) -> bool:
    """True with exactly this probability: a person's share of one, as a whole person."""
    return source.randrange(denominator) < numerator


def _steps(source: Random) -> int:
    steps = 0
    while happens(RATIO.numerator, RATIO.denominator, source):
        steps += 1
    return steps
