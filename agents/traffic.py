"""Traffic towards endpoints: the one place for fairness between roles and for the limits of providers.

Every role has lanes of its own, so that a stress run never slows a learner. What all roles share, a model's limits at
its endpoint, is kept together, and there whoever a person waits for goes first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from agents import failures
from agents.connections import Answers
from agents.endpoints import ModelSettings, Role
from agents.failures import Asked
from agents.limits import Limits

_RANKS: dict[Role, int] = {"persona": 0, "coach": 0, "alignment": 1, "author": 1}


class Traffic:
    """The traffic of one process. Safe to share between event loops.

    Args:
        clock: seconds, from any beginning.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limits: dict[tuple[str, str], Limits] = {}
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str, str], asyncio.Semaphore]]
        self._lanes = WeakKeyDictionary()

    @asynccontextmanager
    async def lane(
        self, settings: ModelSettings, role: Role, *, tokens: int, answers: Answers | None = None
    ) -> AsyncIterator[None]:
        """Wait for a lane of this role to its endpoint, and for the endpoint's limits; hold the lane.

        First come, first served. Who is cancelled while waiting leaves the place to the next.

        Args:
            settings: of the role's model. No wait is longer than its ``timeout_seconds``.
            role: whose lane.
            tokens: how many the reply may take, prompt included, for limits per minute.
            answers: what will be noted of the reply, so that retries keep to the limits and answers teach about them.

        Raises:
            ModelBusy: no lane was free in time, or no room under the limits per minute.
            ModelRateLimited: the endpoint asked to be left alone for longer.
        """
        asked = _asked(settings, role)
        address = (settings.base_url, settings.model)
        limits = self._limits.get(address) or self._limits.setdefault(address, Limits(self._clock))
        limits.tighten(settings.requests_per_minute, settings.tokens_per_minute)
        limits.refuse(asked, settings.timeout_seconds)
        lanes = self._lanes.setdefault(asyncio.get_running_loop(), {})
        lane = lanes.get((*address, role))
        if lane is None:
            lane = lanes[*address, role] = asyncio.Semaphore(settings.concurrency)
        deadline = self._clock() + settings.timeout_seconds
        if lane.locked():
            try:
                async with asyncio.timeout(settings.timeout_seconds):
                    await lane.acquire()
            except TimeoutError:
                raise failures.no_lane(asked, settings.timeout_seconds) from None
        else:
            await lane.acquire()  # at once
        try:
            gate = _Gate(limits, asked, _RANKS[role], tokens)
            await gate.again(deadline - self._clock())
            if answers is not None:
                answers.gate = gate
            yield
        finally:
            lane.release()


@dataclass(frozen=True)
class _Gate:
    """One reply at the limits of its endpoint; what ``agents.connections`` asks before retries and tells of answers."""

    limits: Limits
    asked: Asked
    rank: int
    tokens: int

    async def again(self, patience: float) -> None:
        await self.limits.admit(self.asked, rank=self.rank, tokens=self.tokens, patience=patience)

    def learn(self, status: int, headers: Mapping[str, str]) -> float:
        return self.limits.learn(status, headers)


def _asked(settings: ModelSettings, role: Role) -> Asked:
    return Asked(role, settings.base_url, settings.model, settings.timeout_seconds, settings.stall_seconds)
