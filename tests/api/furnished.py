"""A company in the middle of its work, made once per session on SQLite: tests of the HTTP face begin from a copy."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select

from agents.ensemble import Ensemble
from api.app import create_app
from api.application import Application
from api.identity import by_session, create_token
from api.problems import MEDIA_TYPE, TYPE
from api.settings import Settings
from approvals.people import Actor, Role
from graphs.live import LiveTurns
from graphs.runtime import running
from store import tables
from store.database import Database
from store.unit_of_work import Store
from store.vault import Vault
from tests.api.conftest import Desk
from tests.api.journey import ok, order, publish, say
from tests.company import BRIEF, CHARTER, Company, ensemble, found
from tests.conftest import open_store

CANARY = "Zanzibar-7714 is what I never told anybody here"
PARAPHRASE = {
    "passage": "You lead the team.",
    "paraphrase": "The team is led by you.",
    "read_both": True,
}
LOGINS = ("amir", "lena", "maria", "sofia", "boss", "gita", "otto")  # otto holds every role


@dataclass(frozen=True)
class Furniture:
    """Ids of what stands in the company."""

    company: Company
    gita: Actor  # guardian
    otto: Actor  # every role
    signed: str  # a signed scenario version
    sign_off: str  # of that version
    decided: str  # the checkpoint where it was signed
    pending: str  # a checkpoint that waits
    review_digest: str  # as it is shown there
    unsigned: str  # the version that waits there
    run: str  # the run of that
    charter: str  # the charter in force
    criteria: str  # the criteria in force
    preview: str  # of these criteria
    study: str  # a stress test on them, priced and not started
    paraphrase: str  # an approved one
    practice: str  # amir's, open, one turn said
    finished: str  # amir's, reflected and debriefed

    def fill(self, path: str) -> str:
        """A route's path with real ids: of amir's practice, and of what a designer or strategist can see."""
        version = self.signed if path.startswith("/api/v1/scenarios") else self.charter
        if path.startswith("/api/v1/criteria"):
            version = self.criteria
        for name, value in {
            "programme_id": self.company.programme_id,
            "run_id": self.run,
            "checkpoint_id": self.pending,
            "sign_off_id": self.sign_off,
            "version_id": version,
            "practice_id": self.practice,
            "preview_id": self.preview,
            "study_id": self.study,
            "moment": "before",
            "language": "de",
            "paraphrase_id": self.paraphrase,
            "criterion_id": "asks",
            "objective_id": "asks",
            "contest_id": "00000000-0000-4000-8000-000000000000",
            "person_id": self.company.lena.person_id,
            "token_id": "00000000-0000-7000-8000-000000000000",
            "turn": "1",
            "kind": "charter",
            "role": "persona",
        }.items():
            path = path.replace("{" + name + "}", value)
        return path


def routes_of(app: Any) -> set[tuple[str, str]]:
    """(method, path) of everything the application answers, pages too."""
    found = {
        (method, str(route.path))
        for route in iter_route_contexts(app.routes)
        for method in getattr(route, "methods", None) or ()
        if method != "HEAD"
    }
    assert len(found) > 30
    return found


class House(Desk):
    """The application over such a company; nothing brings work forward unless a test does."""

    things: Furniture

    async def counts(self) -> dict[str, int]:
        """How many rows stand in each table."""
        async with self.store.database.transaction(writing=False) as connection:
            return dict((await connection.execute(_COUNTS)).mappings().one())

    async def later(self, **time: float) -> None:
        """Let time pass for everything that is stored or expires."""
        self.store.clock.offset += timedelta(**time)

    async def token(self, actor: Actor, *scopes: str, days: int = 30) -> str:
        """An API token of this person."""
        token_id, token = await create_token(self.store, actor, label="test", scopes=frozenset(scopes), days=days)
        assert token_id
        return token

    async def is_there(self, secret: str) -> bool:
        """Whether a session's secret opens anything."""
        from evidence.errors import NotAuthenticated

        try:
            await by_session(self.store, secret)
        except NotAuthenticated:
            return False
        return True


Houses = Callable[..., Awaitable[House]]
_COUNTS = select(
    *(
        select(func.count()).select_from(table).scalar_subquery().label(table.name)
        for table in tables.metadata.sorted_tables
        if table.name not in {"sessions", "clock"}  # who looks at things changes these
    )
)
_MADE: list[tuple[Path, Furniture]] = []


@pytest.fixture(scope="session")
def furniture(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Furniture]:
    """The file of the company, and what stands in it; made once, however many modules import this fixture."""
    if not _MADE:
        path = tmp_path_factory.mktemp("furnished") / "conductor.db"
        shutil.copy(sqlite_template, path)
        things = asyncio.run(_furnish(f"sqlite:///{path}"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _MADE.append((path, things))
    return _MADE[0]


async def _furnish(url: str) -> Furniture:
    store = open_store(url)
    company = await found(store)
    known = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(company.password)  # quick to check
    async with store.write() as work:
        for person in (company.maria, company.jonas, company.sofia, company.amir, company.lena, company.boss):
            await work.people.set_password_hash(person.person_id, known)
        gita = await work.people.add(login="gita", name="Gita", password_hash=known, roles=frozenset({"guardian"}))
        every = frozenset(role.value for role in Role)
        otto = await work.people.add(login="otto", name="Otto", password_hash=known, roles=every)
        charter = await work.strategy.in_force(company.programme_id, "charter")
    players = ensemble()
    async with running(store, players, executor_id="furnish"):
        desk = Desk(_app(plain(), store, players), company, store)
        maria, amir = await desk.at("maria"), await desk.at("amir")
        signed = await publish(maria, company)
        decided = ok(await maria.get("/api/v1/runs"))[0]["id"]
        async with store.read() as work:
            [done] = await work.approvals.checkpoints(run_id=decided)
            [sign_off] = await work.approvals.sign_offs(checkpoint_id=done.id)
        pending = await order(maria, company)
        shown = ok(await maria.get(f"/api/v1/checkpoints/{pending}"))
        waits = shown["checkpoint"]
        practices = []
        for _ in range(2):
            practices.append(ok(await amir.post(f"/api/v1/scenarios/{signed}/practices"), 201)["practice_id"])
            await say(amir, practices[-1], f"What has been behind the delay, from where you sit? {CANARY}.")
        ended = f"/api/v1/practices/{practices[1]}"
        ok(await amir.post(f"{ended}/finish"), 204)
        ok(await amir.put(f"{ended}/reflection", json={"text": f"{CANARY}, so I asked late."}), 204)
        ok(await amir.post(f"{ended}/debrief"))
        async with store.read() as work:
            criteria = await work.strategy.in_force(company.programme_id, "criteria")
        sofia = await desk.at("sofia")
        preview = ok(await sofia.post(f"/api/v1/criteria/{criteria.id}/preview"), 201)
        study = ok(
            await sofia.post(f"/api/v1/criteria/{criteria.id}/stress", json={"scenarios": 1, "kinds": ["P3"]}), 201
        )
        paraphrase = ok(
            await sofia.post(f"/api/v1/programmes/{company.programme_id}/paraphrases", json=PARAPHRASE), 201
        )
        await desk.app.state.application.live.close()
    await store.close()
    return Furniture(
        company=company,
        gita=Actor(person_id=gita, roles=frozenset({Role.GUARDIAN})),
        otto=Actor(person_id=otto, roles=frozenset(Role)),
        signed=signed,
        sign_off=sign_off.id,
        decided=done.id,
        pending=pending,
        review_digest=shown["review_digest"],
        unsigned=waits["subject_id"],
        run=waits["run_id"],
        charter=charter.id,
        criteria=criteria.id,
        preview=preview["preview"]["id"],
        study=study["id"],
        paraphrase=paraphrase["id"],
        practice=practices[0],
        finished=practices[1],
    )


def plain(**options: Any) -> Settings:
    """Settings that no file of this machine has a say in."""
    return Settings(**{"_env_file": None, **options})


@cache
def _built(public_url: str, demo: bool) -> Any:
    """The application, built once: it takes longer than most tests, and holds nothing but what is set below."""
    return create_app(plain(public_url=public_url, demo=demo))


def _app(settings: Settings, store: Any, players: Ensemble, **live: Any) -> Any:
    app = _built(settings.public_url, settings.demo)
    turns = LiveTurns(store, players, contacts=settings.contacts, **live)
    app.state.application = Application(settings=settings, store=store, ensemble=players, live=turns)
    return app


@pytest.fixture
async def houses(furniture: tuple[Path, Furniture], tmp_path: Path) -> AsyncIterator[Houses]:
    """Open copies of the company, with other players or settings where a test says so."""
    made, things = furniture
    async with AsyncExitStack() as stack:
        number = 0

        async def open_house(players: Ensemble | None = None, grace_seconds: float = 30, **options: Any) -> House:
            nonlocal number
            number += 1
            shutil.copy(made, path := tmp_path / f"house{number}.db")
            store = Store(Database(f"sqlite:///{path}", pool_size=4), Vault(b"k" * 32))
            stack.push_async_callback(store.close)
            chosen = players or ensemble()
            settings = plain(key_file=tmp_path / "unused.key", **options)
            app = _app(settings, store, chosen, grace_seconds=grace_seconds)
            stack.push_async_callback(app.state.application.live.close)
            house = House(app, things.company, store)
            house.things = things
            return house

        yield open_house


@pytest.fixture
async def house(houses: Houses) -> House:
    """A copy of the company with scripted author and judge, and the offline persona and coach."""
    return await houses()


def refused(answer: httpx.Response, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal that is fit for people."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith(TYPE)
    assert kind is None or problem["type"] == TYPE + kind
    for member in ("title", "detail", "todo"):
        assert problem[member].strip(), member
    for leak in ("Traceback", 'File "', "sqlalchemy", "pydantic", "0x", "RecursionError"):
        assert leak not in answer.text
    return problem


@asynccontextmanager
async def unchanged(house: House) -> AsyncIterator[None]:
    """Nothing was added or taken away, and the audit chain has not grown."""
    before = await house.counts()
    yield
    assert await house.counts() == before


def good_body(house: House, path: str) -> dict[str, Any] | None:
    """A body that the route would accept."""
    bodies: dict[str, dict[str, Any]] = {
        "turns": {"text": "Hello?"},
        "reflection": {"text": "I asked late."},
        "roles": {"roles": ["learner"]},
        "scenarios": BRIEF.model_dump(mode="json"),
        "decisions": {"kind": "reject", "review_digest": "0" * 64},
        "settlements": {"criterion_id": "asks", "level": "named", "reason": "x", "review_digest": "0" * 64},
        "agreements": {"criterion_id": "asks", "agrees": True, "review_digest": "0" * 64},
        "claim": {"take_over": False},
        "due": {"due_at": None},
        "marks": {"decision_id": "none", "number": 0, "resolved": True},
        "revocation": {"reason": "It is public now."},
        "appeal": {"argument": "It asks before it solves.", "review_digest": "0" * 64},
        "{language}": {"texts": {"title": "Zwei"}, "review_digest": "0" * 64, "source_digest": "0" * 64},
        "labels": {"levels": {"asks": "named"}},
        "label-first": {"label_first": False},
        "judge-limits": {},
        "paraphrases": PARAPHRASE,
        "drift": {},
        "rules": {},
        "preferences": {},
        "branches": {"turn": 1},
        "contests": {"objective_id": "asks", "why": "I asked.", "digest": "0" * 64},
        "preview": {"objective_id": "asks", "why": "I asked."},
        "answer": {"text": "We look into it."},
        "rollout": {"steps": [{"name": "all"}]},
        "skeptics": {"people": ["amir"]},
        "findings": {"title": "It gives in", "text": "Say please."},
        "{finding_id}": {"act": "withdraw"},
        "promotions": {"reason": "It held."},
        "suspension": {"reason": "It was hurtful."},
        "people": {},
        "dates": {},
        "pilots": {
            "title": "Spring",
            "behaviour": "Asks before solving.",
            "starts_at": "2026-12-01T00:00:00Z",
            "ends_at": "2026-12-20T00:00:00Z",
        },
        "invitations": {"everybody": True},
        "{check_in_id}": {},
        "taps": {"useful": 1},
        "outcome": {"outcome": "happened"},
        "budgets": {"scope": "person", "subject_id": "", "period": "day", "tokens": 1000, "cost": None},
        "from-pages": {"title": "t", "company": "c", "pages": {"a.md": "We always ask before we solve it.\n"}},
        "{kind}": {"document": CHARTER.model_dump(mode="json"), "reason": "x"},
    }
    return bodies.get(path.rpartition("/")[2])
