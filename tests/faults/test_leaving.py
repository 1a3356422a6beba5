"""Learners who leave, come back or stop while a model speaks: no turn doubled or lost, and no model left speaking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from graphs.live import LiveTurns
from tests.api.journey import hear, ok, parse
from tests.api.test_streams import served, until
from tests.endpoint import Answer, Stall, Text
from tests.faults.rehearsal import SAID, Rehearsal, quick, scene

__all__ = ["quick", "scene"]

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIECES = ["I ", "see ", "it ", "much ", "as you ", "do."]
REPLY = "".join(PIECES)


@pytest_asyncio.fixture(loop_scope="module")
async def amir(scene: Rehearsal) -> AsyncIterator[httpx.AsyncClient]:
    """Amir at a browser that can go away: connections are real."""
    scene.begin_anew()
    async with served(cast("Any", scene.desk)) as client:
        yield client


async def begun(scene: Rehearsal, amir: httpx.AsyncClient, answer: Answer) -> tuple[str, str]:
    """Say something to a persona that answers so; gives the practice and the address of the reply."""
    practice_id = await scene.practice()
    scene.endpoint.queue(answer)
    said = await amir.post(f"/api/v1/practices/{practice_id}/turns", json={"text": SAID})
    return practice_id, str(ok(said, 202)["stream"])


async def test_who_leaves_at_any_event_and_comes_back_has_lost_and_doubled_nothing(
    scene: Rehearsal, amir: httpx.AsyncClient
) -> None:
    async def leave_after(count: int) -> None:
        practice_id, url = await begun(scene, amir, Text(REPLY, pieces=PIECES, per_token=0.05))
        text = ""
        async with amir.stream("GET", url) as answer:
            if count:
                async for part in answer.aiter_text():
                    text += part
                    if text.count("\n\n") >= count:
                        break
        heard = parse(text[: text.rindex("\n\n")]) if "\n\n" in text else []
        if not heard or heard[-1][1] != "done":
            heard += await hear(amir, url, heard[-1][0] if heard else "")
        assert [event for _, event, _ in heard] == ["piece"] * len(PIECES) + ["done"], count
        assert "".join(data["text"] for _, event, data in heard if event == "piece") == REPLY
        assert len({id for id, _, _ in heard}) == len(heard)
        turns = await scene.turns(practice_id)
        assert [(turn.number, turn.attempt, turn.status, turn.reply) for turn in turns] == [(1, 1, "complete", REPLY)]

    for count in range(len(PIECES) + 2):
        await leave_after(count)
    assert len(scene.asked("persona")) == len(PIECES) + 2, "nobody was asked twice"
    assert scene.till.settled


@pytest.mark.parametrize("after", [0, 2], ids=["before the first word", "in the middle"])
async def test_stopping_ends_the_models_reply_within_a_second(
    scene: Rehearsal, amir: httpx.AsyncClient, after: int
) -> None:
    practice_id, url = await begun(scene, amir, Stall(after=after))
    listening = asyncio.create_task(hear(amir, url))
    await until(lambda: len(scene.asked("persona")) == 1)
    if after:
        await until(lambda: bool(scene.live._turns[practice_id].pieces))
    ok(await amir.post(f"/api/v1/practices/{practice_id}/stop"), 204)
    [request] = scene.asked("persona")
    assert await asyncio.to_thread(request.abandoned.wait, 1), "the endpoint still believes that somebody listens"
    events = await listening
    assert (events[-1][1], events[-1][2]["kind"]) == ("failed", "stopped")
    assert scene.till.settled
    assert scene.till.outcomes("persona") == ["cancelled"]
    [turn] = await scene.turns(practice_id)
    assert (turn.status, bool(turn.reply)) == ("partial", after > 0)


@pytest.mark.parametrize("after", [0, 2], ids=["before the first word", "in the middle"])
async def test_nobody_listening_for_the_grace_ends_it_too(
    scene: Rehearsal, amir: httpx.AsyncClient, after: int
) -> None:
    application = scene.desk.app.state.application
    hasty = LiveTurns(scene.store, application.ensemble, grace_seconds=0.2)
    scene.desk.app.state.application = replace(application, live=hasty)
    try:
        practice_id, url = await begun(scene, amir, Stall(after=after))
        async with amir.stream("GET", url):
            await until(lambda: len(scene.asked("persona")) == 1)
        [request] = scene.asked("persona")
        assert await asyncio.to_thread(request.abandoned.wait, 5)
        await until(lambda: hasty._turns[practice_id].over)
        assert (await hear(amir, url))[-1][2]["detail"].startswith("Nobody was listening")
    finally:
        await hasty.close()
        scene.desk.app.state.application = application
    assert scene.till.settled
    assert scene.till.outcomes("persona") == ["cancelled"]
    assert [turn.status for turn in await scene.turns(practice_id)] == ["partial"]


async def test_a_process_that_ends_lets_no_model_go_on_speaking(scene: Rehearsal, amir: httpx.AsyncClient) -> None:
    practice_id, _ = await begun(scene, amir, Stall(after=2))
    await until(lambda: bool(scene.live._turns[practice_id].pieces))
    await scene.live.close()
    [request] = scene.asked("persona")
    assert await asyncio.to_thread(request.abandoned.wait, 5)
    assert scene.till.settled
    assert [turn.status for turn in await scene.turns(practice_id)] == ["partial"]
