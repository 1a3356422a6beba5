"""Connections to model endpoints: one pool per event loop, replies bounded in size, every answer noted.

Whoever sends a request to an endpoint, with these connections or with others, calls ``clear_to_send`` before it and
``note_answer`` after it, retries included. Limits of the endpoint are kept that way, and failures explained.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from agents.failures import ReplyTooLarge, asked_to_wait
from agents.limits import MAX_WAIT

if TYPE_CHECKING:
    import httpx2

MAX_REPLY_BYTES = 4 * 1024 * 1024

_UNPAID = "insufficient_quota"  # a 429 that no waiting cures


class Gate(Protocol):
    """Knows when an endpoint may be asked again."""

    async def again(self, patience: float) -> None:
        """Wait until a retry may be sent.

        Raises:
            ModelRateLimited: that is more than ``patience`` seconds away.
        """
        ...

    def learn(self, status: int, headers: Mapping[str, str]) -> float:
        """Take in what an answer says about limits; gives the seconds for which nothing may be sent."""
        ...


class Answers(list[tuple[int, str | None]]):
    """HTTP status and ``Retry-After`` (in seconds) of every answer to one request, retries included.

    Attributes:
        sent: how many requests went out, also those that got no answer.
        patience: how many seconds the reply may take in all; what would begin later is not waited for.
        gate: of the endpoint; set where traffic is regulated.
    """

    def __init__(self, patience: float = 120.0) -> None:
        super().__init__()
        self.sent = 0
        self.patience = patience
        self.gate: Gate | None = None
        self._began = 0.0

    @property
    def left(self) -> float:
        """Seconds of patience that are left."""
        return self.patience - (time.monotonic() - self._began if self.sent else 0)

    async def clear_to_send(self) -> None:
        """Count a request that is about to be sent; one that is a retry waits until the endpoint may be asked."""
        if self.sent and self.gate is not None:
            await self.gate.again(self.left)
        if not self.sent:
            self._began = time.monotonic()
        self.sent += 1


_answers: ContextVar[Answers | None] = ContextVar("answers", default=None)
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx2.AsyncClient] = WeakKeyDictionary()


@contextmanager
def noting(answers: Answers) -> Iterator[None]:
    """Note the answers to requests made inside in ``answers``."""
    token = _answers.set(answers)
    try:
        yield
    finally:
        _answers.reset(token)


async def clear_to_send() -> None:
    """Call this before every request, retries included: it waits as long as the endpoint asked to be left alone.

    Raises:
        ModelRateLimited: that would take longer than the reply may.
    """
    noted = _answers.get()
    if noted is not None:
        await noted.clear_to_send()


def note_answer(status: int, headers: Mapping[str, str], body: bytes = b"") -> bool:
    """Call this with every answer, as soon as its head is there.

    Args:
        status: HTTP status.
        headers: with names in lower case, or of a mapping that does not care.
        body: of a 429, where it was read.

    Returns:
        Whether asking again can help, as far as limits go; a client that retries must heed it.
    """
    noted = _answers.get()
    if noted is None:
        return True
    wait = asked_to_wait(headers)
    noted.append((status, None if wait is None else f"{wait:g}"))
    closed = noted.gate.learn(status, headers) if noted.gate is not None else wait or 0
    return closed < min(noted.left, MAX_WAIT) and not (status == 429 and _error_code(body) == _UNPAID)


def connections() -> httpx2.AsyncClient:
    """This event loop's connection pool; pooled connections cannot be used from another. Honours proxy variables."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        import openai

        client = openai.DefaultAsyncHttpxClient(
            verify=trusted(),
            mounts={"all://127.0.0.1": None},  # what is said to a model on this machine does not leave it by a proxy
            event_hooks={"request": [_on_request], "response": [_on_response]},
            follow_redirects=False,  # what was said to one host must not be sent on to another
        )
        _clients[loop] = client
    return client


async def close_connections() -> None:
    """Close this event loop's connections to models; later calls open new ones."""
    from agents.posting import close_sessions

    await close_sessions()
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


@cache
def unused_connections() -> httpx2.Client:
    """The pool that LangChain insists on for calls that block; nobody makes any, so one serves for all."""
    import openai

    return openai.DefaultHttpxClient(verify=trusted())


@cache
def trusted() -> ssl.SSLContext:
    """Loading the certificates takes some 30 ms: once is enough."""
    import httpx2

    return httpx2.create_ssl_context()


async def _on_request(request: httpx2.Request) -> None:
    await clear_to_send()


async def _on_response(response: httpx2.Response) -> None:
    response.stream = _bounded(response.stream)
    body = await response.aread() if response.status_code == 429 else b""
    if not note_answer(response.status_code, response.headers, body):
        response.headers["x-should-retry"] = "false"  # the client's own retries heed this


def _error_code(body: bytes) -> str:
    try:
        said = json.loads(body)["error"]["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return str(said)


def _bounded(stream: Any) -> httpx2.AsyncByteStream:
    import httpx2

    class Bounded(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            received = 0
            async for piece in stream:
                received += len(piece)
                if received > MAX_REPLY_BYTES:
                    raise ReplyTooLarge
                yield piece

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()
