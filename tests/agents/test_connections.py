"""What connections do for every request: note, wait, refuse to go astray. Faults are in ``tests/faults``."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from pydantic import BaseModel

from agents.connections import Answers, clear_to_send, connections, note_answer, noting
from agents.failures import ModelRateLimited, ModelRefused
from agents.models import RoleModel
from agents.structured import MAX_REPAIRS, ask
from agents.traffic import Traffic
from evidence.errors import ModelFailed
from tests.agents.material import KEY, settings
from tests.endpoint import Answer, Endpoint, Garbage, Huge, Redirect, Reset, Status, Text, Truncated

HELLO = [("system", "Be brief."), ("user", "Hello, zebra")]
RETRIES = 2


class Form(BaseModel):
    """Something to ask for."""

    word: str


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)


async def whole(model: RoleModel) -> object:
    return await model.complete(HELLO)


async def streamed(model: RoleModel) -> object:
    async with aclosing(model.stream(HELLO)) as pieces:
        return [piece async for piece in pieces]


async def formed(model: RoleModel) -> object:
    return await ask(model, HELLO, Form)


WAYS = {"whole": whole, "streamed": streamed, "formed": formed}

# fault → requests for a whole reply, requests for a stream
FAULTS: dict[str, tuple[Answer, int, int]] = {
    "429": (Status(429, retry_after=0.01), 3, 3),
    "429, no credit": (Status(429, code="insufficient_quota"), 1, 1),
    "429, for long": (Status(429, retry_after=600), 1, 1),
    "500": (Status(500, retry_after=0.01), 3, 3),
    "503": (Status(503, retry_after=0.01), 3, 3),
    "401": (Status(401), 1, 1),
    "404": (Status(404), 1, 1),
    "redirect": (Redirect(), 1, 1),
    "reset at once": (Reset(after=0), 3, 3),
    "reset": (Reset(after=2), 3, 1),
    "truncated": (Truncated(), 3, 1),
    "huge": (Huge(), 1, 1),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_retries_are_in_one_layer(endpoint: Endpoint, fault: str, way: str) -> None:
    answer, of_a_whole, of_a_stream = FAULTS[fault]
    endpoint.script = lambda request: answer
    model = RoleModel(settings(endpoint, max_retries=RETRIES), "author")
    with pytest.raises(ModelFailed):
        await WAYS[way](model)
    expected = of_a_stream if way == "streamed" else of_a_whole
    if fault == "reset at once" and way == "streamed":
        assert len(endpoint.asked) in (1, 3)  # whether its head had arrived decides whether the reply had begun
    else:
        assert len(endpoint.asked) == expected


async def test_repairs_and_retries_together_are_bounded(endpoint: Endpoint) -> None:
    """The worst of both: every attempt is refused as often as it may be, then answered with something useless."""
    refusals: list[Answer] = [Status(500, retry_after=0.01)] * RETRIES
    endpoint.queue(*([*refusals, Text("no JSON")] * (MAX_REPAIRS + 1)))
    with pytest.raises(ModelFailed, match="no usable reply"):
        await formed(RoleModel(settings(endpoint, max_retries=RETRIES), "author"))
    assert len(endpoint.asked) == (1 + RETRIES) * (1 + MAX_REPAIRS)


@pytest.mark.parametrize("way", ["whole", "streamed"])
async def test_a_redirect_is_not_followed_with_what_was_said(endpoint: Endpoint, way: str) -> None:
    with Endpoint() as elsewhere:
        for status in (301, 302, 307, 308):
            endpoint.queue(Redirect(f"{elsewhere.url}/chat/completions", status))
            with pytest.raises(ModelRefused, match=f"HTTP {status}.*nothing is sent there") as caught:
                await WAYS[way](RoleModel(settings(endpoint), "author"))
            assert "BASE_URL" in caught.value.todo
            assert elsewhere.url not in str(caught.value)
        assert elsewhere.requests == []


@pytest.mark.parametrize("way", ["whole", "streamed"])
async def test_all_roles_of_a_process_leave_an_endpoint_alone_that_asked_for_it(endpoint: Endpoint, way: str) -> None:
    """The first answer says how long; whoever asks meanwhile waits, and comes after the time is over."""
    traffic, clock = Traffic(), asyncio.get_running_loop().time
    came: list[float] = []

    def script(request: Any) -> Answer:
        came.append(clock())
        return Status(429, retry_after=0.4) if len(came) == 1 else Text("Here I am.")

    endpoint.script = script
    first = asyncio.create_task(WAYS[way](RoleModel(settings(endpoint, max_retries=1), "author", traffic=traffic)))
    while not came or not traffic._limits or not _closed(traffic):
        await asyncio.sleep(0.005)
    others = [WAYS[way](RoleModel(settings(endpoint), role, traffic=traffic)) for role in ("persona", "coach")]
    await asyncio.gather(first, *others)
    assert len(came) == 4
    assert min(came[1:]) - came[0] >= 0.39


def _closed(traffic: Traffic) -> bool:
    [limits] = traffic._limits.values()
    return limits._closed_until > 0


async def test_a_used_up_allowance_is_heeded_before_the_endpoint_has_to_refuse(endpoint: Endpoint) -> None:
    traffic = Traffic()
    used_up = {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}
    endpoint.queue(Text("The last one.", headers=used_up))
    await streamed(RoleModel(settings(endpoint), "author", traffic=traffic))
    with pytest.raises(ModelRateLimited) as caught:
        await whole(RoleModel(settings(endpoint), "persona", traffic=traffic))
    assert 300 < caught.value.extra["retry_after"] <= 360
    assert len(endpoint.asked) == 1


async def test_the_key_goes_to_the_endpoint_only(endpoint: Endpoint) -> None:
    await whole(RoleModel(settings(endpoint), "author"))
    assert endpoint.asked[0].key == KEY
    endpoint.queue(Garbage())
    assert (await connections().get(endpoint.url)).status_code == 200
    assert endpoint.requests[-1].key == ""


async def test_outside_of_a_reply_nothing_is_noted() -> None:
    await clear_to_send()
    assert note_answer(429, {"retry-after": "5"})
    answers = Answers()
    with noting(answers):
        await clear_to_send()
        assert note_answer(429, {"retry-after": "5"})
        assert not note_answer(429, {"retry-after": "5000"})
    assert answers == [(429, "5"), (429, "5000")]
    assert answers.sent == 1
