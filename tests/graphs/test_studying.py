"""Studies: priced first, every question asked once whatever dies in between, and their ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agents.failures import ModelNonsense, ModelUnreachable
from evidence.canonical import text_digest
from evidence.errors import Conflict, NotAllowed
from graphs import studying
from graphs.playing import Drained
from graphs.studies.inquiry import Answers, Task
from graphs.studying import Studying, cancel, carry_on, plan
from store import failpoints
from store.repositories.studies import Study
from store.unit_of_work import Store
from tests.company import Company, ensemble

FIRST, LATER = 6, 2  # questions of the first round; further ones for each even answer


class Sums:
    """Asks for numbers; every even answer leads to more questions. Counts how often each one is asked."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.failing: dict[str, Exception] = {}
        self.after = 10**6  # questions before the endpoint is away
        self.begun = asyncio.Event()
        self.slow = asyncio.Event()
        self.slow.set()

    async def load(self, *_: Any) -> Sums:
        return self

    def tasks(self, answers: Answers) -> Sequence[Task]:
        first = [self._task(f"first {number}", number) for number in range(FIRST)]
        later = [
            self._task(f"later {task.key} {number}", number)
            for task in first
            if answers.get(task.key, {}).get("number", 1) % 2 == 0
            for number in range(LATER)
        ]
        return [*first, *later]

    def to_come(self, answers: Answers) -> Sequence[Task]:
        return () if answers else [self._task("like later ones", 0)] * (FIRST // 2 * LATER)

    def conclude(self, answers: Answers) -> dict[str, Any]:
        known = [each for each in answers.values() if "number" in each]
        return {"sum": sum(int(each["number"]) for each in known), "failed": len(answers) - len(known)}

    def _task(self, name: str, number: int) -> Task:
        async def ask() -> dict[str, Any]:
            self.begun.set()
            await self.slow.wait()
            self.asked[name] += 1
            if self.asked.total() > self.after:
                self.asked[name] -= 1
                raise ModelUnreachable("Nobody answers.", todo="Start it.")
            if name in self.failing:
                raise self.failing[name]
            return {"number": number}

        return Task(text_digest(name), "alignment", 400, ask)


@pytest.fixture
def sums(monkeypatch: pytest.MonkeyPatch) -> Sums:
    found = Sums()
    monkeypatch.setattr(studying, "inquiry_of", found.load)
    return found


async def planned(store: Store, company: Company, settings: Mapping[str, Any] | None = None) -> Study:
    return await plan(
        store, ensemble(), company.sofia, company.programme_id, "stress", "subject", settings or {"seed": 1}
    )


async def now(store: Store, study: Study) -> Study:
    async with store.read() as work:
        return await work.studies.study(study.id)


async def carried_out(store: Store, company: Company, study: Study) -> Study:
    started = await carry_on(store, company.sofia, study.id)
    await Studying(store, ensemble()).carry_out(study.id, str(started.runs))
    return await now(store, study)


async def test_a_study_is_priced_then_asks_and_concludes(store: Store, company: Company, sums: Sums) -> None:
    study = await planned(store, company)
    assert (study.status, study.planned, sums.asked.total()) == ("priced", 12, 0)
    assert study.estimate["questions"] == 12
    assert study.estimate["cost"] == 0
    done = await carried_out(store, company, study)
    assert done.status == "done"
    assert done.result == {"sum": 15 + 3, "failed": 0}
    assert done.planned == done.answered == 12
    assert set(sums.asked.values()) == {1}
    async with store.read() as work:
        found = await work.studies.by_digest(str(done.digest))
        notices = await work.desk.notices(company.sofia.person_id)
    assert found is not None
    assert found.id == study.id
    assert [each.kind for each in notices] == ["study done"]


async def test_what_was_answered_in_one_study_is_not_asked_in_the_next(
    store: Store, company: Company, sums: Sums
) -> None:
    first = await carried_out(store, company, await planned(store, company))
    again = await planned(store, company)
    assert again.estimate["known"] == again.estimate["questions"] == 12
    second = await carried_out(store, company, again)
    assert sums.asked.total() == 12
    assert second.result == first.result
    assert second.digest == first.digest


@pytest.mark.parametrize("after", [0, 1, 4, 7])
async def test_an_endpoint_that_dies_stops_it_and_nothing_is_paid_twice(
    store: Store, company: Company, sums: Sums, after: int
) -> None:
    study = await planned(store, company)
    sums.after = after
    stopped = await carried_out(store, company, study)
    assert stopped.status == "stopped"
    assert stopped.error is not None
    assert stopped.error["kind"] == "model-unreachable"
    assert stopped.error["todo"] == "Start it."
    assert stopped.answered == after
    sums.after = 10**6
    done = await carried_out(store, company, study)
    assert done.status == "done"
    assert done.result == {"sum": 18, "failed": 0}
    assert set(sums.asked.values()) == {1}


async def test_one_question_that_cannot_be_answered_does_not_stop_the_others(
    store: Store, company: Company, sums: Sums
) -> None:
    sums.failing["first 5"] = ModelNonsense("It said nothing of use.")
    done = await carried_out(store, company, await planned(store, company))
    assert done.status == "done"
    assert done.result == {"sum": 13, "failed": 1}
    del sums.failing["first 5"]  # it failed in that study only
    assert (await planned(store, company)).estimate["known"] == 11


@pytest.mark.parametrize("name", ["study:answers-kept", "study:before-conclusion"])
async def test_a_process_that_dies_in_between_asks_nothing_again(
    store: Store, company: Company, sums: Sums, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = await planned(store, company)
    started = await carry_on(store, company.sofia, study.id)

    class Died(BaseException):
        """As a kill would, this passes every handler."""

    def die() -> None:
        raise Died

    monkeypatch.setitem(failpoints._armed, name, die)
    with pytest.raises(Died):
        await Studying(store, ensemble()).carry_out(study.id, str(started.runs))
    monkeypatch.delitem(failpoints._armed, name)
    assert (await now(store, study)).status == "running"
    asked = sums.asked.total()
    await Studying(store, ensemble()).carry_out(study.id, str(started.runs))
    assert (await now(store, study)).status == "done"
    assert asked > 0
    assert set(sums.asked.values()) == {1}


async def test_two_processes_at_one_study_come_to_one_result(store: Store, company: Company, sums: Sums) -> None:
    study = await planned(store, company)
    started = await carry_on(store, company.sofia, study.id)
    both = [Studying(store, ensemble()).carry_out(study.id, str(started.runs)) for _ in range(2)]
    await asyncio.gather(*both)
    done = await now(store, study)
    assert done.status == "done"
    assert done.result == {"sum": 18, "failed": 0}
    async with store.read() as work:
        notices = await work.desk.notices(company.sofia.person_id)
    assert len(notices) == 1


async def test_a_process_that_leaves_lets_the_questions_under_way_be_answered(
    store: Store, company: Company, sums: Sums
) -> None:
    study = await planned(store, company)
    started = await carry_on(store, company.sofia, study.id)
    leaving = Studying(store, ensemble())
    sums.slow.clear()
    carrying = asyncio.create_task(leaving.carry_out(study.id, str(started.runs)))
    await sums.begun.wait()
    leaving.request_drain()
    sums.slow.set()
    with pytest.raises(Drained):
        await carrying
    assert (await now(store, study)).answered == FIRST
    await Studying(store, ensemble()).carry_out(study.id, str(started.runs))
    assert (await now(store, study)).status == "done"
    assert set(sums.asked.values()) == {1}


async def test_a_cancelled_study_asks_no_more(store: Store, company: Company, sums: Sums) -> None:
    study = await planned(store, company)
    started = await carry_on(store, company.sofia, study.id)
    sums.slow.clear()
    carrying = asyncio.create_task(Studying(store, ensemble()).carry_out(study.id, str(started.runs)))
    await sums.begun.wait()
    await cancel(store, company.sofia, study.id)
    sums.slow.set()
    await carrying
    assert (await now(store, study)).status == "cancelled"
    assert sums.asked.total() == FIRST  # what was under way; the later ones were never asked
    with pytest.raises(Conflict, match="was cancelled"):
        await carry_on(store, company.sofia, study.id)
    with pytest.raises(Conflict, match="at its end"):
        await cancel(store, company.sofia, study.id)


async def test_only_a_strategist_measures_the_judge(store: Store, company: Company, sums: Sums) -> None:
    study = await planned(store, company)
    for somebody in (company.maria, company.amir):
        with pytest.raises(NotAllowed):
            await carry_on(store, somebody, study.id)
        with pytest.raises(NotAllowed):
            await cancel(store, somebody, study.id)
        with pytest.raises(NotAllowed):
            await plan(store, ensemble(), somebody, company.programme_id, "stress", "subject", {})


async def test_it_cannot_be_started_twice(store: Store, company: Company, sums: Sums) -> None:
    study = await planned(store, company)
    await carry_on(store, company.sofia, study.id)
    with pytest.raises(Conflict, match="is under way"):
        await carry_on(store, company.sofia, study.id)
