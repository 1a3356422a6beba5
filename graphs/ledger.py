"""The bookkeeper of one process: lets replies be asked for within the budgets, and enters them in the ledger.

A reply that is under way holds back the most it can cost. What was spent is read from the ledger now and then, and
added to in between, so that a reply usually waits for no database; rows are written behind its back, many at once.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from agents.metering import Account, Call, Reservation
from evidence.errors import Conflict, InvalidInput
from evidence.ids import new_id
from graphs.budgeting import Amount, Shortage, Standing, Subject, amount_of, beginning, refusal, subjects_of, total
from store.purpose import Purpose
from store.repositories.ledger import Entry
from store.unit_of_work import Store

log = logging.getLogger("conductor.ledger")

FRESH_SECONDS = 10.0  # how long what other processes spend may go unseen near a limit
USABLE_SECONDS = 300.0  # and where less than half is used, until the first reply after that
AT_ONCE = 500  # rows in one transaction
GATHER_SECONDS = 0.05  # rows that end together are written together, and a turn's own row goes first
CLOSE_SECONDS = 10.0  # for the database to come back when the process ends
PATIENCE = {"practice": 5.0}  # how long a reply waits for others to give back what they hold; a person listens here
_PATIENCE = 600.0
_CARED_FOR = 5000  # subjects in memory before old ones are let go
_INTEGER, _BIG_INTEGER = 2**31 - 1, 2**63 - 1
_SOME_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Row:
    """A reply that is not in the ledger yet, and when it ended by this process's monotonic time and clock's shift."""

    entry: Entry
    ended: float
    offset: timedelta
    amount: Amount

    def at(self, moment: datetime, instant: float, offset: timedelta) -> datetime:
        """When it ended by the store's time, of which ``moment`` was read at ``instant``."""
        return moment - timedelta(seconds=max(0.0, instant - self.ended)) - (offset - self.offset)


class Bookkeeper:
    """Keeps ledger and budgets for the replies of this process; ``agents.metering.Meter``. For one event loop."""

    def __init__(self, store: Store, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._store = store
        self._fresh = fresh_seconds
        self._standings: dict[Subject, Standing] = {}
        self._held: dict[Subject, Amount] = {}
        self._unwritten: list[_Row] = []
        self._orderly = asyncio.Lock()  # a row is counted once: no sum is read while rows are being written
        self._waiting: set[asyncio.Future[None]] = set()
        self._refreshing: dict[Subject, asyncio.Task[Any]] = {}
        self._writer: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def held(self, subject: Subject) -> Amount:
        """What replies under way hold back of a subject's budgets."""
        return self._held.get(subject, Amount())

    async def admit(self, account: Account, role: str, *, tokens: int, cost: int) -> Reservation:
        """Let a reply be asked for, and hold back the most it can cost.

        A reply that is only in the way of others under way waits for them a while.

        Raises:
            BudgetSpent: a budget of the account does not cover it.
            Unavailable: what was spent cannot be read, and nothing is known of it here.
        """
        subjects = subjects_of(account)
        wanted = Amount(tokens, cost)
        began = monotonic()
        patience = PATIENCE.get(account.work_kind, _PATIENCE)
        certain = False  # whether the figures were read anew because of this reply
        while True:
            for subject in subjects:
                await self._standing(subject, wanted, since=began if certain else None)
            if any(subject not in self._standings for subject in subjects):
                continue  # a budget was changed meanwhile
            # From here on nothing is awaited, so nobody else can take what this reply is about to hold back.
            short = self._shortage(subjects, wanted)
            if short is None:
                for subject in subjects:
                    self._held[subject] = self.held(subject) + wanted
                return Reservation(account, tokens, cost)
            subject, shortage = short
            if not certain:
                certain = True
            elif not (shortage.passing and await self._given_back(began + patience - monotonic())):
                raise refusal(account, subject[0], shortage, self._moment(subject))

    def record(self, reservation: Reservation, call: Call) -> None:
        """Enter a reply in the ledger and give back what was held for it. Returns at once; never raises."""
        try:
            row = _row(reservation.account, call, self._store.clock.offset)
            wanted = Amount(reservation.tokens, reservation.cost)
            for subject in subjects_of(reservation.account):
                left = self.held(subject) - wanted
                if left == Amount():
                    self._held.pop(subject, None)
                else:
                    self._held[subject] = left
                if subject in self._standings:
                    self._standings[subject].add(row.amount)
            self._unwritten.append(row)
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)
            self._begin_writing()
        except Exception as error:
            log.error("a reply could not be entered in the ledger: %s", type(error).__name__)

    def forget(self) -> None:
        """Read every budget anew at the next reply: one was changed."""
        self._standings.clear()

    async def aclose(self, patience: float = CLOSE_SECONDS) -> None:
        """Write what is not written yet; waits that many seconds for a database that is away."""
        self._closing.set()
        refreshing = list(self._refreshing.values())
        for task in refreshing:
            task.cancel()
        await asyncio.gather(*refreshing, return_exceptions=True)
        self._begin_writing()
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=patience)
            if not self._writer.done():
                self._writer.cancel()
                with suppress(asyncio.CancelledError):
                    await self._writer
        if self._unwritten:
            lost = total(row.amount for row in self._unwritten)
            log.error(
                "the ledger lacks %d replies (%d tokens): the database did not come back",
                len(self._unwritten),
                lost.tokens,
            )

    def _shortage(self, subjects: tuple[Subject, ...], wanted: Amount) -> tuple[Subject, Shortage] | None:
        """The budget in the way: one that is used up before one that others only hold back."""
        found = [
            (subject, shortage)
            for subject in subjects
            if (shortage := self._standings[subject].shortage(self.held(subject), wanted)) is not None
        ]
        return min(found, key=lambda each: each[1].passing, default=None)

    def _moment(self, subject: Subject) -> datetime:
        return self._standings[subject].at(monotonic(), self._store.clock.offset)

    async def _given_back(self, seconds: float) -> bool:
        """Wait until a reply gives back what it held; False where none did in time."""
        if seconds <= 0:
            return False
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)
        return True

    async def _standing(self, subject: Subject, wanted: Amount, *, since: float | None) -> None:
        """See that what is known of a subject will do; ``since`` asks for figures that are not older than that."""
        found, now = self._standings.get(subject), monotonic()
        if found is not None and not found.over(now, self._store.clock.offset):
            age = now - found.read_at
            if since is None and age <= found.life:
                return
            if since is not None and found.read_at >= since:
                return
            if since is None and age <= USABLE_SECONDS and found.roomy(self.held(subject), wanted):
                if subject not in self._refreshing:
                    task = asyncio.create_task(self._refresh(subject))
                    self._refreshing[subject] = task
                    task.add_done_callback(lambda _: self._refreshing.pop(subject, None))
                return
        await self._read(subject, since=now if since is None else since)

    async def _refresh(self, subject: Subject) -> None:
        try:
            await self._read(subject, since=monotonic())
        except Exception as error:  # the next reply reads them, or says why it cannot
            log.warning("what was spent could not be read: %s", type(error).__name__)

    async def _read(self, subject: Subject, *, since: float) -> None:
        scope, subject_id = subject
        async with self._orderly:
            found = self._standings.get(subject)
            if found is not None and found.read_at >= since and not found.over(monotonic(), self._store.clock.offset):
                return  # somebody else has read them, while this waited
            began, offset = monotonic(), self._store.clock.offset
            async with self._store.read() as work:
                limits = await work.ledger.budgets_for(scope, subject_id)
                begins = {limit.period: beginning(work.now, limit.period) for limit in limits}
                used = await work.ledger.spent(scope, subject_id, begins, purpose=Purpose.BUDGET)
                moment = work.now
            spent = {period: amount_of(each) for period, each in used.items()}
            read = monotonic()
            for row in self._unwritten:
                if subject in _subjects(row):
                    for period, begun in begins.items():
                        if row.at(moment, read, offset) >= begun:
                            spent[period] += row.amount
            # A long ledger is read less often, so that reading it stays a small part of the work.
            life = max(self._fresh, 50 * (read - began)) if limits else self._fresh
            self._standings.pop(subject, None)
            self._standings[subject] = Standing(tuple(limits), spent, moment, read_at=began, offset=offset, life=life)
            self._let_go()

    def _let_go(self) -> None:
        if len(self._standings) > _CARED_FOR:
            for old in list(self._standings)[: _CARED_FOR // 10]:
                if old not in self._held:
                    del self._standings[old]

    def _begin_writing(self) -> None:
        if self._unwritten and (self._writer is None or self._writer.done()):
            with suppress(RuntimeError):  # no loop runs any more; what is left is written at the close
                self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        pause, told = 0.1, False
        while self._unwritten:
            await self._rest(GATHER_SECONDS)
            try:
                async with self._orderly:
                    batch = self._unwritten[:AT_ONCE]
                    await self._append(batch)
                    del self._unwritten[: len(batch)]
                pause, told = 0.1, False
            except Exception as error:
                if not told:
                    log.warning("the ledger waits for the database: %s", type(error).__name__)
                told = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, 5.0) if not self._closing.is_set() else 0.1

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def _append(self, batch: list[_Row]) -> None:
        """Write rows in one transaction; where one cannot be stored at all, write the others each on its own."""
        try:
            await self._put(batch)
        except (Conflict, InvalidInput) as error:
            if len(batch) == 1:
                log.error("a reply cannot be entered in the ledger: %s", error.kind)
                return
            for row in batch:
                await self._append([row])

    async def _put(self, batch: list[_Row]) -> None:
        async with self._store.write() as work:
            now, offset = monotonic(), self._store.clock.offset
            await work.ledger.append([replace(row.entry, created_at=row.at(work.now, now, offset)) for row in batch])


def _subjects(row: _Row) -> tuple[Subject, ...]:
    return subjects_of(Account("check", "", row.entry.programme_id, row.entry.person_id))


def _row(account: Account, call: Call, offset: timedelta) -> _Row:
    """A row that can be stored, whatever an endpoint counted."""
    usage = call.usage
    taken = _within(usage.input_tokens, _INTEGER)
    entry = Entry(
        id=new_id(),
        role=call.role[:20],
        endpoint=call.endpoint[:200],
        model=call.model[:200],
        programme_id=account.programme_id,
        person_id=account.person_id,
        work_kind=account.work_kind,
        work_id=account.work_id[:36],
        outcome=call.outcome[:40],
        attempts=_within(call.attempts, _INTEGER),
        counted=call.counted,
        input_tokens=taken,
        cached_tokens=min(taken, _within(usage.cached_tokens, _INTEGER)),
        output_tokens=_within(usage.output_tokens, _INTEGER),
        cost=_within(call.cost, _BIG_INTEGER),
        seconds=max(0.0, call.seconds),
        first_token_seconds=call.first_token_seconds,
        created_at=_SOME_MOMENT,  # set when it is written, by the store's time
    )
    amount = Amount(entry.input_tokens + entry.output_tokens, entry.cost)
    return _Row(entry, ended=monotonic(), offset=offset, amount=amount)


def _within(value: int, most: int) -> int:
    return max(0, min(value, most))
