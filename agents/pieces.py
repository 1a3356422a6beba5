"""The pieces of one streamed reply: text, why it ended and what it cost, by whichever way it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from agents.asking import Message
from agents.provenance import Usage

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AIMessageChunk

    from agents.streaming import Chunks, StreamingChat


class Piece(NamedTuple):
    """What one event of a reply brought; most bring text only."""

    text: str
    finish: str | None = None
    usage: Usage | None = None


class NoReply(ValueError):
    """What came was no stream of events: a page perhaps, or a whole reply."""


class Pieces(Protocol):
    """A reply under way."""

    async def read(self) -> Sequence[Piece]:
        """The next pieces, as many as have come; empty at the end."""
        ...

    async def close(self) -> None:
        """End the connection, unless the reply is complete."""
        ...


async def begin(chat: StreamingChat, messages: Sequence[Message]) -> Pieces:
    """Ask for a streamed reply and wait until it begins.

    Where callbacks or tracing listen, it goes LangChain's way, so that they hear all they expect; else the short way.
    """
    chunks = await chat.open(messages)
    if chunks is not None:
        return _Plain(chunks)
    told = _Told(cast("AsyncGenerator[AIMessageChunk, None]", chat.astream(list(messages))))
    try:
        await told.begin()
    except BaseException:
        await told.close()
        raise
    return told


def usage_of(message: AIMessage | AIMessageChunk) -> Usage:
    """What one reply cost, as the endpoint counted it."""
    counted: Mapping[str, Any] = message.usage_metadata or {}
    details: Mapping[str, Any] = counted.get("input_token_details") or {}
    return _usage(counted.get("input_tokens"), counted.get("output_tokens"), details.get("cache_read"))


def usage_in(error: Exception) -> Usage | None:
    """What a reply cost that the client gave up on after it had come, such as a cut one; None where nothing says so."""
    counted = getattr(getattr(error, "completion", None), "usage", None)
    if counted is None:
        return None
    cached = getattr(counted.prompt_tokens_details, "cached_tokens", 0)
    return _usage(counted.prompt_tokens, counted.completion_tokens, cached)


def _usage(sent: Any, said: Any, cached: Any) -> Usage:
    return Usage(input_tokens=int(sent or 0), output_tokens=int(said or 0), cached_tokens=int(cached or 0), calls=1)


class _Plain:
    """A reply as the endpoint's own chunks."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._begun = False
        self._half = ""

    async def read(self) -> Sequence[Piece]:
        pieces = [self._piece(chunk) for chunk in await self._chunks.read()]
        if not pieces and not self._begun:
            raise NoReply("not one event came")
        self._begun = True
        if not pieces and self._half:
            pieces, self._half = [Piece("\ufffd")], ""
        return pieces

    async def close(self) -> None:
        self._chunks.close()

    def _piece(self, chunk: Mapping[str, Any]) -> Piece:
        choices, counted = chunk.get("choices"), chunk.get("usage")
        text, finish = "", None
        if choices:
            finish = choices[0].get("finish_reason")
            content = (choices[0].get("delta") or {}).get("content")
            if content:
                text = content if isinstance(content, str) else _text_of(content)
                if self._half or not text.isascii():
                    text = self._whole(text)
        if not counted:
            return Piece(text, finish)
        details = counted.get("prompt_tokens_details") or {}
        usage = _usage(counted.get("prompt_tokens"), counted.get("completion_tokens"), details.get("cached_tokens"))
        return Piece(text, finish, usage)

    def _whole(self, text: str) -> str:
        """The text with the halves of characters joined that some servers send in two pieces."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


class _Told:
    """A reply by way of LangChain, which tells its callbacks of every piece."""

    def __init__(self, messages: AsyncGenerator[AIMessageChunk, None]) -> None:
        self._messages = messages
        self._first: Sequence[Piece] | None = None

    async def begin(self) -> None:
        self._first = await self._next()

    async def read(self) -> Sequence[Piece]:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return await self._next()

    async def close(self) -> None:
        await self._messages.aclose()

    async def _next(self) -> Sequence[Piece]:
        try:
            chunk = await anext(self._messages)
        except StopAsyncIteration:
            return ()
        finish = chunk.response_metadata.get("finish_reason")
        return (Piece(str(chunk.text), finish, usage_of(chunk) if chunk.usage_metadata else None),)


def _text_of(content: Any) -> str:
    """The text of content that comes in parts."""
    return "".join(str(part.get("text") or "") for part in content if part.get("type") == "text")
