"""Server-sent events: one way to write them, with ids to resume from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import orjson
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send


def event(kind: str, data: Any, id: str) -> bytes:
    """One event in the text format of the HTML standard, as UTF-8."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (id.encode(), kind.encode(), orjson.dumps(data))


def takes_events(accept: str | None) -> bool:
    """Whether who asks names server-sent events among what it takes; ``*/*`` does not ask for them."""
    return accept is not None and any(
        each.partition(";")[0].strip().lower() == EventStream.media_type for each in accept.split(",")
    )


def stream(events: AsyncGenerator[bytes, None], *, headers: Mapping[str, str] | None = None) -> Response:
    """A streaming answer that no proxy should hold back; ``events`` are whole events, several together or one."""
    return EventStream(events, headers)


class EventStream(Response):
    """Sends what a generator yields, and closes the generator when the listener is gone.

    Starlette's own ``StreamingResponse`` does the same for any content, at several times the cost.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes, None], headers: Mapping[str, str] | None = None) -> None:
        self._events = events
        self.status_code = 200
        self.background = None
        # Without a body here, so without a length: nobody knows it before the end.
        self.init_headers({"X-Accel-Buffering": "no", **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        telling = asyncio.current_task()
        assert telling is not None
        left = False

        async def watch() -> None:
            nonlocal left
            while (await receive())["type"] != "http.disconnect":
                pass
            left = True
            telling.cancel()

        watching = asyncio.create_task(watch())
        try:
            async with aclosing(self._events) as events:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for data in events:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except asyncio.CancelledError:
            # Whoever else cancelled this task is not to be kept from it.
            if not left or telling.uncancel() > 0:
                raise
        finally:
            watching.cancel()
