"""One transaction with every repository in it. Never await a model inside one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import Clock
from store.database import Database
from store.failpoints import reach
from store.outbox import Outbox
from store.repositories.approvals import Approvals
from store.repositories.contests import Contests
from store.repositories.design import Design
from store.repositories.desk import Desk
from store.repositories.fitness import Fitness
from store.repositories.labels import Labels
from store.repositories.ledger import Ledger
from store.repositories.messages import Messages
from store.repositories.paraphrases import Paraphrases
from store.repositories.people import People
from store.repositories.pilots import Pilots
from store.repositories.practices import Practices
from store.repositories.previews import Previews
from store.repositories.reach import Reach
from store.repositories.requests import Requests
from store.repositories.strategy import Strategy
from store.repositories.studies import Studies
from store.repositories.transfer import Transfer
from store.repositories.workers import Workers
from store.vault import Vault

R = TypeVar("R")


class _Repository(Generic[R]):
    """A repository of a unit of work, made when it is first asked for: a turn needs two of them, and not twenty."""

    def __init__(self, kind: Callable[..., R], *, sealing: bool = False) -> None:
        self._kind = kind
        self._sealing = sealing  # it stores what is sealed with a learner's key

    def __set_name__(self, owner: type[UnitOfWork], name: str) -> None:
        self._name = name

    def __get__(self, work: UnitOfWork, owner: type[UnitOfWork]) -> R:
        vault = (work._vault,) if self._sealing else ()
        made = work.__dict__[self._name] = self._kind(work._connection, work.now, *vault)
        return made


class UnitOfWork:
    """The repositories of one transaction, the moment it began, and the outbox."""

    people = _Repository(People)
    strategy = _Repository(Strategy)
    design = _Repository(Design)
    approvals = _Repository(Approvals)
    desk = _Repository(Desk)
    requests = _Repository(Requests)
    practices = _Repository(Practices, sealing=True)
    contests = _Repository(Contests, sealing=True)
    workers = _Repository(Workers)
    fitness = _Repository(Fitness)
    ledger = _Repository(Ledger)
    labels = _Repository(Labels)
    studies = _Repository(Studies)
    paraphrases = _Repository(Paraphrases)
    previews = _Repository(Previews)
    pilots = _Repository(Pilots, sealing=True)
    transfer = _Repository(Transfer, sealing=True)
    reach = _Repository(Reach)
    messages = _Repository(Messages)

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault, outbox: Outbox) -> None:
        self.now = now
        self._connection = connection
        self._vault = vault
        self._outbox = outbox

    async def enqueue(self, job: str, *arguments: str, job_id: str) -> None:
        """Enqueue a background job that exists only if this transaction commits."""
        await self._outbox.enqueue(self._connection, job, *arguments, job_id=job_id)


class Store:
    """The door to the database."""

    def __init__(self, database: Database, vault: Vault, clock: Clock | None = None) -> None:
        self.database = database
        self.clock = clock or Clock()
        self._vault = vault
        self._outbox = Outbox(database)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that may change things; all of it commits or none of it."""
        async with self._begin(writing=True) as work:
            yield work
            reach("write:before-commit")
        reach("write:after-commit")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work that only reads."""
        async with self._begin(writing=False) as work:
            yield work

    @asynccontextmanager
    async def _begin(self, *, writing: bool) -> AsyncIterator[UnitOfWork]:
        async with self.database.transaction(writing=writing) as connection:
            now = await self.clock.now(connection, writing=writing)
            yield UnitOfWork(connection, now, self._vault, self._outbox)

    async def close(self) -> None:
        """Close every connection."""
        self._outbox.close()
        await self.database.close()
