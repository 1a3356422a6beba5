"""People at a terminal, for tests: a company in a folder of its own, its work brought forward by scripted players."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from agents.ensemble import Ensemble
from api import identity, terminal
from api.cli import app
from graphs.batching import review_again
from store.records import CheckpointRow
from store.unit_of_work import Store
from tests.api.test_cli_journey import said, settle_in
from tests.company import Company, found
from tests.conftest import open_store
from tests.desk import Desk

T = TypeVar("T")

_runner = CliRunner()


@dataclass
class Office:
    """One installation and whoever sits at its terminal."""

    url: str
    company: Company
    patch: pytest.MonkeyPatch
    asked: list[str] = field(default_factory=list)

    def run(self, *arguments: str) -> Result:
        """Run the command."""
        return _runner.invoke(app, list(arguments), env={"COLUMNS": "120"})

    def told(self, *arguments: str, code: int = 0) -> str:
        """What the command says, on one line."""
        done = self.run(*arguments)
        assert done.exit_code == code, done.output
        return said(done)

    def data(self, *arguments: str) -> Any:
        """What the command prints as JSON."""
        done = self.run(*arguments, "--json")
        assert done.stdout, done.output
        return json.loads(done.stdout)

    def answers(self, *answers: str | Callable[[], str]) -> None:
        """Sit down and answer; whoever has nothing left to say leaves. A callable does something first."""
        left = list(answers)

        def ask(prompt: str, default: str | None = None) -> str:
            self.asked.append(prompt)
            if not left:
                raise terminal.Left
            answer = left.pop(0)
            said = answer() if callable(answer) else answer
            return said or (default or "")

        self.patch.setattr(terminal, "ask", ask)
        self.patch.setattr(terminal, "is_interactive", lambda: True)

    def gone(self) -> None:
        """Nobody sits there any more."""
        self.patch.setattr(terminal, "is_interactive", lambda: False)

    def do(self, effect: Callable[[Desk], Awaitable[T]], players: Ensemble | None = None) -> T:
        """Let something happen elsewhere, also while the command waits for an answer."""

        async def go() -> T:
            store = open_store(self.url)
            try:
                return await effect(Desk(store, self.company, players))
            finally:
                await store.close()

        return _apart(go)

    def waits(self, players: Ensemble | None = None) -> CheckpointRow:
        """A new scenario waits; Maria ordered it."""
        return self.do(lambda desk: desk.ordered(), players)

    def signed(self) -> CheckpointRow:
        """A new scenario is signed by Jonas."""

        async def sign(desk: Desk) -> CheckpointRow:
            return await desk.decide(self.company.jonas, await desk.ordered())

        return self.do(sign)

    def again(self, *signed: CheckpointRow) -> None:
        """Signed work is judged again, and comes out as before."""

        async def judge(desk: Desk) -> None:
            await review_again(desk.store, self.company.maria, [each.run_id for each in signed])
            for each in signed:
                await desk.runtime.bring_forward(each.run_id)

        self.do(judge)

    def checkpoint(self, checkpoint_id: str) -> CheckpointRow:
        """A checkpoint as it stands."""

        async def read(desk: Desk) -> CheckpointRow:
            async with desk.store.read() as work:
                return await work.approvals.checkpoint(checkpoint_id)

        return self.do(read)


def found_company(place: Path, template: Path) -> Company:
    """A company in a SQLite file of its own."""
    shutil.copy(template, place)

    async def make() -> Company:
        store: Store = open_store(f"sqlite:///{place}")
        company = await found(store)
        await store.close()
        return company

    return asyncio.run(make())


def office(folder: Path, founded: tuple[Path, Company], patch: pytest.MonkeyPatch) -> Office:
    """A copy of that company, to be changed freely, with everybody's password at hand."""
    patch.setattr(identity, "_hasher", PasswordHasher(time_cost=1, memory_cost=64))
    settle_in(patch, folder)
    shutil.copy(founded[0], folder / "office.db")
    url = f"sqlite:///{folder / 'office.db'}"
    patch.setenv("CONDUCTOR_DATABASE_URL", url)
    patch.setenv("CONDUCTOR_KEY_FILE", "conductor.key")
    patch.setenv("CONDUCTOR_PASSWORD", Company.password)
    for name in ("EDITOR", "VISUAL"):
        patch.delenv(name, raising=False)
    return Office(url, founded[1], patch)


def _apart(go: Callable[[], Awaitable[T]]) -> T:
    """Run it in a thread: a command may be in the middle of its own event loop."""
    from concurrent.futures import ThreadPoolExecutor

    async def whole() -> T:
        return await go()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(whole())).result()
