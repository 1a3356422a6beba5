"""A draft beside generic ones: written without the charter, judged on the same criteria, and named passages."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from agents.alignment import Judgement, JudgeQuestion
from agents.author import Draft, DraftOrder
from agents.failures import ModelDown
from evidence.errors import InvalidInput, NotAllowed
from graphs.studies.distinctiveness import plan_distinctiveness
from graphs.studying import Studying, carry_on
from store.repositories.studies import Study
from store.unit_of_work import Store
from tests.company import OFFLINE, SCENARIO, Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.desk import Desk

GENERIC = SCENARIO.model_copy(
    update={
        "title": "A talk about a deadline",
        "setting": "Somewhere in an office. A colleague is late with something, and you talk about it.",
        "exemplars": ("What has been behind the delay, from where you sit?",),
    }
)


class Writers(ScriptedAuthor):
    """Writes the company's scenario with a charter, and another one without."""

    def __init__(self) -> None:
        super().__init__()
        self.without = 0
        self.error: Exception | None = None

    async def draft(self, order: DraftOrder) -> Draft:
        if order.charter is not None:
            return await super().draft(order)
        if self.error is not None:
            raise self.error
        self.without += 1
        return Draft(scenario=GENERIC, provenance=OFFLINE)


class Judges(ScriptedJudge):
    """Finds in the generic text that nobody asks, and hard things said as plainly as in ours."""

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        generic = "Somewhere in an office." in "".join(question.fields.values())
        self.levels = {"asks": ["absent" if generic else "practised"], "plainness": ["practised"]}
        return await super().judge(question, sample)


@pytest.fixture
def writers() -> Writers:
    return Writers()


@pytest.fixture
def judges() -> Judges:
    return Judges()


async def carried_out(store: Store, company: Company, writers: Writers, judges: Judges) -> Study:
    players = ensemble(author=writers, judge=judges)
    checkpoint = await Desk(store, company, players).ordered()
    async with store.read() as work:
        [version] = await work.design.versions(checkpoint.run_id)
    planned = await plan_distinctiveness(store, players, company.sofia, version.id)
    return await gone_on(store, company, writers, judges, planned)


async def gone_on(store: Store, company: Company, writers: Writers, judges: Judges, study: Study) -> Study:
    started = await carry_on(store, company.sofia, study.id)
    await Studying(store, ensemble(author=writers, judge=judges)).carry_out(study.id, str(started.runs))
    async with store.read() as work:
        return await work.studies.study(study.id)


async def test_a_draft_is_held_against_a_generic_one(
    store: Store, company: Company, writers: Writers, judges: Judges
) -> None:
    done = await carried_out(store, company, writers, judges)
    assert done.status == "done"
    assert done.estimate["questions"] == 1 + 2 + 2
    assert done.estimate["known"] == 2, "the draft itself was judged in its journey"
    found: dict[str, Any] = done.result or {}
    assert found["drafts"] == writers.without == 1
    assert 0 < found["distance"] < 1
    assert found["p"] is None, "one generic draft gives no rank that says anything"
    assert {each["criterion_id"]: each["lift"] for each in found["lifts"]} == {"asks": 1.0, "plainness": 0.0}
    assert [each["criterion_id"] for each in found["lifts"] if not each["distinguishes"]] == ["plainness"]
    assert found["lift"] == pytest.approx(0.5)
    assert found["quotes"] > 0
    assert found["passages"][0]["alike"] == pytest.approx(1)
    assert found["passages"][0]["text"] == found["passages"][0]["generic"]
    assert found["generic"] == [{"title": GENERIC.title, "setting": GENERIC.setting}]
    assert Counter(judges.asked) == {("asks", 0): 2, ("plainness", 0): 2}


async def test_an_author_that_fails_stops_it_and_it_goes_on(
    store: Store, company: Company, writers: Writers, judges: Judges
) -> None:
    writers.error = ModelDown("It has a fault.", todo="Wait.")
    stopped = await carried_out(store, company, writers, judges)
    assert stopped.status == "stopped"
    writers.error = None
    done = await gone_on(store, company, writers, judges, stopped)
    assert done.status == "done"
    assert writers.without == 1


async def test_it_says_no_to_what_makes_no_sense(
    store: Store, company: Company, writers: Writers, judges: Judges
) -> None:
    players = ensemble(author=writers, judge=judges)
    checkpoint = await Desk(store, company, players).ordered()
    async with store.read() as work:
        [version] = await work.design.versions(checkpoint.run_id)
    with pytest.raises(InvalidInput, match="1 to 40"):
        await plan_distinctiveness(store, players, company.sofia, version.id, drafts=0)
    with pytest.raises(NotAllowed):
        await plan_distinctiveness(store, players, company.maria, version.id)
    planned = await plan_distinctiveness(store, players, company.sofia, version.id)
    judges.identity = lambda: {"player": "another"}  # type: ignore[method-assign]
    stopped = await gone_on(store, company, writers, judges, planned)
    assert stopped.status == "stopped"
    assert "judge is not the one" in str((stopped.error or {}).get("detail"))
