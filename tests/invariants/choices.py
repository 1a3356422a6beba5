"""What the machine draws from: once as Hypothesis does, who looks for the shortest example, and once as even dice do.

Hypothesis leaves whole rules out of an example and begins with small ones, which over thousands of examples finds the
most; dice reach further in the few that a short test has time for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

_DICE: dict[int, Callable[[Random], Any]] = {}
_KEPT: list[Any] = []  # so that no other strategy gets the same id


def some(values: Sequence[T]) -> st.SearchStrategy[T]:
    """One of these; what stands there twice comes twice as often."""
    return _known(st.sampled_from(values), lambda dice: dice.choice(values))


def in_any_order(values: Sequence[T]) -> st.SearchStrategy[list[T]]:
    """All of these, shuffled."""
    return _known(st.permutations(values), lambda dice: dice.sample(values, len(values)))


def two_of(values: Sequence[T]) -> st.SearchStrategy[tuple[T, T]]:
    """Two of these, perhaps the same."""
    drawn = st.sampled_from(values)
    return _known(st.tuples(drawn, drawn), lambda dice: (dice.choice(values), dice.choice(values)))


def each_of(values: Mapping[str, Sequence[T]]) -> st.SearchStrategy[dict[str, T]]:
    """One value for each name."""
    drawn = st.fixed_dictionaries({name: st.sampled_from(several) for name, several in values.items()})
    return _known(drawn, lambda dice: {name: dice.choice(several) for name, several in values.items()})


def rolled(strategy: Any, dice: Random) -> Any:
    """A value of a strategy of this module, by dice."""
    return _DICE[id(strategy)](dice)


def _known(strategy: st.SearchStrategy[T], roll: Callable[[Random], T]) -> st.SearchStrategy[T]:
    _DICE[id(strategy)] = roll
    _KEPT.append(strategy)
    return strategy
