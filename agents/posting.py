"""Requests for streams over aiohttp: a session per event loop, bounded retries, errors in the openai SDK's classes.

What is asked, and what the events mean, is ``agents.streaming``'s business.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agents.connections import MAX_REPLY_BYTES, clear_to_send, note_answer, trusted
from agents.events import Events
from agents.failures import ReplyTooLarge, asked_to_wait

if TYPE_CHECKING:
    import aiohttp
    import httpx2
    import openai
    from multidict import CIMultiDict
    from yarl import URL

_MOST_WAIT = 120.0  # who asks to be left alone for longer is not asked again
_MAX_ERROR_BYTES = 64 * 1024
GATHER_SECONDS = 0.04  # pieces of so short a time are read together: one by one, they cost more than all else in a turn
_UNTIL_END = 0.05  # seconds in which a complete reply's response may still end, so that its connection is used again

_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


@dataclass(frozen=True)
class Target:
    """Where streams are asked for, and how; all of it stays the same for one chat model. Times are in seconds."""

    url: URL
    headers: CIMultiDict[str] = field(repr=False)  # the key is in them
    proxy: str | None = None
    max_retries: int = 0
    connect_seconds: float | None = None
    read_seconds: float | None = None


@dataclass
class _Connection:
    """What became of one request's connection."""

    used_before: bool = False


class Reply:
    """A streamed reply that has begun. Close it: that ends the connection, unless the reply had come to its end."""

    def __init__(self, response: aiohttp.ClientResponse, gather: float = 0.0) -> None:
        self._response = response
        self._content = response.content
        self._loop = asyncio.get_running_loop()
        self._gather = gather
        self._next = 0.0  # when it is read again, by the loop's clock; the first piece at once
        self._events = Events()
        self._received = 0
        self._complete = False

    @property
    def request(self) -> httpx2.Request:
        """What was asked, for errors: without headers and body."""
        return _request(self._response.url)

    async def read(self) -> list[bytes]:
        """The data of the next events; empty at the end, which ``[DONE]`` or the end of the response is.

        Raises:
            openai.APIConnectionError: the connection broke; ``openai.APITimeoutError`` after too long a silence.
            ReplyTooLarge: more came than a reply may have.
        """
        while not self._complete:
            chunk = await self._chunk()
            if not chunk:
                self._complete = True
                break
            self._received += len(chunk)
            if self._received > MAX_REPLY_BYTES:
                raise ReplyTooLarge
            events = self._events.feed(chunk)
            for place, data in enumerate(events):
                if data.startswith(b"[DONE]"):
                    self._complete = True
                    await self._end()
                    return events[:place]
            if events:
                return events
        return []

    def close(self) -> None:
        """End the connection, unless the response came to its end: then it is used again. Returns at once."""
        self._response.close()

    async def _end(self) -> None:
        """Wait a moment for the end of the response behind the last event: aiohttp takes the connection back then."""
        import aiohttp

        with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError):
            async with asyncio.timeout(_UNTIL_END):
                await self._content.readany()

    async def _chunk(self) -> bytes:
        import aiohttp

        try:
            await self._more()
            chunk = await self._content.readany()
            self._next = self._loop.time() + self._gather
            return chunk
        except (aiohttp.ClientError, OSError) as error:
            if left := _left_over(self._content):
                return left
            raise _connection_error(error, self._response.url) from error

    async def _more(self) -> None:
        """Let come what comes in a moment, unless the reply ends or breaks in it."""
        if (left := self._next - self._loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._content.wait_eof()


async def post(target: Target, body: bytes, *, patient: bool = False, gather: float = 0.0) -> Reply:
    """Ask for a stream, again where that can help; never once a reply has begun.

    Args:
        target: where to.
        body: the request as JSON.
        patient: leave it to the caller to bound the waits for what is read.
        gather: seconds; what comes so soon after what was read last is read together, at the end at once.

    Raises:
        openai.APIStatusError: the endpoint refused, in the class that the SDK has for its status.
        openai.APIConnectionError: nobody answered; ``openai.APITimeoutError`` where it took too long.
        ModelRateLimited: see ``agents.connections.clear_to_send``.
    """
    import aiohttp

    limits = aiohttp.ClientTimeout(
        total=None, sock_connect=target.connect_seconds, sock_read=None if patient else target.read_seconds
    )
    for attempt in range(target.max_retries + 1):
        last = attempt == target.max_retries
        await clear_to_send()
        try:
            response = await _send(target, body, limits)
        except (aiohttp.ClientError, OSError) as error:
            if last:
                raise _connection_error(error, target.url) from error
            await asyncio.sleep(_pause(attempt, None))
            continue
        if response.status < 300:
            note_answer(response.status, response.headers)
            return Reply(response, gather)
        try:
            said = await _head_of(response)
        finally:
            response.close()
        may_help = note_answer(response.status, response.headers, said if response.status == 429 else b"")
        wait = asked_to_wait(response.headers)
        if last or not may_help or not _worth_retrying(response.status, response.headers, wait):
            raise _status_error(response, said)
        await asyncio.sleep(_pause(attempt, wait))
    raise AssertionError("the last attempt returns or raises")


async def _send(target: Target, body: bytes, limits: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
    """Send a request; again at once where its connection was an old one that the server had closed in the meantime."""
    import aiohttp

    while True:
        connection = _Connection()
        try:
            return await _session().post(
                target.url,
                data=body,
                headers=target.headers,
                proxy=target.proxy,
                timeout=limits,
                allow_redirects=False,  # what was said to one host must not be sent on to another
                trace_request_ctx=connection,
            )
        except aiohttp.ClientConnectionError as error:
            if not connection.used_before or isinstance(error, TimeoutError):
                raise


async def close_sessions() -> None:
    """Close this event loop's session, and let go of those whose loop has ended; later calls open new ones."""
    session = _sessions.pop(asyncio.get_running_loop(), None)
    _forget_ended_loops()
    if session is not None:
        await session.close()


async def _note_use(_session: aiohttp.ClientSession, context: Any, _parameters: object) -> None:
    context.trace_request_ctx.used_before = True


def _session() -> aiohttp.ClientSession:
    loop = asyncio.get_running_loop()
    session = _sessions.get(loop)
    if session is None:
        import aiohttp

        _forget_ended_loops()
        noting = aiohttp.TraceConfig()
        noting.on_connection_reuseconn.append(_note_use)
        session = aiohttp.ClientSession(
            trace_configs=[noting],
            connector=aiohttp.TCPConnector(limit=0, ssl=trusted()),  # lanes bound how many there are
            cookie_jar=aiohttp.DummyCookieJar(),
            max_field_size=64 * 1024,
            max_line_size=64 * 1024,
        )
        _sessions[loop] = session
    return session


def _forget_ended_loops() -> None:
    for loop in [loop for loop in _sessions if loop.is_closed()]:
        _sessions.pop(loop).detach()  # its connections ended with the loop


def _left_over(content: aiohttp.StreamReader) -> bytes:
    """What had come before the connection broke and was not read yet; the reader itself would drop it."""
    buffered = getattr(content, "_buffer", None)
    if not buffered:
        return b""
    left = b"".join(buffered)[getattr(content, "_buffer_offset", 0) :]
    buffered.clear()
    return left


async def _head_of(response: aiohttp.ClientResponse) -> bytes:
    """What an error says, up to a size; as much of it as came."""
    import aiohttp

    said = b""
    try:
        while len(said) < _MAX_ERROR_BYTES and (chunk := await response.content.readany()):
            said += chunk
    except (aiohttp.ClientError, OSError):
        pass
    return said


def _worth_retrying(status: int, headers: Mapping[str, str], wait: float | None) -> bool:
    """Whether the SDK would ask again after this answer."""
    if wait is not None and wait > _MOST_WAIT:
        return False
    told = headers.get("x-should-retry")
    if told in ("true", "false"):
        return told == "true"
    return status in (408, 409, 429) or status >= 500


def _pause(attempt: int, wait: float | None) -> float:
    """Seconds before the next attempt: what was asked for, else longer each time, never all clients at once."""
    if wait:
        return wait
    return float(min(0.5 * 2**attempt, 8.0) * (1 - 0.25 * random.random()))  # noqa: S311 (spreads load, no secret)


def _request(url: URL) -> httpx2.Request:
    import httpx2

    return httpx2.Request("POST", str(url))  # without headers: errors must not carry the key


def _connection_error(error: Exception, url: URL) -> openai.APIConnectionError:
    import openai

    kind = openai.APITimeoutError if isinstance(error, TimeoutError) else openai.APIConnectionError
    return kind(request=_request(url))


def _status_error(response: aiohttp.ClientResponse, said: bytes) -> openai.APIStatusError:
    import httpx2
    import openai

    text = said.decode("utf-8", "replace").strip()
    body: Any = text
    message = f"Error code: {response.status}"
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        body = body.get("error", body) if isinstance(body, dict) else body
        if isinstance(body, dict) and isinstance(body.get("message"), str) and body["message"]:
            message += f" - {body['message']}"
    kinds = (
        openai.BadRequestError,
        openai.AuthenticationError,
        openai.PermissionDeniedError,
        openai.NotFoundError,
        openai.ConflictError,
        openai.UnprocessableEntityError,
        openai.RateLimitError,
    )
    named: dict[int, type[openai.APIStatusError]] = {kind.status_code: kind for kind in kinds}
    kind = named.get(response.status, openai.InternalServerError if response.status >= 500 else openai.APIStatusError)
    headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-encoding"]
    answer = httpx2.Response(response.status, headers=headers, content=said, request=_request(response.url))
    return kind(message, response=answer, body=body)
