"""Connections, retries and proxies of streams: the network side of the fast way."""

from __future__ import annotations

import asyncio
import gc
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agents import posting
from agents.connections import close_connections
from agents.endpoints import chat_model
from agents.failures import asked_to_wait
from agents.models import RoleModel
from agents.streaming import StreamingChat
from evidence.errors import ModelFailed
from tests.agents.material import KEY, settings
from tests.agents.noted import Noted
from tests.endpoint import Answer, Endpoint, Request, Stall, Status, Text, Truncated, Wire

HELLO = [("system", "Be brief."), ("user", "Hello")]


@dataclass
class Gone:
    """The connection is reset before anything was answered."""

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.reset()


class Counting(Endpoint):
    """Counts the connections made to it."""

    connected = 0

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected += 1
        await super()._connected(reader, writer)


class TestConnections:
    @pytest.mark.parametrize("by", ["astream", "stream"])
    async def test_closing_ends_the_connection(self, endpoint: Endpoint, by: str) -> None:
        endpoint.queue(Text("word " * 2000, per_token=0.02))
        if by == "stream":
            async with aclosing(RoleModel(settings(endpoint), "persona").stream(HELLO)) as pieces:
                await anext(pieces)
        else:
            chunks: Any = chat_model(settings(endpoint), "persona").astream(HELLO)
            await anext(chunks)
            await chunks.aclose()
            del chunks
        assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)

    @pytest.mark.parametrize("answer", [Stall(after=0), Stall(after=2), Text("", first_token=30)])
    async def test_cancelling_ends_the_connection(self, endpoint: Endpoint, answer: Answer) -> None:
        endpoint.queue(answer)
        model = RoleModel(settings(endpoint), "persona")

        async def listen() -> None:
            async for _ in model.stream(HELLO):
                pass

        task = asyncio.create_task(listen())
        assert await asyncio.to_thread(endpoint.wait_for, 1)
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(endpoint.asked[0].abandoned.wait, 5)

    async def test_a_complete_reply_leaves_its_connection_for_the_next(self) -> None:
        counting = Counting(lambda _: Text("Here again."), keep_alive=True)
        with counting as endpoint:
            model = RoleModel(settings(endpoint), "persona")
            for _ in range(4):
                assert "".join([piece async for piece in model.stream(HELLO)]) == "Here again."
                await asyncio.sleep(0.05)  # the end of the response follows its last event
            assert counting.connected == 1
            await close_connections()

    async def test_an_old_connection_that_is_gone_costs_no_retry(self) -> None:
        answers: list[Answer] = [Text("One."), Gone(), Text("Two.")]
        counting = Counting(lambda _: answers.pop(0), keep_alive=True)
        with counting as endpoint:
            model = RoleModel(settings(endpoint, max_retries=0), "persona")
            for reply in ("One.", "Two."):
                assert "".join([piece async for piece in model.stream(HELLO)]) == reply
            assert counting.connected == 2
            answers += [Gone(), Gone(), Text("Three.")]
            with pytest.raises(ModelFailed, match="cannot be reached"):
                _ = [piece async for piece in model.stream(HELLO)]
            assert len(answers) == 1, "a new connection that breaks is an answer"
            await close_connections()

    def test_an_event_loop_that_ended_leaves_nothing(self, endpoint: Endpoint) -> None:
        """Somebody forgot to close: that is no reason for warnings, which would be errors here."""

        async def once() -> str:
            model = RoleModel(settings(endpoint), "persona")
            return "".join([piece async for piece in model.stream(HELLO)])

        assert asyncio.run(once())
        gc.collect()

        async def again() -> None:
            await once()
            assert len(posting._sessions) == 1
            await close_connections()

        asyncio.run(again())
        gc.collect()
        assert not posting._sessions


class TestRetries:
    @pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
    async def test_until_it_answers(self, endpoint: Endpoint, status: int) -> None:
        busy = Status(status, retry_after=0.01)
        endpoint.queue(busy, busy, Text("Here I am."))
        told = await self.told(endpoint, max_retries=2)
        assert told == ("Here I am.", 3)

    @pytest.mark.parametrize("status", [400, 401, 404, 422])
    async def test_not_where_they_cannot_help(self, endpoint: Endpoint, status: int) -> None:
        endpoint.queue(*[Status(status)] * 3)
        assert await self.told(endpoint, max_retries=2) == ("", 1)

    async def test_they_are_bounded(self, endpoint: Endpoint) -> None:
        endpoint.queue(*[Status(500, retry_after=0.01)] * 9)
        assert await self.told(endpoint, max_retries=3) == ("", 4)

    async def test_the_endpoint_has_the_last_word(self, endpoint: Endpoint) -> None:
        endpoint.queue(Status(400, retry_after=0.01, headers={"x-should-retry": "true"}), Text("Here I am."))
        assert await self.told(endpoint, max_retries=2) == ("Here I am.", 2)
        endpoint.clear()
        endpoint.queue(Status(500, retry_after=0.01, headers={"x-should-retry": "false"}), Text("Here I am."))
        assert await self.told(endpoint, max_retries=2) == ("", 1)

    async def test_after_a_connection_that_broke_before_the_answer(
        self, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("agents.posting._pause", lambda *_: 0)
        endpoint.queue(Gone(), Gone(), Text("Here I am."))
        assert await self.told(endpoint, max_retries=2) == ("Here I am.", 3)

    async def test_never_once_a_reply_has_begun(self, endpoint: Endpoint) -> None:
        endpoint.queue(Truncated(cleanly=False), Text("Not this."))
        text, attempts = await self.told(endpoint, max_retries=3)
        assert attempts == 1
        assert "Not this" not in text

    @staticmethod
    async def told(endpoint: Endpoint, **given: Any) -> tuple[str, int]:
        noted, text = Noted(), ""
        try:
            async for piece in RoleModel(settings(endpoint, **given), "persona", meter=noted).stream(HELLO):
                text += piece
        except ModelFailed:
            pass
        assert noted.calls[0].attempts == len(endpoint.asked)
        return text, len(endpoint.asked)

    @given(
        st.sampled_from([300, 400, 404, 408, 409, 418, 422, 429, 500, 503]),
        st.one_of(st.none(), st.integers(-5, 80_000).map(str), st.floats(0, 200).map(str), st.just("soon")),
        st.one_of(st.none(), st.integers(0, 86_399).map(str)),  # more is taken for a mistake
        st.sampled_from([None, "true", "false", "perhaps"]),
    )
    def test_the_policy_is_the_sdks(
        self, status: int, seconds: str | None, milliseconds: str | None, told: str | None
    ) -> None:
        given = {"retry-after": seconds, "retry-after-ms": milliseconds, "x-should-retry": told}
        headers = {name: value for name, value in given.items() if value is not None}
        client = openai.AsyncOpenAI(api_key=KEY, base_url="http://127.0.0.1:9", http_client=_UNUSED)
        answer = httpx2.Response(status, headers=headers)
        wait = asked_to_wait(headers)
        assert posting._worth_retrying(status, headers, wait) is client._should_retry(answer)

    @given(st.integers(0, 40), st.floats(0.01, 120))
    def test_pauses_grow_up_to_a_bound_and_are_what_was_asked_for(self, attempt: int, wait: float) -> None:
        assert posting._pause(attempt, wait) == wait
        assert 0.75 * min(8, 0.5 * 2**attempt) <= posting._pause(attempt, None) <= 8


_UNUSED = openai.DefaultAsyncHttpxClient(verify=False)


class TestProxies:
    """The endpoint stands in for a proxy: what it is asked for then is a whole address."""

    @pytest.fixture(autouse=True)
    def _no_proxies(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    @staticmethod
    async def streamed(endpoint: Endpoint, **given: Any) -> str:
        return "".join([piece async for piece in RoleModel(settings(endpoint, **given), "persona").stream(HELLO)])

    @pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
    async def test_of_the_environment(self, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        monkeypatch.setenv(variable, endpoint.url.removesuffix("/v1").replace("//", "//me:hush@"))
        endpoint.queue(Text("By way of it."))
        assert await self.streamed(endpoint, base_url="http://models.example/v1") == "By way of it."
        assert endpoint.asked[0].path == "http://models.example/v1/chat/completions"
        assert endpoint.asked[0].headers["proxy-authorization"].startswith("Basic ")

    async def test_not_for_hosts_that_are_left_out(
        self, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, unused_port: int
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port}")
        monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
        endpoint.queue(Text("Straight."))
        assert await self.streamed(endpoint) == "Straight."

    async def test_given_to_the_class(self, endpoint: Endpoint) -> None:
        chat = StreamingChat(
            model="m",
            base_url="http://models.example/v1",
            api_key=SecretStr(KEY),
            openai_proxy=endpoint.url.removesuffix("/v1"),
        )
        endpoint.queue(Text("By way of it."))
        assert "".join([str(chunk.text) async for chunk in chat.astream(HELLO)]) == "By way of it."
        assert endpoint.asked[0].path == "http://models.example/v1/chat/completions"

    async def test_of_a_kind_that_we_do_not_speak(self, monkeypatch: pytest.MonkeyPatch) -> None:
        chat = StreamingChat(model="m", base_url="http://models.example/v1", api_key=SecretStr(KEY))
        monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
        assert await chat.open(HELLO) is None
