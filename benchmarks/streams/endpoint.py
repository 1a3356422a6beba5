"""The scripted model: HTTP by hand and replies made beforehand, so that it is never what a path waits for.

python -m benchmarks.streams.endpoint
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re

from benchmarks.streams import FIRST_TOKEN, PER_TOKEN, reply

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(event: str) -> bytes:
    """One server-sent event as one chunk of HTTP."""
    data = f"data: {event}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(data), data)


def _delta(number: int, delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    about = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
    return chunk(json.dumps(about | {"choices": [choice], "usage": None}))


def script(number: int, *, usage: bool) -> list[bytes]:
    """Everything that is sent of one reply: one entry for each moment at which something is sent."""
    pieces = [_delta(number, {"content": piece}) for piece in reply(number)]
    pieces[0] = _delta(number, {"role": "assistant", "content": ""}) + pieces[0]
    pieces[-1] += _delta(number, {}, "stop")
    if usage:
        counted = {"prompt_tokens": 900, "completion_tokens": len(pieces), "total_tokens": 900 + len(pieces)}
        about = {"id": f"chatcmpl-{number}", "object": "chat.completion.chunk", "created": 1, "model": "scripted"}
        pieces[-1] += chunk(json.dumps(about | {"choices": [], "usage": counted}))
    pieces[-1] += chunk("[DONE]") + b"0\r\n\r\n"
    return pieces


class Speaking(asyncio.Protocol):
    """One connection: a request, its reply at its own pace, and the next one. GET tells how much it was asked."""

    numbers = itertools.count(1)
    asked = 0  # bytes of all requests for a reply

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._next: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody connects."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Somebody left; nothing more is said."""
        if self._next is not None:
            self._next.cancel()

    def data_received(self, data: bytes) -> None:
        """Read a request to its end, then answer it."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if not head.startswith(b"GET") and (length is None or len(body) < int(length[1])):
            return
        self._received = b""
        if head.startswith(b"GET"):
            said = str(Speaking.asked).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(said), said))
            return
        Speaking.asked += len(body)
        pieces = script(next(self.numbers), usage=b'"include_usage"' in body)
        self._transport.write(_HEAD)
        due = self._loop.time() + FIRST_TOKEN
        self._next = self._loop.call_at(due, self._speak, pieces, 0, due)

    def _speak(self, pieces: list[bytes], position: int, due: float) -> None:
        now = self._loop.time()
        while position < len(pieces) and due <= now:  # what is late is said at once: the pace is the reply's, not ours
            self._transport.write(pieces[position])
            position, due = position + 1, due + PER_TOKEN
        if position < len(pieces):
            self._next = self._loop.call_at(due, self._speak, pieces, position, due)


async def main() -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Speaking, "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
