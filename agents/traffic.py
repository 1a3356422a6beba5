"""Traffic towards endpoints: every role has lanes of its own, so that a stress run never slows a learner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakKeyDictionary

from agents.endpoints import ModelSettings, Role


class Traffic:
    """The traffic of one process. Safe to share between event loops."""

    def __init__(self) -> None:
        self._lanes: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str, str], asyncio.Semaphore]]
        self._lanes = WeakKeyDictionary()

    @asynccontextmanager
    async def lane(self, settings: ModelSettings, role: Role, *, tokens: int) -> AsyncIterator[None]:
        """Wait for a lane of this role to its endpoint, and hold it.

        Args:
            settings: of the role's model.
            role: whose lane.
            tokens: how many the reply may take, prompt included, for limits per minute.
        """
        lanes = self._lanes.setdefault(asyncio.get_running_loop(), {})
        place = (settings.base_url, settings.model, role)
        async with lanes.setdefault(place, asyncio.Semaphore(settings.concurrency)):
            yield
