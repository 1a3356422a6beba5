"""Previews of a change of criteria, what was read of them, and the grounds on which criteria were put in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, literal, select, update

from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.records import Record, ScenarioVersion
from store.repositories.repository import Repository

EVERYWHERE = ""  # the study of an answer that counts in every one
_AT_ONCE = 500  # keys in one query


class PreviewRow(Record):
    """A stored preview; ``content`` holds what it ``shown`` and, by checkpoint, who ``read`` which flip and when."""

    id: str
    programme_id: str
    criteria_id: str
    base_id: str
    charter_id: str
    mark: list[int]
    digest: str
    content: dict[str, Any]
    made_by: str
    created_at: datetime


class GroundsRow(Record):
    """On what a criteria version was asked to be put in force; ``tables.grounds`` says what its fields mean."""

    run_id: str
    version_id: str
    preview_digest: str | None
    stress_digest: str | None
    provisional: bool
    why: list[str]
    review_at: datetime | None
    override_by: str | None
    override_because: str | None
    created_at: datetime


class Previews(Repository):
    """Previews and grounds, and the rows that both are made from."""

    async def add(
        self,
        programme_id: str,
        criteria_id: str,
        *,
        base_id: str,
        charter_id: str,
        mark: Sequence[int],
        digest: str,
        shown: Mapping[str, Any],
        by: str,
    ) -> PreviewRow:
        """Keep a preview; none of its flips is read yet."""
        record = PreviewRow(
            id=new_id(),
            programme_id=programme_id,
            criteria_id=criteria_id,
            base_id=base_id,
            charter_id=charter_id,
            mark=list(mark),
            digest=digest,
            content={"shown": dict(shown), "read": {}},
            made_by=by,
            created_at=self._now,
        )
        await self._connection.execute(insert(tables.previews).values(**record.model_dump()))
        return record

    async def preview(self, preview_id: str, *, lock: bool = False) -> PreviewRow:
        """One preview.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.previews).where(tables.previews.c.id == preview_id)
        found = await self._one(query.with_for_update() if lock else query, PreviewRow)
        if found is None:
            raise NotFound("There is no such preview.")
        return found

    async def newest(self, criteria_id: str, digest: str | None = None) -> PreviewRow | None:
        """The newest preview of a version, or the newest with this digest."""
        table = tables.previews
        query = select(table).where(table.c.criteria_id == criteria_id).order_by(table.c.id.desc()).limit(1)
        return await self._one(query if digest is None else query.where(table.c.digest == digest), PreviewRow)

    async def by_digest(self, digest: str) -> PreviewRow | None:
        """The newest preview with this digest, of whatever version."""
        table = tables.previews
        query = select(table).where(table.c.digest == digest).order_by(table.c.id.desc()).limit(1)
        return await self._one(query, PreviewRow)

    async def mark_read(self, preview: PreviewRow, checkpoint_ids: Collection[str], by: str) -> PreviewRow:
        """Write down who read these flips; whoever read one first stays."""
        said = {each: {"by": by, "at": self._now.isoformat()} for each in checkpoint_ids}
        content = {**preview.content, "read": {**said, **preview.content["read"]}}
        table = tables.previews
        await self._connection.execute(update(table).where(table.c.id == preview.id).values(content=content))
        return preview.model_copy(update={"content": content})

    async def add_grounds(self, run_id: str, version_id: str, **values: Any) -> GroundsRow:
        """Write down on what a version is asked to be put in force."""
        record = GroundsRow(run_id=run_id, version_id=version_id, created_at=self._now, **values)
        await self._connection.execute(insert(tables.grounds).values(**record.model_dump()))
        return record

    async def change_grounds(self, run_id: str, **values: Any) -> None:
        """Write to the grounds of a run, where what is asked for changed at the checkpoint."""
        table = tables.grounds
        await self._connection.execute(update(table).where(table.c.run_id == run_id).values(**values))

    async def grounds(self, run_id: str) -> GroundsRow | None:
        """The grounds of a run; None where it needs none, or is older than they are."""
        return await self._one(select(tables.grounds).where(tables.grounds.c.run_id == run_id), GroundsRow)

    async def grounds_of(self, version_id: str) -> GroundsRow | None:
        """The grounds on which a version was last asked to be put in force."""
        table = tables.grounds
        query = select(table).where(table.c.version_id == version_id).order_by(table.c.run_id.desc()).limit(1)
        return await self._one(query, GroundsRow)

    async def review_due(self, kind: str) -> list[GroundsRow]:
        """Grounds of criteria in force whose day of review has come and of which nobody was told by this notice."""
        table, activations, notices = tables.grounds, tables.activations, tables.notices
        later = tables.grounds.alias()
        told = exists().where(
            notices.c.kind == kind,
            notices.c.subject == literal("criteria/").concat(table.c.version_id),
            notices.c.created_at >= table.c.review_at,
        )
        in_force = exists().where(activations.c.version_id == table.c.version_id, activations.c.retired_at.is_(None))
        newest = ~exists().where(later.c.version_id == table.c.version_id, later.c.run_id > table.c.run_id)
        query = select(table).where(table.c.provisional, table.c.review_at <= self._now, in_force, newest, ~told)
        return await self._all(query, GroundsRow)

    async def texts(self, version_ids: Collection[str]) -> dict[str, ScenarioVersion]:
        """Scenario versions by id."""
        table = tables.scenario_versions
        found: dict[str, ScenarioVersion] = {}
        wanted = sorted(version_ids)
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(table).where(table.c.id.in_(wanted[start : start + _AT_ONCE]))
            found |= {each.id: each for each in await self._all(query, ScenarioVersion)}
        return found

    async def judged_texts(self, programme_id: str) -> int:
        """How many of a programme's texts have been judged: what there is to try a judge on."""
        verdicts, versions = tables.verdicts, tables.scenario_versions
        query = (
            select(func.count(func.distinct(verdicts.c.version_id)))
            .join(versions, versions.c.id == verdicts.c.version_id)
            .where(versions.c.programme_id == programme_id)
        )
        return int((await self._connection.execute(query)).scalar_one())
