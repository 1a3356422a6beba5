"""One transaction with every repository in it. Never await a model inside one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True)
class UnitOfWork:
    """The repositories of one transaction, the moment it began, and the outbox."""

    now: datetime
    people: People
    strategy: Strategy
    design: Design
    approvals: Approvals
    desk: Desk
    requests: Requests
    practices: Practices
    contests: Contests
    workers: Workers
    fitness: Fitness
    ledger: Ledger
    labels: Labels
    studies: Studies
    paraphrases: Paraphrases
    previews: Previews
    pilots: Pilots
    transfer: Transfer
    reach: Reach
    messages: Messages
    _connection: AsyncConnection
    _outbox: Outbox

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
            yield UnitOfWork(
                now=now,
                people=People(connection, now),
                strategy=Strategy(connection, now),
                design=Design(connection, now),
                approvals=Approvals(connection, now),
                desk=Desk(connection, now),
                requests=Requests(connection, now),
                practices=Practices(connection, now, self._vault),
                contests=Contests(connection, now, self._vault),
                workers=Workers(connection, now),
                fitness=Fitness(connection, now),
                ledger=Ledger(connection, now),
                labels=Labels(connection, now),
                studies=Studies(connection, now),
                paraphrases=Paraphrases(connection, now),
                previews=Previews(connection, now),
                pilots=Pilots(connection, now, self._vault),
                transfer=Transfer(connection, now, self._vault),
                reach=Reach(connection, now),
                messages=Messages(connection, now),
                _connection=connection,
                _outbox=self._outbox,
            )

    async def close(self) -> None:
        """Close every connection."""
        self._outbox.close()
        await self.database.close()
