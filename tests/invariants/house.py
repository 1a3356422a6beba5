"""The real application over HTTP on a database of its own, with work brought forward at once, and texts that say what
the judge will find in them.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Protocol, TypeVar

import httpx
import psycopg

from agents.alignment import ClaimedQuote, Judgement, JudgeQuestion
from agents.author import Draft, DraftOrder
from agents.coach.offline import OfflineCoach
from agents.ensemble import Ensemble
from agents.persona.offline import OfflinePersona
from api.app import create_app
from api.application import Application
from api.settings import Settings
from approvals.people import Actor, Role
from evidence.errors import ModelFailed
from graphs.live import LiveTurns
from graphs.playing import Player
from store.database import Database
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import BRIEF, OFFLINE, SCENARIO, Company, found

from langgraph.checkpoint.memory import InMemorySaver  # isort: skip

T = TypeVar("T")

LEVELS = {"asks": ("absent", "named", "practised"), "plainness": ("absent", "practised")}
UNSURE = "unsure"  # the judge abstains, and the criterion is referred to a person
FAILS = "[the judge fails]"
ALIGNED = {"asks": "practised", "plainness": "practised"}
_MARK = re.compile(r"\[(asks|plainness)=([a-z]+)\]")


def marks(levels: dict[str, str]) -> str:
    """What a text says of the levels it will be given."""
    return "".join(f"[{criterion}={level}]" for criterion, level in levels.items())


def levels_in(text: str) -> dict[str, str]:
    """The level of each criterion by a text's marks; of several, the last one counts."""
    return ALIGNED | dict(_MARK.findall(text))


class MarkedAuthor:
    """Puts the brief's situation and whatever a designer asks for into the setting, word for word."""

    async def draft(self, order: DraftOrder) -> Draft:
        if order.previous is None:
            setting = f"{order.brief.situation} Nora sits down in your office."
            return Draft(scenario=SCENARIO.model_copy(update={"setting": setting}), provenance=OFFLINE)
        asked = [change.text for change in order.changes if change.by == "designer"]
        setting = " ".join([order.previous.setting, *asked])
        return Draft(scenario=order.previous.model_copy(update={"setting": setting}), provenance=OFFLINE)


class MarkedJudge:
    """Gives the levels that the setting's marks ask for, quoting a sentence of the text."""

    deterministic = True

    def __init__(self) -> None:
        self.failing = False
        self.asked: list[str] = []

    def identity(self) -> dict[str, str]:
        return {"player": "offline", "model": "marks"}

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        text = question.fields["setting"]
        self.asked.append(question.criterion.id)
        if self.failing or FAILS in text:
            raise ModelFailed("The judge gave no usable answer.")
        level = levels_in(text)[question.criterion.id]
        quote = ClaimedQuote(quote="Nora sits down in your office.", field="setting")
        return Judgement(
            level=None if level == UNSURE else level, quotes=(quote,), rationale="as marked", provenance=OFFLINE
        )


def marked_ensemble() -> Ensemble:
    """Marked author and judge, offline persona and coach."""
    return Ensemble(author=MarkedAuthor(), alignment=MarkedJudge(), persona=OfflinePersona(), coach=OfflineCoach())


@dataclass(frozen=True)
class Staff:
    """The company's people, and one more who is designer, strategist and learner at once."""

    company: Company
    nils: Actor

    def actor(self, login: str) -> Actor:
        """The person with this login."""
        found: Actor = self.nils if login == "nils" else getattr(self.company, login)
        return found


LOGINS = ("maria", "jonas", "sofia", "ravi", "nils", "amir", "boss")


class Source(Protocol):
    """Gives out databases in which the company has just been founded."""

    staff: Staff
    is_sqlite: bool

    def fresh(self) -> str:
        """The address of another one."""
        ...

    def drop(self, address: str) -> None:
        """Remove one."""
        ...


def _founded(address: str) -> Staff:
    async def furnish() -> Staff:
        store = Store(Database(address, pool_size=2), Vault(b"k" * 32))
        company = await found(store)
        roles = frozenset({Role.DESIGNER, Role.STRATEGIST, Role.LEARNER})
        async with store.write() as work:
            _, known, _ = await work.people.credentials("maria") or ("", "", True)
            nils = await work.people.add(
                login="nils", name="Nils", password_hash=known, roles=frozenset(role.value for role in roles)
            )
        await store.close()
        return Staff(company, Actor(person_id=nils, roles=roles))

    return asyncio.run(furnish())


class OnSqlite:
    """Copies of one file."""

    is_sqlite = True

    def __init__(self, template: Path, folder: Path) -> None:
        self._folder, self._numbers = folder, count()
        self._template = folder / "founded.db"
        shutil.copy(template, self._template)
        self.staff = _founded(f"sqlite:///{self._template}")
        with closing(sqlite3.connect(self._template)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def fresh(self) -> str:
        """A copy's address."""
        path = self._folder / f"house{next(self._numbers)}.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, address: str) -> None:
        """Remove a copy and what SQLite keeps beside it."""
        path = Path(address.removeprefix("sqlite:///"))
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()


class OnPostgresql:
    """Copies of one database."""

    is_sqlite = False

    def __init__(self, server: str, template: str = "template_conductor") -> None:
        self._server, self._numbers = server, count()
        self._names: dict[str, str] = {}
        self._create("invariants_founded", template)
        self.staff = _founded(self._address("invariants_founded"))

    def fresh(self) -> str:
        """A copy's address."""
        name = f"invariants_{next(self._numbers)}"
        self._create(name, "invariants_founded")
        address = self._address(name)
        self._names[address] = name
        return address

    def drop(self, address: str) -> None:
        """Remove a copy."""
        name = self._names.pop(address)
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _create(self, name: str, template: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())

    def _address(self, name: str) -> str:
        return self._server.replace("/postgres?", f"/{name}?")


@cache
def _keys() -> Path:
    return Path(tempfile.mkdtemp(prefix="conductor-invariants-")) / "conductor.key"


@cache
def _built() -> tuple[Settings, Any]:
    settings = Settings(_env_file=None, key_file=_keys())  # type: ignore[call-arg]
    return settings, create_app(settings)


class House:
    """One company, its application, and a client for each person."""

    def __init__(self, source: Source) -> None:
        self._source, self.staff = source, source.staff
        self.address = source.fresh()
        self.is_sqlite = source.is_sqlite
        self._runner = asyncio.Runner()
        self.store = Store(Database(self.address, pool_size=6), Vault(b"k" * 32))
        self.ensemble = marked_ensemble()
        self.player = Player(self.store, self.ensemble, InMemorySaver())
        settings, self.app = _built()
        self.live = LiveTurns(self.store, self.ensemble)
        self.application = Application(settings=settings, store=self.store, ensemble=self.ensemble, live=self.live)
        self.app.state.application = self.application
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._tokens: dict[str, str] = {}
        self.programme_id = self.staff.company.programme_id

    def run(self, work: Awaitable[T]) -> T:
        """Wait for something here."""

        async def wait() -> T:
            return await work

        return self._runner.run(wait())

    async def log_in(self, login: str) -> None:
        """Open a session of this person, in place of the one before."""
        client = self._clients.get(login) or self._client()
        self._clients[login] = client
        password = self.staff.company.password
        answer = await client.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 204, answer.text

    async def send(
        self,
        login: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        by_token: bool = False,
    ) -> httpx.Response:
        """One request of a person, or of their token; whatever it answers, it is no failure of ours."""
        headers = {} if key is None else {"Idempotency-Key": key}
        if login not in self._clients:
            await self.log_in(login)
        client = self._clients[login]
        if by_token:
            client = self._client()
            headers["Authorization"] = f"Bearer {await self._token(login)}"
        answer = await client.request(method, f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code < 500, f"{method} {path} {body} → {answer.status_code}: {answer.text}"
        return answer

    async def _token(self, login: str) -> str:
        if login not in self._tokens:
            scopes = ["read", "design", "practice", "strategy"]
            answer = await self._clients[login].post(
                "/api/v1/tokens", json={"label": "test", "scopes": scopes, "days": 365}
            )
            assert answer.status_code == 201, answer.text
            self._tokens[login] = answer.json()["token"]
        return self._tokens[login]

    def _client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://test")

    async def bring_forward(self) -> None:
        """Play every run until all of them rest."""
        for _ in range(20):
            async with self.store.read() as work:
                runs = await work.design.runs(limit=1000)
            moving = [run.id for run in runs if run.stage in ("drafting", "judging", "preparing", "activating")]
            if not moving:
                return
            for run_id in moving:
                await self.player.bring_forward(run_id)
        raise AssertionError("the work does not come to rest")

    async def shift(self, minutes: int) -> None:
        """Move the clock; what is written next is written at that hour."""
        self.store.clock.offset += timedelta(minutes=minutes)
        async with self.store.write():
            pass

    def close(self) -> None:
        """Let go of everything, and of the database."""

        async def leave() -> None:
            for client in self._clients.values():
                await client.aclose()
            await self.live.close()
            await self.store.close()

        try:
            self._runner.run(leave())
        finally:
            self._runner.close()
            self._source.drop(self.address)


def brief(levels: dict[str, str], number: int, *, failing: bool = False) -> dict[str, Any]:
    """A brief whose scenario will be given these levels."""
    situation = f"Deadline number {number} was missed. {marks(levels)}{FAILS if failing else ''}"
    return BRIEF.model_copy(update={"situation": situation}).model_dump(mode="json")


Sources = Callable[[str], Source]
