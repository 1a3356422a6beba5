"""The endpoint as a pytest fixture; the root ``conftest.py`` imports it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.endpoint.server import Endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A fresh scripted endpoint on a free port of the loopback."""
    with Endpoint() as running:
        yield running
