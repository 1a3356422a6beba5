"""Events come out the same, wherever the network cuts them and however their lines end."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from agents.events import Events

ENDS = ("\n", "\r", "\r\n")
words = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=12)
fields = st.one_of(
    words.map(lambda word: f"data: {word}"),
    words.map(lambda word: f"data:{word}"),
    words.map(lambda word: f": {word}"),
    st.sampled_from(["data", "event: message", "retry: 10", "nonsense", "", "", ""]),
)
streams = st.lists(st.tuples(fields, st.sampled_from(ENDS)), max_size=24)


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


def events_of(chunks: list[bytes]) -> list[bytes]:
    events = Events()
    return [data for chunk in chunks for data in events.feed(chunk)]


def by_the_sdk(whole: bytes) -> list[bytes]:
    async def once() -> AsyncIterator[bytes]:
        yield whole

    async def read() -> list[bytes]:
        # Events without data are none, as the standard has it; the SDK passes them on, and fails on them later.
        return [event.data.encode() async for event in SSEDecoder().aiter_bytes(once())]

    return [data for data in asyncio.run(read()) if data]


@given(streams, st.lists(st.integers(0, 10_000), max_size=8))
def test_bytes_cut_anywhere_give_the_same_events(lines: list[tuple[str, str]], places: list[int]) -> None:
    whole = "".join(line + end for line, end in lines).encode()
    one_by_one = [whole[place : place + 1] for place in range(len(whole))]
    assert events_of(cut(whole, places)) == events_of([whole]) == events_of(one_by_one)


@given(streams)
def test_they_are_the_events_that_the_sdk_reads(lines: list[tuple[str, str]]) -> None:
    whole = "".join(line + end for line, end in lines).encode()
    assert [data for data in events_of([whole]) if data] == by_the_sdk(whole)


@given(st.lists(words, max_size=5), st.sampled_from(ENDS), st.integers(1, 9))
def test_what_is_sent_arrives(texts: list[str], end: str, size: int) -> None:
    whole = "".join(f"data: {text}{end}{end}" for text in texts).encode()
    pieces = [whole[place : place + size] for place in range(0, len(whole), size)]
    assert events_of(pieces) == [text.encode() for text in texts]


@pytest.mark.parametrize(
    ("sent", "events"),
    [
        (b"data: a\n\ndata: b\n\n", [b"a", b"b"]),
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data: a\n: still there\ndata: b\r\n\r\n", [b"a\nb"]),
        (b": still there\n\n", []),
        (b"event: ping\n\ndata: a\n\n", [b"a"]),
        (b"data:  two\n\n", [b" two"]),
        (b"data\n\n", [b""]),
        (b"data: never finished\n", []),
        (b"data: \xff\xfe\n\n", [b"\xff\xfe"]),
        (b"<!doctype html>\n\n", []),
        (b"data: a\n\n\n\n", [b"a"]),
        ("data: \u2028 is no end of a line\n\n".encode(), ["\u2028 is no end of a line".encode()]),
    ],
)
def test_forms(sent: bytes, events: list[bytes]) -> None:
    assert events_of([sent]) == events


def test_one_huge_line_in_many_pieces() -> None:
    piece = b"x" * 1000
    assert events_of([b"data: ", *[piece] * 2000, b"\n", b"\n"]) == [piece * 2000]
