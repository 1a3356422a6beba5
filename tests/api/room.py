"""Pages in this process: the application over a desk for tests, a client for each person, and what a form sends."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.application import Application
from api.settings import load_settings
from graphs.live import LiveTurns
from store.records import CheckpointRow, SignOff
from tests.company import ensemble, known
from tests.conftest import open_store
from tests.desk import Desk

HTML = {"Accept": "text/html"}


class Room(Desk):
    """A desk whose people look at pages."""

    app: Any
    stack: AsyncExitStack

    async def at(self, login: str) -> httpx.AsyncClient:
        """A browser without JavaScript, with this person logged in; it follows redirects."""
        transport = httpx.ASGITransport(app=self.app)
        client = httpx.AsyncClient(transport=transport, base_url="http://test", headers=HTML, follow_redirects=True)
        await self.stack.enter_async_context(client)
        answer = await client.post("/login", data={"login": login, "password": self.company.password})
        assert answer.status_code == 200, answer.text
        return client

    async def signed_by_jonas(self) -> tuple[CheckpointRow, SignOff]:
        """A scenario that Maria ordered and Jonas signed."""
        checkpoint = await self.ordered(self.company.maria)
        await self.decide(self.company.jonas, checkpoint)
        async with self.store.read() as work:
            [signed] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
        return await self.again(checkpoint.id), signed

    async def again(self, checkpoint_id: str) -> CheckpointRow:
        """A checkpoint as it stands."""
        async with self.store.read() as work:
            return await work.approvals.checkpoint(checkpoint_id)

    async def old_login(self) -> None:
        """Let every login be too old for signing."""
        self.store.clock.offset += timedelta(hours=1)


@pytest.fixture
async def room(founded_sqlite: Path, tmp_path: Path) -> AsyncIterator[Room]:
    """A small company on SQLite whose pages are served in this process."""
    shutil.copy(founded_sqlite, tmp_path / "conductor.db")
    store = open_store(f"sqlite:///{tmp_path / 'conductor.db'}", migrated=True)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        company = await known(store)
        assert company is not None
        players = ensemble()
        made = Room(store, company, players)
        made.stack = stack
        settings = load_settings(key_file=tmp_path / "unused.key", _env_file=None)
        live = LiveTurns(store, players, contacts=settings.contacts)
        stack.push_async_callback(live.close)
        made.app = create_app(settings)
        made.app.state.application = Application(settings=settings, store=store, ensemble=players, live=live)
        yield made


def sent(text: str, **changes: str) -> dict[str, str]:
    """What the review desk's form sends: its hidden fields and every text, with these changes."""
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text)
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL)
    return {name: unescape(value) for name, value in [*hidden, *areas]} | changes


def words(text: str) -> str:
    """What a page says, without its marks."""
    main = text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))
