"""The limits of one model at one endpoint: those that are set per minute, and those that the endpoint tells itself.

Whoever waits is served by rank, and in order of arrival within a rank. Nothing here sleeps longer than it must: a limit
that ends too late for a reply is told at once.
"""

from __future__ import annotations

import asyncio
import bisect
import itertools
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from weakref import WeakKeyDictionary

from agents import failures
from agents.failures import Asked, asked_to_wait

MAX_WAIT = 60.0  # seconds; a limit that the endpoint keeps for longer is told at once instead
SPAN = 60.0

_CLOSING = frozenset({429, 503})  # the answers whose ``Retry-After`` is meant for everybody who asks
_SOONEST = 0.001
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
_UNITS = (86_400.0, 3600.0, 60.0, 1.0, 0.001)


class Window:
    """What was spent in the last minute: no 60 seconds ever hold more than the limit.

    Stricter than a bucket that fills up steadily, which lets nearly twice the limit through in its first minute.
    """

    def __init__(self) -> None:
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def wait(self, now: float, amount: int, limit: int) -> float:
        """Seconds until this amount fits; more than the limit counts as the whole of it. A limit of 0 is none."""
        while self._spent and self._spent[0][0] + SPAN <= now:
            self._sum -= self._spent.popleft()[1]
        if not limit:
            return 0.0
        over = self._sum + min(amount, limit) - limit
        for at, spent in self._spent:
            if over <= 0:
                break
            over -= spent
            if over <= 0:
                return at + SPAN - now
        return 0.0

    def spend(self, now: float, amount: int, limit: int) -> None:
        """Note that this amount is spent now."""
        if limit:
            self._spent.append((now, min(amount, limit)))
            self._sum += min(amount, limit)


@dataclass(order=True)
class _Ticket:
    rank: int
    number: int
    wake: asyncio.Event = field(default_factory=asyncio.Event, compare=False)


class Limits:
    """One model at one endpoint, as all roles of this process share it. Safe to share between event loops.

    Args:
        clock: seconds, from any beginning.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._requests, self._tokens = Window(), Window()
        self._per_minute = (0, 0)
        self._closed_until = float("-inf")
        self._numbers = itertools.count()
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, list[_Ticket]] = WeakKeyDictionary()

    def tighten(self, requests: int, tokens: int) -> None:
        """Keep these limits per minute too; of several the strictest holds, and 0 is none."""
        with self._lock:
            now = self._per_minute
            self._per_minute = (_strictest(now[0], requests), _strictest(now[1], tokens))

    def learn(self, status: int, headers: Mapping[str, str]) -> float:
        """Take in what an answer says about limits.

        Returns:
            The seconds for which the endpoint wants nothing.
        """
        told = [asked_to_wait(headers)] if status in _CLOSING else []
        for what in ("requests", "tokens"):
            if (headers.get(f"x-ratelimit-remaining-{what}") or "").strip() == "0":
                told.append(duration(headers.get(f"x-ratelimit-reset-{what}")))
        now = self._clock()
        longest = max((seconds for seconds in told if seconds), default=0.0)
        if now + longest > self._closed_until and longest:
            self._closed_until = now + longest
            for ticket in self._queue():
                ticket.wake.set()
        return max(0.0, self._closed_until - now)

    def refuse(self, asked: Asked, patience: float) -> None:
        """Refuse a reply that the endpoint's own limit would keep waiting for too long.

        Raises:
            ModelRateLimited: the limit ends in more than ``patience`` or ``MAX_WAIT`` seconds.
        """
        closed = self._closed_until - self._clock()
        if closed > min(patience, MAX_WAIT):
            raise failures.rate_limited(asked, closed)

    async def admit(self, asked: Asked, *, rank: int, tokens: int, patience: float) -> None:
        """Wait until a request may be sent, and count it.

        Args:
            asked: for whom, to explain a refusal.
            rank: lower ones go first.
            tokens: the most that the reply can take, prompt included.
            patience: seconds.

        Raises:
            ModelRateLimited: the endpoint's own limit lasts too long.
            ModelBusy: the limits per minute left no room in time.
        """
        queue = self._queue()
        if not queue and self._try(tokens) <= 0:
            return
        deadline = self._clock() + patience
        ticket = _Ticket(rank, next(self._numbers))
        bisect.insort(queue, ticket)
        try:
            while True:
                left = deadline - self._clock()
                self.refuse(asked, left)
                wait = self._try(tokens) if queue[0] is ticket else left
                if wait <= 0:
                    return
                if left <= 0:
                    raise failures.over_limit(asked, patience)
                ticket.wake.clear()
                try:
                    async with asyncio.timeout(max(_SOONEST, min(wait, left))):
                        await ticket.wake.wait()
                except TimeoutError:
                    continue
        finally:
            queue.remove(ticket)
            if queue:
                queue[0].wake.set()

    def _try(self, tokens: int) -> float:
        """Count a request if it may be sent now, else say in how many seconds."""
        with self._lock:
            now = self._clock()
            requests, most = self._per_minute
            waits = (
                self._closed_until - now,
                self._requests.wait(now, 1, requests),
                self._tokens.wait(now, tokens, most),
            )
            if max(waits) <= 0:
                self._requests.spend(now, 1, requests)
                self._tokens.spend(now, tokens, most)
            return max(waits)

    def _queue(self) -> list[_Ticket]:
        return self._queues.setdefault(asyncio.get_running_loop(), [])


def duration(text: str | None) -> float | None:
    """Seconds in a duration as endpoints write it: ``1.5``, ``20ms``, ``6m0s``, ``1h2m3.5s``; None where it is none."""
    given = (text or "").strip()
    plain = failures.retry_after_of(given)
    if plain is not None:
        return plain
    found = _DURATION.fullmatch(given)
    if not given or found is None:
        return None
    seconds = sum(float(part or 0) * unit for part, unit in zip(found.groups(), _UNITS, strict=True))
    return failures.retry_after_of(str(seconds))


def _strictest(one: int, other: int) -> int:
    return min(one or other, other or one)
