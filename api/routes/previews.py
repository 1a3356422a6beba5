"""What a criteria version would mean for everything decided so far, and on what grounds it may be put in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from api.bodies import Route
from api.routes.studies import StudyView
from api.routes.studies import view as study_view
from api.security import Opened, Strategising, Who
from graphs.foreseen import Answered, PreviewView
from graphs.grounds import Grounds, outlook

router = APIRouter(tags=["strategy"], route_class=Route)

Weight = Annotated[float, Field(gt=0, le=100)]


class Wanted(BaseModel):
    """What to try on top of the version itself; a preview with something here is shown, and not kept."""

    pass_threshold: float | None = Field(default=None, gt=0, le=1)
    weights: dict[str, Weight] = Field(default_factory=dict, description="by criterion id")
    judge_missing: bool = Field(
        default=False,
        description="plan a shadow run also for decisions whose texts were never judged on these questions",
    )


class AnsweredView(BaseModel):
    """A preview; or, where the judge has to be asked first, the shadow run with its price, on ``missing`` texts."""

    preview: PreviewView | None
    study: StudyView | None
    missing: int


@router.post("/criteria/{version_id}/preview", status_code=201)
async def preview_version(
    version_id: str, app: Opened, who: Strategising, response: Response, body: Wanted | None = None
) -> AnsweredView:
    """Say which decisions would flip; where judgements are missing, plan the shadow run that brings them (202)."""
    from graphs.previews import make  # brings numpy, which nothing else needs at the start

    wanted = body or Wanted()
    found = await make(
        app.store,
        app.ensemble,
        who.actor,
        version_id,
        pass_threshold=wanted.pass_threshold,
        weights=wanted.weights,
        judge_missing=wanted.judge_missing,
    )
    response.status_code = 202 if found.study is not None else 201 if found.preview and found.preview.id else 200
    return _view(found)


@router.get("/criteria/{version_id}/preview")
async def newest_preview(version_id: str, app: Opened, who: Who) -> AnsweredView:
    """The newest preview of a version and the newest shadow run for it, where there are such."""
    from graphs.previews import newest

    preview, study = await newest(app.store, who.actor, version_id)
    missing = 0 if study is None else len(study.plan["texts"])
    return _view(Answered(preview=preview, study=study, missing=missing))


@router.get("/previews/{preview_id}")
async def one_preview(preview_id: str, app: Opened, who: Who) -> PreviewView:
    """A preview as it was made, what has been read of it, and whether it still counts."""
    from graphs.previews import open_preview

    return await open_preview(app.store, who.actor, preview_id)


@router.post("/previews/{preview_id}/flips/{checkpoint_id}/read")
async def read_flip(preview_id: str, checkpoint_id: str, app: Opened, who: Who) -> PreviewView:
    """Say that one has read the text of a flip; a reversal of a sign-off that nobody has read blocks activation."""
    from graphs.previews import mark_read

    return await mark_read(app.store, who.actor, preview_id, [checkpoint_id])


@router.get("/strategy/{version_id}/grounds")
async def grounds(version_id: str, app: Opened, who: Who) -> Grounds:
    """On what a version was put in force or waits; else on what it would be now, and what is still missing."""
    return await outlook(app.store, who.actor, version_id, str(app.players["alignment"]))


def _view(found: Answered) -> AnsweredView:
    study = None if found.study is None else study_view(found.study)
    return AnsweredView(preview=found.preview, study=study, missing=found.missing)
