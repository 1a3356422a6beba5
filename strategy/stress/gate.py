"""Whether a judge may be relied on after a stress test: told again from the stored figures under any limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from strategy.stress.outcome import Demand, Gate, Limits, Measured, judged

_MEASURED = TypeAdapter(Measured)


class Standing(StrEnum):
    """What the demands on a judge come to."""

    HOLDS = "holds"
    FAILS = "fails"
    PROVISIONAL = "provisional"  # too few pairs to tell


@dataclass(frozen=True)
class Stands:
    """How a judge stands: ``sentences`` say what it rests on, what fails first, then what is not proven."""

    standing: Standing
    sentences: tuple[str, ...]
    demands: tuple[Demand, ...]


def standing(result: Mapping[str, Any], limits: Limits) -> Stands:
    """How the judge stands by a stress test's stored result.

    Args:
        result: of a stress study, as JSON data; only its ``measured`` is read.
        limits: what is asked now, which may be other than what was asked then.

    Raises:
        ValueError: it is no result of a stress test.
    """
    return stands(_MEASURED.validate_python(result.get("measured")), limits)


def stands(found: Measured, limits: Limits) -> Stands:
    """How a judge stands by what was measured."""
    demands = judged(found, limits)
    gates = {each.gate for each in demands}
    came_to = Standing.HOLDS
    if Gate.FAILS in gates:
        came_to = Standing.FAILS
    elif Gate.UNDECIDED in gates:
        came_to = Standing.PROVISIONAL
    order = (Gate.FAILS, Gate.UNDECIDED, Gate.HOLDS)
    told = sorted(demands, key=lambda each: order.index(each.gate))
    return Stands(came_to, tuple(f"{each.name.capitalize()}: {each.said}" for each in told), demands)


def as_data(found: Measured) -> dict[str, Any]:
    """What was measured as JSON data, as ``standing`` reads it."""
    return asdict(found)


def limits_of(changed: Mapping[str, float]) -> Limits:
    """The usual limits with those that a strategist changed; names that are none of ours are left aside."""
    known = {each.name for each in fields(Limits)}
    return replace(Limits(), **{name: float(value) for name, value in changed.items() if name in known})
