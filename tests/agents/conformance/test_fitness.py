from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.conformance.fitness import WEIGHTS, Weight, fitness_of
from agents.conformance.registry import probes_of
from agents.conformance.report import Fitness, Outcome
from agents.endpoints import Role

ROLES: tuple[Role, ...] = ("author", "alignment", "persona", "coach")
ORDER = [Fitness.FIT, Fitness.PROVISIONAL, Fitness.UNFIT]
WORSE = {Outcome.GOOD: Outcome.WEAK, Outcome.WEAK: Outcome.BAD, Outcome.BAD: Outcome.NOT_ASKED}


def good(role: Role) -> dict[str, Outcome]:
    return dict.fromkeys(WEIGHTS[role], Outcome.GOOD)


@pytest.mark.parametrize("role", ROLES)
def test_every_probe_of_a_role_has_a_weight_and_the_other_way_round(role: Role) -> None:
    assert {probe.name for probe in probes_of(role)} == WEIGHTS[role].keys()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("weight", "outcome", "expected"),
    [
        (Weight.ESSENTIAL, Outcome.WEAK, Fitness.PROVISIONAL),
        (Weight.ESSENTIAL, Outcome.BAD, Fitness.UNFIT),
        (Weight.ESSENTIAL, Outcome.NOT_ASKED, Fitness.UNFIT),
        (Weight.IMPORTANT, Outcome.WEAK, Fitness.FIT),
        (Weight.IMPORTANT, Outcome.BAD, Fitness.PROVISIONAL),
        (Weight.IMPORTANT, Outcome.NOT_ASKED, Fitness.PROVISIONAL),
        (Weight.NOTED, Outcome.WEAK, Fitness.FIT),
        (Weight.NOTED, Outcome.BAD, Fitness.FIT),
        (Weight.NOTED, Outcome.NOT_ASKED, Fitness.FIT),
    ],
)
def test_the_decision_table(role: Role, weight: Weight, outcome: Outcome, expected: Fitness) -> None:
    assert fitness_of(role, good(role)) is Fitness.FIT
    for probe, own in WEIGHTS[role].items():
        if own is weight:
            assert fitness_of(role, {**good(role), probe: outcome}) is expected, probe


def test_what_stands_in_the_docstring_is_what_decides() -> None:
    table = (fitness_of.__doc__ or "").split("probe        author")[1].split("An author's")[0]
    columns = ("author", "alignment", "persona", "coach")
    for line in table.splitlines()[2:]:
        if line.strip() and not line.strip().startswith("="):
            row = line.strip().ljust(40)
            probe = row.split()[0]
            told = dict(zip(columns, (row[13], row[20], row[26], row[34]), strict=True))
            for role in ROLES:
                weight = WEIGHTS[role].get(probe)
                assert told[role] == (weight.value[0].upper() if weight else " "), (probe, role)


def test_several_important_weaknesses_add_up() -> None:
    weak = dict.fromkeys(("streaming", "limits", "talk"), Outcome.WEAK)
    assert fitness_of("persona", {**good("persona"), **weak}) is Fitness.PROVISIONAL
    weak.pop("talk")
    assert fitness_of("persona", {**good("persona"), **weak}) is Fitness.FIT


def test_a_model_that_nothing_was_asked_of_is_not_fit() -> None:
    assert all(fitness_of(role, {}) is Fitness.UNFIT for role in ROLES)


@given(st.sampled_from(ROLES), st.data())
def test_a_worse_outcome_never_makes_a_model_fitter(role: Role, data: st.DataObject) -> None:
    drawn = {probe: data.draw(st.sampled_from(list(Outcome))) for probe in WEIGHTS[role]}
    probe = data.draw(st.sampled_from(sorted(drawn)))
    worse = {**drawn, probe: WORSE.get(drawn[probe], drawn[probe])}
    assert ORDER.index(fitness_of(role, worse)) >= ORDER.index(fitness_of(role, drawn))
