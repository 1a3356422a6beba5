"""The benchmark of the strategy desk measures the same thing on both sides, and counts what it says it counts."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.strategy_desk.__main__ import MISSING, peer, rows_of_afternoon, same_outcomes, seconds
from benchmarks.strategy_desk.afternoon import Step, afternoon, reworded_anchor, reworded_clause
from benchmarks.strategy_desk.judging import players
from benchmarks.strategy_desk.peers import goes_with, outcome_of, rescored
from benchmarks.strategy_desk.scripted import Spent, judged, judging
from benchmarks.strategy_desk.strategies import charter, criteria, for_peers, heavier, rules_for_peers, stored, verdicts
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from strategy.history import OUTCOMES, agreeing, count, score
from strategy.versions import compare_criteria
from tests.endpoint import Endpoint

PROMPT = """<scenario>
[learner_goal]
Ask what is behind the delay. Say the hard part first.
</scenario>

<criterion>
Question: Is it said plainly?
Levels, from lowest to highest:
- low: {anchor}
- mid: It is hinted at.
- high: It is said plainly.
</criterion>"""


def test_the_peers_rules_are_those_of_a_verdict() -> None:
    told = for_peers()
    ours = score(count(stored(), [signed for _, signed in verdicts()], criteria(12)), heavier(criteria(12)))
    theirs = [outcome_of(each["counts"], told["rules"])[0] for each in told["texts"]]
    assert theirs == [OUTCOMES[each].value for each in ours.outcomes]
    assert {"aligned", "revise", "refer"} == set(theirs), "all of them have to be there to be compared"
    signed = [each["signed"] for each in told["texts"]]
    right = agreeing(ours.outcomes, count(stored(), signed, criteria(12)).signed)[0]
    assert sum(map(goes_with, theirs, signed)) == right


@given(st.integers(0, 10**6), st.floats(0.1, 1.0), st.floats(0.0, 1.0))
def test_they_are_so_at_any_weights_and_thresholds(seed: int, threshold: float, least: float) -> None:
    chosen, asked = random.Random(seed), criteria(3)
    counts = {
        each.id: {level.key: chosen.randint(1, 3) for level in chosen.sample(each.levels, chosen.randint(1, 2))}
        for each in asked.criteria
    }
    weighed = [each.model_copy(update={"weight": chosen.uniform(0.1, 9)}) for each in asked.criteria]
    figures = {"criteria": tuple(weighed), "pass_threshold": threshold, "min_agreement": least}
    tried = asked.model_copy(update=figures)
    rules = rules_for_peers()
    weights = {each.id: each.weight for each in weighed}
    members = [{**each, "weight": weights[each["id"]]} for each in rules["criteria"] if each["id"] in weights]
    outcome, points = outcome_of(counts, {**rules, **figures, "criteria": members})
    entry: dict[str, Any] = {"results": [{"criterion_id": key, "counts": said} for key, said in counts.items()]}
    ours = score(count([entry], [True], asked), tried)
    assert OUTCOMES[ours.outcomes[0]].value == outcome
    assert outcome == "refer" or points == pytest.approx(ours.scores[0])


def test_other_outcomes_are_noticed() -> None:
    ours = {"outcomes": {"aligned": 3, "refer": 1}, "agreeing": 2}
    assert same_outcomes(ours, {"outcomes": {"aligned": 3, "revise": 0, "refer": 1}})
    assert not same_outcomes(ours, {"outcomes": {"aligned": 2, "revise": 1, "refer": 1}})
    assert not same_outcomes(ours, {"outcomes": {"aligned": 3, "revise": 0, "refer": 1}, "agreeing": 3})


def test_a_length_that_would_take_too_long_is_left_out() -> None:
    found = rescored({"sizes": [1, 10, 100], "seconds": 0.0}, lambda number: {"of": number})
    assert [(each["verdicts"], each["of"]) for each in found] == [(1, 1)]
    quick = rescored({"sizes": [1, 10, 100], "seconds": 60.0}, lambda number: {})
    assert [each["verdicts"] for each in quick] == [1, 10, 100]


def test_where_the_peers_are_not_installed_it_says_how_to_install_them(tmp_path: Path) -> None:
    assert peer(tmp_path / "python", "deepeval", act="rescore") == {"missing": MISSING}


def test_the_scripted_judge_has_an_opinion_that_a_reworded_anchor_leaves_alone() -> None:
    first = [judged(PROMPT.format(anchor="It is avoided."), seed) for seed in range(100)]
    again = [judged(PROMPT.format(anchor="It is left for another day."), seed) for seed in range(100)]
    levels, others = ([str(each["level"]) for each in said] for said in (first, again))
    assert max(set(levels), key=levels.count) == max(set(others), key=others.count)
    assert 1 < len(set(levels)) <= 3, "its draws differ now and then"
    assert levels == [judged(PROMPT.format(anchor="It is avoided."), seed)["level"] for seed in range(100)]


def test_each_change_of_the_afternoon_is_of_its_kind() -> None:
    base = criteria(8)
    assert compare_criteria(base, heavier(base, 3)).judges_anew == ()
    assert compare_criteria(base, heavier(base, 3)).arithmetic == (base.criteria[3].id,)
    assert compare_criteria(base, reworded_anchor(base)).judges_anew == (base.criteria[0].id,)
    clause = base.criteria[2].clause_ids[0]
    other = reworded_clause(charter(), clause)
    assert [each.id for each, was in zip(other.clauses, charter().clauses, strict=True) if each != was] == [clause]


async def test_an_afternoon_asks_only_what_was_never_asked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'conductor.db'}", pool_size=4)
    migrate(database)
    store, spent = Store(database, Vault(b"k" * 32)), Spent()
    with Endpoint(judging(spent=spent)) as endpoint:
        steps = await afternoon(store, players(endpoint.url, 8), spent, decided=2, waiting=1, asked=3)
        assert spent.calls == len(endpoint.asked)
    await store.close()
    asked = {each.name: each.asked.calls for each in steps}
    computed = {"preview: the threshold moved", *(f"preview: weights, {turn} of 5" for turn in range(1, 6))}
    assert {asked[each] for each in computed} == {0}
    for name in ("an anchor reworded", "a clause reworded", "one criterion more"):
        assert asked[f"preview: {name}"] == 2 * 1 * 3
        assert asked[f"in force: {name}"] >= 1 * 1 * 3, "two samples more where the verdict hangs on little"
    everything = {each.name: each.everything.calls for each in steps}
    assert everything["preview: weights, 1 of 5"] == 2 * 3 * 3
    assert everything["preview: one criterion more"] == 2 * 4 * 3


def test_what_was_saved_is_counted_in_tokens() -> None:
    steps = [Step("a", Spent(1, 90, 10), Spent(4, 360, 40)), Step("b", Spent(), Spent(4, 500, 100))]
    assert rows_of_afternoon(steps)[-1] == ("the whole afternoon", "1", "8", "100", "1,000", "90 %")
    assert [seconds(each) for each in (0.00012, 0.0123, 0.4, 12.3, None)] == ["0.12 ms", "12 ms", "0.40 s", "12 s", "–"]
