"""What a reviewer's desk keeps beside decisions: marks on comments, agreements with the judge, and notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, func, insert, select, update

from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.prepared import Prepared
from store.records import Agreement, CommentMark, Notice
from store.repositories.messages import Messages
from store.repositories.repository import Repository

_UNREAD = Prepared(
    select(func.count().label("unread"))
    .select_from(tables.notices)
    .where(tables.notices.c.person_id == bindparam("person"), tables.notices.c.read_at.is_(None))
)


class Desk(Repository):
    """Marks, agreements and notices."""

    async def mark(self, decision_id: str, number: int, *, resolved: bool, by: str, note: str = "") -> None:
        """Note what became of one comment; ``by`` is a person's id, or "author"."""
        values = {
            "id": new_id(),
            "decision_id": decision_id,
            "number": number,
            "resolved": resolved,
            "marked_by": by,
            "note": note,
        }
        await self._connection.execute(insert(tables.comment_marks).values(**values, created_at=self._now))

    async def marks(self, decision_ids: Sequence[str]) -> list[CommentMark]:
        """The marks on the comments of these decisions, oldest first."""
        table = tables.comment_marks
        query = select(table).where(table.c.decision_id.in_(decision_ids)).order_by(table.c.id)
        return await self._all(query, CommentMark)

    async def agree(
        self,
        *,
        checkpoint_id: str,
        verdict_id: str,
        criterion_id: str,
        person_id: str,
        machine_level: str | None,
        agrees: bool,
        level: str | None,
    ) -> Agreement:
        """Record whether a person agrees with a level; what they said of it before is replaced."""
        table = tables.agreements
        record = Agreement(
            checkpoint_id=checkpoint_id,
            verdict_id=verdict_id,
            criterion_id=criterion_id,
            person_id=person_id,
            machine_level=machine_level,
            agrees=agrees,
            level=level,
            created_at=self._now,
        )
        await self._connection.execute(
            delete(table).where(
                table.c.verdict_id == verdict_id,
                table.c.criterion_id == criterion_id,
                table.c.person_id == person_id,
            )
        )
        await self._connection.execute(insert(table).values(id=new_id(), **record.model_dump()))
        return record

    async def agreements(self, *, verdict_id: str | None = None) -> list[Agreement]:
        """Agreements with one verdict, or all of them, oldest first."""
        table = tables.agreements
        query = select(table).order_by(table.c.id)
        return await self._all(
            query if verdict_id is None else query.where(table.c.verdict_id == verdict_id), Agreement
        )

    async def notify(self, person_id: str, kind: str, subject: str) -> None:
        """Tell a person something in the application, and by e-mail where they wish for it."""
        await self.notify_all([person_id], kind, subject)

    async def notify_all(self, person_ids: Collection[str], kind: str, subject: str) -> None:
        """Tell many people the same, in as many statements as one takes."""
        told = {new_id(): person_id for person_id in person_ids}
        if told:
            values = {"kind": kind, "subject": subject, "created_at": self._now}
            rows = [{"id": notice_id, "person_id": person_id, **values} for notice_id, person_id in told.items()]
            await self._connection.execute(insert(tables.notices), rows)
            await Messages(self._connection, self._now).enqueue(told)

    async def notices(self, person_id: str, *, unread: bool = False, most: int | None = None) -> list[Notice]:
        """A person's notices, newest first."""
        table = tables.notices
        query = select(table).where(table.c.person_id == person_id).order_by(table.c.id.desc()).limit(most)
        return await self._all(query.where(table.c.read_at.is_(None)) if unread else query, Notice)

    async def notice(self, person_id: str, notice_id: str) -> Notice:
        """One of a person's own notices.

        Raises:
            NotFound: it is not theirs, or there is none.
        """
        table = tables.notices
        query = select(table).where(table.c.id == notice_id, table.c.person_id == person_id)
        if (found := await self._one(query, Notice)) is None:
            raise NotFound("You have no such notice.", todo="Look at your notices again.")
        return found

    async def unread(self, person_id: str) -> int:
        """How many notices a person has not read; asked for with every page."""
        rows = await _UNREAD.all(self._connection, {"person": person_id})
        return int(rows[0].unread)

    async def read_one(self, person_id: str, notice_id: str) -> None:
        """Mark one of a person's own notices as read."""
        table = tables.notices
        mine = (table.c.id == notice_id, table.c.person_id == person_id, table.c.read_at.is_(None))
        await self._connection.execute(update(table).where(*mine).values(read_at=self._now))

    async def read_by_all(self, subject: str) -> None:
        """Mark everybody's notices on a subject as read: there is nothing left to do about it."""
        table = tables.notices
        left = (table.c.subject == subject, table.c.read_at.is_(None))
        await self._connection.execute(update(table).where(*left).values(read_at=self._now))

    async def read(self, person_id: str, subject: str | None = None) -> None:
        """Mark a person's notices as read, all of them or those on one subject."""
        table = tables.notices
        change = update(table).where(table.c.person_id == person_id, table.c.read_at.is_(None))
        if subject is not None:
            change = change.where(table.c.subject == subject)
        await self._connection.execute(change.values(read_at=self._now))
