"""The report card's arithmetic, on judges whose agreement is known."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from strategy.criteria import CriteriaSet, Criterion, Level
from strategy.report_card import Card, Judged, card, told
from strategy.verdict import JudgeSample, SampleStatus

LEVELS = ("low", "middle", "high")
CRITERIA = CriteriaSet(
    title="One question",
    pass_threshold=0.5,
    criteria=(
        Criterion(
            id="asks",
            clause_ids=("C-1",),
            question="Does the learner ask?",
            levels=tuple(
                Level(key=key, anchor=f"{key}.", value=rank / 2, needs_evidence=False)
                for rank, key in enumerate(LEVELS)
            ),
        ),
    ),
)


def sample(level: str | None, number: int = 0, status: SampleStatus = SampleStatus.VALID) -> JudgeSample:
    return JudgeSample(criterion_id="asks", number=number, status=status, level=level, rationale=f"It is {level}.")


def judged(
    judge: Callable[[str], tuple[JudgeSample, ...]], *, texts: int = 60, held: Callable[[int], bool] = lambda _: True
) -> list[Judged]:
    return [
        Judged(
            text=f"t{number}",
            work=f"t{number}",
            kind="plain" if number % 2 else "negated",
            criterion="asks",
            label=LEVELS[number % 3],
            reason="The text says so.",
            quote="",
            held=held(number),
            samples=judge(LEVELS[number % 3]),
        )
        for number in range(texts)
    ]


def made(found: list[Judged], *, by_rules: bool = True) -> Card:
    return card(found, CRITERIA, by_rules=by_rules, draws=200)


def test_the_perfect_judge_agrees_everywhere() -> None:
    found = made(judged(lambda label: (sample(label),)))
    held = found.held
    assert (held.texts, held.n, held.abstained, held.enough) == (60, 60, 0, True)
    assert held.exact.estimate == held.ac2.estimate == held.ac2.low == 1.0
    [criterion] = held.criteria
    assert criterion.table == ((20, 0, 0), (0, 20, 0), (0, 0, 20))
    assert criterion.kappa.estimate == pytest.approx(1.0)
    assert {each.kind: each.exact.estimate for each in found.kinds} == {"negated": 1.0, "plain": 1.0}
    assert found.disagreements == ()


def test_the_constant_judge_gets_what_is_its_by_chance() -> None:
    found = made(judged(lambda label: (sample("middle"),)))
    assert found.held.exact.estimate == pytest.approx(1 / 3)
    [criterion] = found.held.criteria
    assert criterion.table == ((0, 0, 0), (20, 20, 20), (0, 0, 0))
    assert criterion.kappa.estimate == pytest.approx(0.0)


def test_abstentions_failures_and_ties_are_left_to_people_and_are_no_errors() -> None:
    def judge(label: str) -> tuple[JudgeSample, ...]:
        if label == "low":
            return (sample(None, status=SampleStatus.ABSTAINED),)
        if label == "middle":
            return (sample("low", 0), sample("high", 1))
        return (sample(label, 0), sample("high", 1), sample(None, 2, SampleStatus.ERROR))

    held = made(judged(judge), by_rules=False).held
    assert (held.n, held.abstained) == (20, 40)
    assert held.exact.estimate == 1.0
    assert not held.enough
    assert not held.criteria[0].enough


def test_the_headline_takes_no_text_that_may_be_tuned_on_and_disagreements_none_that_is_held() -> None:
    def judge(label: str) -> tuple[JudgeSample, ...]:
        return (sample(label),)

    right = judged(judge, held=lambda number: number < 30)
    mixed = [each if each.held else Judged(**{**each.__dict__, "samples": (sample("low"),)}) for each in right]
    found = made(mixed)
    assert found.held.exact.estimate == 1.0
    assert found.tune.exact.estimate == pytest.approx(1 / 3)
    assert {each.text for each in found.disagreements} == {
        each.text for each in mixed if not each.held and each.label != "low"
    }
    assert {each.rationale for each in found.disagreements} == {"It is low."}
    assert made([Judged(**{**each.__dict__, "held": True}) for each in mixed]).disagreements == ()


def test_the_yardstick_knows_the_tune_part_only() -> None:
    rows = judged(lambda label: (sample(label),), held=lambda number: number % 3 == 2)
    found = made(rows)  # held out are the high ones alone, and the tune part has none of them
    assert found.usual.exact.estimate == 0.0
    assert found.usual.exact.n == found.held.n == 20


def test_texts_of_one_family_are_one_cluster() -> None:
    rows = [Judged(**{**each.__dict__, "work": "all"}) for each in judged(lambda label: (sample(label),))]
    assert made(rows).held.ac2.low is None


def test_steadiness_counts_questions_whose_answers_all_agree() -> None:
    def judge(label: str) -> tuple[JudgeSample, ...]:
        other = "low" if label == "high" else label
        return (sample(label, 0), sample(label, 1), sample(other, 2))

    steady = made(judged(judge), by_rules=False).steady
    assert (steady.samples, steady.same.n) == (3, 60)
    assert steady.same.estimate == pytest.approx(2 / 3)
    alone = made(judged(lambda label: (sample(label),))).steady
    assert alone.by_rules
    assert alone.same.estimate is None


def test_what_most_samples_say_counts() -> None:
    for three in product(LEVELS, repeat=3):
        row = Judged("t", "t", "plain", "asks", "low", "", "", True, tuple(map(sample, three, range(3))))
        most = max(three, key=three.count)
        assert told(row, CRITERIA) == (most if three.count(most) > 1 else None)


def test_without_labels_nothing_is_told() -> None:
    found = made([])
    assert found.held.n == 0
    assert found.held.ac2.estimate is None
    assert found.usual.ac2 is None
