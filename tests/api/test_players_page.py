"""Who plays: the admin's page, and the lines at the desks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.conformance.report import Fitness
from agents.connections import close_connections
from graphs.fitness import allow, store_report
from graphs.live import LiveTurns
from tests.api.room import Room, room, words
from tests.checked import LATE, TOLD, players, report
from tests.endpoint.server import Endpoint

__all__ = ["room"]

AT = "/oversight/players"
WHY = "For the pilot only."


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_connections()


def seat(room: Room, chosen: Any) -> None:
    """Let these players play in this room."""
    from dataclasses import replace

    from langgraph.checkpoint.memory import InMemorySaver

    from graphs.playing import Player

    live = LiveTurns(room.store, chosen)
    room.stack.push_async_callback(live.close)
    room.app.state.application = replace(room.app.state.application, ensemble=chosen, live=live)
    room.runtime = Player(room.store, chosen, InMemorySaver())


async def test_rules_have_nothing_to_be_checked(room: Room) -> None:
    boss = await room.at("boss")
    page = await boss.get(AT)
    assert words(page.text).count("offline rules") >= 4
    assert "<form" not in page.text.partition("<main")[2]
    maria = await room.at("maria")
    assert (await maria.get(AT)).status_code == 403
    assert AT in (await boss.get("/oversight")).text
    for at in ("/design/new", f"/design/review/{(await room.ordered()).id}"):
        told = words((await maria.get(at)).text)
        assert "checked" not in told
        assert "provisional" not in told


async def test_an_admin_allows_an_unfit_model_and_ends_it(room: Room, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "persona", "coach")
    seat(room, chosen)
    await store_report(room.store, report(chosen, "persona", Fitness.UNFIT))
    boss = await room.at("boss")
    page = await boss.get(AT)
    for part in ("scripted-1", "unfit", TOLD, LATE, "The secret is a lighthouse.", "It does not play"):
        assert part in words(page.text)
    refused = await boss.post(f"{AT}/persona/allow", data={"reason": " "})
    assert refused.status_code == 422
    assert "needs a reason" in words(refused.text)
    allowed = await boss.post(f"{AT}/persona/allow", data={"reason": WHY})
    assert f"“{WHY}”" in words(allowed.text)
    twice = await boss.post(f"{AT}/persona/allow", data={"reason": "other words"})
    assert (twice.status_code, "allows this model already" in words(twice.text)) == (409, True)
    ended = await boss.post(f"{AT}/persona/disallow")
    assert "It does not play" in words(ended.text)
    assert (await boss.post(f"{AT}/poet/allow", data={"reason": WHY})).status_code == 404
    await room.old_login()
    late = await boss.post(f"{AT}/persona/allow", data={"reason": "kept words"})
    assert late.status_code == 401
    assert "kept words" in late.text
    maria = await room.at("maria")
    assert (await maria.post(f"{AT}/persona/allow", data={"reason": WHY})).status_code == 403


async def test_the_designer_reads_what_author_and_judge_are_worth(room: Room, endpoint: Endpoint) -> None:
    chosen = players(endpoint, "author", "alignment")
    seat(room, chosen)
    maria = await room.at("maria")
    assert "The author (model scripted-1) has not been checked yet." in words((await maria.get("/design/new")).text)
    checkpoint = await room.ordered()
    desk = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert "The judge (model scripted-1) has not been checked yet." in desk
    await store_report(room.store, report(chosen, "author", Fitness.FIT))
    await store_report(room.store, report(chosen, "alignment", Fitness.PROVISIONAL))
    told = words((await maria.get("/design/new")).text)
    assert "scripted-1" not in told
    desk = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert f"The judge (model scripted-1) was found provisional. {TOLD}" in desk
    await store_report(room.store, report(chosen, "alignment", Fitness.UNFIT))
    told = words((await maria.get("/design/new")).text)
    assert "The judge (model scripted-1) was found unfit, and does not play." in told
    await allow(room.store, chosen, room.company.boss, "alignment", WHY)
    desk = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert "was found unfit; " in desk
    assert f"allows it nevertheless: “{WHY}”" in desk
    seat(room, players(endpoint, "author", "alignment", model="scripted-2"))
    desk = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert "This text was judged by scripted-1; today scripted-2 judges." in desk


async def test_the_learner_reads_only_what_concerns_a_learner(room: Room, endpoint: Endpoint) -> None:
    checkpoint, _signed = await room.signed_by_jonas()
    chosen = players(endpoint, "persona", "coach")
    seat(room, chosen)
    amir = await room.at("amir")
    scene = await amir.post("/practice/begin", data={"version_id": checkpoint.subject_id})
    assert "The model that plays Nora has not been checked yet." in words(scene.text)
    await store_report(room.store, report(chosen, "persona", Fitness.FIT))
    assert "The model that plays" not in words((await amir.get(scene.url.path)).text)
    await store_report(room.store, report(chosen, "persona", Fitness.PROVISIONAL))
    told = words((await amir.get(scene.url.path)).text)
    assert "The model that plays Nora has known weaknesses" in told
    assert TOLD not in told
    await store_report(room.store, report(chosen, "persona", Fitness.UNFIT))
    refused = await amir.post("/practice/begin", data={"version_id": checkpoint.subject_id})
    assert refused.status_code == 409
    assert "was found unfit for it" in words(refused.text)
    stopped = await amir.post(f"{scene.url.path}/say", data={"text": "What is behind it?"})
    assert stopped.status_code == 409


async def test_an_unfit_coach_writes_no_debrief_and_the_words_are_clear(room: Room, endpoint: Endpoint) -> None:
    checkpoint, _signed = await room.signed_by_jonas()
    chosen = players(endpoint, "coach")
    seat(room, chosen)
    amir = await room.at("amir")
    scene = await amir.post("/practice/begin", data={"version_id": checkpoint.subject_id})
    await amir.post(f"{scene.url.path}/say", data={"text": "What is behind it?"})
    await amir.post(f"{scene.url.path}/finish")
    await store_report(room.store, report(chosen, "coach", Fitness.UNFIT))
    refused = await amir.post(f"{scene.url.path}/reflect", data={"text": "It went well."})
    assert refused.status_code == 409
    assert "plays the coach (scripted-1) was found unfit" in words(refused.text)
    await allow(room.store, chosen, room.company.boss, "coach", WHY)
    written = await amir.post(f"{scene.url.path}/debrief")
    assert written.status_code == 200
    assert "Ask one open question before you offer a way out." in words(written.text)
