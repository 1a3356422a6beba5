"""What goes out by e-mail, and how each person wishes to be told.

A message names a notice and carries no words. It is put beside its notice in the same transaction (``enqueue``), so
that there is never one without the other. Several that go out together share a ``batch``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, literal, select, update

from evidence.errors import NotAllowed
from store import tables
from store.purpose import Purpose
from store.records import Record
from store.repositories.repository import Repository
from store.types import UtcDateTime

GATHERING = timedelta(minutes=10)  # how long a notice waits for others that can be told of in the same e-mail


class MessageSettings(Record):
    """How a person wishes to be told; ``email`` may be empty, and nothing goes to it before ``verified_at``."""

    person_id: str
    email: str
    verified_at: datetime | None
    code_hash: str | None
    code_sent_at: datetime | None
    codes_sent: int
    code_tries: int
    by_mail: str
    quiet_from: int | None
    quiet_until: int | None
    quiet_weekend: bool
    zone: str
    updated_at: datetime


class Waiting(Record):
    """A message that has not gone out, with the kind of its notice and when that was read."""

    notice_id: str
    kind: str
    not_before: datetime
    tries: int
    batch: str | None
    created_at: datetime
    read_at: datetime | None


class Mailed(Record):
    """An e-mail that went out."""

    batch: str
    person_id: str
    sent_at: datetime


_ENQUEUE = insert(tables.messages).from_select(
    ["notice_id", "person_id", "status", "not_before", "tries", "created_at"],
    select(
        bindparam("notice_id", type_=tables.messages.c.notice_id.type),
        tables.message_settings.c.person_id,
        literal("waiting"),
        bindparam("not_before", type_=UtcDateTime),
        literal(0),
        bindparam("now", type_=UtcDateTime),
    ).where(
        tables.message_settings.c.person_id == bindparam("person_id"),
        tables.message_settings.c.verified_at.is_not(None),
        tables.message_settings.c.by_mail != "none",
    ),
)


class Messages(Repository):
    """Messages and the wishes of whom they are for. Addresses are read for one purpose only: to reach their owner."""

    async def settings(self, person_id: str, *, purpose: Purpose, lock: bool = False) -> MessageSettings | None:
        """A person's wishes; None where they never said. ``lock`` keeps every other sender and writer of them out.

        Raises:
            NotAllowed: the purpose is not to reach this person.
        """
        _check(purpose)
        query = select(tables.message_settings).where(tables.message_settings.c.person_id == person_id)
        return await self._one(query.with_for_update() if lock else query, MessageSettings)

    async def keep_settings(self, settings: MessageSettings) -> None:
        """Store a person's wishes, whatever they were before."""
        table, values = tables.message_settings, settings.model_dump() | {"updated_at": self._now}
        changed = await self._connection.execute(
            update(table).where(table.c.person_id == settings.person_id).values(**values)
        )
        if not changed.rowcount:
            await self._connection.execute(insert(table).values(**values))

    async def enqueue(self, notices: Mapping[str, str]) -> None:
        """Put messages beside notices (id of a notice to its person's), where they wish for e-mail at their address."""
        moments = {"not_before": self._now + GATHERING, "now": self._now}
        rows = [{"notice_id": notice, "person_id": person, **moments} for notice, person in notices.items()]
        await self._connection.execute(_ENQUEUE, rows)

    async def people_due(self, most: int) -> list[str]:
        """Ids of those for whom a message may go out by now, longest waiting first."""
        table = tables.messages
        due = (
            select(table.c.person_id)
            .where(table.c.status == "waiting", table.c.not_before <= self._now)
            .group_by(table.c.person_id)
            .order_by(func.min(table.c.created_at))
            .limit(most)
        )
        return list((await self._connection.execute(due)).scalars())

    async def waiting(self, person_id: str) -> list[Waiting]:
        """A person's messages that have not gone out, oldest first."""
        messages, notices = tables.messages, tables.notices
        columns = (messages.c.notice_id, messages.c.not_before, messages.c.tries, messages.c.batch)
        query = (
            select(*columns, messages.c.created_at, notices.c.kind, notices.c.read_at)
            .join(notices, notices.c.id == messages.c.notice_id)
            .where(messages.c.person_id == person_id, messages.c.status == "waiting")
            .order_by(messages.c.notice_id)
        )
        return await self._all(query, Waiting)

    async def claim(self, notice_ids: Sequence[str], *, batch: str, tries: int, until: datetime) -> None:
        """Take messages to be sent as one e-mail: nobody else does before ``until``."""
        await self._set(notice_ids, batch=batch, tries=tries, not_before=until)

    async def postpone(self, notice_ids: Sequence[str], until: datetime) -> None:
        """Leave messages for later."""
        await self._set(notice_ids, not_before=until)

    async def drop(self, notice_ids: Sequence[str], reason: str) -> None:
        """Let messages be: what they tell of is read, or nobody wishes to hear of it any more."""
        await self._set(notice_ids, status="dropped", error=reason)

    async def sent(self, batch: str) -> None:
        """An e-mail was taken by the server. Whoever says so late is believed too: it has gone out."""
        table = tables.messages
        values = {"status": "sent", "sent_at": self._now, "error": None}
        await self._connection.execute(update(table).where(table.c.batch == batch).values(**values))

    async def not_sent(self, batch: str, *, tries: int, error: str, again_at: datetime | None, counts: bool) -> None:
        """An e-mail was not taken.

        Args:
            batch: which.
            tries: as it was claimed; where somebody else has claimed it since, nothing is changed.
            error: why, in our own words.
            again_at: when to try again; None gives it up.
            counts: whether it was this e-mail that failed, and not the way to the server.
        """
        table = tables.messages
        values: dict[str, Any] = {"error": error[:200]}
        if again_at is None:
            values["status"] = "failed"
        else:
            values |= {"not_before": again_at, "tries": tries if counts else tries - 1}
        mine = (table.c.batch == batch, table.c.tries == tries, table.c.status == "waiting")
        await self._connection.execute(update(table).where(*mine).values(**values))

    async def last_sent(self, person_id: str) -> datetime | None:
        """When a person was last written to."""
        table = tables.messages
        query = select(func.max(table.c.sent_at, type_=UtcDateTime)).where(table.c.person_id == person_id)
        found: datetime | None = (await self._connection.execute(query)).scalar_one()
        return found

    async def last_failed(self, person_id: str) -> str:
        """Why the last e-mail to a person was given up; empty where it was not."""
        table = tables.messages
        query = (
            select(table.c.status, table.c.error)
            .where(table.c.person_id == person_id, table.c.status.in_(("sent", "failed")))
            .order_by(table.c.notice_id.desc())
        )
        row = (await self._connection.execute(query.limit(1))).first()
        return (row.error or "") if row is not None and row.status == "failed" else ""

    async def mailed(self, since: datetime) -> list[Mailed]:
        """Every e-mail that went out since then; for sums."""
        table = tables.messages
        query = (
            select(table.c.batch, table.c.person_id, func.min(table.c.sent_at, type_=UtcDateTime).label("sent_at"))
            .where(table.c.status == "sent", table.c.sent_at >= since)
            .group_by(table.c.batch, table.c.person_id)
        )
        return await self._all(query, Mailed)

    async def _set(self, notice_ids: Sequence[str], **values: Any) -> None:
        table = tables.messages
        if notice_ids:
            await self._connection.execute(update(table).where(table.c.notice_id.in_(notice_ids)).values(**values))


def _check(purpose: Purpose) -> None:
    if purpose is not Purpose.MESSAGES:
        raise NotAllowed("An address is read for nothing but reaching its owner.")
