"""The server: HTTP/1.1 by hand in a thread of its own, because faults need control over every byte."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol


@dataclass
class Request:
    """One request as it arrived. ``abandoned`` is set when the client went away before it was answered in full."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    abandoned: threading.Event = field(default_factory=threading.Event)
    answered: threading.Event = field(default_factory=threading.Event)

    @property
    def key(self) -> str:
        """The bearer token, or an empty text."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return bool(isinstance(self.body, dict) and self.body.get("stream"))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation."""
        return list(self.body.get("messages", [])) if isinstance(self.body, dict) else []

    @property
    def text(self) -> str:
        """The conversation's texts, one after the other."""
        return "\n\n".join(str(message.get("content")) for message in self.messages)

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema asked for, or an empty dict."""
        wanted = self.body.get("response_format") or {} if isinstance(self.body, dict) else {}
        return dict(wanted.get("json_schema", {}).get("schema", {}))


class Answering(Protocol):
    """What plays an answer onto the wire."""

    async def play(self, request: Request, wire: Wire) -> None:
        """Write the response."""
        ...


Script = Callable[[Request], Answering]


class Wire:
    """One response being written. Streams use chunked encoding, so that a missing end can be told from an end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, keep_alive: bool) -> None:
        self._writer = writer
        self._reader = reader
        self.keep_alive = keep_alive
        self.sent_anything = False

    async def respond(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A whole response."""
        await self._head(status, {"content-length": str(len(body)), **(headers or {})})
        await self._write(body)

    async def open_stream(self, content_type: str = "text/event-stream", headers: dict[str, str] | None = None) -> None:
        """The head of a stream."""
        await self._head(200, {"content-type": content_type, "transfer-encoding": "chunked", **(headers or {})})

    async def chunk(self, data: bytes) -> None:
        """Bytes of a stream."""
        await self._write(b"%x\r\n%b\r\n" % (len(data), data))

    async def event(self, data: Any) -> None:
        """A server-sent event with JSON data."""
        await self.chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    async def close_stream(self) -> None:
        """The proper end of a stream."""
        await self._write(b"0\r\n\r\n")

    async def cut(self) -> None:
        """End the connection here, although the response is not complete."""
        self.keep_alive = False

    async def reset(self) -> None:
        """Reset the connection (RST)."""
        self.keep_alive = False
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def _head(self, status: int, headers: dict[str, str]) -> None:
        given = {"content-type": "application/json", **headers}
        given["connection"] = "keep-alive" if self.keep_alive else "close"
        lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
        await self._write(f"HTTP/1.1 {status} Scripted\r\n{lines}\r\n".encode())

    async def _write(self, data: bytes) -> None:
        self.sent_anything = True
        self._writer.write(data)
        await self._writer.drain()


class Endpoint:
    """The endpoint; a context manager. Thread-safe: tests may use it from any event loop.

    Args:
        script: answers every request that no queued answer is for; by default the four agents' script.
        key: the only bearer token accepted; None accepts anything.
        port: 0 for a free one.
        keep_alive: for benchmarks. Off, so that a client's pool holds nothing when a test's event loop ends.
    """

    def __init__(
        self, script: Script | None = None, *, key: str | None = None, port: int = 0, keep_alive: bool = False
    ) -> None:
        from tests.endpoint.roles import play_roles

        self.script: Script = script or play_roles
        self.key = key
        self.requests: list[Request] = []
        self._port = port
        self._keep_alive = keep_alive
        self._queue: deque[Answering] = deque()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._arrival = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="scripted-endpoint", daemon=True)

    @property
    def url(self) -> str:
        """The base URL, for ``ModelSettings.base_url``."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def asked(self) -> list[Request]:
        """The chat completions asked for."""
        return [request for request in self.requests if request.path.partition("?")[0].endswith("/chat/completions")]

    def queue(self, *answers: Answering) -> None:
        """Answer the next requests with these, in order, before the script plays on."""
        self._queue.extend(answers)

    def wait_for(self, count: int, seconds: float = 10) -> bool:
        """Block until ``count`` requests have arrived; False if they have not within ``seconds``."""
        with self._arrival:
            return self._arrival.wait_for(lambda: len(self.requests) >= count, seconds)

    def clear(self) -> None:
        """Forget requests and queued answers."""
        self.requests.clear()
        self._queue.clear()

    def __enter__(self) -> Endpoint:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        server = await asyncio.start_server(self._connected, "127.0.0.1", self._port, limit=64 * 1024 * 1024)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        complete = False
        try:
            while request := await _read(reader):
                with self._arrival:
                    self.requests.append(request)
                    self._arrival.notify_all()
                wire = Wire(reader, writer, keep_alive=self._keep_alive)
                complete = False
                await self._answer(request, reader, wire)
                complete = request.answered.is_set()
                if not wire.keep_alive:
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            # A client that went away would never let the rest of a reply be flushed.
            if complete:
                writer.close()
            else:
                writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: Request, reader: asyncio.StreamReader, wire: Wire) -> None:
        playing = asyncio.ensure_future(self._play(request, wire))
        gone = None if wire.keep_alive else asyncio.ensure_future(reader.read(1))
        try:
            waiting: set[asyncio.Future[Any]] = {playing} | ({gone} if gone else set())
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if playing.done():
                playing.result()
                request.answered.set()
            else:
                request.abandoned.set()
        except ConnectionError:
            request.abandoned.set()
            raise
        finally:
            for future in (playing, gone):
                if future is not None:
                    future.cancel()
                    with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                        await future

    def _play(self, request: Request, wire: Wire) -> Awaitable[None]:
        from tests.endpoint.answers import Body, Status

        if self.key is not None and request.key != self.key:
            return Status(401).play(request, wire)
        if not request.path.partition("?")[0].endswith("/chat/completions"):
            return Body(b'{"object": "list", "data": []}').play(request, wire)
        answer = self._queue.popleft() if self._queue else self.script(request)
        return answer.play(request, wire)


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *rest = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest if line)}
    raw = await reader.readexactly(int(headers.get("content-length", 0)))
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw
    return Request(method, path, headers, body)
