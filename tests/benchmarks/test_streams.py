"""The parts of the streaming benchmark: what is said, what is heard, and what was lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.streams import TOKENS, lost_or_doubled, reply
from benchmarks.streams.endpoint import Speaking, script
from benchmarks.streams.listening import Connection


@given(st.integers(0, 10**8))
def test_a_reply_can_be_told_from_every_other(number: int) -> None:
    pieces = reply(number)
    assert len(pieces) == TOKENS
    assert lost_or_doubled("".join(pieces)) == (0, 0)
    assert lost_or_doubled("".join([*pieces[:-1], f" {number + 1}"])) != (0, 0)


@given(st.integers(0, 10**8), st.integers(0, TOKENS - 2))
def test_a_lost_and_a_doubled_word_are_counted(number: int, at: int) -> None:
    pieces = reply(number)
    assert lost_or_doubled("".join(pieces[:at] + pieces[at + 1 :])) == (1, 0)
    assert lost_or_doubled("".join([*pieces[:at], pieces[at], *pieces[at:]])) == (0, 1)
    assert lost_or_doubled("".join(pieces[:-1])) == (TOKENS, 0), "whose reply it was nobody can say"


def test_nothing_repeats_what_a_persona_said_before() -> None:
    from agents.persona import Said
    from practice.screening import screen

    history = [Said(speaker="persona", text="".join(reply(number)).strip()) for number in range(20)]
    for number in range(20, 60):
        said = "".join(reply(number)).strip()
        assert not screen(said, locked_facts=(), history=history, language="en", persona_name="Jana")


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The scripted endpoint, speaking without a pause."""
    monkeypatch.setattr("benchmarks.streams.endpoint.FIRST_TOKEN", 0.0)
    monkeypatch.setattr("benchmarks.streams.endpoint.PER_TOKEN", 0.0)
    server = await asyncio.get_running_loop().create_server(Speaking, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_what_the_endpoint_says_is_heard_to_the_last_word(endpoint: str) -> None:
    connection = Connection(endpoint)
    for _ in range(3):  # over one connection
        asked = {"stream": True, "stream_options": {"include_usage": True}}
        answer = await connection.ask("POST", "/v1/chat/completions", asked, mark=b'"content": " ')
        assert answer.first
        *said, stopped, counted = [data for _, data in answer.told()][1:]
        assert lost_or_doubled("".join(each["choices"][0]["delta"]["content"] for each in said)) == (0, 0)
        assert stopped["choices"][0]["finish_reason"] == "stop"
        assert counted["usage"]["completion_tokens"] == TOKENS
    await connection.leave()


async def test_a_connection_that_is_closed_in_an_answer_is_no_answer() -> None:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        writer.write(script(1, usage=False)[0])
        writer.close()

    server = await asyncio.start_server(close, "127.0.0.1", 0)
    async with server:
        connection = Connection(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(ConnectionError):
            await connection.ask("GET", "/")
