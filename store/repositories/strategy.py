"""Programmes, and the versions of their charters and criteria sets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, update

from evidence.canonical import canonical_json, digest, text_digest
from evidence.errors import Conflict, NotFound
from evidence.ids import new_id
from store import tables
from store.records import Activation, Programme, StrategyVersion
from store.repositories.repository import Repository


class Strategy(Repository):
    """What the company wants, version by version."""

    async def add_programme(
        self,
        name: str,
        *,
        policies: Mapping[str, Mapping[str, str]] | None = None,
        stale_rule: str = "flag",
        due_days: int = 5,
        round_budget: int,
    ) -> str:
        """Add a programme.

        Args:
            name: of the audience.
            policies: kind of subject -> class of risk -> policy; what is left out is the usual policy of its kind.
            stale_rule: keep, flag or suspend: what a later change of strategy or players does to what is signed.
            due_days: how many days a checkpoint may wait before its people are reminded.
            round_budget: how often the judge may send a draft back before people see it.
        """
        programme_id = new_id()
        values = {
            "id": programme_id,
            "name": name,
            "policies": {kind: dict(by_risk) for kind, by_risk in (policies or {}).items()},
            "stale_rule": stale_rule,
            "due_days": due_days,
            "round_budget": round_budget,
            "label_first": False,
            "judge_limits": {},
        }
        await self._connection.execute(insert(tables.programmes).values(**values, created_at=self._now))
        return programme_id

    async def change_programme(self, programme_id: str, **values: Any) -> None:
        """Change a programme's policies, stale rule, due days, round budget, labelling or limits for the judge."""
        table = tables.programmes
        await self._connection.execute(update(table).where(table.c.id == programme_id).values(**values))

    async def programmes(self) -> list[Programme]:
        """Every programme, oldest first."""
        return await self._all(select(tables.programmes).order_by(tables.programmes.c.id), Programme)

    async def programme(self, programme_id: str, *, lock: bool = False, held: bool = False) -> Programme:
        """One programme; ``lock`` keeps every other writer of it out, ``held`` only those who change it.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.programmes).where(tables.programmes.c.id == programme_id)
        if lock or held:
            query = query.with_for_update(read=not lock)
        found = await self._one(query, Programme)
        if found is None:
            raise NotFound("There is no such programme.", where="programme_id")
        return found

    async def add_version(
        self,
        programme_id: str,
        kind: str,
        content: Mapping[str, Any],
        *,
        author_id: str,
        reason: str,
        parent_id: str | None = None,
        documents: Mapping[str, str] | None = None,
    ) -> StrategyVersion:
        """Store an immutable version; ``documents`` are the pages its sources point into."""
        versions = tables.strategy_versions
        query = select(func.max(versions.c.number)).where(
            versions.c.programme_id == programme_id, versions.c.kind == kind
        )
        number = ((await self._connection.execute(query)).scalar() or 0) + 1
        record = StrategyVersion(
            id=new_id(),
            programme_id=programme_id,
            kind=kind,
            number=number,
            parent_id=parent_id,
            content=canonical_json(content).decode(),
            digest=digest(content),
            author_id=author_id,
            reason=reason,
            created_at=self._now,
        )
        await self._connection.execute(insert(versions).values(**record.model_dump()))
        for name, page in (documents or {}).items():
            row = {"id": new_id(), "version_id": record.id, "name": name, "text": page, "digest": text_digest(page)}
            await self._connection.execute(insert(tables.source_documents).values(**row))
        return record

    async def version(self, version_id: str, kind: str | None = None) -> StrategyVersion:
        """One version; with a ``kind`` it is meant to be used, so its text must be the one that was signed.

        Raises:
            NotFound: there is none, or it is of another kind.
            Conflict: with a ``kind``: its stored text was altered.
        """
        found = await self._one(
            select(tables.strategy_versions).where(tables.strategy_versions.c.id == version_id), StrategyVersion
        )
        if found is None or (kind is not None and found.kind != kind):
            raise NotFound(f"There is no such {kind or 'strategy'} version.")
        if kind is not None and text_digest(found.content) != found.digest:
            what = "criteria set" if kind == "criteria" else kind
            raise Conflict(f"The stored text of this {what} was altered.", todo="Judge nothing by it; tell an admin.")
        return found

    async def versions(self, programme_id: str, kind: str) -> list[StrategyVersion]:
        """All versions of a kind, newest first."""
        table = tables.strategy_versions
        query = (
            select(table)
            .where(table.c.programme_id == programme_id, table.c.kind == kind)
            .order_by(table.c.number.desc())
        )
        return await self._all(query, StrategyVersion)

    async def documents(self, version_id: str) -> dict[str, str]:
        """The pages a version was extracted from, by name."""
        table = tables.source_documents
        rows = await self._connection.execute(
            select(table.c.name, table.c.text).where(table.c.version_id == version_id).order_by(table.c.name)
        )
        return {row.name: row.text for row in rows}

    async def active(self, programme_id: str, kind: str) -> Activation | None:
        """Which version of a kind is in force."""
        table = tables.activations
        query = select(table).where(
            table.c.programme_id == programme_id, table.c.kind == kind, table.c.retired_at.is_(None)
        )
        return await self._one(query, Activation)

    async def in_force(self, programme_id: str, kind: str) -> StrategyVersion:
        """The version in force.

        Raises:
            Conflict: none is.
        """
        active = await self.active(programme_id, kind)
        if active is None:
            raise Conflict(f"No {kind} is in force yet.", todo=f"A strategist adds a {kind} and accepts it first.")
        return await self.version(active.version_id)

    async def activate(self, version: StrategyVersion, *, by: str, genesis: bool) -> None:
        """Put a version in force and retire the one before it."""
        table = tables.activations
        await self._connection.execute(
            update(table)
            .where(
                table.c.programme_id == version.programme_id, table.c.kind == version.kind, table.c.retired_at.is_(None)
            )
            .values(retired_at=self._now)
        )
        values = {
            "id": new_id(),
            "programme_id": version.programme_id,
            "kind": version.kind,
            "version_id": version.id,
            "digest": version.digest,
        }
        await self._connection.execute(
            insert(table).values(**values, genesis=genesis, activated_by=by, activated_at=self._now)
        )


def content_of(version: StrategyVersion) -> dict[str, Any]:
    """The stored content as data."""
    data: dict[str, Any] = json.loads(version.content)
    return data
