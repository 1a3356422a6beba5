"""What is asked of practices in every turn, put together once."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, exists, func, insert, literal_column, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store import tables
from store.prepared import Prepared
from store.types import UtcDateTime

_keyed = tables.practices.outerjoin(
    tables.data_keys,
    and_(tables.data_keys.c.person_id == tables.practices.c.learner_id, tables.data_keys.c.version == 1),
)
# Written into the text: as a parameter it would keep SQLite from its partial index until the statement is planned anew.
IS_COMPLETE = tables.turns.c.status == literal_column("'complete'")
_theirs = and_(tables.practices.c.id == bindparam("id"), tables.practices.c.learner_id == bindparam("reader"))
PRACTICE = Prepared(select(tables.practices, tables.data_keys.c.wrapped).select_from(_keyed).where(_theirs))
OWNED = Prepared(select(tables.data_keys.c.wrapped).select_from(_keyed).where(_theirs))
KEY = Prepared(
    select(tables.data_keys.c.wrapped).where(
        tables.data_keys.c.person_id == bindparam("person"), tables.data_keys.c.version == 1
    )
)
TURNS = (
    select(tables.turns)
    .where(tables.turns.c.practice_id == bindparam("practice"))
    .order_by(tables.turns.c.number.desc(), tables.turns.c.attempt.desc())
)
COMPLETE_TURNS = TURNS.where(IS_COMPLETE)
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
ATTEMPTS = Prepared(select(_ATTEMPTS_KEPT.label("kept"), _ATTEMPTS_STREAMED.label("streamed")))
_signed = tables.sign_offs.c.subject_id == tables.practices.c.version_id
AT_TURN = Prepared(
    select(
        tables.practices,
        tables.data_keys.c.wrapped,
        tables.scenario_versions.c.content,
        select(func.count())
        .where(tables.turns.c.practice_id == tables.practices.c.id, IS_COMPLETE)
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
ADD_TURN = Prepared(insert(tables.turns))
# Pieces of which nobody heard whether they were stored are stored again, with those that came since.
ADD_PIECES = {
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
_touch = (
    update(tables.practices)
    .where(tables.practices.c.id == bindparam("practice"))
    .values(updated_at=bindparam("now", type_=UtcDateTime))
)
TOUCH = Prepared(_touch)
TOUCH_OPEN = Prepared(_touch.where(tables.practices.c.status == "open").returning(tables.practices.c.id))
WORDS = -1  # the row before the first piece holds what the learner said, and when
# Attempts whose process is gone: their words and pieces are there, and no turn that says what came of them.
BROKEN_OFF = (
    select(tables.turn_chunks)
    .where(
        tables.turn_chunks.c.practice_id == bindparam("practice"),
        tables.turn_chunks.c.first == WORDS,
        ~exists().where(
            tables.turns.c.practice_id == tables.turn_chunks.c.practice_id,
            tables.turns.c.number == tables.turn_chunks.c.turn,
            tables.turns.c.attempt == tables.turn_chunks.c.attempt,
        ),
    )
    .order_by(tables.turn_chunks.c.turn, tables.turn_chunks.c.attempt)
)
