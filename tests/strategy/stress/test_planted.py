"""The harness on judges whose faults are known: each is caught for what it is, and the honest one passes."""

from __future__ import annotations

from collections import Counter

import pytest

from strategy.stress.outcome import Gate, Limits, Pair, cells, demands, worst
from strategy.stress.perturbations import PERTURBATIONS, changes
from tests.strategy.stress import planted

NAMES = ("steadiness", "excess flips", "talked up", "detection")


def gates(pairs: list[Pair]) -> dict[str, Gate]:
    found = demands(pairs, Limits(), seed=5)
    assert tuple(each.name for each in found) == NAMES
    return {each.name: each.gate for each in found}


def where_wrong(pairs: list[Pair]) -> set[str]:
    return {each.perturbation for each in pairs if each.wrong}


def test_the_honest_judge_passes_everything() -> None:
    pairs = planted.stressed(planted.perfect)
    assert where_wrong(pairs) == set()
    assert set(gates(pairs).values()) == {Gate.HOLDS}
    tried = Counter(each.perturbation for each in pairs)
    assert set(tried) == {"P0", "P1", "P2", "P3", "P4", "P6", "P7", "P8", "P9", "P10", "D1", "D2", "D3"}
    assert min(tried.values()) >= 8


@pytest.mark.parametrize(
    ("judge", "gate", "caught"),
    [
        (planted.constant, "detection", {"D1", "D2", "D3"}),
        (planted.verbose, "excess flips", {"P6"}),
        (planted.positional, "excess flips", {"P7"}),
        (planted.injectable, "talked up", {"P9"}),
        (planted.sycophantic, "talked up", {"P10"}),
        (planted.starstruck, "excess flips", {"P8"}),
    ],
)
def test_each_fault_is_caught_for_what_it_is(judge: planted.Judge, gate: str, caught: set[str]) -> None:
    pairs = planted.stressed(judge)
    assert where_wrong(pairs) == caught
    found = gates(pairs)
    assert found[gate] is Gate.FAILS
    assert {name for name, each in found.items() if each is Gate.FAILS} == {gate}


def test_a_judge_that_throws_dice_fails_where_noise_shows() -> None:
    found = gates(planted.stressed(planted.random, scenarios=40))
    assert found["steadiness"] is Gate.FAILS
    assert found["detection"] is Gate.FAILS


def test_too_few_pairs_say_so_and_do_not_pass() -> None:
    found = gates(planted.stressed(planted.perfect, scenarios=2))
    assert found["excess flips"] in (Gate.UNDECIDED, Gate.HOLDS)
    assert found["detection"] is Gate.UNDECIDED
    assert gates([]) == dict.fromkeys(NAMES, Gate.UNDECIDED)


def test_the_same_seed_makes_the_same_changes() -> None:
    assert planted.stressed(planted.random, seed=3) == planted.stressed(planted.random, seed=3)
    cases = planted.cases(planted.perfect)
    some, other = ([list(changes(c, k, s)) for c in cases for k in PERTURBATIONS] for s in (3, 4))
    assert some != other


def test_the_map_and_the_worst_pairs_are_those_of_the_fault() -> None:
    pairs = planted.stressed(planted.injectable)
    by_kind = {each.perturbation: each for each in cells(pairs)}
    assert by_kind["P9"].wrong.estimate == 1.0
    assert by_kind["P1"].wrong.estimate == 0.0
    shown = worst(pairs, 3)
    assert len(shown) == 3
    assert {each.perturbation for each in shown} == {"P9"}
