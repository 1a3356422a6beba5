"""Studies: longer pieces of measuring, however they began; what each kind asks is planned by routes of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Route
from api.idempotency import Numbered
from api.security import Opened, Strategising, Who
from approvals.people import Role
from approvals.roles import require
from graphs.studying import cancel, carry_on
from store.repositories.studies import Study

router = APIRouter(tags=["strategy"], route_class=Route)

READERS = (Role.STRATEGIST, Role.ADMIN, Role.GUARDIAN)


class StudyView(BaseModel):
    """A study without its result.

    ``estimate`` holds what it would have cost when it was planned: ``questions`` in all, ``known`` ones that were
    answered before, ``tokens`` and ``cost`` (millionths of the currency) about and at most. ``planned`` and
    ``answered`` count questions; answers may lead to more. ``digest`` seals plan and result of one that is done.
    """

    id: str
    programme_id: str
    kind: str
    status: Literal["priced", "running", "stopped", "cancelled", "done"]
    subject_id: str
    estimate: dict[str, Any]
    planned: int
    answered: int
    digest: str | None
    error: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime


class StudyWhole(StudyView):
    """A study with its plan and, once it is done, its result."""

    plan: dict[str, Any]
    result: dict[str, Any] | None


@router.get("/programmes/{programme_id}/studies")
async def studies(
    programme_id: str,
    app: Opened,
    who: Who,
    kind: str | None = None,
    subject_id: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[StudyView]:
    """A programme's studies, newest first."""
    require(who.actor, *READERS, to="read studies")
    async with app.store.read() as work:
        await work.strategy.programme(programme_id)
        found = await work.studies.of_programme(programme_id, kind=kind, subject_id=subject_id, limit=limit)
    return [view(each) for each in found]


@router.get("/studies/{study_id}")
async def study(study_id: str, app: Opened, who: Who) -> StudyWhole:
    """One study; ask again to see how far it is."""
    require(who.actor, *READERS, to="read studies")
    async with app.store.read() as work:
        return StudyWhole.model_validate((await work.studies.study(study_id)).model_dump())


@router.post("/studies/{study_id}/start", status_code=202)
async def start(study_id: str, app: Opened, who: Strategising, numbered: Numbered) -> StudyView:
    """Start a study at the price it names, or go on with one that stopped; what was answered is not asked again."""
    return view(await carry_on(app.store, who.actor, study_id, once=numbered))


@router.post("/studies/{study_id}/cancel")
async def end(study_id: str, app: Opened, who: Strategising) -> StudyView:
    """End a study before its end; its answers are kept for the next one that asks the same."""
    return view(await cancel(app.store, who.actor, study_id))


def view(study: Study) -> StudyView:
    """A study as its list shows it."""
    return StudyView.model_validate(study.model_dump())
