"""Practices, turns, hints: personal text, sealed under the learner's own key and opened only for a stated purpose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from evidence.errors import Conflict, NotAllowed, NotFound, Unavailable
from evidence.ids import new_id
from store import tables
from store.purpose import Purpose
from store.records import HintRow, Practice, Turn
from store.repositories import practice_queries as asked
from store.repositories.repository import Repository
from store.types import Sealed
from store.vault import Vault

_ALLOWED = frozenset({Purpose.OWN_PRACTICE, Purpose.PLAY_SCENE})


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


class Try(NamedTuple):
    """One of a learner's practices as it stands in their list; ``turns`` counts the complete ones."""

    id: str
    version_id: str
    digest: str
    status: str
    form: str
    choices: dict[str, str]
    branch_of: str | None
    branch_turn: int | None
    created_at: datetime
    updated_at: datetime
    turns: int


class Practices(Repository):
    """What learners practise. Every method that opens text takes who reads it and why."""

    def __init__(self, connection: AsyncConnection, now: datetime, vault: Vault) -> None:
        super().__init__(connection, now)
        self._vault = vault
        self._keys: dict[str, bytes] = {}
        self._wrapped: dict[str, bytes] = {}
        self._own: set[tuple[str, str]] = set()  # practices found to be the reader's, in this transaction

    async def start(
        self,
        *,
        programme_id: str,
        version_id: str,
        digest: str,
        learner_id: str,
        choices: Mapping[str, str],
        form: str = "full",
        preferences: Mapping[str, Any] | None = None,
        branch_of: str | None = None,
        branch_turn: int | None = None,
    ) -> str:
        """Open a practice of exactly this signed digest; a branch names where it comes from, and its first own turn."""
        await self._key(learner_id, create=True)
        practice_id = new_id()
        values = {"id": practice_id, "programme_id": programme_id, "version_id": version_id, "digest": digest}
        choice = {"learner_id": learner_id, "status": "open", "choices": dict(choices), "form": form}
        branch = {"branch_of": branch_of, "branch_turn": branch_turn}
        sealed = None
        if preferences:
            written = json.dumps(dict(preferences))
            sealed = await self._seal(written, "practices", "preferences", practice_id, learner_id)
        await self._connection.execute(
            insert(tables.practices).values(
                **values, **choice, **branch, preferences=sealed, created_at=self._now, updated_at=self._now
            )
        )
        return practice_id

    async def copy_before(self, practice_id: str, turn: int, into: str, *, reader: str, purpose: Purpose) -> None:
        """Copy the complete turns before ``turn``, and the hints given for them, into another practice of the reader.

        Everything is sealed anew in its new place; what it is copied from stays as it is.
        """
        await self._owned(into, reader, purpose)
        turns = await self.turns(practice_id, reader=reader, purpose=purpose)
        for each in (each for each in turns if each.number < turn):
            values = await self._turn_values(into, **each.model_dump(exclude={"created_at", "attempt"}), reader=reader)
            await asked.ADD_TURN.all(self._connection, values | {"attempt": 1, "created_at": each.created_at})
        for hint in await self.hints(practice_id, reader=reader, purpose=purpose):
            if hint.turn < turn:
                await self.add_hint(into, **hint.model_dump(exclude={"created_at"}), reader=reader, purpose=purpose)

    async def tries(self, learner_id: str, *, reader: str, purpose: Purpose) -> list[Try]:
        """A learner's practices, oldest first, for that learner only and without their texts."""
        _check(purpose)
        if reader != learner_id:
            raise NotAllowed("Practice belongs to the learner; nobody else can list it.")
        table = tables.practices
        said = select(func.count()).where(tables.turns.c.practice_id == table.c.id, asked.IS_COMPLETE).scalar_subquery()
        columns = [table.c[name] for name in Try._fields if name != "turns"]
        query = select(*columns, said.label("turns")).where(table.c.learner_id == learner_id).order_by(table.c.id)
        return [Try(*row) for row in (await self._connection.execute(query)).all()]

    async def get(self, practice_id: str, *, reader: str, purpose: Purpose) -> Practice:
        """One practice, with its reflection and debrief opened.

        Raises:
            NotAllowed: the purpose cannot open practice data.
            NotFound: there is none, or it is not the reader's own.
        """
        _check(purpose)
        row = await asked.PRACTICE.first(self._connection, {"id": practice_id, "reader": reader})
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
        row = await asked.AT_TURN.first(self._connection, {"id": practice_id, "reader": reader, "turn": turn})
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
        """Store the reflection, the debrief or the preferences (``column``), sealed."""
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
            Conflict: this turn is already complete, or it would be and the scene was paused or ended meanwhile.
        """
        await self._owned(practice_id, reader, purpose)
        values = await self._turn_values(
            practice_id,
            number=number,
            status=status,
            learner_text=learner_text,
            reply=reply,
            observed=observed,
            state=state,
            provenance=provenance,
            reader=reader,
        )
        try:
            await asked.ADD_TURN.all(self._connection, values | {"attempt": attempt, "created_at": self._now})
        except IntegrityError as error:
            raise Conflict("This turn has already been taken.", todo="Load the practice again.") from error
        touch = asked.TOUCH_OPEN if status == "complete" else asked.TOUCH
        touched = await touch.all(self._connection, {"practice": practice_id, "now": self._now})
        if status == "complete" and not touched:
            raise Conflict("The scene was paused or ended meanwhile.", todo="Load it again to see where it stands.")

    async def _turn_values(
        self,
        practice_id: str,
        *,
        number: int,
        status: str,
        learner_text: str,
        reply: str,
        observed: Mapping[str, Any],
        state: Mapping[str, Any],
        provenance: Mapping[str, Any],
        reader: str,
    ) -> dict[str, Any]:
        """A new row of a turn, with its texts sealed in that place."""
        turn_id = new_id()
        texts = {
            "learner_text": learner_text,
            "reply": reply,
            "observed": json.dumps(observed),
            "state": json.dumps(state),
        }
        sealed = {name: await self._seal(text, "turns", name, turn_id, reader) for name, text in texts.items()}
        values = {"id": turn_id, "practice_id": practice_id, "number": number, "status": status}
        return values | sealed | {"provenance": dict(provenance)}

    async def turns(
        self, practice_id: str, *, reader: str, purpose: Purpose, complete_only: bool = True, last: int | None = None
    ) -> list[Turn]:
        """Turns in order; ``last`` keeps only that many of the newest.

        With ``complete_only`` off, attempts that nobody could end are there as ``partial``, too: their process is gone,
        or speaks just now.
        """
        await self._owned(practice_id, reader, purpose)
        query = asked.COMPLETE_TURNS if complete_only else asked.TURNS
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
        if complete_only:
            return found
        found += await self._broken_off(practice_id, reader, purpose)
        return sorted(found, key=lambda turn: (turn.number, turn.attempt))

    async def _broken_off(self, practice_id: str, reader: str, purpose: Purpose) -> list[Turn]:
        """Attempts of which only pieces are stored."""
        found = []
        for row in (await self._connection.execute(asked.BROKEN_OFF, {"practice": practice_id})).all():
            place = f"{practice_id}/{row.turn}/{row.attempt}/{row.first}"
            [said, when] = json.loads(await self._open(row.pieces, "turn_chunks", "pieces", place, reader) or "[]")
            pieces = await self.pieces(practice_id, turn=row.turn, attempt=row.attempt, reader=reader, purpose=purpose)
            resets = [index for index, piece in enumerate(pieces) if not piece]
            found.append(
                Turn(
                    number=row.turn,
                    attempt=row.attempt,
                    status="partial",
                    learner_text=said,
                    reply="".join(pieces[resets[-1] + 1 if resets else 0 :]),
                    observed={},
                    state={},
                    provenance={},
                    created_at=datetime.fromisoformat(when),
                )
            )
        return found

    async def last_attempt(self, practice_id: str, number: int) -> int:
        """The highest attempt number of a turn so far; 0 where there is none."""
        told = await asked.ATTEMPTS.first(self._connection, {"id": practice_id, "turn": number})
        return max(told.kept or 0, told.streamed or 0)

    async def add_words(
        self, practice_id: str, *, turn: int, attempt: int, text: str, reader: str, purpose: Purpose
    ) -> None:
        """Keep what the learner said while the reply is spoken, before anything is known of what comes of it."""
        said = [text, self._now.isoformat()]
        await self.add_pieces(
            practice_id, turn=turn, attempt=attempt, first=asked.WORDS, pieces=said, reader=reader, purpose=purpose
        )

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
        await asked.ADD_PIECES[self._connection.dialect.name].all(self._connection, values)

    async def pieces(self, practice_id: str, *, turn: int, attempt: int, reader: str, purpose: Purpose) -> list[str]:
        """All stored pieces of one attempt, in order."""
        await self._owned(practice_id, reader, purpose)
        table = tables.turn_chunks
        query = select(table).where(
            table.c.practice_id == practice_id,
            table.c.turn == turn,
            table.c.attempt == attempt,
            table.c.first > asked.WORDS,
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
        row = await asked.OWNED.first(self._connection, {"id": practice_id, "reader": reader})
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
                kept = await asked.KEY.first(self._connection, {"person": person_id})
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
