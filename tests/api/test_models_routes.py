"""Who plays and what they were found fit for, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from agents.conformance.report import Fitness
from agents.connections import close_connections
from graphs.fitness import store_report
from tests.api.conftest import Desks
from tests.api.journey import checkpoint_of, ok, publish, say
from tests.api.test_with_models import stopped
from tests.checked import TOLD, players, report
from tests.endpoint.server import Endpoint

AT = "/api/v1/models"
WHY = "For the pilot only."


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_connections()


async def test_who_plays_is_told_to_those_who_work_with_it(desks: Desks, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "author", "persona")
    desk = await desks(chosen)
    await store_report(desk.store, report(chosen, "author", Fitness.PROVISIONAL))
    for login in ("boss", "maria", "sofia"):
        client = await desk.at(login)
        found = {each["role"]: each for each in ok(await client.get(AT))}
        assert {role: each["fitness"] for role, each in found.items()} == {
            "author": "provisional",
            "alignment": "offline rules",
            "persona": "not checked",
            "coach": "offline rules",
        }
        assert found["author"]["weaknesses"][0] == TOLD
        assert all(each["plays"] for each in found.values())
        assert ok(await client.get(f"{AT}/author/report"))["findings"][1]["samples"]
        assert (await client.get(f"{AT}/persona/report")).status_code == 404
        assert (await client.get(f"{AT}/poet/report")).status_code == 422
    amir = await desk.at("amir")
    assert (await amir.get(AT)).status_code == 403
    assert (await amir.get(f"{AT}/author/report")).status_code == 403
    assert (await desk.client().get(AT)).status_code == 401


async def test_work_stops_at_an_unfit_model_until_an_admin_answers_for_it(desks: Desks, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "alignment")
    desk = await desks(chosen)
    await store_report(desk.store, report(chosen, "alignment", Fitness.UNFIT))
    run = await stopped(desk)
    assert (run["resume_stage"], run["error"]["kind"]) == ("judging", "model-unfit")
    boss, maria = await desk.at("boss"), await desk.at("maria")
    refused = await maria.post(f"{AT}/alignment/override", json={"reason": WHY})
    assert refused.status_code == 403
    for reason in ("", "   "):
        assert (await boss.post(f"{AT}/alignment/override", json={"reason": reason})).json()["where"] == "reason"
    assert (await boss.post(f"{AT}/alignment/override", json={})).status_code == 422
    assert (await boss.post(f"{AT}/coach/override", json={"reason": WHY})).status_code == 409
    numbered = {"Idempotency-Key": "once-and-for-all"}
    for _ in range(2):  # sent again, it is answered again
        made = ok(await boss.post(f"{AT}/alignment/override", json={"reason": WHY}, headers=numbered), 201)
        assert (made["fitness"], made["plays"], made["allowed"]["reason"]) == ("unfit", True, WHY)
        assert WHY in made["trusted_with"]
    assert (await boss.post(f"{AT}/alignment/override", json={"reason": WHY})).status_code == 409
    ok(await maria.post(f"/api/v1/runs/{run['id']}/retry"), 202)
    await checkpoint_of(maria, run["id"])
    assert (await maria.delete(f"{AT}/alignment/override")).status_code == 403
    assert (await boss.delete(f"{AT}/alignment/override")).status_code == 204
    assert (await boss.delete(f"{AT}/alignment/override")).status_code == 409
    assert (await stopped(desk))["error"]["kind"] == "model-unfit"


async def test_an_old_login_or_a_token_answers_for_nothing(desks: Desks, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "coach")
    desk = await desks(chosen)
    await store_report(desk.store, report(chosen, "coach", Fitness.UNFIT))
    boss = await desk.at("boss")
    asked = {"label": "script", "scopes": ["read", "strategy"], "days": 3}
    token = ok(await boss.post("/api/v1/tokens", json=asked), 201)["token"]
    program = desk.client(headers={"Authorization": f"Bearer {token}"})
    assert ok(await program.get(AT))
    assert (await program.post(f"{AT}/coach/override", json={"reason": WHY})).status_code == 403
    desk.store.clock.offset += timedelta(hours=1)
    assert (await boss.post(f"{AT}/coach/override", json={"reason": WHY})).status_code == 401
    assert (await boss.delete(f"{AT}/coach/override")).status_code == 401


async def test_a_learner_is_told_in_plain_words(desks: Desks, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "persona")
    desk = await desks(chosen)
    maria, amir = await desk.at("maria"), await desk.at("amir")
    version_id = await publish(maria, desk.company)
    practice_id = ok(await amir.post(f"/api/v1/scenarios/{version_id}/practices"), 201)["practice_id"]
    await say(amir, practice_id, "What is behind the delay?")
    await store_report(desk.store, report(chosen, "persona", Fitness.UNFIT))
    for refused in (
        await amir.post(f"/api/v1/scenarios/{version_id}/practices"),
        await amir.post(f"/api/v1/practices/{practice_id}/turns", json={"text": "And then?"}),
    ):
        problem = ok(refused, 409)
        assert problem["type"].endswith("model-unfit")
        assert "found unfit" in problem["detail"]
        assert "nothing is lost" in problem["todo"]
    assert len(ok(await amir.get(f"/api/v1/practices/{practice_id}"))["turns"]) == 1
