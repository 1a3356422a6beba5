"""Groups, assignments, and the dates of programmes. Nothing here says who has practised."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Route
from api.idempotency import Numbered
from api.security import Opened, Who
from graphs import grouping
from graphs.assigning import AssignmentView, assign, assignments, end_assignment, set_dates
from graphs.grouping import GroupView, add_group, change_members

router = APIRouter(tags=["reach"], route_class=Route)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewGroup(_Body):
    """A group without people."""

    programme_id: str = Field(max_length=60)
    name: str = Field(max_length=400, examples=["Pilot, spring"])


class Members(_Body):
    """Whom to add and whom to take out, by login or id."""

    add: list[str] = Field(default_factory=list, max_length=5000)
    remove: list[str] = Field(default_factory=list, max_length=5000)


class NewAssignment(_Body):
    """A signed version for a group, or for everybody where none is named."""

    version_id: str = Field(max_length=60)
    group_id: str | None = Field(default=None, max_length=60)
    opens_at: datetime | None = None
    due_at: datetime | None = None


class Dates(_Body):
    """When a programme begins and ends; null is open."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


class Dated(BaseModel):
    """A programme and its dates."""

    id: str
    name: str
    starts_at: datetime | None
    ends_at: datetime | None


@router.get("/groups")
async def groups(app: Opened, who: Who, programme_id: str | None = None) -> list[GroupView]:
    """Groups by name, with their people."""
    return await grouping.groups(app.store, who.actor, programme_id)


@router.post("/groups", status_code=201)
async def new_group(body: NewGroup, app: Opened, who: Who, numbered: Numbered) -> GroupView:
    """Make a group."""
    made = await add_group(app.store, who.actor, body.programme_id, body.name, once=numbered)
    return await grouping.group(app.store, who.actor, made.id)


@router.get("/groups/{group_id}")
async def group(group_id: str, app: Opened, who: Who) -> GroupView:
    """One group."""
    return await grouping.group(app.store, who.actor, group_id)


@router.post("/groups/{group_id}/people")
async def people(group_id: str, body: Members, app: Opened, who: Who) -> GroupView:
    """Add people and take people out; a promotion that waits and speaks of this group is superseded."""
    return await change_members(app.store, who.actor, group_id, add=body.add, remove=body.remove)


@router.get("/assignments")
async def assigned(app: Opened, who: Who, programme_id: str | None = None) -> list[AssignmentView]:
    """What is assigned now, what is due first first."""
    return await assignments(app.store, who.actor, programme_id)


@router.post("/assignments", status_code=201)
async def new_assignment(body: NewAssignment, app: Opened, who: Who, numbered: Numbered) -> AssignmentView:
    """Assign a signed version: it stands first on the shelves of whom it is for."""
    made = await assign(
        app.store,
        who.actor,
        body.version_id,
        group_id=body.group_id,
        opens_at=body.opens_at,
        due_at=body.due_at,
        once=numbered,
    )
    found = await assignments(app.store, who.actor, made.programme_id)
    return next(each for each in found if each.id == made.id)


@router.delete("/assignments/{assignment_id}", status_code=204)
async def ended(assignment_id: str, app: Opened, who: Who) -> None:
    """End an assignment."""
    await end_assignment(app.store, who.actor, assignment_id)


@router.put("/programmes/{programme_id}/dates")
async def dates(programme_id: str, body: Dates, app: Opened, who: Who) -> Dated:
    """Set when a programme begins and ends; outside it nobody begins to practise."""
    found = await set_dates(app.store, who.actor, programme_id, starts_at=body.starts_at, ends_at=body.ends_at)
    return Dated(id=found.id, name=found.name, starts_at=found.starts_at, ends_at=found.ends_at)
