"""Which cells of a table must stay hidden, so that no small cell can be worked out from the others.

A table is cells with values, and sums between them (a total and its parts). A cell below the minimum is hidden. Then
everything that follows from what is still shown is worked out: where a hidden cell could be told to within fewer than
the minimum, another cell of the same sum is hidden as well, until none can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

Sum = tuple[str, tuple[str, ...]]  # a total, and the parts that add up to it
Bounds = dict[str, tuple[int, int | None]]  # of a hidden cell: least and most it can be; None where nothing bounds it


def suppress(cells: Mapping[str, int], sums: Sequence[Sum], minimum: int) -> frozenset[str]:
    """The names of the cells to hide.

    Args:
        cells: values by name, none negative, all sums true.
        sums: they may share cells, but must not form a ring: only then the bounds are exact.
        minimum: the smallest value that may be shown, and the narrowest that a hidden one may be bounded.

    Raises:
        ValueError: the sums form a ring, or do not add up.
    """
    _check(cells, sums)
    hidden = {name for name, value in cells.items() if value < minimum}
    totals = {total for total, _parts in sums}
    while True:
        found = bounds(cells, sums, hidden)
        narrow = sorted(name for name, (least, most) in found.items() if most is not None and most - least < minimum)
        if not narrow:
            return frozenset(hidden)
        together = [{total, *parts} for total, parts in sums if narrow[0] in (total, *parts)]
        shown = set().union(*together) - hidden or set(cells) - hidden
        hidden.add(min(shown, key=lambda name: (cells[name], name in totals, name)))


def bounds(cells: Mapping[str, int], sums: Sequence[Sum], hidden: Iterable[str]) -> Bounds:
    """What can be known of each hidden cell by somebody who sees the others and the sums.

    Values are whole and not negative. Each sum narrows its members by the bounds of the others, until nothing changes;
    without rings among the sums the result is exact.
    """
    known: Bounds = dict.fromkeys(hidden, (0, None))
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            # total - parts = 0: with signs, every member is bounded by minus the sum of the others.
            signed = [(total, -1), *((part, 1) for part in parts)]
            for name, _sign in signed:
                if name in known and (better := _narrowed(name, signed, known, cells)) != known[name]:
                    known[name] = better
                    changed = True
    return known


def _narrowed(
    name: str, signed: Sequence[tuple[str, int]], known: Bounds, cells: Mapping[str, int]
) -> tuple[int, int | None]:
    least, most = known[name]
    own = next(sign for each, sign in signed if each == name)
    # own * value = -(sum of the others); so value = sum over the others of (-own * sign) * other
    low: int | None = 0
    high: int | None = 0
    for other, sign in signed:
        if other == name:
            continue
        other_least, other_most = known[other] if other in known else (cells[other], cells[other])
        if -own * sign > 0:
            low = None if low is None else low + other_least
            high = None if high is None or other_most is None else high + other_most
        else:
            low = None if low is None or other_most is None else low - other_most
            high = None if high is None else high - other_least
    if low is not None:
        least = max(least, low)
    if high is not None:
        most = high if most is None else min(most, high)
    return least, most


def _check(cells: Mapping[str, int], sums: Sequence[Sum]) -> None:
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for number, (total, parts) in enumerate(sums):
        if cells[total] != sum(cells[part] for part in parts):
            raise ValueError(f"the parts of '{total}' do not add up to it")
        for member in (total, *parts):
            here, there = find(f"sum {number}"), find(f"cell {member}")
            if here == there:
                raise ValueError("the sums form a ring")
            root[here] = there
