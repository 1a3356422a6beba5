"""The report card on planted judges: known agreement, a constant one under stress, answers that are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.build import EnsembleSettings, build_ensemble
from agents.ensemble import Ensemble
from agents.failures import ModelNonsense, ModelUnreachable
from agents.provenance import Provenance, Usage
from graphs.judge_asking import Asking, Stored
from graphs.judge_report import Subject, chosen_texts, estimate, example_subject, judge_report, stress_cases
from graphs.studies.stressing import case_about
from store.unit_of_work import Store
from strategy.labelled import LabelledText
from strategy.stress.battery import IDS, battery
from tests.api.test_with_models import played_by

DRAWS = 50
Say = Callable[[JudgeQuestion, int], tuple[str | None, str]]


class Planted:
    """Says what it is told to say: a level and a quote."""

    def __init__(self, say: Say, *, deterministic: bool = True) -> None:
        self.deterministic = deterministic
        self.asked: list[tuple[JudgeQuestion, int]] = []
        self._say = say

    def identity(self) -> dict[str, str]:
        return {"player": "planted", "model": "m"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        self.asked.append((question, sample))
        level, quote = self._say(question, sample)
        usage = Usage(input_tokens=100, output_tokens=10, calls=1)
        return Judgement(
            level=level,
            quotes=(ClaimedQuote(quote=quote),) if quote else (),
            provenance=Provenance(player="planted", model="m", prompt_digest="", usage=usage),
        )


class Remembered(dict[str, Mapping[str, Any]]):
    """Answers in a dictionary."""

    async def known(self, keys: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return {key: self[key] for key in keys if key in self}

    async def keep(self, key: str, sample: Mapping[str, Any]) -> None:
        self[key] = sample


@cache
def ellerby() -> Subject:
    return example_subject("ellerby")


def small(texts: int = 6) -> Subject:
    found = ellerby()
    return replace(found, labelled=found.labelled.model_copy(update={"texts": found.labelled.texts[:texts]}))


def labels() -> Say:
    """Knows every label, by the very text."""
    known = {
        (criterion.id, tuple(text.fields(criterion).items())): text.labels[criterion.id]
        for text in ellerby().labelled.texts
        for criterion in ellerby().criteria.criteria
        if criterion.id in text.labels
    }

    def say(question: JudgeQuestion, sample: int) -> tuple[str | None, str]:
        label = known[question.criterion.id, tuple(question.fields.items())]
        return label.level, label.quote

    return say


def always_best(question: JudgeQuestion, sample: int) -> tuple[str | None, str]:
    """The highest level, for whatever stands first."""
    return question.criterion.levels[-1].key, next(iter(question.fields.values()))


def ensemble(judge: Planted) -> Ensemble:
    return replace(build_ensemble(EnsembleSettings()), alignment=judge)


async def test_who_knows_the_labels_agrees_on_every_one_and_is_asked_once_each() -> None:
    judge = Planted(labels())
    found = await judge_report(ensemble(judge), ellerby(), stressed=0, draws=DRAWS)
    asked = sum(len(text.labels) for text in ellerby().labelled.texts)
    assert found["held"]["exact"]["estimate"] == found["tune"]["exact"]["estimate"] == 1.0
    assert found["held"]["ac2"]["estimate"] == 1.0
    assert found["held"]["n"] + found["tune"]["n"] == asked == len(judge.asked)
    assert found["held"]["abstained"] == 0
    assert found["disagreements"] == []
    assert found["stress"] is None
    assert found["cost"]["calls"] == found["cost"]["asked"] == asked
    assert found["steady"]["by_rules"]


async def test_who_always_says_the_best_is_right_by_chance_and_is_caught_when_the_evidence_goes() -> None:
    found = await judge_report(ensemble(Planted(always_best)), small(), stressed=6, draws=DRAWS)
    best = {each.id: each.levels[-1].key for each in ellerby().criteria.criteria}
    held = [text for text in small().labelled.texts if small().labelled.is_held_out(text)]
    given = [label.level == best[name] for text in held for name, label in text.labels.items()]
    assert found["held"]["exact"]["estimate"] == pytest.approx(sum(given) / len(given))
    assert found["held"]["criteria"][0]["table"][0] == [0, 0, 0, 0]
    stress = found["stress"]
    wrong = {each["id"]: each["wrong"]["estimate"] for each in stress["kinds"]}
    assert {wrong[name] for name in ("D1", "D2", "D3")} == {1.0}
    assert wrong["P1"] == wrong["P7"] == 0.0
    assert stress["standing"] == "fails"
    assert stress["taken_away"]["dropped"] == stress["taken_away"]["left"] == 0 < stress["taken_away"]["stayed"]
    assert (stress["texts"], stress["cases"]) == (6, sum(len(text.labels) for text in small().labelled.texts))


async def test_a_judge_that_varies_is_asked_as_often_as_the_criteria_say_and_its_steadiness_is_told() -> None:
    def wavering(question: JudgeQuestion, sample: int) -> tuple[str | None, str]:
        levels = question.criterion.levels
        return levels[0 if sample < 2 else 1].key, next(iter(question.fields.values()))

    judge = Planted(wavering, deterministic=False)
    found = await judge_report(ensemble(judge), small(2), stressed=0, draws=DRAWS)
    assert found["steady"] == {
        "samples": ellerby().criteria.samples,
        "by_rules": False,
        "same": {**found["steady"]["same"], "estimate": 0.0},
    }
    once = await judge_report(ensemble(Planted(wavering, deterministic=False)), small(2), samples=1, stressed=0)
    assert once["steady"]["same"]["estimate"] is None
    assert once["cost"]["asked"] == found["cost"]["asked"] / ellerby().criteria.samples


async def test_what_was_answered_is_never_asked_again_also_after_the_endpoint_went_away() -> None:
    memory, left = Remembered(), [7]

    def falling(question: JudgeQuestion, sample: int) -> tuple[str | None, str]:
        left[0] -= 1
        if left[0] < 0:
            raise ModelUnreachable("Nobody answers.")
        return always_best(question, sample)

    with pytest.raises(ModelUnreachable):
        await judge_report(ensemble(Planted(falling)), small(3), stressed=0, memory=memory, draws=DRAWS)
    assert len(memory) == 7
    again = Planted(always_best)
    found = await judge_report(ensemble(again), small(3), stressed=0, memory=memory, draws=DRAWS)
    total = sum(len(text.labels) for text in small(3).labelled.texts)
    assert (found["cost"]["known"], found["cost"]["asked"], len(again.asked)) == (7, total - 7, total - 7)
    third = Planted(always_best)
    assert (await judge_report(ensemble(third), small(3), stressed=0, memory=memory, draws=DRAWS))["held"] == found[
        "held"
    ]
    assert third.asked == []


async def test_answers_are_kept_in_the_database(store: Store) -> None:
    for asked in (True, False):
        judge = Planted(always_best)
        found = await judge_report(ensemble(judge), small(1), stressed=0, memory=Stored(store), draws=DRAWS)
        assert bool(judge.asked) is asked
        assert bool(found["cost"]["known"]) is not asked


async def test_one_question_without_a_usable_reply_is_left_to_people_and_counted() -> None:
    def mumbling(question: JudgeQuestion, sample: int) -> tuple[str | None, str]:
        if question.criterion.id == "no_pressure":
            raise ModelNonsense("It mumbles.")
        return always_best(question, sample)

    found = await judge_report(ensemble(Planted(mumbling)), small(4), stressed=1, draws=DRAWS)
    spoilt = sum("no_pressure" in text.labels for text in small(4).labelled.texts)
    assert found["held"]["abstained"] + found["tune"]["abstained"] == found["cost"]["failed"] == spoilt
    assert "first answer" in {each["perturbation"] for each in found["stress"]["untried"]}


async def test_stress_takes_any_cases_and_the_same_seed_makes_the_same_changes() -> None:
    text: LabelledText = ellerby().labelled.texts[0]
    criterion = ellerby().criteria.criteria[0]
    case = case_about("one", ellerby().question(text, criterion), text.names)
    reports = [
        await stress_cases(Asking(ensemble(Planted(always_best))), [case], battery(IDS), seed=seed) for seed in (3, 3)
    ]
    assert reports[0] == reports[1]
    assert (reports[0]["cases"], reports[0]["compared"], reports[0]["failed"]) == (1, 1, 0)


def test_texts_under_stress_are_spread_evenly() -> None:
    there = ellerby().labelled.texts
    some = chosen_texts(ellerby().labelled, 4)
    assert [there.index(each) for each in some] == [place * len(there) // 4 for place in range(4)]
    assert chosen_texts(ellerby().labelled, 1000) == there
    assert chosen_texts(ellerby().labelled, 0) == ()


async def test_a_price_is_told_before_anything_is_asked_and_no_run_asks_more() -> None:
    rules = build_ensemble(EnsembleSettings())
    assert estimate(rules, small(2)).most.cost == 0
    dear = build_ensemble(played_by("http://127.0.0.1:1/v1", input_price=1, output_price=2))
    told = estimate(dear, small(2), samples=1, stressed=2)
    assert 0 < told.about.cost < told.most.cost
    judge = Planted(always_best, deterministic=False)
    found = await judge_report(ensemble(judge), small(2), samples=1, stressed=2, draws=DRAWS)
    assert found["cost"]["asked"] <= told.questions
    assert estimate(dear, small(2), samples=3, stressed=0).questions == 3 * sum(
        len(text.labels) for text in small(2).labelled.texts
    )
