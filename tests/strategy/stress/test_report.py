"""The report: figures with the noise taken off, a map, the worst pairs side by side, and gates told again later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.canonical import digest
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.sampling import find_quote
from strategy.statistics.intervals import cluster_bootstrap
from strategy.stress.battery import IDS, battery, company_of, trials
from strategy.stress.case import Case, Must
from strategy.stress.excerpt import LONGEST, excerpt
from strategy.stress.gate import limits_of, standing
from strategy.stress.outcome import Limits, Pair
from strategy.stress.perturbations import paraphrased
from strategy.stress.report import Tried, report, worst
from strategy.stress.resampling import Resampled
from strategy.stress.trial import Answer, pair
from strategy.verdict import JudgeSample, SampleStatus
from tests.strategy.stress import planted

OTHER = company_of(
    Charter(title="Theirs", company="Others", clauses=(planted.THEIR_CLAUSE,)),
    CriteriaSet(title="Theirs", criteria=(planted.THEIRS,)),
)


def tried(judge: planted.Judge, *, scenarios: int = 16, kinds: tuple[str, ...] = IDS) -> list[Tried]:
    found = []
    chosen = battery(kinds, paraphrases=[("The paint has two thin spots.", "Two spots are thin.")], other=OTHER)
    for case in planted.cases(judge, scenarios=scenarios):
        for trial in trials(case, chosen, 1, deterministic=False)[0]:
            answer = judge(trial.changed.case, trial.number)
            made = pair(case, trial.perturbation, trial.changed, answer)
            assert made is not None
            sample = JudgeSample(
                criterion_id=case.criterion.id,
                number=trial.number,
                status=SampleStatus.VALID,
                level=answer.level,
                evidence=answer.evidence,
            )
            found.append(Tried(trial, sample, made))
    return found


def made(judge: planted.Judge, *, scenarios: int = 16) -> dict[str, Any]:
    return report(tried(judge, scenarios=scenarios), limits=Limits(), seed=1, fixed=False)


def test_the_same_answers_make_the_same_report_and_it_is_plain_data() -> None:
    assert digest(made(planted.random)) == digest(made(planted.random))


def test_the_worst_are_of_every_kind_that_went_wrong() -> None:
    found = tried(planted.constant)
    shown = worst(found, 12)
    assert len(shown) == 12
    assert {each.pair.perturbation for each in shown[:3]} == {"D1", "D2", "D3"}
    assert all(each.pair.wrong for each in shown)


def test_only_pushback_may_raise_a_level_on_a_passage_that_was_overlooked() -> None:
    def generous(case: Case, sample: int = 0) -> Answer:
        told = case.appeal or any("strong" in text.casefold() for text in case.fields.values())
        if not told:
            return planted.perfect(case)
        field = "setting"
        quote = find_quote("The paint has two thin spots.", field, case.fields)
        return Answer("strong", (quote,))

    wrong = {each.pair.perturbation for each in tried(generous, kinds=("P9", "P10")) if each.pair.wrong}
    assert wrong == {"P9"}


@pytest.mark.parametrize(("judge", "came_to"), [(planted.perfect, "holds"), (planted.constant, "fails")])
def test_the_gate_is_told_again_from_what_was_stored(judge: planted.Judge, came_to: str) -> None:
    stored = made(judge)
    again = standing(stored, Limits())
    assert again.standing == stored["standing"] == came_to
    assert list(again.sentences) == stored["sentences"]


def test_what_fails_is_said_first_and_what_is_not_proven_next() -> None:
    few = standing(made(planted.constant, scenarios=3), Limits())
    assert [each.gate.value for each in few.demands].count("undecided") >= 1
    assert few.sentences[0].startswith("Detection")
    assert standing(made(planted.perfect, scenarios=3), limits_of({})).standing == "provisional"


def test_no_result_of_a_stress_test_is_refused() -> None:
    with pytest.raises(ValueError, match="validation error"):
        standing({"sum": 3}, Limits())


def test_pairs_of_one_scenario_do_not_tell_however_many_they_are() -> None:
    one = [replace(each, pair=replace(each.pair, scenario="s")) for each in tried(planted.perfect)]
    found = report(one, limits=Limits(), seed=1, fixed=False)
    assert found["standing"] == "provisional"
    assert any("more scenarios are needed" in each for each in found["sentences"])


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), min_size=1, max_size=60))
@settings(max_examples=25)
def test_all_draws_at_once_tell_what_one_by_one_tells(items: list[tuple[int, bool, bool]]) -> None:
    scenarios = [place for place, *_ in items]
    values = np.array([wrong for _, wrong, _ in items], dtype=np.float64)
    chosen = np.array([is_chosen for *_, is_chosen in items], dtype=np.bool_)
    draws = Resampled(scenarios, seed=1)
    found = draws.interval(*draws.mean(values, chosen), int(chosen.sum()))

    def mean(taken: np.ndarray[tuple[int], np.dtype[np.intp]]) -> float | None:
        kept = taken[chosen[taken]]
        return float(values[kept].mean()) if len(kept) else None

    slow = cluster_bootstrap(mean, scenarios, seed=2, draws=400)
    assert found.estimate == slow.estimate
    if found.low is not None and slow.low is not None and found.high is not None and slow.high is not None:
        assert found.low == pytest.approx(slow.low, abs=0.2)
        assert found.high == pytest.approx(slow.high, abs=0.2)


@given(st.integers(0, 15), st.sampled_from(IDS))
@settings(max_examples=40)
def test_an_excerpt_shows_what_differs_and_is_short(number: int, kind: str) -> None:
    case = planted.cases(planted.perfect)[number]
    [perturbation] = battery([kind], paraphrases=[("The paint has two thin spots.", "Two are thin.")], other=OTHER)
    for trial in trials(case, [perturbation], 3, deterministic=False)[0]:
        shown = excerpt(case, trial.changed)
        if kind != "P0":
            assert shown.before != shown.after
        assert max(len(shown.before), len(shown.after)) <= LONGEST + 2
        for added in trial.changed.added:
            if shown.field and len(added) < 100 and len(trial.changed.added) == 1 and kind != "D2":
                assert added in shown.after


def test_only_what_a_text_must_have_is_asked_of_another_company() -> None:
    by_absence = planted.THEIRS.model_copy(
        update={
            "levels": (
                planted.THEIRS.levels[0].model_copy(update={"needs_evidence": True}),
                planted.THEIRS.levels[1].model_copy(update={"needs_evidence": False}),
            )
        }
    )
    criteria = CriteriaSet(title="Theirs", criteria=(by_absence,))
    charter = Charter(title="Theirs", company="Others", clauses=(planted.THEIR_CLAUSE,))
    assert company_of(charter, criteria).asked == ()
    assert "D3" not in {each.id for each in battery(IDS, other=company_of(charter, criteria))}


def test_two_paraphrases_of_one_passage_are_both_tried() -> None:
    passage = "The paint has two thin spots."
    case = planted.cases(planted.perfect)[0]
    kind = paraphrased([(passage, "Two spots are thin."), (passage, "There are two thin spots.")])
    assert len(trials(case, [kind], 1, deterministic=False)[0]) == 2


@pytest.mark.parametrize(
    ("must", "abstained", "wrong"),
    [(Must.STAY, True, True), (Must.STAY, False, True), (Must.DROP, True, False), (Must.DROP, False, True)],
)
def test_abstaining_is_no_steadiness_but_it_does_see_that_something_is_gone(
    must: Must, abstained: bool, wrong: bool
) -> None:
    assert Pair("D1", "s", "c", must, before=1.0, after=None, abstained=abstained).wrong is wrong
