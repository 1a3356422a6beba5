"""Who listens: HTTP/1.1 by hand, since a client that costs more than the server would measure itself."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from typing import Any

IDLE_SECONDS = 2.0  # after which a connection is not used again: the server may be closing it just now
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)


@dataclass
class Answer:
    """One answer: its status, its body, and when the first of ``marks`` came (seconds of the loop's clock)."""

    status: int = 0
    head: bytes = b""
    body: bytearray = field(default_factory=bytearray)
    first: float = 0.0

    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def told(self) -> list[tuple[str, Any]]:
        """The body as server-sent events: (kind, data)."""
        found = []
        for block in self.body.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if fields.get("data", "[DONE]") != "[DONE]":
                found.append((fields.get("event", ""), json.loads(fields["data"])))
        return found


class Connection(asyncio.Protocol):
    """One kept-alive connection of one listener; one request at a time."""

    def __init__(self, url: str) -> None:
        self._loop = asyncio.get_running_loop()
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port = int(port)
        self.cookie = ""
        self._transport: asyncio.Transport | None = None
        self._whole: asyncio.Future[None] | None = None
        self._used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed; the next request opens another one."""
        self._transport = None
        if self._whole is not None and not self._whole.done():
            self._whole.set_exception(exc or ConnectionResetError("closed in the middle of an answer"))

    async def ask(self, method: str, path: str, body: Any = None, *, mark: bytes = b"", accept: str = "*/*") -> Answer:
        """Send a request and hear the whole answer; ``mark`` is what is looked out for."""
        if self._loop.time() - self._used > IDLE_SECONDS:
            await self.leave()
        if self._transport is None:
            await self._loop.create_connection(lambda: self, self.host, self.port)
        assert self._transport is not None
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: {self.host}:{self.port}\r\naccept: {accept}\r\n"
        head += f"cookie: {self.cookie}\r\n" if self.cookie else ""
        head += f"content-type: application/json\r\ncontent-length: {len(data)}\r\n" if data else ""
        self._answer, self._mark = Answer(), mark
        self._waiting, self._left, self._chunked = b"", -1, False
        self._whole = self._loop.create_future()
        self._transport.write(head.encode() + b"\r\n" + data)
        await self._whole
        self._used = self._loop.time()
        if self._answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {self._answer.status} {bytes(self._answer.body)!r}")
        if found := _COOKIE.search(self._answer.head):
            self.cookie = found[1].decode()
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._waiting += data
        answer = self._answer
        if not answer.head:
            head, found, rest = self._waiting.partition(b"\r\n\r\n")
            if not found:
                return
            answer.head, self._waiting = head, rest
            answer.status = int(head.split(b" ", 2)[1])
            self._chunked = _CHUNKED.search(head) is not None
            length = _LENGTH.search(head)
            self._left = int(length[1]) if length else 0
        if self._mark and not answer.first and self._mark in self._waiting:
            answer.first = self._loop.time()
        over = self._dechunk() if self._chunked else self._take()
        if over and self._whole is not None and not self._whole.done():
            self._whole.set_result(None)

    def _take(self) -> bool:
        self._answer.body += self._waiting
        self._left -= len(self._waiting)
        self._waiting = b""
        return self._left <= 0

    def _dechunk(self) -> bool:
        position = 0
        over = False
        while (end := self._waiting.find(b"\r\n", position)) >= 0:
            size = int(self._waiting[position:end], 16)
            if len(self._waiting) < end + 4 + size:
                break
            self._answer.body += self._waiting[end + 2 : end + 2 + size]
            position = end + 4 + size
            over = not size
        self._waiting = self._waiting[position:]
        return over

    async def leave(self) -> None:
        """Close the connection, and wait until it is closed."""
        while self._transport is not None:
            self._transport.close()
            await asyncio.sleep(0)
