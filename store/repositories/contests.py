"""Contested lines: what learners sent of a debrief, sealed under their own key, read unnamed until they revoke it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import Conflict, NotAllowed, NotFound
from store import tables
from store.purpose import Purpose
from store.repositories.repository import Repository
from store.types import Sealed
from store.vault import Vault

_TABLE = tables.contests


class OwnContest(NamedTuple):
    """A line as its learner sees it; ``sent`` is None once it was revoked, for them as for everybody."""

    id: str
    practice_id: str
    sent: dict[str, Any] | None
    day: datetime
    answer: str | None


class OpenContest(NamedTuple):
    """A line as strategists see it: nothing in it, and nothing it is fetched with, tells whose it is."""

    id: str
    version_id: str
    sent: dict[str, Any]
    day: datetime
    answer: str | None
    answered_at: datetime | None


class Contests(Repository):
    """What learners contest; nobody reads a line but for the learner's own practice, or for what it was sent for.

    Ids are random and days are whole: neither tells when a line was sent.
    """

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        super().__init__(connection, now)
        self._vault = vault

    async def send(
        self,
        *,
        programme_id: str,
        version_id: str,
        practice_id: str,
        learner_id: str,
        sent: Mapping[str, Any],
        purpose: Purpose,
    ) -> str:
        """Keep a line as its learner saw it before they sent it.

        Raises:
            NotAllowed: it is not for the learner's own practice.
            NotFound: the practice is not the learner's, or their data was erased.
        """
        _for(Purpose.OWN_PRACTICE, purpose)
        owned = select(tables.practices.c.id).where(
            tables.practices.c.id == practice_id, tables.practices.c.learner_id == learner_id
        )
        key = await self._key(learner_id)
        if key is None or (await self._connection.execute(owned)).first() is None:
            raise NotFound("You have no such practice.")
        contest_id = str(uuid4())
        text = json.dumps(dict(sent), ensure_ascii=False)
        values = {
            "id": contest_id,
            "programme_id": programme_id,
            "version_id": version_id,
            "practice_id": practice_id,
            "learner_id": learner_id,
            "sent": self._sealed(key, text, contest_id, learner_id),
            "created_at": self._now.replace(hour=0, minute=0, second=0, microsecond=0),
        }
        await self._connection.execute(insert(_TABLE).values(**values))
        return contest_id

    async def mine(self, learner_id: str, *, reader: str, purpose: Purpose) -> list[OwnContest]:
        """The lines a learner sent, newest day first, for that learner only."""
        _for(Purpose.OWN_PRACTICE, purpose)
        if reader != learner_id:
            raise NotAllowed("Contested lines belong to the learner; nobody else can list them.")
        query = select(_TABLE).where(_TABLE.c.learner_id == learner_id)
        rows = (await self._connection.execute(query.order_by(_TABLE.c.created_at.desc(), _TABLE.c.id))).all()
        found = []
        for row in rows:
            sent = None if row.revoked_at is not None else await self._opened(row)
            found.append(OwnContest(row.id, row.practice_id, sent, row.created_at, row.answer))
        return found

    async def revoke(self, contest_id: str, *, reader: str, purpose: Purpose) -> None:
        """Take a line back: its text and its answer are written over, so that nobody reads them any more.

        Raises:
            NotFound: it is not the reader's.
            Conflict: it was taken back before.
        """
        _for(Purpose.OWN_PRACTICE, purpose)
        mine = _TABLE.c.id == contest_id, _TABLE.c.learner_id == reader
        row = (await self._connection.execute(select(_TABLE.c.revoked_at).where(*mine))).first()
        if row is None:
            raise NotFound("You have sent no such line.")
        key = await self._key(reader)
        values: dict[str, Any] = {"revoked_at": self._now, "answer": None, "answered_by": None, "answered_at": None}
        if key is not None:
            values["sent"] = self._sealed(key, "{}", contest_id, reader)
        changed = await self._connection.execute(
            update(_TABLE).where(*mine, _TABLE.c.revoked_at.is_(None)).values(**values)
        )
        if changed.rowcount != 1:
            raise Conflict("You took this line back already.", todo="Nobody can read it any more.")

    async def queue(self, programme_id: str, *, purpose: Purpose) -> list[OpenContest]:
        """The lines of a programme that nobody took back, those without an answer first.

        A line whose learner's data was erased cannot be opened and is left out.
        """
        _for(Purpose.CONTESTED_LINE, purpose)
        query = select(_TABLE).where(_TABLE.c.programme_id == programme_id, _TABLE.c.revoked_at.is_(None))
        order = (_TABLE.c.answer.is_not(None), _TABLE.c.created_at.desc(), _TABLE.c.id)
        found = []
        for row in (await self._connection.execute(query.order_by(*order))).all():
            sent = await self._opened(row)
            if sent is not None:
                found.append(OpenContest(row.id, row.version_id, sent, row.created_at, row.answer, row.answered_at))
        return found

    async def waiting(self, programme_id: str) -> int:
        """How many lines of a programme wait for an answer; nothing is opened."""
        query = select(func.count()).where(
            _TABLE.c.programme_id == programme_id, _TABLE.c.revoked_at.is_(None), _TABLE.c.answer.is_(None)
        )
        return int((await self._connection.execute(query)).scalar_one())

    async def answer(self, contest_id: str, text: str, *, by: str) -> None:
        """Answer a line; a later answer takes the place of an earlier one.

        Raises:
            NotFound: there is none, or it was taken back: which of the two is not told.
        """
        changed = await self._connection.execute(
            update(_TABLE)
            .where(_TABLE.c.id == contest_id, _TABLE.c.revoked_at.is_(None))
            .values(answer=text, answered_by=by, answered_at=self._now)
        )
        if changed.rowcount != 1:
            raise NotFound("There is no such line; its learner may have taken it back.")

    async def to_tell(self, contest_id: str, *, purpose: Purpose) -> str:
        """Whom an answer is for: to leave them a notice, and for nobody's eyes."""
        _for(Purpose.OWN_PRACTICE, purpose)
        query = select(_TABLE.c.learner_id).where(_TABLE.c.id == contest_id)
        return str((await self._connection.execute(query)).scalar_one())

    async def people_who_practised(self, version_id: str) -> int:
        """How many people practised a version: only to tell a learner whether they are among few."""
        table = tables.practices
        query = select(func.count(func.distinct(table.c.learner_id))).where(table.c.version_id == version_id)
        return int((await self._connection.execute(query)).scalar_one())

    async def _opened(self, row: Any) -> dict[str, Any] | None:
        key = await self._key(row.learner_id)
        if key is None:
            return None
        text = self._vault.open(key, row.sent, table="contests", column="sent", row=row.id, person_id=row.learner_id)
        opened: dict[str, Any] = json.loads(text)
        return opened

    def _sealed(self, key: bytes, text: str, contest_id: str, person_id: str) -> Sealed:
        return self._vault.seal(key, text, table="contests", column="sent", row=contest_id, person_id=person_id)

    async def _key(self, person_id: str) -> bytes | None:
        table = tables.data_keys
        query = select(table.c.wrapped).where(table.c.person_id == person_id, table.c.version == 1)
        row = (await self._connection.execute(query)).first()
        return None if row is None else self._vault.unwrap(row.wrapped, person_id)


def _for(wanted: Purpose, purpose: Purpose) -> None:
    if purpose is not wanted:
        raise NotAllowed(f"A contested line cannot be read for the purpose '{purpose.value}'.")
