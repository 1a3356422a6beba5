"""The HTTP application over a real store, with a client per person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.ensemble import Ensemble
from api.app import create_app
from api.application import Application
from api.settings import load_settings
from graphs.live import LiveTurns
from graphs.runtime import running
from store.unit_of_work import Store
from tests.api.at_terminal import Office, found_company, office
from tests.company import Company, ensemble


@dataclass
class Desk:
    """The application under test."""

    app: Any
    company: Company
    store: Store

    def client(self, **options: Any) -> httpx.AsyncClient:
        """A client that nobody is logged in with."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test", **options)

    async def at(self, login: str) -> httpx.AsyncClient:
        """A client with this person logged in."""
        client = self.client()
        answer = await client.post("/api/v1/session", json={"login": login, "password": self.company.password})
        assert answer.status_code == 204, answer.text
        return client


Desks = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def desks(store: Store, company: Company, tmp_path: Path) -> AsyncIterator[Desks]:
    """Open the application with an ensemble."""
    async with AsyncExitStack() as stack:

        async def open_desk(players: Ensemble | None = None, **options: Any) -> Desk:
            settings = load_settings(key_file=tmp_path / "unused.key", _env_file=None, **options)
            chosen = players or ensemble()
            await stack.enter_async_context(running(store, chosen, executor_id="test"))
            live = LiveTurns(store, chosen, contacts=settings.contacts)
            stack.push_async_callback(live.close)
            app = create_app(settings)
            app.state.application = Application(settings=settings, store=store, ensemble=chosen, live=live)
            return Desk(app, company, store)

        yield open_desk


@pytest.fixture
async def desk(desks: Desks) -> Desk:
    """The application with scripted author and judge, and the offline persona and coach."""
    return await desks()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, Company]:
    """A SQLite file with a company in it, for the tests of one module to copy."""
    place = tmp_path_factory.mktemp("company") / "company.db"
    return place, found_company(place, sqlite_template)


@pytest.fixture
def here(founded: tuple[Path, Company], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The company's terminal, in a folder of its own."""
    return office(tmp_path, founded, monkeypatch)
