"""What people said of the judge's levels, wherever they said it, and texts frozen as anchors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, literal, select

from evidence.errors import NotFound
from evidence.ids import new_id
from store import tables
from store.records import Record
from store.repositories.repository import Repository

_AT_ONCE = 500  # ids in one query
_APPEALED = "level appealed against"  # as the audit log says it


class LabelRow(Record):
    """A person's own level for one criterion of one text; ``judged_digest`` is of what the criterion asks."""

    run_id: str
    version_id: str
    criterion_id: str
    judged_digest: str
    level: str
    blind: bool
    person_id: str
    created_at: datetime


class Word(Record):
    """A level that a person gave at a checkpoint, about a verdict on these criteria; None where they named none."""

    run_id: str
    version_id: str
    criteria_id: str
    criterion_id: str
    level: str | None
    person_id: str
    created_at: datetime


class Judged(Record):
    """What one verdict found; its samples are left where they are."""

    verdict_id: str
    version_id: str
    run_id: str
    criteria_id: str
    results: list[dict[str, Any]]


class Reviewed(Record):
    """A text that came to a checkpoint, and how that stands."""

    checkpoint_id: str
    status: str
    version_id: str
    run_id: str
    verdict_id: str


class JudgeName(Record):
    """A judge behind verdicts."""

    player: str
    model: str
    prompt_digest: str


class AnchorSet(Record):
    """Labelled texts, frozen; ``items`` are ``{version_id, criterion_id, level}``."""

    id: str
    programme_id: str
    criteria_id: str
    charter_id: str
    items: list[dict[str, str]]
    frozen_by: str
    created_at: datetime


class Labels(Repository):
    """Labels and anchors."""

    async def say(
        self,
        *,
        programme_id: str,
        run_id: str,
        version_id: str,
        criterion_id: str,
        judged_digest: str,
        level: str,
        blind: bool,
        person_id: str,
    ) -> None:
        """Keep a person's level; what they said of the same question before is replaced."""
        table = tables.labels
        which = {"version_id": version_id, "criterion_id": criterion_id, "judged_digest": judged_digest}
        which |= {"person_id": person_id}
        await self._connection.execute(delete(table).where(*(table.c[name] == each for name, each in which.items())))
        rest = {"id": new_id(), "programme_id": programme_id, "run_id": run_id, "level": level, "blind": blind}
        await self._connection.execute(insert(table).values(**which, **rest, created_at=self._now))

    async def of_person(self, person_id: str, programme_id: str, version_id: str | None = None) -> list[LabelRow]:
        """What one person said, for that person alone: about one text, or about all of a programme."""
        table = tables.labels
        query = select(table).where(table.c.person_id == person_id, table.c.programme_id == programme_id)
        return await self._all(query if version_id is None else query.where(table.c.version_id == version_id), LabelRow)

    async def of_programme(self, programme_id: str) -> list[LabelRow]:
        """Every label of a programme, oldest first."""
        table = tables.labels
        return await self._all(
            select(table).where(table.c.programme_id == programme_id).order_by(table.c.created_at, table.c.id), LabelRow
        )

    async def agreed(self, programme_id: str) -> list[Word]:
        """What people said of the levels of verdicts, oldest first."""
        table, verdicts, versions = tables.agreements, tables.verdicts, tables.scenario_versions
        query = (
            select(
                versions.c.run_id,
                versions.c.id.label("version_id"),
                verdicts.c.criteria_id,
                table.c.criterion_id,
                table.c.level,
                table.c.person_id,
                table.c.created_at,
            )
            .join(verdicts, verdicts.c.id == table.c.verdict_id)
            .join(versions, versions.c.id == verdicts.c.version_id)
            .where(versions.c.programme_id == programme_id)
        )
        return await self._all(query.order_by(table.c.created_at, table.c.id), Word)

    async def settled(self, programme_id: str) -> list[Word]:
        """How people settled what the judge referred to them, oldest first."""
        table, versions = tables.human_judgements, tables.scenario_versions
        query = (
            select(
                versions.c.run_id,
                versions.c.id.label("version_id"),
                table.c.criteria_id,
                table.c.criterion_id,
                table.c.content["level"].as_string().label("level"),
                table.c.person_id,
                table.c.created_at,
            )
            .join(versions, versions.c.id == table.c.version_id)
            .where(versions.c.programme_id == programme_id)
        )
        return await self._all(query.order_by(table.c.created_at, table.c.id), Word)

    async def judged(self, version_ids: Collection[str]) -> list[Judged]:
        """The verdicts on these texts, newest first for each."""
        table, versions = tables.verdicts, tables.scenario_versions
        found: list[Judged] = []
        for some in _in_parts(version_ids):
            query = (
                select(
                    table.c.id.label("verdict_id"),
                    table.c.version_id,
                    versions.c.run_id,
                    table.c.criteria_id,
                    table.c.content["results"].label("results"),
                )
                .join(versions, versions.c.id == table.c.version_id)
                .where(table.c.version_id.in_(some))
                .order_by(table.c.id.desc())
            )
            found += await self._all(query, Judged)
        return found

    async def judges(self, verdict_ids: Collection[str]) -> list[JudgeName]:
        """Who gave these verdicts."""
        samples, verdicts = tables.judge_samples, tables.verdicts
        named = [samples.c.content[name].as_string().label(name) for name in ("player", "model", "prompt_digest")]
        found: set[tuple[str, str, str]] = set()
        for some in _in_parts(verdict_ids):
            query = (
                select(*named)
                .join(
                    verdicts,
                    (verdicts.c.version_id == samples.c.version_id)
                    & (verdicts.c.charter_id == samples.c.charter_id)
                    & (verdicts.c.criteria_id == samples.c.criteria_id),
                )
                .where(verdicts.c.id.in_(some), samples.c.status != "error")
                .distinct()
            )
            found |= {(row.player, row.model, row.prompt_digest) for row in await self._connection.execute(query)}
        return [JudgeName(player=player, model=model, prompt_digest=prompt) for player, model, prompt in sorted(found)]

    async def reviewed(self, programme_id: str) -> list[Reviewed]:
        """Every text that was judged and came to a checkpoint, with its newest one, oldest first."""
        table = tables.checkpoints
        query = (
            select(
                table.c.id.label("checkpoint_id"),
                table.c.status,
                table.c.subject_id.label("version_id"),
                table.c.run_id,
                table.c.verdict_id,
            )
            .where(
                table.c.programme_id == programme_id,
                table.c.subject_kind == "scenario",
                table.c.verdict_id.is_not(None),
            )
            .order_by(table.c.seq, table.c.id)
        )
        return list({each.version_id: each for each in await self._all(query, Reviewed)}.values())

    async def written_by(self, person_id: str) -> set[str]:
        """Ids of the texts that have this person's words in them."""
        table = tables.version_authors
        query = select(table.c.version_id).where(table.c.person_id == person_id)
        return set((await self._connection.execute(query)).scalars())

    async def acted(self, person_id: str, version_id: str) -> bool:
        """Whether a person decided on a text, or said something of its levels where they stood before them."""
        checkpoints, decisions = tables.checkpoints, tables.decisions
        agreements, verdicts, settled = tables.agreements, tables.verdicts, tables.human_judgements
        audit = tables.audit
        queries = (
            select(decisions.c.id)
            .join(checkpoints, checkpoints.c.id == decisions.c.checkpoint_id)
            .where(checkpoints.c.subject_id == version_id, decisions.c.person_id == person_id),
            select(agreements.c.id)
            .join(verdicts, verdicts.c.id == agreements.c.verdict_id)
            .where(verdicts.c.version_id == version_id, agreements.c.person_id == person_id),
            select(settled.c.id).where(settled.c.version_id == version_id, settled.c.person_id == person_id),
            select(audit.c.seq)
            .join(checkpoints, literal("checkpoint/").concat(checkpoints.c.id) == audit.c.subject)
            .where(checkpoints.c.subject_id == version_id, audit.c.actor == person_id, audit.c.action == _APPEALED),
        )
        for query in queries:
            if (await self._connection.execute(query.limit(1))).first() is not None:
                return True
        return False

    async def freeze(
        self, programme_id: str, *, criteria_id: str, charter_id: str, items: Sequence[Mapping[str, str]], by: str
    ) -> AnchorSet:
        """Keep labelled texts as anchors; nothing ever changes them."""
        record = AnchorSet(
            id=new_id(),
            programme_id=programme_id,
            criteria_id=criteria_id,
            charter_id=charter_id,
            items=[dict(each) for each in items],
            frozen_by=by,
            created_at=self._now,
        )
        await self._connection.execute(insert(tables.anchors).values(**record.model_dump()))
        return record

    async def anchors(self, anchors_id: str) -> AnchorSet:
        """One set of anchors.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.anchors).where(tables.anchors.c.id == anchors_id), AnchorSet)
        if found is None:
            raise NotFound("There are no such anchors.")
        return found

    async def anchor_sets(self, programme_id: str) -> list[AnchorSet]:
        """A programme's sets of anchors, newest first."""
        table = tables.anchors
        return await self._all(
            select(table).where(table.c.programme_id == programme_id).order_by(table.c.id.desc()), AnchorSet
        )


def _in_parts(ids: Collection[str]) -> list[list[str]]:
    wanted = sorted(ids)
    return [wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)]
