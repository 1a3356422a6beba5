"""Practices, turns, hints: personal text, sealed under the learner's own key and opened only for a stated purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, func, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import Conflict, NotAllowed, NotFound, Unavailable
from evidence.ids import new_id
from store import tables
from store.prepared import Prepared
from store.purpose import Purpose
from store.records import HintRow, Practice, Turn
from store.repositories.repository import Repository
from store.types import Sealed, UtcDateTime
from store.vault import Vault

_ALLOWED = frozenset({Purpose.OWN_PRACTICE, Purpose.PLAY_SCENE})

# What every turn asks for is put together once.
_keyed = tables.practices.outerjoin(
    tables.data_keys,
    and_(tables.data_keys.c.person_id == tables.practices.c.learner_id, tables.data_keys.c.version == 1),
)
# Written into the text: as a parameter it would keep SQLite from its partial index until the statement is planned anew.
_is_complete = tables.turns.c.status == literal_column("'complete'")
_theirs = and_(tables.practices.c.id == bindparam("id"), tables.practices.c.learner_id == bindparam("reader"))
_PRACTICE = Prepared(select(tables.practices, tables.data_keys.c.wrapped).select_from(_keyed).where(_theirs))
_OWNED = Prepared(select(tables.data_keys.c.wrapped).select_from(_keyed).where(_theirs))
_KEY = Prepared(
    select(tables.data_keys.c.wrapped).where(
        tables.data_keys.c.person_id == bindparam("person"), tables.data_keys.c.version == 1
    )
)
_TURNS = (
    select(tables.turns)
    .where(tables.turns.c.practice_id == bindparam("practice"))
    .order_by(tables.turns.c.number.desc(), tables.turns.c.attempt.desc())
)
_COMPLETE_TURNS = _TURNS.where(_is_complete)
_ATTEMPTS_KEPT = (
    select(func.max(tables.turns.c.attempt))
    .where(tables.turns.c.practice_id == bindparam("id"), tables.turns.c.number == bindparam("turn"))
    .scalar_subquery()
)
_ATTEMPTS_STREAMED = (
    select(func.max(tables.turn_chunks.c.attempt))
    .where(tables.turn_chunks.c.practice_id == bindparam("id"), tables.turn_chunks.c.turn == bindparam("turn"))
    .scalar_subquery()
)
_ATTEMPTS = Prepared(select(_ATTEMPTS_KEPT.label("kept"), _ATTEMPTS_STREAMED.label("streamed")))
_signed = tables.sign_offs.c.subject_id == tables.practices.c.version_id
_AT_TURN = Prepared(
    select(
        tables.practices,
        tables.data_keys.c.wrapped,
        tables.scenario_versions.c.content,
        select(func.count())
        .where(tables.turns.c.practice_id == tables.practices.c.id, _is_complete)
        .scalar_subquery()
        .label("complete"),
        _ATTEMPTS_KEPT.label("kept"),
        _ATTEMPTS_STREAMED.label("streamed"),
        select(tables.sign_offs.c.id)
        .where(_signed, tables.sign_offs.c.revoked_at.is_(None))
        .limit(1)
        .scalar_subquery()
        .label("standing"),
        select(func.coalesce(tables.sign_offs.c.open_practices, ""))
        .where(_signed)
        .order_by(tables.sign_offs.c.id.desc())
        .limit(1)
        .scalar_subquery()
        .label("then"),
    )
    .select_from(_keyed.join(tables.scenario_versions, tables.scenario_versions.c.id == tables.practices.c.version_id))
    .where(_theirs)
)
_ADD_TURN = Prepared(insert(tables.turns))
# Pieces of which nobody heard whether they were stored are stored again, with those that came since.
_ADD_PIECES = {
    name: Prepared(
        statement.on_conflict_do_update(
            index_elements=list(tables.turn_chunks.primary_key), set_={"pieces": statement.excluded.pieces}
        )
    )
    for name, statement in (
        ("sqlite", sqlite.insert(tables.turn_chunks)),
        ("postgresql", postgresql.insert(tables.turn_chunks)),
    )
}
_TOUCH = Prepared(
    update(tables.practices)
    .where(tables.practices.c.id == bindparam("practice"))
    .values(updated_at=bindparam("now", type_=UtcDateTime))
)


class AtTurn(NamedTuple):
    """A practice before a turn: how many turns are complete, and the highest attempt at the one asked for.

    ``content`` is the stored text of its version; ``taken_back`` says that no sign-off of it stands, and that the last
    revocation stopped open practices.
    """

    practice: Practice
    content: str
    complete: int
    attempts: int
    taken_back: bool


class Practices(Repository):
    """What learners practise. Every method that opens text takes who reads it and why."""

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        super().__init__(connection, now)
        self._vault = vault
        self._keys: dict[str, bytes] = {}
        self._wrapped: dict[str, bytes] = {}
        self._own: set[tuple[str, str]] = set()  # practices found to be the reader's, in this transaction

    async def start(
        self, *, programme_id: str, version_id: str, digest: str, learner_id: str, choices: Mapping[str, str]
    ) -> str:
        """Open a practice of exactly this signed digest."""
        await self._key(learner_id, create=True)
        practice_id = new_id()
        values = {"id": practice_id, "programme_id": programme_id, "version_id": version_id, "digest": digest}
        choice = {"learner_id": learner_id, "status": "open", "choices": dict(choices), "form": "full"}
        await self._connection.execute(
            insert(tables.practices).values(**values, **choice, created_at=self._now, updated_at=self._now)
        )
        return practice_id

    async def get(self, practice_id: str, *, reader: str, purpose: Purpose) -> Practice:
        """One practice, with its reflection and debrief opened.

        Raises:
            NotAllowed: the purpose cannot open practice data.
            NotFound: there is none, or it is not the reader's own.
        """
        _check(purpose)
        row = await _PRACTICE.first(self._connection, {"id": practice_id, "reader": reader})
        if row is None:
            raise NotFound("You have no such practice.")
        self._found(practice_id, reader, row.wrapped)
        return await self._practice(row)

    async def at_turn(self, practice_id: str, turn: int, *, reader: str, purpose: Purpose) -> AtTurn:
        """Everything that decides whether, and from where, a practice goes on at a turn; in one query.

        Raises:
            NotAllowed: the purpose cannot open practice data.
            NotFound: there is none, it is not the reader's own, or the reader's data was erased.
        """
        _check(purpose)
        row = await _AT_TURN.first(self._connection, {"id": practice_id, "reader": reader, "turn": turn})
        if row is None:
            raise NotFound("You have no such practice.")
        self._found(practice_id, reader, row.wrapped)
        await self._key(reader)
        return AtTurn(
            practice=await self._practice(row),
            content=row.content,
            complete=row.complete,
            attempts=max(row.kept or 0, row.streamed or 0),
            taken_back=row.standing is None and row.then in (None, "stop"),
        )

    async def _practice(self, row: Any) -> Practice:
        reflection = await self._open(row.reflection, "practices", "reflection", row.id, row.learner_id)
        debrief = await self._open(row.debrief, "practices", "debrief", row.id, row.learner_id)
        preferences = await self._open(row.preferences, "practices", "preferences", row.id, row.learner_id)
        data = row._asdict() | {
            "reflection": reflection,
            "debrief": None if debrief is None else json.loads(debrief),
            "preferences": json.loads(preferences or "{}"),
        }
        return Practice.model_validate(data)

    async def mine(self, learner_id: str, *, reader: str, purpose: Purpose) -> list[Practice]:
        """A learner's practices, newest first, for that learner only."""
        if purpose not in _ALLOWED or reader != learner_id:
            raise NotAllowed("Practice belongs to the learner; nobody else can list it.")
        table = tables.practices
        ids = (
            await self._connection.execute(
                select(table.c.id).where(table.c.learner_id == learner_id).order_by(table.c.id.desc())
            )
        ).scalars()
        return [await self.get(practice_id, reader=reader, purpose=purpose) for practice_id in ids]

    async def set_status(self, practice_id: str, status: str, *, expected: Sequence[str]) -> None:
        """Move a practice on.

        Raises:
            Conflict: it is not in one of the expected states.
        """
        table = tables.practices
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == practice_id, table.c.status.in_(expected))
            .values(status=status, updated_at=self._now)
        )
        if changed.rowcount != 1:
            raise Conflict("This practice has moved on.", todo="Load it again to see where it stands.")

    async def keep_text(self, practice_id: str, column: str, text: str, *, reader: str, purpose: Purpose) -> None:
        """Store the reflection or the debrief (``column``), sealed."""
        await self._owned(practice_id, reader, purpose)
        sealed = await self._seal(text, "practices", column, practice_id, reader)
        table = tables.practices
        await self._connection.execute(
            update(table).where(table.c.id == practice_id).values(**{column: sealed}, updated_at=self._now)
        )

    async def add_turn(
        self,
        practice_id: str,
        *,
        number: int,
        attempt: int,
        status: str,
        learner_text: str,
        reply: str,
        observed: Mapping[str, Any],
        state: Mapping[str, Any],
        provenance: Mapping[str, Any],
        reader: str,
        purpose: Purpose,
    ) -> None:
        """Append a turn.

        Raises:
            Conflict: this turn is already complete.
        """
        await self._owned(practice_id, reader, purpose)
        turn_id = new_id()
        texts = {
            "learner_text": learner_text,
            "reply": reply,
            "observed": json.dumps(observed),
            "state": json.dumps(state),
        }
        sealed = {name: await self._seal(text, "turns", name, turn_id, reader) for name, text in texts.items()}
        values = {"id": turn_id, "practice_id": practice_id, "number": number, "attempt": attempt, "status": status}
        try:
            await _ADD_TURN.all(
                self._connection, values | sealed | {"provenance": dict(provenance), "created_at": self._now}
            )
        except IntegrityError as error:
            raise Conflict("This turn has already been taken.", todo="Load the practice again.") from error
        await _TOUCH.all(self._connection, {"practice": practice_id, "now": self._now})

    async def turns(
        self, practice_id: str, *, reader: str, purpose: Purpose, complete_only: bool = True, last: int | None = None
    ) -> list[Turn]:
        """Turns in order; ``last`` keeps only that many of the newest."""
        await self._owned(practice_id, reader, purpose)
        query = _COMPLETE_TURNS if complete_only else _TURNS
        if last is not None:
            query = query.limit(last)
        found = []
        for turn in reversed((await self._connection.execute(query, {"practice": practice_id})).all()):
            opened = {
                name: await self._open(getattr(turn, name), "turns", name, turn.id, reader)
                for name in ("learner_text", "reply", "observed", "state")
            }
            parsed = {name: json.loads(opened[name] or "{}") for name in ("observed", "state")}
            found.append(Turn.model_validate(turn._asdict() | opened | parsed))
        return found

    async def last_attempt(self, practice_id: str, number: int) -> int:
        """The highest attempt number of a turn so far; 0 where there is none."""
        told = await _ATTEMPTS.first(self._connection, {"id": practice_id, "turn": number})
        return max(told.kept or 0, told.streamed or 0)

    async def add_pieces(
        self,
        practice_id: str,
        *,
        turn: int,
        attempt: int,
        first: int,
        pieces: Sequence[str],
        reader: str,
        purpose: Purpose,
    ) -> None:
        """Append pieces of a reply that is being spoken."""
        await self._owned(practice_id, reader, purpose)
        place = f"{practice_id}/{turn}/{attempt}/{first}"
        sealed = await self._seal(json.dumps(list(pieces)), "turn_chunks", "pieces", place, reader)
        values = {"practice_id": practice_id, "turn": turn, "attempt": attempt, "first": first, "pieces": sealed}
        await _ADD_PIECES[self._connection.dialect.name].all(self._connection, values)

    async def pieces(self, practice_id: str, *, turn: int, attempt: int, reader: str, purpose: Purpose) -> list[str]:
        """All stored pieces of one attempt, in order."""
        await self._owned(practice_id, reader, purpose)
        table = tables.turn_chunks
        query = select(table).where(
            table.c.practice_id == practice_id, table.c.turn == turn, table.c.attempt == attempt
        )
        found: list[str] = []
        for chunk in (await self._connection.execute(query.order_by(table.c.first))).all():
            place = f"{practice_id}/{turn}/{attempt}/{chunk.first}"
            text = await self._open(chunk.pieces, "turn_chunks", "pieces", place, reader)
            found.extend(json.loads(text or "[]"))
        return found

    async def add_hint(
        self,
        practice_id: str,
        *,
        turn: int,
        rung: str,
        text: str,
        provenance: Mapping[str, Any],
        reader: str,
        purpose: Purpose,
    ) -> None:
        """Record a hint."""
        await self._owned(practice_id, reader, purpose)
        hint_id = new_id()
        sealed = await self._seal(text, "hints", "text", hint_id, reader)
        values = {
            "id": hint_id,
            "practice_id": practice_id,
            "turn": turn,
            "rung": rung,
            "text": sealed,
            "provenance": dict(provenance),
        }
        await self._connection.execute(insert(tables.hints).values(**values, created_at=self._now))

    async def hints(self, practice_id: str, *, reader: str, purpose: Purpose) -> list[HintRow]:
        """The hints of a practice, in order."""
        await self._owned(practice_id, reader, purpose)
        table = tables.hints
        found = []
        for hint in (
            await self._connection.execute(select(table).where(table.c.practice_id == practice_id).order_by(table.c.id))
        ).all():
            text = await self._open(hint.text, "hints", "text", hint.id, reader)
            found.append(HintRow.model_validate(hint._asdict() | {"text": text}))
        return found

    async def key_fits(self) -> bool | None:
        """Whether the installation's key opens a stored data key; None where none is stored. No text is opened."""
        table = tables.data_keys
        query = select(table.c.person_id, table.c.wrapped).where(table.c.version == 1).limit(1)
        row = (await self._connection.execute(query)).first()
        if row is None:
            return None
        try:
            self._vault.unwrap(row.wrapped, row.person_id)
        except Unavailable:
            return False
        return True

    async def _owned(self, practice_id: str, reader: str, purpose: Purpose) -> None:
        """See that the purpose may open practice data, and that the practice is the reader's own.

        Whose it is cannot change, so within a transaction it is asked once.
        """
        _check(purpose)
        if (practice_id, reader) in self._own:
            return
        row = await _OWNED.first(self._connection, {"id": practice_id, "reader": reader})
        if row is None:
            raise NotFound("You have no such practice.")
        self._found(practice_id, reader, row.wrapped)

    def _found(self, practice_id: str, reader: str, wrapped: bytes | None) -> None:
        self._own.add((practice_id, reader))
        if wrapped is not None:
            self._wrapped[reader] = wrapped

    async def _key(self, person_id: str, *, create: bool = False) -> bytes:
        if person_id not in self._keys:
            wrapped = self._wrapped.get(person_id)
            if wrapped is None:
                kept = await _KEY.first(self._connection, {"person": person_id})
                wrapped = None if kept is None else kept.wrapped
            if wrapped is None:
                if not create:
                    raise NotFound("This person's data has been erased.")
                wrapped = self._vault.new_data_key(person_id)
                await self._connection.execute(
                    insert(tables.data_keys).values(
                        person_id=person_id, version=1, wrapped=wrapped, created_at=self._now
                    )
                )
            self._keys[person_id] = self._vault.unwrap(wrapped, person_id)
        return self._keys[person_id]

    async def _seal(self, text: str, table: str, column: str, row: str, person_id: str) -> Sealed:
        return self._vault.seal(
            await self._key(person_id), text, table=table, column=column, row=row, person_id=person_id
        )

    async def _open(self, sealed: bytes | None, table: str, column: str, row: str, person_id: str) -> str | None:
        if sealed is None:
            return None
        return self._vault.open(
            await self._key(person_id), sealed, table=table, column=column, row=row, person_id=person_id
        )


def _check(purpose: Purpose) -> None:
    if purpose not in _ALLOWED:
        raise NotAllowed(f"Practice cannot be read for the purpose '{purpose.value}'.")
