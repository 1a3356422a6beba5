"""Anchors frozen from labels, judged again past the cache, and what became of the judge meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from agents.ensemble import Ensemble
from agents.failures import ModelUnreachable
from api.judge_words import drift_told, part
from evidence.errors import Conflict, NotAllowed
from graphs import anchoring
from graphs.anchoring import anchor_sets, freeze, plan_drift, remind_of_drift
from graphs.labelling import say_levels
from graphs.studying import Studying, carry_on
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.labels import held_out
from tests.company import CRITERIA, Company, ScriptedJudge, ensemble
from tests.desk import Desk

ASKS, PLAINNESS = (each.id for each in CRITERIA.criteria)
FEW = 4


@dataclass
class Dated(ScriptedJudge):
    """A judge with a name, that can be asked past its cache."""

    name: str = "scripted"
    numbers: set[int] = field(default_factory=set)

    def identity(self) -> dict[str, str]:
        return {"player": "offline", "model": self.name}

    async def judge(self, question, sample):  # type: ignore[no-untyped-def]
        self.numbers.add(sample)
        return await super().judge(question, sample)


def judge(asks: str = "named", name: str = "scripted") -> Dated:
    return Dated(levels={ASKS: [asks], PLAINNESS: ["practised"]}, name=name)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough here: the queries are tried on both in the tests of labelling."""
    return sqlite_url


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchoring, "LEAST", FEW)


async def labelled(store: Store, company: Company, *people: str) -> None:
    """At least two held-out texts, labelled at the judge's levels by each of these."""
    desk = Desk(store, company, ensemble(judge=judge()))
    held = 0
    while held < FEW // 2:
        checkpoint = await desk.ordered(company.maria)
        held += held_out(checkpoint.run_id, company.programme_id)
        for each in people:
            await say_levels(
                store, getattr(company, each), checkpoint.subject_id, {ASKS: "named", PLAINNESS: "practised"}
            )


async def look(store: Store, company: Company, players: Ensemble) -> Study:
    study = await plan_drift(store, players, company.sofia, company.programme_id)
    started = await carry_on(store, company.sofia, study.id)
    await Studying(store, players).carry_out(study.id, str(started.runs))
    async with store.read() as work:
        return await work.studies.study(study.id)


async def test_anchors_take_enough_labels_of_several_people(store: Store, company: Company) -> None:
    with pytest.raises(Conflict, match="at least"):
        await freeze(store, company.sofia, company.programme_id)
    await labelled(store, company, "jonas")
    with pytest.raises(Conflict, match="one person"):
        await freeze(store, company.sofia, company.programme_id)
    with pytest.raises(NotAllowed):
        await freeze(store, company.maria, company.programme_id)
    with pytest.raises(Conflict, match="No anchors"):
        await plan_drift(store, ensemble(), company.sofia, company.programme_id)


async def test_a_judge_is_held_against_labels_and_against_its_first_time(store: Store, company: Company) -> None:
    await labelled(store, company, "jonas", "maria")
    made = await freeze(store, company.sofia, company.programme_id)
    assert (made.items, made.texts, made.due) == (FEW, FEW // 2, False)
    async with store.read() as work:
        [stored] = await work.labels.anchor_sets(company.programme_id)
        runs = {(await work.design.version(each["version_id"])).run_id for each in stored.items}
    assert all(held_out(each, company.programme_id) for each in runs)

    one, again = judge(), judge()
    first = await look(store, company, ensemble(judge=one))
    assert first.status == "done"
    assert first.result is not None
    assert first.result["first"] is None
    assert first.result["exact_now"]["estimate"] == 1
    second = await look(store, company, ensemble(judge=again))
    assert len(again.asked) == len(one.asked) == 2, "asked anew, not from memory; texts that are the same, once"
    assert not one.numbers & again.numbers
    assert 0 not in one.numbers
    assert second.result is not None
    assert (second.result["same"], second.result["compared"]) == (FEW, FEW)
    day = first.updated_at
    assert drift_told(second.result)[:2] == [
        f"The judge gives the same levels as on {day.day} {day:%B %Y} on {FEW} of {FEW} anchors.",
        "Nothing about the judge itself was changed since: model, prompt and parameters are the same.",
    ]

    third = await look(store, company, ensemble(judge=judge("practised", name="scripted-2")))
    assert third.result is not None
    assert (third.result["same"], third.result["only_then"], third.result["only_now"]) == (FEW // 2, FEW // 2, 0)
    assert third.result["changed"] == [{"what": "model", "before": "scripted", "after": "scripted-2"}]
    assert (part("base_url"), part("prompt_digest"), part("top_p")) == ("endpoint", "prompt", "top p")
    assert {each["now"] for each in third.result["moved"]} == {"practised"}
    assert third.result["mean"]["estimate"] == pytest.approx(0.25)
    for people in (company.jonas, company.maria):
        assert people.person_id not in f"{first.plan} {second.result} {third.result}"


async def test_a_look_that_stopped_goes_on_and_pays_nothing_twice(store: Store, company: Company) -> None:
    await labelled(store, company, "jonas", "maria")
    await freeze(store, company.sofia, company.programme_id)
    away = judge()
    away.error = ModelUnreachable("Nobody answers.", todo="Start it.")
    players = ensemble(judge=away)
    study = await look(store, company, players)
    assert study.status == "stopped"
    away.error = None
    started = await carry_on(store, company.sofia, study.id)
    await Studying(store, players).carry_out(study.id, str(started.runs))
    async with store.read() as work:
        assert (await work.studies.study(study.id)).status == "done"


async def test_another_judge_than_the_one_planned_for_is_refused(store: Store, company: Company) -> None:
    await labelled(store, company, "jonas", "maria")
    await freeze(store, company.sofia, company.programme_id)
    study = await plan_drift(store, ensemble(judge=judge()), company.sofia, company.programme_id)
    started = await carry_on(store, company.sofia, study.id)
    await Studying(store, ensemble(judge=judge(name="another"))).carry_out(study.id, str(started.runs))
    async with store.read() as work:
        found = await work.studies.study(study.id)
    assert found.status == "stopped"
    assert found.error is not None
    assert "not the one" in found.error["detail"]


async def test_strategists_are_reminded_once_a_month(store: Store, company: Company) -> None:
    await labelled(store, company, "jonas", "maria")
    await freeze(store, company.sofia, company.programme_id)
    for days, told in ((29, 0), (2, 1), (5, 1), (31, 2)):
        store.clock.offset += timedelta(days=days)
        await remind_of_drift(store)
        await remind_of_drift(store)
        async with store.read() as work:
            notices = await work.desk.notices(company.sofia.person_id)
            others = await work.desk.notices(company.maria.person_id)
        due = [each for each in notices if each.kind == anchoring.DUE]
        assert (len(due), {each.subject for each in due} <= {f"drift/{company.programme_id}"}) == (told, True)
        assert not [each for each in others if each.kind == anchoring.DUE]
    assert (await anchor_sets(store, company.sofia, company.programme_id))[0].due
