"""How good forecasts were: the Brier score, and forecasts beside what happened.

Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78(1). 0 is perfect,
0.25 is what always saying "half" gets, 1 is always being sure of the wrong thing.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

BANDS = ((0.0, 0.4), (0.4, 0.7), (0.7, 1.0))


class Forecast(BaseModel):
    """What was expected, as a probability, and whether it happened."""

    model_config = ConfigDict(frozen=True)

    probability: float = Field(ge=0, le=1)
    happened: bool


class Band(BaseModel):
    """Forecasts from ``least`` to below ``most`` (1 included): how many, their mean, and the share that happened."""

    model_config = ConfigDict(frozen=True)

    least: float
    most: float
    count: int
    expected: float
    happened: float


def brier(forecasts: Sequence[Forecast]) -> float | None:
    """The mean squared distance between forecast and outcome, in [0, 1]; None without forecasts."""
    if not forecasts:
        return None
    return sum((each.probability - each.happened) ** 2 for each in forecasts) / len(forecasts)


def calibration(forecasts: Sequence[Forecast]) -> tuple[Band, ...]:
    """Forecasts in three bands beside what happened; empty bands are left out."""
    made = []
    for least, most in BANDS:
        within = [each for each in forecasts if least <= each.probability < most or each.probability == most == 1]
        if within:
            made.append(
                Band(
                    least=least,
                    most=most,
                    count=len(within),
                    expected=sum(each.probability for each in within) / len(within),
                    happened=sum(each.happened for each in within) / len(within),
                )
            )
    return tuple(made)
