"""Pilots: who was asked to take part, who agreed, and what they answered, sealed under their own keys.

An answer is opened for two purposes: its owner reads it, or it is counted. Counting gets answers without their people,
in no order that tells of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import Conflict, NotAllowed, NotFound
from evidence.ids import new_id
from store import tables
from store.keyring import Keyring
from store.purpose import Purpose
from store.records import Record
from store.repositories.repository import Repository
from store.vault import Vault

_pilots, _members, _check_ins, _reports = tables.pilots, tables.pilot_members, tables.check_ins, tables.pilot_reports


class Pilot(Record):
    """A cohort and a period in which one behaviour is followed; ``closed_at``: from then on nobody joins."""

    id: str
    programme_id: str
    title: str
    behaviour: str
    created_by: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None


class Member(Record):
    """Somebody who was asked, and what they said."""

    pilot_id: str
    person_id: str
    invited_at: datetime
    consented_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def takes_part(self) -> bool:
        """Whether they agreed and have not taken it back."""
        return self.consented_at is not None and self.withdrawn_at is None


class CheckIn(Record):
    """One of the three moments of a member; ``answers`` is None until they answered."""

    id: str
    pilot_id: str
    person_id: str
    moment: str
    due_at: datetime
    asked_at: datetime | None
    answers: dict[str, Any] | None
    answered_at: datetime | None


class Due(Record):
    """A check-in to ask for; nothing of its answers."""

    id: str
    person_id: str


class PilotReport(Record):
    """What was published about a moment, for good."""

    pilot_id: str
    moment: str
    content: dict[str, Any]
    created_at: datetime


class Pilots(Repository):
    """Pilots, their members, check-ins and reports."""

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        super().__init__(connection, now)
        self._keyring = Keyring(connection, now, vault)

    async def add(
        self, programme_id: str, *, title: str, behaviour: str, by: str, starts_at: datetime, ends_at: datetime
    ) -> Pilot:
        """Add a pilot that nobody is in yet."""
        made = Pilot(
            id=new_id(),
            programme_id=programme_id,
            title=title,
            behaviour=behaviour,
            created_by=by,
            created_at=self._now,
            starts_at=starts_at,
            ends_at=ends_at,
            closed_at=None,
        )
        await self._connection.execute(insert(_pilots).values(**made.model_dump()))
        return made

    async def pilot(self, pilot_id: str, *, held: bool = False) -> Pilot:
        """One pilot; ``held`` until the transaction ends, so that nobody joins while it is counted.

        Raises:
            NotFound: there is none.
        """
        query = select(_pilots).where(_pilots.c.id == pilot_id)
        found = await self._one(query.with_for_update() if held else query, Pilot)
        if found is None:
            raise NotFound("There is no such pilot.", todo="Look at the list of pilots.")
        return found

    async def of_programme(self, programme_id: str) -> list[Pilot]:
        """A programme's pilots, newest first."""
        return await self._all(
            select(_pilots).where(_pilots.c.programme_id == programme_id).order_by(_pilots.c.id.desc()), Pilot
        )

    async def close(self, pilot_id: str) -> None:
        """From now on nobody joins."""
        await self._connection.execute(
            update(_pilots).where(_pilots.c.id == pilot_id, _pilots.c.closed_at.is_(None)).values(closed_at=self._now)
        )

    async def invite(self, pilot_id: str, person_ids: Sequence[str]) -> list[str]:
        """Ask people to take part; gives those who had not been asked before."""
        query = select(_members.c.person_id).where(_members.c.pilot_id == pilot_id)
        there = set((await self._connection.execute(query)).scalars())
        fresh = [each for each in dict.fromkeys(person_ids) if each not in there]
        if fresh:
            rows = [{"pilot_id": pilot_id, "person_id": each, "invited_at": self._now} for each in fresh]
            await self._connection.execute(insert(_members), rows)
        return fresh

    async def sizes(self, pilot_id: str, *, purpose: Purpose) -> tuple[int, int]:
        """How many were asked, and how many take part."""
        _only(purpose, Purpose.TRANSFER)
        table = _members.c
        joined = func.count().filter(table.consented_at.is_not(None), table.withdrawn_at.is_(None))
        row = (await self._connection.execute(select(func.count(), joined).where(table.pilot_id == pilot_id))).one()
        return row[0], row[1]

    async def member(self, pilot_id: str, *, reader: str, purpose: Purpose) -> Member:
        """What the reader said about a pilot.

        Raises:
            NotFound: they were not asked, or there is no such pilot.
        """
        _only(purpose, Purpose.OWN_PRACTICE)
        query = select(_members).where(_members.c.pilot_id == pilot_id, _members.c.person_id == reader)
        found = await self._one(query, Member)
        if found is None:
            raise NotFound("You were not asked to take part in such a pilot.", todo="Look at your pilots.")
        return found

    async def mine(self, *, reader: str, purpose: Purpose) -> list[tuple[Pilot, Member]]:
        """The pilots that the reader was asked to take part in, newest first."""
        _only(purpose, Purpose.OWN_PRACTICE)
        members = await self._all(
            select(_members).where(_members.c.person_id == reader).order_by(_members.c.pilot_id.desc()), Member
        )
        return [(await self.pilot(each.pilot_id), each) for each in members]

    async def counted_in(self, *, reader: str, purpose: Purpose) -> frozenset[str]:
        """The pilots in which the reader may stand in a published count: they took part when one was made."""
        _only(purpose, Purpose.OWN_PRACTICE)
        query = (
            select(_members.c.pilot_id)
            .join(_reports, _reports.c.pilot_id == _members.c.pilot_id)
            .where(_members.c.person_id == reader, _members.c.consented_at <= _reports.c.created_at)
            .where(_members.c.withdrawn_at.is_(None) | (_members.c.withdrawn_at >= _reports.c.created_at))
        )
        return frozenset((await self._connection.execute(query)).scalars())

    async def consent(self, pilot_id: str, due: Mapping[str, datetime], *, reader: str, purpose: Purpose) -> None:
        """The reader takes part from now on, and is asked at these times, by moment."""
        _only(purpose, Purpose.OWN_PRACTICE)
        await self._connection.execute(
            update(_members)
            .where(_members.c.pilot_id == pilot_id, _members.c.person_id == reader)
            .values(consented_at=self._now, withdrawn_at=None)
        )
        for moment, due_at in due.items():
            values = {"id": new_id(), "pilot_id": pilot_id, "person_id": reader, "moment": moment, "due_at": due_at}
            await self._connection.execute(insert(_check_ins).values(**values))

    async def withdraw(self, pilot_id: str, *, reader: str, purpose: Purpose) -> None:
        """The reader takes part no longer; everything they answered there is deleted."""
        _only(purpose, Purpose.OWN_PRACTICE)
        await self._connection.execute(
            update(_members)
            .where(_members.c.pilot_id == pilot_id, _members.c.person_id == reader)
            .values(withdrawn_at=self._now)
        )
        await self._connection.execute(
            delete(_check_ins).where(_check_ins.c.pilot_id == pilot_id, _check_ins.c.person_id == reader)
        )

    async def hold(self, person_id: str) -> None:
        """Let nobody else change what this person takes part in until the transaction ends."""
        people = tables.people
        held = select(people.c.id).where(people.c.id == person_id).with_for_update(key_share=True)
        await self._connection.execute(held)  # what only refers to this person need not wait

    async def check_ins(self, *, reader: str, purpose: Purpose, pilot_id: str | None = None) -> list[CheckIn]:
        """The reader's check-ins with their answers, in the order of their dates."""
        _only(purpose, Purpose.OWN_PRACTICE)
        query = select(_check_ins).where(_check_ins.c.person_id == reader)
        if pilot_id is not None:
            query = query.where(_check_ins.c.pilot_id == pilot_id)
        rows = (await self._connection.execute(query.order_by(_check_ins.c.due_at, _check_ins.c.id))).all()
        return [await self._opened(row) for row in rows]

    async def check_in(self, check_in_id: str, *, reader: str, purpose: Purpose) -> CheckIn:
        """One of the reader's check-ins.

        Raises:
            NotFound: there is none, or it is not the reader's.
        """
        _only(purpose, Purpose.OWN_PRACTICE)
        query = select(_check_ins).where(_check_ins.c.id == check_in_id, _check_ins.c.person_id == reader)
        row = (await self._connection.execute(query)).first()
        if row is None:
            raise NotFound("You have no such check-in.", todo="Look at your pilots.")
        return await self._opened(row)

    async def answer(self, check_in_id: str, answers: Mapping[str, Any], *, reader: str, purpose: Purpose) -> None:
        """Keep the reader's answers to their own check-in, sealed; earlier ones are replaced."""
        _only(purpose, Purpose.OWN_PRACTICE)
        sealed = await self._keyring.seal(json.dumps(dict(answers)), "check_ins", "answers", check_in_id, reader)
        await self._connection.execute(
            update(_check_ins)
            .where(_check_ins.c.id == check_in_id, _check_ins.c.person_id == reader)
            .values(answers=sealed, answered_at=self._now)
        )

    async def set_due(self, check_in_id: str, due_at: datetime, *, reader: str, purpose: Purpose) -> None:
        """Ask the reader at another time."""
        _only(purpose, Purpose.OWN_PRACTICE)
        await self._connection.execute(
            update(_check_ins)
            .where(_check_ins.c.id == check_in_id, _check_ins.c.person_id == reader)
            .values(due_at=due_at)
        )

    async def to_ask(self, since: datetime) -> list[Due]:
        """Check-ins that are due, after ``since``, and were neither asked for nor answered."""
        table = _check_ins.c
        query = select(_check_ins).where(table.due_at <= self._now, table.due_at > since)
        return await self._all(query.where(table.asked_at.is_(None), table.answered_at.is_(None)), Due)

    async def asked(self, check_in_id: str) -> bool:
        """Note that its owner is told that it is due; False where they were, have answered, or it is gone."""
        changed = await self._connection.execute(
            update(_check_ins)
            .where(_check_ins.c.id == check_in_id, _check_ins.c.asked_at.is_(None), _check_ins.c.answered_at.is_(None))
            .values(asked_at=self._now)
        )
        return bool(changed.rowcount == 1)

    async def answers(self, pilot_id: str, *, purpose: Purpose) -> list[dict[str, dict[str, Any]]]:
        """What each member answered, by moment: for counting, without saying whose it is."""
        _only(purpose, Purpose.TRANSFER)
        query = (
            select(_check_ins)
            .join(
                _members,
                (_members.c.pilot_id == _check_ins.c.pilot_id) & (_members.c.person_id == _check_ins.c.person_id),
            )
            .where(_check_ins.c.pilot_id == pilot_id, _check_ins.c.answers.is_not(None))
            .where(_members.c.consented_at.is_not(None), _members.c.withdrawn_at.is_(None))
        )
        found: dict[str, dict[str, dict[str, Any]]] = {}
        for row in (await self._connection.execute(query)).all():
            opened = await self._opened(row)
            found.setdefault(row.person_id, {})[row.moment] = opened.answers or {}
        return sorted(found.values(), key=json.dumps)

    async def add_report(self, pilot_id: str, moment: str, content: Mapping[str, Any]) -> PilotReport:
        """Keep what is published about a moment, for good.

        Raises:
            Conflict: it was published before.
        """
        made = PilotReport(pilot_id=pilot_id, moment=moment, content=dict(content), created_at=self._now)
        try:
            await self._connection.execute(insert(_reports).values(**made.model_dump()))
        except IntegrityError as error:
            raise Conflict(
                "This was published before, and is published only once.", todo="Read it as it stands."
            ) from error
        return made

    async def reports(self, pilot_id: str) -> list[PilotReport]:
        """What was published about a pilot, in order."""
        return await self._all(
            select(_reports).where(_reports.c.pilot_id == pilot_id).order_by(_reports.c.created_at), PilotReport
        )

    async def _opened(self, row: Any) -> CheckIn:
        text = await self._keyring.open(row.answers, "check_ins", "answers", row.id, row.person_id)
        return CheckIn.model_validate(row._asdict() | {"answers": None if text is None else json.loads(text)})


def _only(purpose: Purpose, allowed: Purpose) -> None:
    if purpose is not allowed:
        raise NotAllowed(f"What people answer in a pilot cannot be read here for the purpose '{purpose.value}'.")
