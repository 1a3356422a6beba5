"""Groups of people, what they are assigned, and how far each signed scenario reaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from evidence.errors import Conflict, NotFound
from evidence.ids import new_id
from store import tables
from store.records import Record
from store.repositories.repository import Repository


class Group(Record):
    """A group of people in a programme."""

    id: str
    programme_id: str
    name: str
    created_by: str
    created_at: datetime


class Assignment(Record):
    """A scenario version for a group, or for everybody where ``group_id`` is None; nobody's practice is in it."""

    id: str
    programme_id: str
    version_id: str
    group_id: str | None
    opens_at: datetime
    due_at: datetime | None
    told_at: datetime | None
    reminded_at: datetime | None
    created_by: str
    created_at: datetime
    ended_at: datetime | None


class Rollout(Record):
    """How far a version reaches; ``plan`` holds {name, group_id}, and ``members`` as signed once a step is in force."""

    id: str
    programme_id: str
    version_id: str
    stage: str
    plan: list[dict[str, Any]]
    suspended_at: datetime | None
    suspended_by: str | None
    suspended_because: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime


class RolloutStep(Record):
    """A promotion at its checkpoint; ``content`` is ``approvals.rollout.Step`` as JSON, and its digest is signed."""

    id: str
    rollout_id: str
    run_id: str
    stage: str
    content: dict[str, Any]
    digest: str
    status: str
    asked_by: str
    created_at: datetime
    ended_at: datetime | None


class Skeptic(Record):
    """Who was invited to break a scenario; ``done_at`` is when they said that they have looked."""

    rollout_id: str
    person_id: str
    invited_by: str
    created_at: datetime
    done_at: datetime | None


class FindingRow(Record):
    """What a skeptic found, and the answer to it."""

    id: str
    rollout_id: str
    person_id: str
    blocks: bool
    title: str
    text: str
    status: str
    answer: str | None
    settled_by: str | None
    created_at: datetime
    settled_at: datetime | None


class Reach(Repository):
    """Who may practise what, from when."""

    async def add_group(self, programme_id: str, name: str, *, by: str) -> Group:
        """Add a group without people.

        Raises:
            Conflict: the programme has one of this name.
        """
        record = Group(id=new_id(), programme_id=programme_id, name=name, created_by=by, created_at=self._now)
        table = tables.groups
        taken = select(table.c.id).where(table.c.programme_id == programme_id, table.c.name == name)
        if (await self._connection.execute(taken)).first() is not None:
            raise Conflict(f"There is a group '{name}' already.", where="name", todo="Give it another name.")
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(table).values(**record.model_dump()))
        except IntegrityError as error:
            raise Conflict(
                f"There is a group '{name}' already.", where="name", todo="Load the groups again."
            ) from error
        return record

    async def group(self, group_id: str) -> Group:
        """One group.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.groups).where(tables.groups.c.id == group_id), Group)
        if found is None:
            raise NotFound("There is no such group.", todo="`conductor groups` lists those there are.")
        return found

    async def groups(self, programme_id: str | None = None) -> list[Group]:
        """Groups by name."""
        table = tables.groups
        query = select(table).order_by(table.c.name, table.c.id)
        return await self._all(
            query if programme_id is None else query.where(table.c.programme_id == programme_id), Group
        )

    async def members(self, group_id: str) -> list[str]:
        """Ids of the people in a group, in order."""
        table = tables.group_members
        query = select(table.c.person_id).where(table.c.group_id == group_id).order_by(table.c.person_id)
        return list((await self._connection.execute(query)).scalars())

    async def groups_of(self, person_id: str) -> frozenset[str]:
        """Ids of the groups that a person is in."""
        table = tables.group_members
        query = select(table.c.group_id).where(table.c.person_id == person_id)
        return frozenset((await self._connection.execute(query)).scalars())

    async def learners(self) -> frozenset[str]:
        """Ids of everybody who practises here."""
        people, roles = tables.people, tables.person_roles
        query = select(people.c.id).join(roles, roles.c.person_id == people.c.id)
        query = query.where(people.c.active, roles.c.role == "learner")
        return frozenset((await self._connection.execute(query)).scalars())

    async def change_members(self, group_id: str, *, add: Collection[str] = (), remove: Collection[str] = ()) -> bool:
        """Add and remove people; False where that changes nothing."""
        table = tables.group_members
        there = set(await self.members(group_id))
        new, gone = sorted(set(add) - there), sorted(set(remove) & there)
        if new:
            rows = [{"group_id": group_id, "person_id": each, "created_at": self._now} for each in new]
            await self._connection.execute(insert(table), rows)
        if gone:
            await self._connection.execute(
                delete(table).where(table.c.group_id == group_id, table.c.person_id.in_(gone))
            )
        return bool(new or gone)

    async def assign(
        self,
        programme_id: str,
        version_id: str,
        *,
        group_id: str | None,
        opens_at: datetime,
        due_at: datetime | None,
        by: str,
    ) -> Assignment:
        """Assign a version to a group, or to everybody."""
        record = Assignment(
            id=new_id(),
            programme_id=programme_id,
            version_id=version_id,
            group_id=group_id,
            opens_at=opens_at,
            due_at=due_at,
            told_at=None,
            reminded_at=None,
            created_by=by,
            created_at=self._now,
            ended_at=None,
        )
        await self._connection.execute(insert(tables.assignments).values(**record.model_dump()))
        return record

    async def assignment(self, assignment_id: str) -> Assignment:
        """One assignment.

        Raises:
            NotFound: there is none.
        """
        table = tables.assignments
        found = await self._one(select(table).where(table.c.id == assignment_id), Assignment)
        if found is None:
            raise NotFound("There is no such assignment.", todo="`conductor assign` lists those there are.")
        return found

    async def assignments(self, programme_id: str | None = None, *, ended: bool = False) -> list[Assignment]:
        """Assignments, those due first first; ended ones only where asked."""
        table = tables.assignments
        query = select(table).order_by(table.c.due_at.is_(None), table.c.due_at, table.c.id)
        if not ended:
            query = query.where(table.c.ended_at.is_(None))
        if programme_id is not None:
            query = query.where(table.c.programme_id == programme_id)
        return await self._all(query, Assignment)

    async def assigned_to(self, person_id: str, programme_id: str | None = None) -> list[Assignment]:
        """What is assigned to a person or to everybody and has not ended, those due first first."""
        table, members = tables.assignments, tables.group_members
        mine = select(members.c.group_id).where(members.c.person_id == person_id)
        query = (
            select(table)
            .where(table.c.ended_at.is_(None), or_(table.c.group_id.is_(None), table.c.group_id.in_(mine)))
            .order_by(table.c.due_at.is_(None), table.c.due_at, table.c.id)
        )
        return await self._all(
            query if programme_id is None else query.where(table.c.programme_id == programme_id), Assignment
        )

    async def to_tell(self, *, due_by: datetime, of: str | None = None) -> list[Assignment]:
        """Assignments that have opened and nobody was told of, or that are due by then and nobody was reminded of.

        Those of one id, locked for the rest of the transaction, where ``of`` names it.
        """
        table = tables.assignments
        query = (
            select(table)
            .where(table.c.ended_at.is_(None), table.c.opens_at <= self._now)
            .where(or_(table.c.told_at.is_(None), table.c.reminded_at.is_(None) & (table.c.due_at <= due_by)))
            .order_by(table.c.id)
        )
        return await self._all(query if of is None else query.where(table.c.id == of).with_for_update(), Assignment)

    async def change_assignment(self, assignment_id: str, **values: Any) -> None:
        """Note that it was told or reminded of, or that it has ended."""
        table = tables.assignments
        await self._connection.execute(update(table).where(table.c.id == assignment_id).values(**values))

    async def plan(self, programme_id: str, version_id: str, plan: Sequence[Mapping[str, Any]], *, by: str) -> Rollout:
        """Plan a rollout, at the stage before its first step.

        Raises:
            Conflict: this version has one.
        """
        if (await self.rollout_of(version_id)) is not None:
            raise Conflict("This version has a rollout already.", todo="Go on with that one.")
        record = Rollout(
            id=new_id(),
            programme_id=programme_id,
            version_id=version_id,
            stage="planned",
            plan=[dict(step) for step in plan],
            suspended_at=None,
            suspended_by=None,
            suspended_because=None,
            created_by=by,
            created_at=self._now,
            updated_at=self._now,
        )
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(tables.rollouts).values(**record.model_dump()))
        except IntegrityError as error:
            raise Conflict("This version has a rollout already.", todo="Go on with that one.") from error
        return record

    async def rollout(self, rollout_id: str, *, lock: bool = False) -> Rollout:
        """One rollout, locked for the rest of the transaction where asked.

        Raises:
            NotFound: there is none.
        """
        query = select(tables.rollouts).where(tables.rollouts.c.id == rollout_id)
        found = await self._one(query.with_for_update() if lock else query, Rollout)
        if found is None:
            raise NotFound("There is no such rollout.", todo="`conductor rollout` lists those there are.")
        return found

    async def rollout_of(self, version_id: str, *, lock: bool = False) -> Rollout | None:
        """The rollout of a version, or None."""
        query = select(tables.rollouts).where(tables.rollouts.c.version_id == version_id)
        return await self._one(query.with_for_update() if lock else query, Rollout)

    async def rollouts_of_work(self, version_id: str, *, held: bool = False) -> list[Rollout]:
        """Rollouts of every version of the same piece of work, newest first.

        ``held`` keeps them from being suspended or moved until this transaction ends.
        """
        rollouts, versions = tables.rollouts, tables.scenario_versions
        run = select(versions.c.run_id).where(versions.c.id == version_id).scalar_subquery()
        same = select(versions.c.id).where(versions.c.run_id == run)
        query = select(rollouts).where(rollouts.c.version_id.in_(same)).order_by(rollouts.c.id.desc())
        return await self._all(query.with_for_update(read=True) if held else query, Rollout)

    async def rollouts(self, programme_id: str | None = None) -> list[Rollout]:
        """Rollouts, oldest first."""
        table = tables.rollouts
        query = select(table).order_by(table.c.id)
        if programme_id is not None:
            query = query.where(table.c.programme_id == programme_id)
        return await self._all(query, Rollout)

    async def rollouts_by_work(self, programme_id: str | None = None) -> dict[str, list[Rollout]]:
        """For each piece of work with one, the rollouts of its versions, newest first."""
        rollouts, versions = tables.rollouts, tables.scenario_versions
        query = select(rollouts, versions.c.run_id).join(versions, versions.c.id == rollouts.c.version_id)
        if programme_id is not None:
            query = query.where(rollouts.c.programme_id == programme_id)
        found: dict[str, list[Rollout]] = {}
        for row in await self._connection.execute(query.order_by(rollouts.c.id.desc())):
            found.setdefault(row.run_id, []).append(Rollout.model_validate(row._asdict()))
        return found

    async def change_rollout(self, rollout_id: str, **values: Any) -> None:
        """Move a rollout, or suspend it. Lock it first."""
        table = tables.rollouts
        await self._connection.execute(
            update(table).where(table.c.id == rollout_id).values(**values, updated_at=self._now)
        )

    async def stop_practices(self, version_id: str) -> None:
        """Stop every practice of a version that is under way; who they belong to is not looked at."""
        table = tables.practices
        await self._connection.execute(
            update(table)
            .where(table.c.version_id == version_id, table.c.status.in_(("open", "paused")))
            .values(status="stopped")
        )

    async def add_step(
        self, rollout_id: str, run_id: str, *, stage: str, content: Mapping[str, Any], digest: str, by: str
    ) -> RolloutStep:
        """Add a promotion that is asked for; one at a time per rollout.

        Raises:
            Conflict: another one waits.
        """
        record = RolloutStep(
            id=new_id(),
            rollout_id=rollout_id,
            run_id=run_id,
            stage=stage,
            content=dict(content),
            digest=digest,
            status="asked",
            asked_by=by,
            created_at=self._now,
            ended_at=None,
        )
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(tables.rollout_steps).values(**record.model_dump()))
        except IntegrityError as error:
            raise Conflict("A promotion already waits for a signature.", todo="Decide on that one first.") from error
        return record

    async def step(self, step_id: str) -> RolloutStep:
        """One promotion.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.rollout_steps).where(tables.rollout_steps.c.id == step_id), RolloutStep)
        if found is None:
            raise NotFound("There is no such promotion.")
        return found

    async def steps(self, rollout_id: str, *, status: str | None = None) -> list[RolloutStep]:
        """Promotions of a rollout, oldest first."""
        table = tables.rollout_steps
        query = select(table).where(table.c.rollout_id == rollout_id).order_by(table.c.id)
        return await self._all(query if status is None else query.where(table.c.status == status), RolloutStep)

    async def runs_of_steps(self, version_id: str) -> list[str]:
        """The runs of all promotions of a piece of work, whichever version of it they were about, oldest first."""
        table = tables.rollout_steps
        about = [each.id for each in await self.rollouts_of_work(version_id)]
        query = select(table.c.run_id).where(table.c.rollout_id.in_(about)).order_by(table.c.id)
        return list((await self._connection.execute(query)).scalars())

    async def end_step(self, step_id: str, status: str) -> bool:
        """Say what became of a promotion; False where it had ended."""
        table = tables.rollout_steps
        changed = await self._connection.execute(
            update(table)
            .where(table.c.id == step_id, table.c.status == "asked")
            .values(status=status, ended_at=self._now)
        )
        return bool(changed.rowcount == 1)

    async def invite(self, rollout_id: str, person_id: str, *, by: str) -> bool:
        """Invite a skeptic; False where they are one already."""
        table = tables.skeptics
        if any(each.person_id == person_id for each in await self.skeptics(rollout_id)):
            return False
        values = {"rollout_id": rollout_id, "person_id": person_id, "invited_by": by, "created_at": self._now}
        await self._connection.execute(insert(table).values(**values))
        return True

    async def skeptics(self, rollout_id: str) -> list[Skeptic]:
        """Skeptics of a rollout, in the order of their invitation."""
        table = tables.skeptics
        query = select(table).where(table.c.rollout_id == rollout_id).order_by(table.c.created_at, table.c.person_id)
        return await self._all(query, Skeptic)

    async def invitations(self, person_id: str) -> list[Skeptic]:
        """Rollouts that a person was asked to break, newest first."""
        table = tables.skeptics
        query = select(table).where(table.c.person_id == person_id).order_by(table.c.created_at.desc())
        return await self._all(query, Skeptic)

    async def is_skeptic(self, rollout_id: str, person_id: str) -> bool:
        """Whether a person was invited to break this rollout's scenario."""
        table = tables.skeptics
        query = select(func.count()).where(table.c.rollout_id == rollout_id, table.c.person_id == person_id)
        return bool((await self._connection.execute(query)).scalar_one())

    async def looked(self, rollout_id: str, person_id: str) -> None:
        """Note that a skeptic says they have looked."""
        table = tables.skeptics
        mine = (table.c.rollout_id == rollout_id) & (table.c.person_id == person_id)
        await self._connection.execute(update(table).where(mine, table.c.done_at.is_(None)).values(done_at=self._now))

    async def add_finding(self, rollout_id: str, person_id: str, *, blocks: bool, title: str, text: str) -> FindingRow:
        """Keep what a skeptic found."""
        record = FindingRow(
            id=new_id(),
            rollout_id=rollout_id,
            person_id=person_id,
            blocks=blocks,
            title=title,
            text=text,
            status="open",
            answer=None,
            settled_by=None,
            created_at=self._now,
            settled_at=None,
        )
        await self._connection.execute(insert(tables.findings).values(**record.model_dump()))
        return record

    async def finding(self, finding_id: str) -> FindingRow:
        """One finding.

        Raises:
            NotFound: there is none.
        """
        found = await self._one(select(tables.findings).where(tables.findings.c.id == finding_id), FindingRow)
        if found is None:
            raise NotFound("There is no such finding.")
        return found

    async def findings(self, rollout_id: str) -> list[FindingRow]:
        """Findings of a rollout, oldest first."""
        table = tables.findings
        return await self._all(select(table).where(table.c.rollout_id == rollout_id).order_by(table.c.id), FindingRow)

    async def change_finding(self, finding_id: str, **values: Any) -> None:
        """Settle, reopen, withdraw or carry a finding over. Lock its rollout first."""
        table = tables.findings
        await self._connection.execute(update(table).where(table.c.id == finding_id).values(**values))
