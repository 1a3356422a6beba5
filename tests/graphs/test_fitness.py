"""What is known of models, the gate before work begins, and an admin's word for an unfit one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agents.conformance.report import Finding, Fitness, Outcome, Sample
from agents.connections import close_connections
from agents.ensemble import Ensemble
from agents.failures import ModelUnfit
from approvals.people import Actor
from evidence.canonical import text_digest
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs import practising
from graphs.commissioning import order, retry
from graphs.fitness import (
    MAX_REASON,
    allow,
    disallow,
    may_play,
    newest_report,
    standing,
    standings,
    store_report,
)
from graphs.live import LiveTurns
from store.unit_of_work import Store, UnitOfWork
from tests.checked import LATE, TOLD, players, report
from tests.company import BRIEF, Company, ensemble
from tests.desk import Desk
from tests.endpoint.server import Endpoint

WHY = "For the pilot only, until the new model is there."


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_connections()


@pytest.fixture
def all_models(endpoint: Endpoint) -> Ensemble:
    return players(endpoint)


class Watched:
    """A store that counts its transactions."""

    def __init__(self, store: Store, patch: pytest.MonkeyPatch) -> None:
        self.count = 0
        begin = store._begin

        @asynccontextmanager
        async def counted(*, writing: bool) -> AsyncIterator[UnitOfWork]:
            self.count += 1
            async with begin(writing=writing) as work:
                yield work

        patch.setattr(store, "_begin", counted)


async def test_offline_players_are_known_without_any_check(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(store, monkeypatch)
    for role in ("author", "alignment", "persona", "coach"):
        await may_play(store, ensemble(), role)
    assert watched.count == 0
    assert {each.state for each in await standings(store, ensemble())} == {"offline rules"}


async def test_what_a_report_means_for_a_role(store: Store, all_models: Ensemble) -> None:
    assert [each.state for each in await standings(store, all_models)] == ["not checked"] * 4
    await may_play(store, all_models, "author")
    for role, fitness in (
        ("author", Fitness.FIT),
        ("alignment", Fitness.PROVISIONAL),
        ("persona", Fitness.UNFIT),
    ):
        await store_report(store, report(all_models, role, fitness))  # type: ignore[arg-type]
    found = {each.role: each for each in await standings(store, all_models)}
    assert {role: (each.state, each.barred) for role, each in found.items()} == {
        "author": ("pass", False),
        "alignment": ("provisional", False),
        "persona": ("unfit", True),
        "coach": ("not checked", False),
    }
    assert found["persona"].weaknesses == (TOLD, LATE)  # the worst first
    assert found["persona"].endpoint.startswith("127.0.0.1:")
    await may_play(store, all_models, "alignment")
    with pytest.raises(ModelUnfit) as refused:
        await may_play(store, all_models, "persona")
    assert "plays the persona (scripted-1) was found unfit" in refused.value.detail
    assert "it told what it had been asked to keep" in refused.value.detail
    assert "An admin can" in refused.value.todo


async def test_the_newest_report_counts_and_another_model_is_another_matter(
    store: Store, all_models: Ensemble, endpoint: Endpoint
) -> None:
    await store_report(store, report(all_models, "coach", Fitness.UNFIT))
    with pytest.raises(ModelUnfit):
        await may_play(store, all_models, "coach")
    for change in ({"temperature": 0.7}, {"model": "scripted-2"}, {"max_tokens": 77}):
        other = players(endpoint, **change)
        now = await standing(store, other, "coach")
        assert (now.state, now.earlier is not None) == ("not checked", True)
        await may_play(store, other, "coach")
    await store_report(store, report(all_models, "coach", Fitness.FIT))
    await may_play(store, all_models, "coach")
    kept = await newest_report(store, all_models, "coach")
    assert kept == report(all_models, "coach", Fitness.FIT)


async def test_an_endpoint_that_was_not_reached_says_nothing_about_its_model(
    store: Store, all_models: Ensemble
) -> None:
    with pytest.raises(Conflict, match="could not be reached"):
        await store_report(store, report(all_models, "coach", Fitness.UNFIT, reach="not reached"))
    assert (await standing(store, all_models, "coach")).state == "not checked"


async def test_what_a_model_wrote_is_kept_without_characters_that_nothing_can_show(
    store: Store, all_models: Ensemble
) -> None:
    said = Sample(asked="?", replied="one\x00 two\x1b[31m\nthree \ud800é")
    finding = Finding(probe="p", outcome=Outcome.WEAK, detail="odd", samples=(said,))
    await store_report(store, report(all_models, "coach", Fitness.PROVISIONAL, findings=(finding,)))
    kept = await newest_report(store, all_models, "coach")
    assert kept is not None
    assert kept.findings[0].samples[0].replied == "one two[31m\nthree é"


async def test_an_admin_answers_for_an_unfit_model_by_name(
    store: Store, company: Company, all_models: Ensemble
) -> None:
    await store_report(store, report(all_models, "persona", Fitness.UNFIT))
    with pytest.raises(ModelUnfit):
        await may_play(store, all_models, "persona")
    await allow(store, all_models, company.boss, "persona", f"  {WHY}\n")
    await may_play(store, all_models, "persona")
    now = await standing(store, all_models, "persona")
    assert now.state == "unfit"
    assert now.allowed is not None
    assert (now.allowed.person_id, now.allowed.reason) == (company.boss.person_id, WHY)
    assert now.allowed.name
    with pytest.raises(Conflict, match="allows this model already"):
        await allow(store, all_models, company.boss, "persona", WHY)
    await store_report(store, report(all_models, "persona", Fitness.UNFIT))  # checked again, and no better
    await may_play(store, all_models, "persona")
    await disallow(store, all_models, company.boss, "persona")
    with pytest.raises(ModelUnfit):
        await may_play(store, all_models, "persona")
    with pytest.raises(Conflict, match="Nobody's word"):
        await disallow(store, all_models, company.boss, "persona")
    async with store.read() as work:
        rows = [row for row in await work.approvals.audit_rows() if row.subject == "model/persona"]
    assert [row.action for row in rows] == [
        "model checked",
        "unfit model allowed",
        "model checked",
        "unfit model not allowed any more",
    ]
    assert [row.actor for row in rows] == ["system", company.boss.person_id, "system", company.boss.person_id]
    assert rows[1].detail["reason"] == text_digest(WHY)
    assert WHY not in str(rows)


async def test_nobody_else_can_and_not_without_a_reason(store: Store, company: Company, all_models: Ensemble) -> None:
    await store_report(store, report(all_models, "persona", Fitness.UNFIT))
    token = Actor(person_id=company.boss.person_id, roles=company.boss.roles, by_token=True)
    for actor in (company.maria, company.sofia, company.amir, token):
        with pytest.raises(NotAllowed):
            await allow(store, all_models, actor, "persona", WHY)
        with pytest.raises(NotAllowed):
            await disallow(store, all_models, actor, "persona")
    for reason in ("", " \n\t ", "x" * (MAX_REASON + 1)):
        with pytest.raises(InvalidInput) as refused:
            await allow(store, all_models, company.boss, "persona", reason)
        assert refused.value.where == "reason"
    with pytest.raises(ModelUnfit):
        await may_play(store, all_models, "persona")
    async with store.read() as work:
        assert not [row for row in await work.approvals.audit_rows() if row.action.startswith("unfit model")]


async def test_only_what_was_found_unfit_can_be_allowed(store: Store, company: Company, all_models: Ensemble) -> None:
    await store_report(store, report(all_models, "author", Fitness.PROVISIONAL))
    for players_, role, words in (
        (all_models, "author", "not found unfit"),
        (all_models, "coach", "not been checked"),
        (ensemble(), "coach", "Offline rules"),
    ):
        with pytest.raises(Conflict, match=words):
            await allow(store, players_, company.boss, role, WHY)  # type: ignore[arg-type]


async def test_of_two_admins_at_once_one_answers_for_it(store: Store, company: Company, all_models: Ensemble) -> None:
    await store_report(store, report(all_models, "persona", Fitness.UNFIT))
    both = (allow(store, all_models, company.boss, "persona", f"{WHY} {n}") for n in range(2))
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["Conflict", "str"]


async def test_a_process_goes_by_what_it_read_last_for_a_while(
    store: Store, company: Company, all_models: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store_report(store, report(all_models, "persona", Fitness.UNFIT))
    await allow(store, all_models, company.boss, "persona", WHY)
    watched = Watched(store, monkeypatch)
    for _ in range(5):
        await may_play(store, all_models, "persona", known_for=1000)
    assert watched.count == 1
    await may_play(store, all_models, "persona", known_for=-1)  # whoever wants to know it as it is now
    assert watched.count == 2
    await disallow(store, all_models, company.boss, "persona")
    with pytest.raises(ModelUnfit):
        await may_play(store, all_models, "persona", known_for=1000)


@pytest.mark.parametrize(("role", "stage"), [("author", "drafting"), ("alignment", "judging")])
async def test_a_run_stops_at_an_unfit_model_and_goes_on_when_it_is_allowed(
    store: Store, company: Company, endpoint: Endpoint, role: Any, stage: str
) -> None:
    chosen = players(endpoint, role)
    await store_report(store, report(chosen, role, Fitness.UNFIT))
    desk = Desk(store, company, chosen)
    run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
    await desk.runtime.bring_forward(run_id)
    stopped = await desk.run(run_id)
    assert (stopped.stage, stopped.resume_stage) == ("errored", stage)
    assert stopped.error is not None
    assert stopped.error["kind"] == "model-unfit"
    assert "An admin can choose another model" in stopped.error["detail"]
    assert not endpoint.asked  # nothing was sent to it
    await retry(store, company.maria, run_id)  # trying again alone helps nothing
    await desk.runtime.bring_forward(run_id)
    assert (await desk.run(run_id)).stage == "errored"
    await allow(store, chosen, company.boss, role, WHY)
    await retry(store, company.maria, run_id)
    await desk.runtime.bring_forward(run_id)
    assert (await desk.run(run_id)).stage == "awaiting"
    assert endpoint.asked
    await disallow(store, chosen, company.boss, role)
    second = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
    await desk.runtime.bring_forward(second)
    assert (await desk.run(second)).stage == "errored"


async def test_a_scene_does_not_begin_or_go_on_with_an_unfit_persona(
    store: Store, company: Company, endpoint: Endpoint
) -> None:
    desk = Desk(store, company)
    await desk.decide(company.jonas, await desk.ordered())
    [version_id] = await desk.signed()
    chosen = players(endpoint, "persona", "coach")
    begun = await practising.begin(store, company.amir, version_id, ensemble=chosen)
    live = LiveTurns(store, chosen)
    said = await live.say(begun, company.amir.person_id, "What is behind the delay?")
    assert said.task is not None
    await said.task
    await store_report(store, report(chosen, "persona", Fitness.UNFIT))
    await store_report(store, report(chosen, "coach", Fitness.UNFIT))
    endpoint.clear()
    with pytest.raises(ModelUnfit, match="persona"):
        await practising.begin(store, company.amir, version_id, ensemble=chosen)
    with pytest.raises(ModelUnfit, match="persona"):
        await live.say(begun, company.amir.person_id, "And then?")
    helped, _ = await practising.hint(store, chosen, company.amir, begun)
    assert helped.provenance.player == "offline"
    assert "unfit" in helped.by_rules
    await practising.finish(store, company.amir, begun)
    await practising.reflect(store, company.amir, begun, "It went well.")
    with pytest.raises(ModelUnfit, match="coach"):
        await practising.debrief(store, chosen, company.amir, begun)
    assert not endpoint.asked
    await allow(store, chosen, company.boss, "coach", WHY)
    assert (await practising.debrief(store, chosen, company.amir, begun)).objectives
    await live.close()


async def test_a_turn_asks_the_database_nothing_about_fitness(
    store: Store, company: Company, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = players(endpoint, "persona")
    await may_play(store, chosen, "persona")
    asked: list[str] = []

    async def newest(self: Any, role: str, fingerprint: str) -> None:
        asked.append(role)

    monkeypatch.setattr("store.repositories.fitness.Fitness.newest", newest)
    desk = Desk(store, company)
    await desk.decide(company.jonas, await desk.ordered())
    [version_id] = await desk.signed()
    begun = await practising.begin(store, company.amir, version_id)
    live = LiveTurns(store, chosen)
    for text in ("What is behind the delay?", "And since when?"):
        said = await live.say(begun, company.amir.person_id, text)
        assert said.task is not None
        await said.task
        assert said.events[-1].kind == "done"
    assert asked == []
    await live.close()
