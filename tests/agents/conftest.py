from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from agents.connections import close_connections


@pytest.fixture
def unused_port() -> int:
    """A port of the loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
async def _closed_connections() -> AsyncIterator[None]:
    yield
    await close_connections()
