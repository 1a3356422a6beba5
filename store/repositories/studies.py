"""Studies: longer pieces of measuring, and the answers that were given in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.records import Record
from store.repositories.repository import Repository

EVERYWHERE = ""  # the study of an answer that counts in every one
_AT_ONCE = 500  # keys in one query


class Study(Record):
    """A study; ``tables.studies`` says what its fields mean."""

    id: str
    programme_id: str
    kind: str
    status: str
    subject_id: str
    plan: dict[str, Any]
    estimate: dict[str, Any]
    planned: int
    answered: int
    runs: int
    result: dict[str, Any] | None
    digest: str | None
    error: dict[str, Any] | None
    started_by: str
    created_at: datetime
    updated_at: datetime


class Studies(Repository):
    """Studies and their answers."""

    async def add(
        self,
        programme_id: str,
        kind: str,
        subject_id: str,
        *,
        plan: Mapping[str, Any],
        estimate: Mapping[str, Any],
        planned: int,
        by: str,
    ) -> Study:
        """Keep a study that is priced and not started."""
        record = Study(
            id=new_id(),
            programme_id=programme_id,
            kind=kind,
            status="priced",
            subject_id=subject_id,
            plan=dict(plan),
            estimate=dict(estimate),
            planned=planned,
            answered=0,
            runs=0,
            result=None,
            digest=None,
            error=None,
            started_by=by,
            created_at=self._now,
            updated_at=self._now,
        )
        await self._connection.execute(insert(tables.studies).values(**record.model_dump()))
        return record

    async def study(self, study_id: str, *, lock: bool = False) -> Study:
        """One study.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.studies).where(tables.studies.c.id == study_id)
        found = await self._one(query.with_for_update() if lock else query, Study)
        if found is None:
            raise NotFound("There is no such study.")
        return found

    async def of_programme(
        self,
        programme_id: str,
        *,
        kind: str | None = None,
        subject_id: str | None = None,
        status: str | None = None,
        limit: int = 50,
    ) -> list[Study]:
        """A programme's studies, newest first."""
        table = tables.studies
        query = select(table).where(table.c.programme_id == programme_id).order_by(table.c.id.desc()).limit(limit)
        for column, wanted in ((table.c.kind, kind), (table.c.subject_id, subject_id), (table.c.status, status)):
            if wanted is not None:
                query = query.where(column == wanted)
        return await self._all(query, Study)

    async def moved_at(self, programme_id: str, kind: str) -> datetime | None:
        """When anything last happened to a programme's studies of a kind; None where there is none."""
        table = tables.studies
        query = select(func.max(table.c.updated_at)).where(table.c.programme_id == programme_id, table.c.kind == kind)
        found: datetime | None = (await self._connection.execute(query)).scalar()
        return found

    async def by_digest(self, digest: str) -> Study | None:
        """The finished study with this digest."""
        table = tables.studies
        query = select(table).where(table.c.digest == digest).order_by(table.c.id.desc()).limit(1)
        return await self._one(query, Study)

    async def change(self, study: Study, **values: Any) -> bool:
        """Write to a study if nobody else has moved it since; gives whether it was written."""
        table = tables.studies
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == study.id, table.c.status == study.status, table.c.runs == study.runs)
            .values(**values, updated_at=self._now)
        )
        return changed.rowcount == 1

    async def progress(self, study: Study, *, planned: int, answered: int) -> bool:
        """Write down how far a running study is; gives whether it still is to go on.

        Progress never goes back: of two processes at one study the later one tells.
        """
        table = tables.studies
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == study.id, table.c.status == "running", table.c.runs == study.runs)
            .values(
                planned=case((table.c.planned < planned, planned), else_=table.c.planned),
                answered=case((table.c.answered < answered, answered), else_=table.c.answered),
                updated_at=self._now,
            )
        )
        return changed.rowcount == 1

    async def answers(self, keys: Collection[str], study_id: str = EVERYWHERE) -> dict[str, dict[str, Any]]:
        """What was answered under these keys: in a study where it counts everywhere, in this one, or in a journey."""
        table, judged = tables.study_answers, tables.judge_samples
        found: dict[str, dict[str, Any]] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            studied = select(table.c.key, table.c.content).where(
                table.c.key.in_(some), table.c.study_id.in_({EVERYWHERE, study_id})
            )
            journeys = select(judged.c.judgement_key.label("key"), judged.c.content).where(
                judged.c.judgement_key.in_(some), judged.c.status != "error"
            )
            # The later one replaces the earlier, so that a failure in this study gives way to every answer.
            for query in (studied.where(table.c.study_id != EVERYWHERE), studied.where(table.c.study_id == EVERYWHERE)):
                found |= {row.key: dict(row.content) for row in await self._connection.execute(query)}
            found |= {
                row.key: dict(row.content) for row in await self._connection.execute(journeys.order_by(judged.c.id))
            }
        return found

    async def keep(self, key: str, content: Mapping[str, Any], study_id: str = EVERYWHERE) -> None:
        """Keep an answer; the first one under a key stays."""
        values = {"key": key, "study_id": study_id, "content": dict(content), "created_at": self._now}
        make = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        await self._connection.execute(make(tables.study_answers).values(**values).on_conflict_do_nothing())
