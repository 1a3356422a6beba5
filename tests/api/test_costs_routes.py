"""Costs and budgets over HTTP: sums for admins, nobody's use but one's own, and budgets that hold in real work."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agents.build import EnsembleSettings, build_ensemble
from agents.connections import close_connections
from agents.metering import Account
from api.application import opened
from api.settings import load_settings
from evidence.ids import new_id
from graphs.ledger import Bookkeeper
from store.unit_of_work import Store
from tests.api.conftest import Desk, Desks
from tests.api.journey import approve, checkpoint_of, ok, say
from tests.api.test_with_models import played_by
from tests.company import BRIEF
from tests.endpoint.roles import play_roles
from tests.endpoint.server import Endpoint, Request
from tests.graphs.test_ledger import call
from tests.store.test_ledger import entry, learners

Played = Callable[..., Awaitable[Desk]]
EVERYBODY: dict[str, Any] = {"scope": "person", "subject_id": "", "period": "day"}


@pytest.fixture
async def played(desks: Desks, store: Store, endpoint: Endpoint) -> AsyncIterator[Played]:
    """Open the application with a model behind every role, and a bookkeeper."""
    books = Bookkeeper(store)

    async def open_desk(**options: Any) -> Desk:
        settings: EnsembleSettings = played_by(endpoint.url, input_price=1, output_price=2, **options)
        desk = await desks(build_ensemble(settings, meter=books))
        desk.app.state.application = replace(desk.app.state.application, books=books)
        return desk

    yield open_desk
    await books.aclose()
    await close_connections()


async def settled(desk: Desk) -> None:
    """Wait until every reply is in the ledger."""
    books: Bookkeeper = desk.app.state.application.books
    for _ in range(400):
        if not books._unwritten:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the ledger is not written")


async def at_rest(desk: Desk, run_id: str) -> dict[str, Any]:
    """Wait until a run waits for a person or has stopped; gives the run."""
    maria = await desk.at("maria")
    for _ in range(400):
        run: dict[str, Any] = ok(await maria.get(f"/api/v1/runs/{run_id}"))["run"]
        if run["stage"] in {"awaiting", "errored"}:
            return run
        await asyncio.sleep(0.05)
    raise AssertionError(f"the run stays at {run['stage']}")


async def ordered(desk: Desk) -> str:
    maria = await desk.at("maria")
    url = f"/api/v1/programmes/{desk.company.programme_id}/scenarios"
    return str(ok(await maria.post(url, json=BRIEF.model_dump(mode="json")), 202)["run_id"])


async def test_a_design_run_stops_at_the_programmes_budget_and_goes_on_once_it_is_raised(
    played: Played, endpoint: Endpoint
) -> None:
    desk = await played(max_tokens=500)
    boss, maria = await desk.at("boss"), await desk.at("maria")
    budget = {"scope": "programme", "subject_id": desk.company.programme_id, "period": "day"}
    ok(await boss.put("/api/v1/budgets", json=budget | {"tokens": 100}))
    run_id = await ordered(desk)
    run = await at_rest(desk, run_id)
    assert (run["stage"], run["resume_stage"], run["error"]["kind"]) == ("errored", "drafting", "budget-spent")
    assert "The daily budget of this programme" in run["error"]["detail"]
    assert endpoint.requests == [], "nothing was asked, so nothing was paid"

    ok(await boss.put("/api/v1/budgets", json=budget | {"tokens": 10**6}))
    ok(await maria.post(f"/api/v1/runs/{run_id}/retry"), 202)
    await checkpoint_of(maria, run_id)
    await settled(desk)
    asked = len(endpoint.requests)
    cost = ok(await maria.get(f"/api/v1/runs/{run_id}/costs"))
    assert cost["used"]["calls"] == asked
    assert cost["used"]["cost"] > 0
    assert cost["currency"] == "EUR"
    sums = ok(await boss.get("/api/v1/costs", params={"by": "role"}))
    assert {line["key"]: line["used"]["calls"] for line in sums["lines"]} == {"author": 1, "alignment": asked - 1}
    assert sums["total"]["cost"] == cost["used"]["cost"]


async def test_what_a_stopped_run_has_stored_is_not_paid_again(played: Played, endpoint: Endpoint) -> None:
    desk = await played()
    company, loop = desk.company, asyncio.get_running_loop()
    budget: dict[str, Any] = {"scope": "programme", "subject_id": company.programme_id, "period": "day"}
    boss, maria = await desk.at("boss"), await desk.at("maria")

    def spent_by_the_author(request: Request) -> Any:
        if "opening_line" in str(request.schema):
            setting = boss.put("/api/v1/budgets", json=budget | {"tokens": 1})
            ok(asyncio.run_coroutine_threadsafe(setting, loop).result(30))
        return play_roles(request)

    endpoint.script = spent_by_the_author
    run_id = await ordered(desk)
    run = await at_rest(desk, run_id)
    assert (run["stage"], run["resume_stage"]) == ("errored", "judging")
    assert "The daily budget of this programme" in run["error"]["detail"]
    assert len(endpoint.requests) == 1, "only the author was asked"
    endpoint.script = play_roles
    ok(await boss.delete("/api/v1/budgets", params=budget), 204)
    ok(await maria.post(f"/api/v1/runs/{run_id}/retry"), 202)
    await checkpoint_of(maria, run_id)
    asked = [request.text for request in endpoint.requests]
    assert len(asked) == len(set(asked)) > 1, "the draft was paid once, and so was every judgement"


async def test_a_turn_that_a_budget_refuses_ends_with_clear_words_and_keeps_what_was_said(
    played: Played, endpoint: Endpoint
) -> None:
    desk = await played()
    boss, maria, amir = await desk.at("boss"), await desk.at("maria"), await desk.at("amir")
    run_id = await ordered(desk)
    version_id = ok(await approve(maria, await checkpoint_of(maria, run_id)), 201)["subject_id"]
    practice_id = ok(await amir.post(f"/api/v1/scenarios/{version_id}/practices"), 201)["practice_id"]
    ok(await boss.put("/api/v1/budgets", json=EVERYBODY | {"tokens": 50}))
    asked = len(endpoint.requests)
    words = "What is behind the delay, from where you sit?"
    _, events = await say(amir, practice_id, words)
    assert [kind for _, kind, _ in events] == ["failed"]
    problem = events[-1][2]
    assert problem["kind"] == "budget-spent"
    assert problem["detail"] == "Your budget for language models does not cover another reply today."
    assert "Your words are kept." in problem["todo"]
    assert len(endpoint.requests) == asked
    helped = ok(await amir.post(f"/api/v1/practices/{practice_id}/hints"), 201)
    assert helped["player"] == "offline rules"
    assert "budget" in helped["by_rules"]
    assert len(endpoint.requests) == asked
    async with desk.store.read() as work:
        from store.purpose import Purpose

        reader = desk.company.amir.person_id
        turns = await work.practices.turns(
            practice_id, reader=reader, purpose=Purpose.OWN_PRACTICE, complete_only=False
        )
    assert [turn.learner_text for turn in turns] == [words]
    ok(await boss.put("/api/v1/budgets", json=EVERYBODY | {"tokens": 10**6}))
    reply, events = await say(amir, practice_id, words)
    assert reply
    assert events[-1][1] == "done"
    ok(await amir.post(f"/api/v1/practices/{practice_id}/hints"), 201)
    await settled(desk)
    mine = ok(await amir.get("/api/v1/costs/mine"))
    assert mine["day"]["calls"] == 2
    [left] = mine["budgets"]
    assert left["tokens"] == 10**6 - mine["day"]["input_tokens"] - mine["day"]["output_tokens"]
    assert not left["mine"]


async def test_no_route_gives_what_another_person_used(played: Played, store: Store) -> None:
    desk = await played()
    company = desk.company
    alone: dict[str, Any] = {"input_tokens": 7_654_321, "cost": 987_654_321}
    async with store.write() as work:
        await work.ledger.append([entry(company, created_at=work.now, **alone)])
    amir = await desk.at("amir")
    assert ok(await amir.get("/api/v1/costs/mine"))["day"]["input_tokens"] == 7_654_321
    for login in ("lena", "maria", "sofia", "boss"):
        client = await desk.at(login)
        for by in ("role", "programme", "model", "work", "day"):
            for dates in ({}, {"from": "2020-01-01"}):
                answer = await client.get("/api/v1/costs", params={"by": by, **dates})
                assert answer.status_code == (200 if login == "boss" else 403)
                assert "7654321" not in answer.text
                assert "987654321" not in answer.text
                if login == "boss":
                    assert answer.json()["withheld"]
                    assert answer.json()["total"]["calls"] == 0
        assert ok(await client.get("/api/v1/costs/mine"))["month"]["calls"] == 0
    boss = await desk.at("boss")
    people = await learners(store, 2)
    async with store.write() as work:
        await work.ledger.append([entry(company, each, created_at=work.now, cost=1) for each in people])
    sums = ok(await boss.get("/api/v1/costs", params={"by": "work"}))
    assert [(line["key"], line["used"]["calls"]) for line in sums["lines"]] == [("practice", 3)]


async def test_budgets_are_set_listed_and_removed_and_each_change_is_on_record(desk: Desk) -> None:
    boss, company = await desk.at("boss"), desk.company
    order: dict[str, Any] = {
        "scope": "person",
        "subject_id": company.amir.person_id,
        "period": "month",
        "tokens": 5000,
        "cost": None,
    }
    for _ in range(2):
        made = ok(await boss.put("/api/v1/budgets", json=order))
    assert made["name"] == "Amir"
    ok(await boss.put("/api/v1/budgets", json=EVERYBODY | {"cost": 2_500_000}))
    listed = ok(await boss.get("/api/v1/budgets"))
    assert [(each["budget"]["tokens"], each["budget"]["cost"]) for each in listed] == [(None, 2_500_000), (5000, None)]
    gone = {name: order[name] for name in ("scope", "subject_id", "period")}
    ok(await boss.delete("/api/v1/budgets", params=gone), 204)
    assert (await boss.delete("/api/v1/budgets", params=gone)).status_code == 404
    rows = [each for each in ok(await boss.get("/api/v1/audit")) if each["action"].startswith("budget")]
    assert [(each["action"], each["subject"]) for each in rows] == [
        ("budget set", f"person/{company.amir.person_id}"),
        ("budget set", "everybody"),
        ("budget removed", f"person/{company.amir.person_id}"),
    ]
    assert rows[0]["detail"] == {"period": "month", "tokens": 5000, "cost": None}


@pytest.mark.parametrize(
    ("changes", "status", "where"),
    [
        ({}, 422, "tokens"),
        ({"tokens": 0}, 422, "tokens"),
        ({"tokens": -5}, 422, "tokens"),
        ({"cost": -1}, 422, "cost"),
        ({"cost": 10**30}, 422, "cost"),
        ({"tokens": 1.5}, 422, "tokens"),
        ({"tokens": 5, "period": "year"}, 422, "period"),
        ({"tokens": 5, "scope": "team"}, 422, "scope"),
        ({"tokens": 5, "scope": "programme"}, 422, "subject_id"),
        ({"tokens": 5, "scope": "programme", "subject_id": "nope"}, 404, "programme_id"),
        ({"tokens": 5, "subject_id": "nope"}, 404, None),
        ({"tokens": 5, "surprise": 1}, 422, "surprise"),
    ],
)
async def test_a_budget_that_cannot_be_is_refused_with_words(
    desk: Desk, changes: dict[str, Any], status: int, where: str | None
) -> None:
    boss = await desk.at("boss")
    answer = await boss.put("/api/v1/budgets", json=EVERYBODY | changes)
    assert answer.status_code == status, answer.text
    assert answer.json().get("where") == where
    assert answer.json()["todo"]
    assert ok(await boss.get("/api/v1/budgets")) == []


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"from": "2026-05-02", "to": "2026-05-01"}, "from"),
        ({"from": "soon"}, "query.from"),
        ({"by": "person"}, "query.by"),
        ({"to": "9999-12-31"}, "to"),
        ({"from": "0001-01-01"}, "from"),
        ({"to": "0001-01-01"}, "to"),
    ],
)
async def test_days_that_cannot_be_are_refused(desk: Desk, asked: dict[str, str], where: str) -> None:
    answer = await (await desk.at("boss")).get("/api/v1/costs", params=asked)
    assert answer.status_code == 422, answer.text
    assert answer.json()["where"] == where


async def test_a_run_that_is_not_there_has_no_costs(desk: Desk) -> None:
    maria, amir = await desk.at("maria"), await desk.at("amir")
    assert (await maria.get(f"/api/v1/runs/{new_id()}/costs")).status_code == 404
    assert (await amir.get(f"/api/v1/runs/{new_id()}/costs")).status_code == 403


async def test_an_application_that_ends_in_good_order_loses_no_row(sqlite_url: str, tmp_path: Path) -> None:
    settings = load_settings(database_url=sqlite_url, key_file=tmp_path / "unused.key", _env_file=None)
    async with opened(settings, bring_forward=False) as app:
        assert app.books is not None
        app.books.record(await app.books.admit(Account("check", "-"), "author", tokens=5, cost=5), call(5))
    async with opened(settings, bring_forward=False) as app, app.store.read() as work:
        used = await work.ledger.used("work", work.now - timedelta(days=1), work.now + timedelta(days=1))
    assert used.lines["check"].tokens == 5
