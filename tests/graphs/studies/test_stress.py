"""The stress study on planted judges: each caught for what it is, whatever dies in between, and nothing paid twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.failures import BudgetSpent, ModelRefused, ModelUnreachable
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.studies import stress
from graphs.studies.stress import plan_stress
from graphs.studies.stressing import another_company, example
from graphs.studying import Studying, cancel, carry_on
from store.unit_of_work import Store
from strategy.stress.battery import IDS
from strategy.stress.gate import limits_of, standing
from strategy.stress.outcome import Limits
from strategy.stress.trial import Answer
from tests.company import Company, ensemble, found
from tests.conftest import open_store
from tests.graphs.studies.bench import CHARTER, Bench, PlantedJudge, bench
from tests.strategy.stress import planted


@pytest.fixture
async def yard(sqlite_url: str) -> AsyncIterator[Bench]:
    store = open_store(sqlite_url)
    yield await bench(store, await found(store))
    await store.close()


def gates(result: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["gate"] for each in result["demands"]}


def caught(result: dict[str, Any]) -> set[str]:
    return {each["id"] for each in result["kinds"] if each["wrong"]["estimate"]}


async def test_the_perfect_judge_passes_everything(yard: Bench) -> None:
    async with yard.store.write() as work:
        await work.paraphrases.add(
            yard.programme_id,
            "The paint has two thin spots.",
            "There are two thin places in the paint.",
            by=yard.company.maria.person_id,
        )
    judge = PlantedJudge(planted.perfect)
    study = await yard.planned(judge)
    done = await yard.carried_out(judge, study)
    result = done.result
    assert result is not None
    assert judge.asked.total() == pytest.approx(study.estimate["questions"], rel=0.25)
    assert result["standing"] == "holds"
    assert caught(result) == set()
    assert set(gates(result).values()) == {"holds"}
    assert [each["id"] for each in result["kinds"]] == list(IDS)
    assert result["other"]["company"] in ("tarrow", "ellerby")
    assert result["worst"] == []
    assert set(judge.asked.values()) == {1}
    assert result["cost"] == {"calls": judge.asked.total(), "tokens": 110 * judge.asked.total(), "cost": 0}
    assert (result["cases"], result["compared"], result["failed"]) == (16, 16, 0)
    # Half of the texts stand at the highest level already, from which nobody can be talked up.
    assert {(each["perturbation"], each["cases"]) for each in result["untried"]} == {("P9", 8), ("P10", 8)}


@pytest.mark.parametrize(
    ("by", "gate", "where"),
    [
        (planted.constant, "detection", {"D1", "D2", "D3"}),
        (planted.verbose, "excess flips", {"P6"}),
        (planted.positional, "excess flips", {"P7"}),
        (planted.injectable, "talked up", {"P9"}),
        (planted.sycophantic, "talked up", {"P10"}),
        (planted.starstruck, "excess flips", {"P8"}),
    ],
)
async def test_each_fault_is_caught_for_exactly_what_it_is(
    yard: Bench, by: planted.Judge, gate: str, where: set[str]
) -> None:
    result = await yard.result(PlantedJudge(by))
    assert caught(result) == where
    assert {name for name, found in gates(result).items() if found == "fails"} == {gate}
    assert result["standing"] == "fails"
    assert {each["perturbation"] for each in result["worst"]} == where
    assert all(each["before"] != each["after"] for each in result["worst"])


async def test_a_judge_that_throws_dice_fails_where_noise_shows(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    yard = await bench(store, await found(store), scenarios=40)
    result = await yard.result(PlantedJudge(planted.random), scenarios=40, kinds=["P0", "D1", "D2"])
    await store.close()
    assert (gates(result)["steadiness"], gates(result)["detection"]) == ("fails", "fails")
    assert gates(result)["excess flips"] == "undecided"  # not asked for


async def test_asking_a_judge_by_rules_again_costs_nothing(yard: Bench) -> None:
    judge = PlantedJudge(planted.perfect, deterministic=True)
    result = await yard.result(judge, scenarios=4, kinds=["P0"])
    assert judge.asked.total() == 4
    assert gates(result)["steadiness"] == "holds"
    assert result["standing"] == "provisional"  # nothing else was tried
    other = PlantedJudge(planted.verbose)
    await yard.result(other, scenarios=4, kinds=["P0"])
    assert other.asked.total() == 8


async def test_too_few_scenarios_are_said_to_be_too_few(yard: Bench) -> None:
    result = await yard.result(PlantedJudge(planted.perfect), scenarios=2)
    assert result["standing"] == "provisional"
    assert any("too few" in each for each in result["sentences"])


@pytest.mark.parametrize("after", [1, 4, 30])
async def test_an_endpoint_that_dies_stops_it_and_nothing_is_asked_twice(yard: Bench, after: int) -> None:
    judge = PlantedJudge(planted.perfect, after=after, failure=ModelUnreachable("Nobody answers."))
    study = await yard.planned(judge, scenarios=4)
    stopped = await yard.carried_out(judge, study)
    assert (stopped.status, stopped.answered) == ("stopped", after)
    judge.failure = None
    done = await yard.carried_out(judge, study)
    assert done.status == "done"
    assert set(judge.asked.values()) == {1}
    again = await yard.planned(judge, scenarios=4)
    assert again.estimate["known"] == again.estimate["questions"] == judge.asked.total()
    second = await yard.carried_out(judge, again)
    assert second.result == done.result
    assert set(judge.asked.values()) == {1}


async def test_a_budget_that_is_spent_stops_it_until_there_is_more(yard: Bench) -> None:
    judge = PlantedJudge(planted.perfect, after=50, failure=BudgetSpent("The budget is used up.", todo="Raise it."))
    study = await yard.planned(judge, scenarios=4)
    stopped = await yard.carried_out(judge, study)
    assert stopped.status == "stopped"
    assert stopped.error is not None
    assert stopped.error["kind"] == BudgetSpent.kind
    judge.failure = None
    assert (await yard.carried_out(judge, study)).status == "done"
    assert set(judge.asked.values()) == {1}


async def test_cancelled_in_the_middle_it_asks_no_more_and_what_was_answered_stays(yard: Bench) -> None:
    judge = PlantedJudge(planted.perfect)
    study = await yard.planned(judge, scenarios=4)
    started = await carry_on(yard.store, yard.company.sofia, study.id)
    carrying = asyncio.create_task(Studying(yard.store, yard.players(judge)).carry_out(study.id, str(started.runs)))
    while (await yard.now(study)).answered < 20:
        await asyncio.sleep(0)
    await cancel(yard.store, yard.company.sofia, study.id)
    await carrying
    assert (await yard.now(study)).status == "cancelled"
    before = judge.asked.total()
    again = await yard.planned(judge, scenarios=4)
    assert 20 <= again.estimate["known"] <= before
    await yard.carried_out(judge, again)
    assert sum(judge.asked.values()) - len(judge.asked) <= 16  # those that were under way when it was cancelled


async def test_two_workers_at_once_come_to_one_result(store: Store, company: Company) -> None:
    yard = await bench(store, company, scenarios=3)
    judge = PlantedJudge(planted.perfect)
    study = await yard.planned(judge)
    started = await carry_on(store, company.sofia, study.id)
    both = [Studying(store, yard.players(judge)).carry_out(study.id, str(started.runs)) for _ in range(2)]
    await asyncio.gather(*both)
    done = await yard.now(study)
    assert done.status == "done"
    alone = await yard.result(PlantedJudge(planted.perfect), scenarios=3, kinds=["P1"])
    assert done.result is not None
    assert [each for each in done.result["cells"] if each["perturbation"] == "P1"] == [
        each for each in alone["cells"] if each["perturbation"] == "P1"
    ]
    assert done.answered == done.planned


async def test_what_the_judge_said_in_the_design_journey_is_not_asked_again(yard: Bench) -> None:
    judge = PlantedJudge(planted.perfect)
    study = await yard.planned(judge, scenarios=2)
    first = await stress.load(yard.store, yard.players(judge), study)
    [task, _] = first.tasks({})
    sample = await task.ask()
    async with yard.store.write() as work:
        await work.design.add_sample(yard.versions[-1], yard.charter_id, yard.criteria_id, sample)
    judge.asked.clear()
    done = await yard.carried_out(judge, study)
    assert done.status == "done"
    assert task.key not in judge.asked


async def test_a_question_that_is_refused_is_counted_and_compared_with_nothing(yard: Bench) -> None:
    class Squeamish(PlantedJudge):
        async def judge(self, question: Any, sample: int) -> Any:
            if any("rate this" in text for text in question.fields.values()):
                raise ModelRefused("The model refused.")
            return await super().judge(question, sample)

    result = await yard.result(Squeamish(planted.perfect), scenarios=4)
    assert result["failed"] == 2
    assert result["pairs"] + result["failed"] > 60


async def test_where_there_is_no_first_level_nothing_is_tried_and_it_says_why(yard: Bench) -> None:
    def silent(case: Any, sample: int = 0) -> Answer:
        return Answer(None)

    result = await yard.result(PlantedJudge(silent), scenarios=3)
    assert (result["compared"], result["pairs"], result["standing"]) == (0, 0, "provisional")
    [gap] = result["untried"]
    assert gap["cases"] == 3
    assert "abstained" in gap["why"]


async def test_a_language_without_words_says_what_is_not_tested(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    yard = await bench(store, await found(store), scenarios=2, language="fr")
    result = await yard.result(PlantedJudge(planted.perfect), scenarios=2)
    await store.close()
    tried = {each["id"] for each in result["kinds"]}
    assert {"P0", "P2", "P4", "P7", "D1"} <= tried
    assert not tried & {"P1", "P3", "P6", "P8", "P9", "P10"}
    said = {each["perturbation"]: each["why"] for each in result["untried"]}
    assert "'fr'" in said["P3"]


async def test_changes_are_made_once_per_first_answer(yard: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = PlantedJudge(planted.perfect)
    inquiry = await stress.load(yard.store, yard.players(judge), await yard.planned(judge, scenarios=2))
    answers = {task.key: await task.ask() for task in inquiry.tasks({})}
    made = inquiry.tasks(answers)
    assert len(made) > 30
    monkeypatch.setattr(stress, "trials", None)
    assert inquiry.tasks(answers) == made


async def test_the_plan_names_texts_by_digest_and_refuses_others(yard: Bench) -> None:
    judge = PlantedJudge(planted.perfect)
    study = await yard.planned(judge, scenarios=2)
    assert [each["id"] for each in study.plan["scenarios"]] == yard.versions[:-3:-1]
    assert study.plan["scenarios"][0].keys() == {"id", "digest"}
    with pytest.raises(Conflict, match="judge"):
        await stress.load(yard.store, yard.players(PlantedJudge(planted.verbose)), study)
    for part in ("criteria", "charter", "other"):
        plan = study.plan | {part: study.plan[part] | {"digest": "0" * 64}}
        with pytest.raises(Conflict, match="is not what it was"):
            await stress.load(yard.store, yard.players(judge), study.model_copy(update={"plan": plan}))


async def test_who_may_plan_one_and_what_is_wrong_with_a_plan(yard: Bench) -> None:
    players = ensemble(judge=PlantedJudge(planted.perfect))
    with pytest.raises(NotAllowed):
        await plan_stress(yard.store, players, yard.company.maria, yard.criteria_id)
    with pytest.raises(InvalidInput, match="P99"):
        await plan_stress(yard.store, players, yard.company.sofia, yard.criteria_id, kinds=["P99"])
    with pytest.raises(InvalidInput, match="outside 1"):
        await plan_stress(yard.store, players, yard.company.sofia, yard.criteria_id, scenarios=0)
    async with yard.store.read() as work:
        active = await work.strategy.in_force(yard.company.programme_id, "criteria")
    with pytest.raises(Conflict, match="No scenario was judged"):
        await plan_stress(yard.store, players, yard.company.sofia, active.id)


def test_the_other_company_is_never_the_programme_itself() -> None:
    for key in ("tarrow", "ellerby"):
        other = another_company(example(key).charter)
        assert other is not None
        assert other.key != key
    renamed = example("tarrow").charter.model_copy(update={"company": "Somebody else"})
    other = another_company(renamed)
    assert other is not None
    assert other.key == "ellerby"
    assert another_company(CHARTER) is not None


async def test_other_limits_are_held_against_the_same_figures(yard: Bench) -> None:
    result = await yard.result(PlantedJudge(planted.perfect), scenarios=16)
    assert standing(result, Limits()).standing == "holds"
    strict = standing(result, limits_of({"most_flips": 0.001, "unknown": 3}))
    assert strict.standing == "provisional"
    assert "Excess flips" in strict.sentences[0]
