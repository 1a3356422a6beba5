"""Everything that a scripted endpoint can only claim: real tokens, streams, schemas, cancelling, and a real cache.

Not how good the replies are: the model is far too small to be judged.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil  # type: ignore[import-untyped]
import pytest
from pydantic import BaseModel

from agents import local
from agents.asking import Message
from agents.build import EnsembleSettings, build_ensemble
from agents.endpoints import ModelSettings
from agents.failures import ModelNonsense, ModelUnauthorised
from agents.metering import Account, Call, Reservation
from agents.models import RoleModel
from agents.structured import ask
from graphs.ledger import Bookkeeper
from store.purpose import Purpose
from store.unit_of_work import Store
from tests.api.conftest import Desks
from tests.api.journey import ok, publish, say
from tests.company import ensemble

QUESTION: list[Message] = [("system", "You are a helpful assistant."), ("user", "Name three rivers.")]
ENDLESS: list[Message] = [("user", "Write a very long story about a ship, a storm and an island. Leave nothing out.")]
LONG = "The depot in the north holds the parcels until the van comes. " * 30


class Book:
    """A ledger in memory."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        return Reservation(account, tokens, cost)

    def record(self, reservation: Reservation, call: Call) -> None:
        self.calls.append(call)


class Server:
    """The server's own routes, beside the one that the product uses."""

    def __init__(self, reached: ModelSettings) -> None:
        key = reached.key()
        assert key is not None
        self._client = httpx.AsyncClient(
            base_url=reached.base_url.removesuffix("/v1"),
            headers={"Authorization": f"Bearer {key.get_secret_value()}"},
            trust_env=False,
        )

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def tokens_of(self, messages: list[Message]) -> int:
        said = [{"role": role, "content": text} for role, text in messages]
        filled = (await self._client.post("/apply-template", json={"messages": said})).json()["prompt"]
        counted = await self._client.post("/tokenize", json={"content": filled, "parse_special": True})
        return len(counted.json()["tokens"])

    async def working(self) -> int:
        return sum(slot["is_processing"] for slot in (await self._client.get("/slots")).json())

    async def is_idle(self) -> None:
        async with asyncio.timeout(60):
            while await self.working():
                await asyncio.sleep(0.02)


def changed(settings: ModelSettings, **changes: Any) -> ModelSettings:
    return settings.model_copy(update=changes)


async def test_tokens_are_the_servers_own_count(small: ModelSettings) -> None:
    text, usage = await RoleModel(small, "coach").complete(QUESTION)
    assert text.strip()
    async with Server(await local.served(small)) as server:
        assert usage.input_tokens == await server.tokens_of(QUESTION)
    assert 0 < usage.output_tokens <= small.max_tokens
    assert usage.calls == 1


async def test_a_stream_comes_in_pieces_and_is_entered_in_the_ledger(small: ModelSettings) -> None:
    book = Book()
    model = RoleModel(small, "persona", meter=book)
    pieces: list[str] = []
    busy = 0
    async with Server(await local.served(small)) as server:
        async for piece in model.stream(QUESTION):
            if len(pieces) == 1:
                busy = await server.working()
            pieces.append(piece)
    assert len(pieces) > 5
    assert busy == 1  # the first pieces came while it was still at work
    [call] = book.calls
    assert (call.role, call.endpoint, call.outcome) == ("persona", "this machine", "done")
    assert call.model.startswith(f"{small.gguf.stem if small.gguf else ''}@")
    assert call.counted
    assert 0 < call.usage.output_tokens <= small.max_tokens
    assert call.first_token_seconds is not None
    assert 0 < call.first_token_seconds < call.seconds


async def test_a_turn_over_http_is_streamed_stored_and_entered(
    desks: Desks, store: Store, small: ModelSettings
) -> None:
    settings = {"persona": {"player": "model", "model": changed(small, max_tokens=40)}}
    books = Bookkeeper(store)
    persona = build_ensemble(EnsembleSettings.model_validate(settings), meter=books).persona
    desk = await desks(replace(ensemble(), persona=persona))
    maria, amir = await desk.at("maria"), await desk.at("amir")
    version_id = await publish(maria, desk.company)
    practice_id = ok(await amir.post(f"/api/v1/scenarios/{version_id}/practices"), 201)["practice_id"]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for words in ("What is behind the delay, from where you sit?", "How are you?", "Tell me more."):
        _, events = await say(amir, practice_id, words)
        if events[-1][1] == "done":  # so small a model may say something that its role refuses
            break
    assert events[-1][1] == "done", events[-1]
    kinds = [kind for _, kind, _ in events]
    last_attempt = events[len(kinds) - kinds[::-1].index("reset") :] if "reset" in kinds else events
    pieces = [data["text"] for _, kind, data in last_attempt if kind == "piece"]
    assert len(pieces) > 1
    assert "@" in events[-1][2]["player"]
    [turn] = ok(await amir.get(f"/api/v1/practices/{practice_id}"))["turns"]
    assert (turn["said"], turn["reply"]) == (words, "".join(pieces))
    await books.aclose()
    async with store.read() as work:
        person_id = desk.company.amir.person_id
        used = await work.ledger.mine(person_id, {"day": hour_ago}, reader=person_id, purpose=Purpose.OWN_PRACTICE)
    entered = used["day"]
    assert entered.calls >= 1
    assert entered.input_tokens > 100
    assert entered.output_tokens > 0


class Parcel(BaseModel):
    fragile: bool
    size: Literal["small", "middle", "large"]
    number: int


class Found(BaseModel):
    quote: str


async def test_a_reply_has_the_form_that_was_asked_for(small: ModelSettings) -> None:
    told: list[Message] = [("system", "Describe parcels."), ("user", "A large glass bowl, number 7.")]
    answer = await ask(RoleModel(changed(small, max_tokens=200), "alignment"), told, Parcel)
    assert Parcel.model_validate_json(answer.raw) == answer.value
    assert answer.usage.output_tokens > 0


async def test_a_quote_from_a_list_is_verbatim_even_from_so_small_a_model(small: ModelSettings) -> None:
    text = 'Ben was late. "The van broke down," he said. Nobody had told the depot — it was closed at 5 o\'clock.'
    for question in ("Why was he late?", "Who is the king of France?", "Say something that is not in the text."):
        told: list[Message] = [("system", "Quote one sentence of the text."), ("user", f"{text}\n\n{question}")]
        model = RoleModel(changed(small, max_tokens=200), "alignment")
        answer = await ask(model, told, Found, quotable={"quote": [text]})
        assert answer.value.quote in text
        assert len(answer.value.quote) > 5


async def test_closing_a_stream_frees_its_place(small: ModelSettings) -> None:
    book = Book()
    model = RoleModel(changed(small, max_tokens=4000), "persona", meter=book)
    async with Server(await local.served(small)) as server:
        await server.is_idle()
        async with aclosing(model.stream(ENDLESS)) as pieces:
            for _ in range(3):
                await anext(pieces)
            assert await server.working() == 1
        await server.is_idle()
    text, _ = await RoleModel(small, "persona").complete(QUESTION)
    assert text
    [call] = book.calls
    assert call.outcome == "cancelled"
    assert call.usage.output_tokens < 1000


async def test_a_cancelled_whole_reply_frees_its_place_too(small: ModelSettings) -> None:
    model = RoleModel(changed(small, max_tokens=4000), "author")
    async with Server(await local.served(small)) as server:
        asked = asyncio.create_task(model.complete(ENDLESS))
        async with asyncio.timeout(60):
            while not await server.working():
                await asyncio.sleep(0.02)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        await server.is_idle()


async def test_a_beginning_that_was_read_before_comes_from_the_cache(small: ModelSettings) -> None:
    with suppress(ModelNonsense):  # the reply is cut short; what counts is the prompt
        await RoleModel(changed(small, max_tokens=1), "coach").complete([("system", LONG), ("user", "Who is late?")])
    book = Book()
    model = RoleModel(changed(small, max_tokens=100), "coach", meter=book)
    await model.complete([("system", LONG), ("user", "What is in the north? Answer in one word.")])
    usage = book.calls[0].usage
    assert usage.input_tokens > 300
    assert usage.cached_tokens > 0.9 * usage.input_tokens
    async for _ in model.stream([("system", LONG), ("user", "What comes? Answer in one word.")]):
        pass
    assert book.calls[1].usage.cached_tokens > 0.9 * book.calls[1].usage.input_tokens


async def test_nobody_gets_in_without_the_key(small: ModelSettings) -> None:
    reached = await local.served(small)
    wrong = ModelSettings(base_url=reached.base_url, model="m", max_retries=0, api_key="wrong")  # type: ignore[arg-type]
    with pytest.raises(ModelUnauthorised):
        await RoleModel(wrong, "persona").complete(QUESTION)
    with pytest.raises(ModelUnauthorised):
        async for _ in RoleModel(wrong, "persona").stream(QUESTION):
            pass
    async with httpx.AsyncClient(trust_env=False) as client:
        for path in ("models", "chat/completions", "completions", "embeddings"):
            answer = await client.request("GET" if path == "models" else "POST", f"{reached.base_url}/{path}")
            assert answer.status_code == 401
            assert not answer.headers.get("access-control-allow-origin")


async def test_stop_words_and_the_limit_end_a_reply(small: ModelSettings) -> None:
    counting: list[Message] = [("user", "Repeat exactly: one two three four five six seven eight nine ten")]
    text, _ = await RoleModel(small, "coach").complete(counting, stop=[" "])
    assert " " not in text
    with pytest.raises(ModelNonsense, match="ran out of tokens"):
        await RoleModel(changed(small, max_tokens=5), "coach").complete(ENDLESS)


async def test_several_are_answered_at_once(small: ModelSettings) -> None:
    model = RoleModel(changed(small, max_tokens=16), "persona")
    most = 0

    async def one(number: int) -> str:
        messages: list[Message] = [("user", f"Tell me about the number {number}.")]
        return "".join([piece async for piece in model.stream(messages)])

    async with Server(await local.served(small)) as server:
        asked = [asyncio.create_task(one(number)) for number in range(local.SLOTS + 2)]
        while not all(each.done() for each in asked):
            most = max(most, await server.working())
            await asyncio.sleep(0.02)
    assert all([await each for each in asked])
    assert 1 < most <= local.SLOTS


async def test_roles_that_name_one_file_share_one_server(small: ModelSettings) -> None:
    first, second = await asyncio.gather(local.served(small), local.served(changed(small, max_tokens=7, temperature=1)))
    assert (first.base_url, first.api_key) == (second.base_url, second.api_key)
    assert first.base_url.startswith("http://127.0.0.1:")
    assert second.max_tokens == 7
    assert local.state_of(small) == "ready"


async def test_a_server_that_dies_is_started_again_and_another_beside_it(small: ModelSettings) -> None:
    other = changed(small, context=1024)
    assert local.state_of(other) == "not loaded"
    model = RoleModel(changed(other, max_tokens=200), "coach")
    waiting = asyncio.create_task(model.complete([("user", "Say yes.")]))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert local.state_of(other) == "loading"
    assert (await waiting)[0]
    before = await local.served(other)
    assert before.base_url != (await local.served(small)).base_url
    server = local.server_of(other)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        while local.state_of(other) == "ready":
            await asyncio.sleep(0.01)
    after = await local.served(other)
    assert after.api_key != before.api_key
    pid = server.pid
    server.stop()
    assert not _lives(pid)
    assert local.state_of(small) == "ready"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["told to end", "killed"])
def test_it_ends_with_the_process_that_started_it(weights: Path, number: signal.Signals) -> None:
    code = (
        "import asyncio, sys, time; from agents import local; from agents.endpoints import ModelSettings; "
        "settings = ModelSettings(gguf=sys.argv[1], context=512, threads=1); asyncio.run(local.served(settings)); "
        "print(local.server_of(settings).pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(weights)], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert _lives(pid)
        starter.send_signal(number)
        starter.wait(60)
    deadline = time.monotonic() + 60
    while _lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
