"""Connections to model endpoints: one pool per event loop, replies bounded in size, answers noted for explanations."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from agents.failures import ReplyTooLarge

if TYPE_CHECKING:
    import httpx2

MAX_REPLY_BYTES = 4 * 1024 * 1024

Answers = list[tuple[int, str | None]]
"""HTTP status and ``Retry-After`` of every answer to one request, retries included."""

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


def connections() -> httpx2.AsyncClient:
    """This event loop's connection pool; pooled connections cannot be used from another. Honours proxy variables."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        import openai

        client = openai.DefaultAsyncHttpxClient(verify=_trust(), event_hooks={"response": [_on_response]})
        _clients[loop] = client
    return client


async def close_connections() -> None:
    """Close this event loop's connections to models; later calls open new ones."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()


@cache
def unused_connections() -> httpx2.Client:
    """The pool that LangChain insists on for calls that block; nobody makes any, so one serves for all."""
    import openai

    return openai.DefaultHttpxClient(verify=_trust())


@cache
def _trust() -> ssl.SSLContext:
    """Loading the certificates takes some 30 ms: once is enough."""
    import httpx2

    return httpx2.create_ssl_context()


async def _on_response(response: httpx2.Response) -> None:
    noted = _answers.get()
    if noted is not None:
        noted.append((response.status_code, response.headers.get("retry-after")))
    response.stream = _bounded(response.stream)


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
