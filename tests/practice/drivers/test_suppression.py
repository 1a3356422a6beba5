"""What is hidden stays hidden: audited by enumeration and by linear programming, which know nothing of the rule."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from practice.drivers.suppression import Sum, bounds, suppress

Table = tuple[dict[str, int], list[Sum]]


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """A total with rows that each add up to it, and some of their parts divided again."""
    total = draw(st.integers(0, 60))
    cells, sums = {"all": total}, []
    for row in range(draw(st.integers(1, 4))):
        cuts = sorted(draw(st.lists(st.integers(0, total), min_size=1, max_size=2)))
        ends = [0, *cuts, total]
        parts = tuple(f"{row}/{number}" for number in range(len(ends) - 1))
        cells |= {name: ends[number + 1] - ends[number] for number, name in enumerate(parts)}
        sums.append(("all", parts))
        if draw(st.booleans()):
            whole = cells[parts[0]]
            cells |= {f"{row}/a": (half := draw(st.integers(0, whole))), f"{row}/b": whole - half}
            sums.append((parts[0], (f"{row}/a", f"{row}/b")))
    return cells, sums


def widest(cells: dict[str, int], sums: list[Sum], hidden: frozenset[str], name: str) -> tuple[float, float | None]:
    """The least and most a hidden cell can be for somebody who sees the rest: a linear programme each."""
    names = list(cells)
    equal = np.zeros((len(sums), len(names)))
    for number, (total, parts) in enumerate(sums):
        equal[number, names.index(total)] = -1
        for part in parts:
            equal[number, names.index(part)] = 1
    room = [(0, None) if each in hidden else (cells[each], cells[each]) for each in names]
    aim = np.zeros(len(names))
    aim[names.index(name)] = 1
    least = linprog(aim, A_eq=equal, b_eq=np.zeros(len(sums)), bounds=room)
    most = linprog(-aim, A_eq=equal, b_eq=np.zeros(len(sums)), bounds=room)
    assert least.status == 0
    return float(least.fun), float(-most.fun) if most.status == 0 else None


@settings(max_examples=40)
@given(tables(), st.integers(5, 12))
def test_no_hidden_cell_can_be_told_to_within_the_minimum(table: Table, minimum: int) -> None:
    cells, sums = table
    hidden = suppress(cells, sums, minimum)
    assert {name for name, value in cells.items() if value < minimum} <= hidden
    for name in sorted(hidden)[:4]:
        least, most = widest(cells, sums, hidden, name)
        assert most is None or most - least > minimum - 1e-6, f"{name} lies between {least} and {most}"


@settings(max_examples=60)
@given(tables(), st.data())
def test_the_bounds_are_those_that_linear_programming_finds(table: Table, data: st.DataObject) -> None:
    cells, sums = table
    hidden = frozenset(data.draw(st.sets(st.sampled_from(sorted(cells)), min_size=1, max_size=4)))
    found = bounds(cells, sums, hidden)
    name = data.draw(st.sampled_from(sorted(hidden)))
    least, most = widest(cells, sums, hidden, name)
    assert found[name][0] == pytest.approx(least, abs=1e-6)
    assert (found[name][1] is None) == (most is None)
    assert most is None or found[name][1] == pytest.approx(most, abs=1e-6)


def test_two_groups_with_a_total_exhaustively() -> None:
    for total, minimum in product(range(41), (5, 10)):
        for part in range(total + 1):
            hidden = suppress({"all": total, "in": part, "out": total - part}, [("all", ("in", "out"))], minimum)
            assert ("in" in hidden) == ("out" in hidden), "one of two groups is never shown beside their total"
            assert ("in" in hidden) == (min(part, total - part) < minimum)
            possible = range(200) if "all" in hidden else range(total + 1)
            assert "in" not in hidden or len(possible) > minimum


def test_a_total_that_is_small_is_hidden_with_everything_that_gives_it_away() -> None:
    cells = {"all": 9, "in": 9, "out": 0}
    assert suppress(cells, [("all", ("in", "out"))], 10) == {"all", "in", "out"}


def test_rings_and_sums_that_are_wrong_are_refused() -> None:
    cells = {"all": 20, "a": 10, "b": 10}
    with pytest.raises(ValueError, match="ring"):
        suppress(cells, [("all", ("a", "b")), ("all", ("b", "a"))], 5)
    with pytest.raises(ValueError, match="add up"):
        suppress(cells | {"a": 9}, [("all", ("a", "b"))], 5)
