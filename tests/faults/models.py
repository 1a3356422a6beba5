"""Every fault that a model's endpoint can have, and what is to be seen of it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.endpoint import (
    Answer,
    BadUtf8,
    Body,
    Drip,
    EmptyChoices,
    ErrorEvent,
    Garbage,
    Garbled,
    Huge,
    Page,
    Redirect,
    Reset,
    Stall,
    Status,
    Text,
    Truncated,
    WrongType,
)

MAX_RETRIES = 1
LONG = {"timeout_seconds": 60, "first_token_seconds": 30, "stall_seconds": 30}
LIMIT = 0.5  # seconds, of whichever limit has to end a fault; one only, so that slow machines try the same
LATE = LIMIT + 1  # then a silent endpoint goes on as if nothing had been: who has not noticed by now never will


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        answer: what the endpoint answers; None where nobody answers at all.
        whole: the failure's kind where a whole reply was asked for, and the words that say what to do.
        stream: the same where a stream was.
        requests: how many requests a whole reply may come to, and a stream.
        limit: the setting of a stream that has to end it; of a whole reply it is ``timeout_seconds``. Empty for none.
        refuses: whether asking for a whole reply fails; else a reply comes, and is of no use.
    """

    answer: Callable[[], Answer] | None
    whole: tuple[str, str]
    stream: tuple[str, str]
    requests: tuple[int, int] = (1, 1)
    limit: str = ""
    refuses: bool = True

    def limits(self, *, stream: bool) -> dict[str, float]:
        """The settings that let it end soon."""
        return {self.limit if stream else "timeout_seconds": LIMIT} if self.limit else {}


def _both(kind: str, todo: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (kind, todo), (kind, todo)


_RETRIED = (1 + MAX_RETRIES, 1 + MAX_RETRIES)
_NONSENSE = _both("model-nonsense", "BASE_URL")
_SLOW = ("model-slow", "TIMEOUT_SECONDS")
_UNREACHABLE = ("model-unreachable", "BASE_URL")
_BROKE = ("model-broke", "Try again")

FAULTS: dict[str, Fault] = {
    "429": Fault(lambda: Status(429), *_both("model-rate-limited", "in a moment"), requests=_RETRIED),
    "429 with Retry-After": Fault(
        lambda: Status(429, retry_after=0.05), *_both("model-rate-limited", "Try again"), requests=_RETRIED
    ),
    "429 with a long Retry-After": Fault(
        lambda: Status(429, retry_after=600), *_both("model-rate-limited", "in about 600 s")
    ),
    "429 for lack of credit": Fault(
        lambda: Status(429, code="insufficient_quota"), *_both("model-refused", "Add credit")
    ),
    "500": Fault(lambda: Status(500), *_both("model-down", "Try again"), requests=_RETRIED),
    "503": Fault(lambda: Status(503, retry_after=0.05), *_both("model-down", "Try again"), requests=_RETRIED),
    "502 from a proxy": Fault(lambda: Page(502), *_both("model-down", "Try again"), requests=_RETRIED),
    "401": Fault(lambda: Status(401, code="invalid_api_key"), *_both("model-unauthorised", "API_KEY")),
    "403": Fault(lambda: Status(403), *_both("model-unauthorised", "API_KEY")),
    "404": Fault(lambda: Status(404, code="model_not_found"), *_both("model-refused", "__MODEL__MODEL")),
    "too long a prompt": Fault(
        lambda: Status(400, code="context_length_exceeded"), *_both("model-refused", "Shorten the text")
    ),
    "redirect loop": Fault(Redirect, *_both("model-refused", "BASE_URL")),
    "connection refused": Fault(None, _UNREACHABLE, _UNREACHABLE, requests=(0, 0)),
    "connection timeout": Fault(
        None, _SLOW, ("model-slow", "FIRST_TOKEN_SECONDS"), requests=(0, 0), limit="first_token_seconds"
    ),
    "no first token": Fault(
        lambda: Stall(after=0, seconds=LATE),
        _SLOW,
        ("model-slow", "FIRST_TOKEN_SECONDS"),
        requests=_RETRIED,
        limit="first_token_seconds",
    ),
    "stall in mid-stream": Fault(
        lambda: Stall(seconds=LATE), _SLOW, ("model-stalled", "STALL_SECONDS"), requests=(2, 1), limit="stall_seconds"
    ),
    "slow drip": Fault(Drip, _SLOW, _SLOW, requests=(2, 1), limit="timeout_seconds"),
    "reset": Fault(Reset, _UNREACHABLE, _BROKE, requests=(2, 1)),
    "truncated stream": Fault(Truncated, _UNREACHABLE, _BROKE, requests=(2, 1)),
    "cut in the middle of the encoding": Fault(
        lambda: Truncated(cleanly=False), _UNREACHABLE, _BROKE, requests=(2, 1)
    ),
    "bad UTF-8": Fault(BadUtf8, *_NONSENSE),
    "garbage": Fault(Garbage, *_NONSENSE),
    "garbage in mid-stream": Fault(Garbled, *_NONSENSE),
    "JSON that is something else": Fault(lambda: Body(b"[1, 2]"), *_NONSENSE),
    "empty choices": Fault(EmptyChoices, ("model-nonsense", "BASE_URL"), ("model-nonsense", "Try again")),
    "HTML from a proxy": Fault(Page, *_NONSENSE),
    "wrong content type": Fault(WrongType, *_NONSENSE),
    "huge": Fault(Huge, *_both("model-nonsense", "MODEL")),
    "error event in a stream": Fault(ErrorEvent, ("model-nonsense", "BASE_URL"), ("model-down", "Try again")),
    "content filter": Fault(lambda: Text("", finish="content_filter"), *_both("model-refused", "filter")),
    "empty": Fault(lambda: Text("", pieces=[]), ("model-nonsense", "Try again"), ("model-nonsense", "Try again"),
                   requests=(3, 1), refuses=False),
}  # fmt: skip


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """The address of a port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1"


@contextlib.contextmanager
def no_answer() -> Iterator[str]:
    """The address of a port where connections are never accepted: the queue of those that wait is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
