"""Briefs, runs and their traces, scenario versions, judgements and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from evidence.canonical import canonical_json, digest
from evidence.errors import Conflict, NotFound
from evidence.ids import new_id
from store import tables
from store.records import BriefRow, Run, RunEvent, ScenarioVersion, VerdictRow
from store.repositories.repository import Repository

_TRIES = 20  # to get a number of one's own in a trace


class StaleEpoch(Conflict):
    """A later process has taken this run over; the write of this one must change nothing."""

    kind = "stale-epoch"


class Design(Repository):
    """The work between a brief and a signed scenario."""

    async def add_brief(self, programme_id: str, writer_id: str, content: Mapping[str, Any]) -> str:
        """Store a brief."""
        brief_id = new_id()
        values = {
            "id": brief_id,
            "programme_id": programme_id,
            "writer_id": writer_id,
            "content": canonical_json(content).decode(),
        }
        await self._connection.execute(insert(tables.briefs).values(**values, created_at=self._now))
        return brief_id

    async def brief(self, brief_id: str) -> BriefRow:
        """One brief.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.briefs).where(tables.briefs.c.id == brief_id), BriefRow)
        if found is None:
            raise NotFound("There is no such brief.")
        return found

    async def add_run(
        self,
        programme_id: str,
        journey: str,
        stage: str,
        *,
        by: str,
        brief_id: str | None = None,
        subject_id: str | None = None,
    ) -> str:
        """Start a piece of work at a stage."""
        run_id = new_id()
        values = {
            "id": run_id,
            "programme_id": programme_id,
            "journey": journey,
            "stage": stage,
            "epoch": 0,
            "rounds": 0,
            "tries": 0,
        }
        values |= {"brief_id": brief_id, "subject_id": subject_id, "started_by": by}
        await self._connection.execute(insert(tables.runs).values(**values, created_at=self._now, updated_at=self._now))
        return run_id

    async def run(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.runs).where(tables.runs.c.id == run_id), Run)
        if found is None:
            raise NotFound("There is no such piece of work.")
        return found

    async def runs(self, programme_id: str | None = None, *, limit: int = 50, before: str | None = None) -> list[Run]:
        """Runs, newest first; ``before`` is the id of the last one already seen."""
        query = select(tables.runs).order_by(tables.runs.c.id.desc()).limit(limit)
        if programme_id is not None:
            query = query.where(tables.runs.c.programme_id == programme_id)
        if before is not None:
            query = query.where(tables.runs.c.id < before)
        return await self._all(query, Run)

    async def take_over(self, run_id: str, *, again: bool = False) -> Run:
        """Begin a new epoch of a run: every write under an earlier one fails from now on.

        Args:
            run_id: which run.
            again: the same process tries again, so that this is no further try.
        """
        runs = tables.runs
        values = {"epoch": runs.c.epoch + 1, "tries": runs.c.tries + (0 if again else 1), "updated_at": self._now}
        changed = await self._connection.execute(update(runs).where(runs.c.id == run_id).values(**values))
        if changed.rowcount != 1:
            raise NotFound("There is no such piece of work.")
        return await self.run(run_id)

    async def move(self, run_id: str, *, epoch: int, stage: str | None = None, **values: Any) -> None:
        """Write to a run under an epoch; with no values it only checks the epoch.

        Raises:
            StaleEpoch: the run belongs to a later epoch.
        """
        runs = tables.runs
        changes = {**values, "updated_at": self._now}
        if stage is not None:
            changes |= {"stage": stage, "tries": case((runs.c.stage == stage, runs.c.tries), else_=0)}
        changed = await self._connection.execute(
            update(runs).where(runs.c.id == run_id, runs.c.epoch == epoch).values(**changes)
        )
        if changed.rowcount != 1:
            raise StaleEpoch("Another process has taken this work over.", todo="Nothing to do: it carries on there.")

    async def lay_down(self, run_id: str) -> None:
        """Write down that a play ended in good order: only those that a process never ended count as tries."""
        runs = tables.runs
        await self._connection.execute(update(runs).where(runs.c.id == run_id, runs.c.tries > 0).values(tries=0))

    async def redirect(self, run_id: str, *, stage: str, **values: Any) -> None:
        """Move a run because a person decided so: any epoch in progress becomes stale."""
        runs = tables.runs
        changes = {**values, "stage": stage, "tries": 0, "epoch": runs.c.epoch + 1, "updated_at": self._now}
        await self._connection.execute(update(runs).where(runs.c.id == run_id).values(**changes))

    async def trace(self, run_id: str, *, agent: str, event: str, player: str = "code", **detail: Any) -> None:
        """Append a line to the trace; a person and a graph may do so at the same moment."""
        events = tables.run_events
        values = {"run_id": run_id, "at": self._now, "agent": agent, "player": player, "event": event, "detail": detail}
        for _ in range(_TRIES):
            last = select(func.max(events.c.seq)).where(events.c.run_id == run_id)
            seq = ((await self._connection.execute(last)).scalar() or 0) + 1
            try:
                async with self._connection.begin_nested():
                    await self._connection.execute(insert(events).values(**values, seq=seq))
                return
            except IntegrityError:  # somebody else's line has this number now
                continue
        raise Conflict("Too many others write to this work's trace.", todo="Try again.")

    async def events(self, run_id: str, after: int = 0) -> list[RunEvent]:
        """The trace from ``after`` on, in order."""
        events = tables.run_events
        return await self._all(
            select(events).where(events.c.run_id == run_id, events.c.seq > after).order_by(events.c.seq), RunEvent
        )

    async def add_version(
        self,
        run: Run,
        content: Mapping[str, Any],
        *,
        title: str,
        notes: str,
        unmet: Sequence[str],
        provenance: Mapping[str, Any],
        author_ids: frozenset[str] = frozenset(),
    ) -> ScenarioVersion:
        """Store the next version of a run's scenario; ``author_ids`` are people whose text is in it."""
        versions = tables.scenario_versions
        last = (
            await self._connection.execute(select(func.max(versions.c.number)).where(versions.c.run_id == run.id))
        ).scalar() or 0
        record = ScenarioVersion(
            id=new_id(),
            programme_id=run.programme_id,
            run_id=run.id,
            number=last + 1,
            title=title,
            content=canonical_json(content).decode(),
            digest=digest(content),
            notes=notes,
            unmet=list(unmet),
            provenance=dict(provenance),
            created_at=self._now,
        )
        await self._connection.execute(insert(versions).values(**record.model_dump()))
        await self.add_authors(record.id, author_ids)
        return record

    async def add_authors(self, version_id: str, person_ids: frozenset[str]) -> None:
        """Note whose text is in a version (a scenario's or a strategy's)."""
        for person_id in sorted(person_ids):
            await self._connection.execute(
                insert(tables.version_authors).values(version_id=version_id, person_id=person_id)
            )

    async def version(self, version_id: str) -> ScenarioVersion:
        """One version.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(
            select(tables.scenario_versions).where(tables.scenario_versions.c.id == version_id), ScenarioVersion
        )
        if found is None:
            raise NotFound("There is no such scenario version.")
        return found

    async def versions(self, run_id: str) -> list[ScenarioVersion]:
        """All versions of a run, newest first."""
        table = tables.scenario_versions
        return await self._all(
            select(table).where(table.c.run_id == run_id).order_by(table.c.number.desc()), ScenarioVersion
        )

    async def authors(self, version_id: str) -> frozenset[str]:
        """Ids of the people whose text is in a version (a scenario's or a strategy's)."""
        table = tables.version_authors
        return frozenset(
            (
                await self._connection.execute(select(table.c.person_id).where(table.c.version_id == version_id))
            ).scalars()
        )

    async def add_sample(self, version_id: str, charter_id: str, criteria_id: str, content: Mapping[str, Any]) -> None:
        """Store one sample of the judge (``strategy.verdict.JudgeSample`` as JSON)."""
        values = {
            "id": new_id(),
            "version_id": version_id,
            "charter_id": charter_id,
            "criteria_id": criteria_id,
            "criterion_id": content["criterion_id"],
            "number": content["number"],
            "judgement_key": content["judgement_key"],
            "status": content["status"],
        }
        await self._connection.execute(
            insert(tables.judge_samples).values(**values, content=dict(content), created_at=self._now)
        )

    async def samples(self, version_id: str, charter_id: str, criteria_id: str) -> list[dict[str, Any]]:
        """The samples on a version under one charter and criteria set; the newest where one was asked again."""
        table = tables.judge_samples
        query = select(table.c.criterion_id, table.c.number, table.c.content).where(
            table.c.version_id == version_id, table.c.charter_id == charter_id, table.c.criteria_id == criteria_id
        )
        rows = await self._connection.execute(query.order_by(table.c.id))
        return list({(row.criterion_id, row.number): dict(row.content) for row in rows}.values())

    async def add_human_judgement(
        self, version_id: str, criteria_id: str, criterion_id: str, person_id: str, content: Mapping[str, Any]
    ) -> None:
        """Record a person's own level for a referred criterion."""
        values = {"id": new_id(), "version_id": version_id, "criteria_id": criteria_id, "criterion_id": criterion_id}
        await self._connection.execute(
            insert(tables.human_judgements).values(
                **values, person_id=person_id, content=dict(content), created_at=self._now
            )
        )

    async def human_judgements(self, version_id: str, criteria_id: str) -> dict[str, dict[str, Any]]:
        """The newest human judgement per criterion under one criteria set."""
        table = tables.human_judgements
        query = select(table.c.criterion_id, table.c.content).where(
            table.c.version_id == version_id, table.c.criteria_id == criteria_id
        )
        return {row.criterion_id: row.content for row in await self._connection.execute(query.order_by(table.c.id))}

    async def add_verdict(
        self, version_id: str, *, charter_id: str, criteria_id: str, content: Mapping[str, Any]
    ) -> VerdictRow:
        """Store a verdict; a re-score appends a new one."""
        record = VerdictRow(
            id=new_id(),
            version_id=version_id,
            charter_id=charter_id,
            criteria_id=criteria_id,
            outcome=content["outcome"],
            score=content["score"],
            content=dict(content),
            created_at=self._now,
        )
        await self._connection.execute(insert(tables.verdicts).values(**record.model_dump()))
        return record

    async def verdict(self, verdict_id: str) -> VerdictRow:
        """One verdict.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.verdicts).where(tables.verdicts.c.id == verdict_id), VerdictRow)
        if found is None:
            raise NotFound("There is no such verdict.")
        return found

    async def latest_verdict(self, version_id: str) -> VerdictRow | None:
        """The newest verdict on a version."""
        table = tables.verdicts
        return await self._one(
            select(table).where(table.c.version_id == version_id).order_by(table.c.id.desc()).limit(1), VerdictRow
        )
