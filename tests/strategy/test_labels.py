from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategy.criteria import CriteriaSet, Criterion, Level
from strategy.labels import HELD_SHARE, Label, agreement, held_out
from strategy.statistics.agreement import TOO_FEW, cohen_kappa, confusion, gwet
from strategy.statistics.intervals import cluster_bootstrap

KEYS = ("no", "some", "yes")
LEVELS = tuple(Level(key=key, anchor=f"{key}.", value=value) for key, value in zip(KEYS, (0, 0.4, 1), strict=True))
CRITERIA = CriteriaSet(
    title="T",
    criteria=tuple(
        Criterion(id=name, clause_ids=("A",), question="How far?", levels=LEVELS) for name in ("one", "two")
    ),
)
LABELS = st.lists(
    st.builds(
        Label,
        scenario=st.integers(0, 9).map(str),
        criterion=st.sampled_from(("one", "two")),
        judge=st.sampled_from((None, *KEYS)),
        people=st.sampled_from(KEYS),
        labeller=st.integers(0, 2),
    ),
    max_size=40,
)


@given(LABELS)
def test_the_pooled_figure_is_the_criterions_own_where_all_share_their_levels(labels: list[Label]) -> None:
    found = agreement(labels, CRITERIA, draws=10)
    told = [each for each in labels if each.judge is not None]
    assert (found.n, found.abstained) == (len(told), len(labels) - len(told))
    assert sum(each.n for each in found.by_criterion) == found.n
    ranks = [(KEYS.index(str(each.judge)), KEYS.index(each.people)) for each in told]
    used = {rank for pair in ranks for rank in pair}
    if len(used) == len(KEYS):
        judge, people = zip(*ranks, strict=True)
        assert found.ac2.estimate == pytest.approx(gwet(confusion(judge, people, len(KEYS))))


@given(LABELS)
def test_who_labelled_what_makes_no_difference_to_the_judge(labels: list[Label]) -> None:
    mixed = [Label(**{**each.__dict__, "labeller": 7}) for each in labels]
    ours, theirs = agreement(labels, CRITERIA, draws=10), agreement(mixed, CRITERIA, draws=10)
    assert (ours.exact, ours.ac2) == (theirs.exact, theirs.ac2)


@settings(max_examples=25)
@given(LABELS, st.integers(0, 5))
def test_intervals_of_all_draws_at_once_are_those_of_the_bootstrap(labels: list[Label], seed: int) -> None:
    for part in agreement(labels, CRITERIA, seed=seed, draws=40).by_criterion:
        told = [each for each in labels if each.criterion == part.criterion and each.judge is not None]
        judge, people = (np.array([KEYS.index(str(each)) for each in side]) for side in _sides(told))

        def of(items: Any, coefficient: Any, judge: Any = judge, people: Any = people) -> float | None:
            found: float | None = coefficient(confusion(judge[items], people[items], 3))
            return found

        for known, coefficient in ((part.ac2, gwet), (part.kappa, cohen_kappa)):
            single = cluster_bootstrap(
                lambda items, coefficient=coefficient, of=of: of(items, coefficient),  # type: ignore[misc]
                [each.scenario for each in told],
                seed=seed,
                draws=40,
            )
            assert (known.estimate, known.n) == (single.estimate, single.n)
            for found, wanted in ((known.low, single.low), (known.high, single.high)):
                assert found == (None if wanted is None else pytest.approx(wanted))


def _sides(labels: list[Label]) -> tuple[list[str | None], list[str | None]]:
    return [each.judge for each in labels], [each.people for each in labels]


def test_a_judge_that_always_agrees() -> None:
    labels = [Label(str(n), "one", key, key, 0) for n, key in enumerate(KEYS * 20)]
    found = agreement(labels, CRITERIA)
    assert found.enough
    assert found.ac2.estimate == found.exact.estimate == 1.0
    one, two = found.by_criterion
    assert one.enough
    assert (two.n, two.enough, two.exact.estimate, two.ac2.estimate) == (0, False, None, None)


def test_too_few_labels_say_so() -> None:
    labels = [Label(str(n), "one", "yes", "yes", 0) for n in range(TOO_FEW - 1)]
    assert not agreement(labels, CRITERIA).enough
    assert agreement([*labels, labels[0]], CRITERIA).enough


def test_people_who_differ_among_themselves_are_told_apart_from_the_judge() -> None:
    first = [Label(str(n), "one", "yes", "yes", 0) for n in range(12)]
    second = [Label(str(n), "one", "yes", "yes" if n % 2 else "no", 1) for n in range(12)]
    [one, _] = agreement([*first, *second], CRITERIA).by_criterion
    assert one.alpha is not None
    assert one.alpha < 0.2
    [alone, _] = agreement(first, CRITERIA).by_criterion
    assert alone.alpha is None


def test_labels_of_criteria_and_levels_that_are_gone_are_left_out() -> None:
    gone = [Label("1", "gone", "yes", "yes", 0), Label("1", "one", "was", "yes", 0), Label("1", "one", "yes", "was", 0)]
    found = agreement(gone, CRITERIA)
    assert (found.n, found.abstained) == (0, 0)


@pytest.mark.parametrize("programme", ["one", "another"])
def test_the_split_is_stable_and_holds_its_share(programme: str) -> None:
    scenarios = [f"run {number}" for number in range(2000)]
    held = [each for each in scenarios if held_out(each, programme)]
    assert held == [each for each in scenarios if held_out(each, programme)]
    assert abs(len(held) / len(scenarios) - HELD_SHARE) < 0.05
    assert held != [each for each in scenarios if held_out(each, "a third")]
