"""What the endpoint can answer: proper replies, and every fault worth surviving."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.endpoint.server import Answering as Answer
from tests.endpoint.server import Request, Wire

__all__ = ["Answer"]


def pieces_of(text: str) -> list[str]:
    """The text in token-like pieces."""
    return re.findall(r"\s*\S{1,6}|\s+$", text)


def _tokens(text: str) -> int:
    return len(pieces_of(text))


def _usage(request: Request, text: str) -> dict[str, Any]:
    sent, said = _tokens(request.text), _tokens(text)
    return {
        "prompt_tokens": sent,
        "completion_tokens": said,
        "total_tokens": sent + said,
        "prompt_tokens_details": {"cached_tokens": 0},
    }


def _completion(request: Request, text: str, finish: str, **extra: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 1,
        "model": request.body.get("model", "scripted"),
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": _usage(request, text),
        **extra,
    }


def _delta(request: Request, content: str | None, finish: str | None = None) -> dict[str, Any]:
    delta: dict[str, Any] = {} if content is None else {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-scripted",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": request.body.get("model", "scripted"),
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


@dataclass
class Text:
    """A reply; streamed piece by piece if the request asks for a stream. Times in seconds."""

    text: str
    first_token: float = 0
    per_token: float = 0
    finish: str = "stop"
    pieces: list[str] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def play(self, request: Request, wire: Wire) -> None:
        if self.first_token:
            await asyncio.sleep(self.first_token)
        if not request.streams:
            said = _completion(request, self.text, self.finish, **self.extra)
            await wire.respond(200, json.dumps(said).encode(), self.headers)
            return
        await wire.open_stream(headers=self.headers)
        for piece in self.pieces if self.pieces is not None else pieces_of(self.text):
            await wire.event(_delta(request, piece) | self.extra)
            if self.per_token:
                await asyncio.sleep(self.per_token)
        await wire.event(_delta(request, None, self.finish) | self.extra)
        await self.end(request, wire)

    async def end(self, request: Request, wire: Wire) -> None:
        if (request.body.get("stream_options") or {}).get("include_usage"):
            await wire.event({**_delta(request, None), "choices": [], "usage": _usage(request, self.text)})
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.close_stream()


class NoDone(Text):
    """A streamed reply that says it is complete, but never sends ``[DONE]``."""

    async def end(self, request: Request, wire: Wire) -> None:
        await wire.close_stream()


class Json(Text):
    """A reply that is JSON."""

    def __init__(self, value: Any, **given: Any) -> None:
        super().__init__(json.dumps(value, ensure_ascii=False), **given)


@dataclass
class Status:
    """An error response. ``echo`` puts the request's own text into the message, as careless servers do."""

    status: int
    retry_after: float | None = None
    code: str | None = None
    echo: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    async def play(self, request: Request, wire: Wire) -> None:
        message = f"no: {request.text} key {request.key}" if self.echo else "no"
        body = {"error": {"message": message, "type": "scripted", "param": None, "code": self.code}}
        headers = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
        await wire.respond(self.status, json.dumps(body).encode(), headers | self.headers)


@dataclass
class Redirect:
    """Another address to ask; without one the same again, for ever."""

    to: str = ""
    status: int = 307

    async def play(self, request: Request, wire: Wire) -> None:
        await wire.respond(self.status, b"", {"location": self.to or request.path})


@dataclass
class _Broken:
    """A stream that begins well; ``after`` pieces of ``text`` arrive. A whole reply breaks before its first byte."""

    after: int = 2
    text: str = "This is how it begins and then"

    async def play(self, request: Request, wire: Wire) -> None:
        if request.streams:
            await wire.open_stream()
            for piece in pieces_of(self.text)[: self.after]:
                await wire.event(_delta(request, piece))
        await self.fail(request, wire)

    async def fail(self, request: Request, wire: Wire) -> None:
        raise NotImplementedError


@dataclass
class Stall(_Broken):
    """Silence for ``seconds``, then a proper end if anybody still listens. ``comments`` keeps the connection busy."""

    seconds: float = 60
    comments: bool = False

    async def fail(self, request: Request, wire: Wire) -> None:
        for _ in range(max(1, int(self.seconds / 0.05))):
            await asyncio.sleep(min(self.seconds, 0.05))
            if self.comments and request.streams:
                await wire.chunk(b": still there\n\n")
        if request.streams:
            await wire.event(_delta(request, None, "stop"))
            await wire.chunk(b"data: [DONE]\n\n")
            await wire.close_stream()
        else:
            await Text(self.text).play(request, wire)


class Reset(_Broken):
    """The connection is reset."""

    async def fail(self, request: Request, wire: Wire) -> None:
        await asyncio.sleep(0.05)  # let the pieces reach the client: a reset discards what is still in flight
        await wire.reset()


class ErrorEvent(_Broken):
    """The endpoint reports a fault of its own in the middle of a stream, and quotes the request in it."""

    async def fail(self, request: Request, wire: Wire) -> None:
        error = {"error": {"message": f"failed at: {request.text}", "type": "server_error", "code": None}}
        if request.streams:
            await wire.event(error)
            await wire.close_stream()
        else:
            await wire.respond(200, json.dumps(error).encode())


class Garbled(_Broken):
    """An event that is no JSON, in the middle of a stream."""

    async def fail(self, request: Request, wire: Wire) -> None:
        if request.streams:
            await wire.chunk(b'data: {"choices": [{"index": 0, "del\n\n')
            await wire.close_stream()
        else:
            await wire.respond(200, b'{"choices": [{"index": 0, "mess')


@dataclass
class Drip:
    """A reply that keeps coming, a little every ``pause`` seconds, and takes far too long."""

    pause: float = 0.02
    text: str = "drop by drop " * 2000

    async def play(self, request: Request, wire: Wire) -> None:
        if request.streams:
            await Text(self.text, per_token=self.pause).play(request, wire)
            return
        body = json.dumps(_completion(request, self.text, "stop")).encode()
        await wire.open_stream("application/json")
        for place in range(0, len(body), 4):
            await wire.chunk(body[place : place + 4])
            await asyncio.sleep(self.pause)
        await wire.close_stream()


@dataclass
class Truncated(_Broken):
    """The response ends too early: ``cleanly``, as if that were all, or cut off in the middle of the encoding."""

    cleanly: bool = True

    async def fail(self, request: Request, wire: Wire) -> None:
        if self.cleanly and request.streams:
            await wire.close_stream()
        elif not request.streams:
            await wire.respond(200, b'{"id": "x", "choices": [{"mess', {"content-length": "4000"})
        await wire.cut()


@dataclass
class Body:
    """Any bytes as the body of a 200, as a stream of events where the request asks for a stream."""

    body: bytes
    content_type: str = "application/json"

    async def play(self, request: Request, wire: Wire) -> None:
        if request.streams:
            await wire.open_stream()
            await wire.chunk(b"data: " + self.body + b"\n\n")
            await wire.close_stream()
        else:
            await wire.respond(200, self.body, {"content-type": self.content_type})


@dataclass
class Page:
    """A page of HTML, as a proxy or a portal sends it, whatever was asked for."""

    status: int = 200

    async def play(self, request: Request, wire: Wire) -> None:
        page = f"<!doctype html><title>Welcome</title><p>You asked: {request.text}</p>".encode()
        await wire.respond(self.status, page, {"content-type": "text/html"})


@dataclass
class WrongType:
    """A proper reply to something else: a stream where none was asked for, and none where one was."""

    text: str = "All is well."

    async def play(self, request: Request, wire: Wire) -> None:
        if request.streams:
            await wire.respond(200, json.dumps(_completion(request, self.text, "stop")).encode())
            return
        await wire.open_stream()
        await wire.event(_delta(request, self.text))
        await wire.event(_delta(request, None, "stop"))
        await wire.chunk(b"data: [DONE]\n\n")
        await wire.close_stream()


class BadUtf8(Body):
    """Bytes that are not UTF-8, where text should be."""

    def __init__(self) -> None:
        super().__init__(
            b'{"choices": [{"index": 0, "delta": {"content": "\xff\xfe\xc3"}, "message": {"content": "\xff"}}]}'
        )


class Garbage(Body):
    """A page of HTML, as a proxy sends it."""

    def __init__(self) -> None:
        super().__init__(b"<!doctype html><title>Welcome</title>", "text/html")


class EmptyChoices(Body):
    """A reply without a choice in it."""

    def __init__(self) -> None:
        super().__init__(b'{"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": []}')


@dataclass
class Huge:
    """A reply that does not end until ``size`` bytes are sent."""

    size: int = 32 * 1024 * 1024

    async def play(self, request: Request, wire: Wire) -> None:
        block = "x" * 65_536
        await wire.open_stream("text/event-stream" if request.streams else "application/json")
        if not request.streams:
            await wire.chunk(b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "')
        for _ in range(self.size // len(block)):
            if request.streams:
                await wire.event(_delta(request, block))
            else:
                await wire.chunk(block.encode())
        if not request.streams:
            await wire.chunk(b'"}, "finish_reason": "stop"}]}')
        await wire.close_stream()
