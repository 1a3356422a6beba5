"""What would it change? A preview of proposed criteria: its shadow run, the flips to read, and asking for more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.application import Application
from api.identity import Identity
from api.pages import manuscript
from api.pages.forms import typed_in
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.security import Opened
from api.study_words import price, progress
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, InvalidInput
from graphs.grounds import Named, outlook
from graphs.proposing import accept
from graphs.scenes import shown
from graphs.studying import carry_on

if TYPE_CHECKING:
    from graphs.foreseen import FlipView, PreviewView

router = APIRouter(prefix="/strategy")

TO = "preview a change of criteria"
ON_A_PAGE = 10  # flips with their texts


@dataclass(frozen=True)
class Shown:
    """A flip with the text to be read, field by field; ``by`` marked it as read."""

    flip: FlipView
    parts: tuple[tuple[str, str], ...]
    by: str


@router.get("/versions/{version_id}/preview")
async def preview_page(request: Request, version_id: str, app: Opened, who: Visitor, part: int = 1) -> Response:
    """The newest preview of a version, or the shadow run that has to come first."""
    require(who.actor, Role.STRATEGIST, to=TO)
    return await _show(request, app, who, version_id, part=part)


@router.post("/versions/{version_id}/preview")
async def make_here(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Make it."""
    from graphs.previews import make  # brings numpy, which nothing else needs at the start

    try:
        await make(app.store, app.ensemble, who.actor, version_id)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        return await _show(request, app, who, version_id, problem=problem)
    return see(f"/strategy/versions/{version_id}/preview")


@router.post("/versions/{version_id}/preview/start")
async def start_here(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Have the judge asked what is missing."""
    from graphs.previews import newest

    try:
        _preview, study = await newest(app.store, who.actor, version_id)
        if study is None:
            raise InvalidInput(_("There is nothing to ask the judge."), todo=_("Make a preview first."))
        await carry_on(app.store, who.actor, study.id)
    except ConductorError as problem:
        if problem.status in (403, 404):
            raise
        return await _show(request, app, who, version_id, problem=problem)
    return see(f"/strategy/versions/{version_id}/preview")


@router.post("/versions/{version_id}/preview/read")
async def read_here(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Say that one has read the flips whose texts stand on the page."""
    from graphs.previews import mark_read

    form = await request.form()
    ids = [str(each) for each in form.getlist("flip")]
    try:
        if not ids:
            raise InvalidInput(_("Nothing is ticked."), todo=_("Tick what you have read."))
        await mark_read(app.store, who.actor, str(form.get("preview", "")), ids)
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _show(request, app, who, version_id, problem=problem)
    part = str(form.get("part", "1"))
    return see(f"/strategy/versions/{version_id}/preview?part={part if part.isdecimal() else '1'}#flips")


@router.get("/previews/{preview_id}")
async def kept(preview_id: str, app: Opened, who: Visitor) -> Response:
    """Where a preview stands: on the page of its version."""
    require(who.actor, Role.STRATEGIST, to=TO)
    async with app.store.read() as work:
        found = await work.previews.preview(preview_id)
    return see(f"/strategy/versions/{found.criteria_id}/preview")


@router.post("/versions/{version_id}/ask")
async def ask_here(request: Request, version_id: str, app: Opened, who: Visitor) -> Response:
    """Ask for criteria to be put in force on what the page showed."""
    form = await typed_in(request)
    because = form.get("because", "").strip()
    named = Named(preview=form.get("preview") or None, stress=form.get("stress") or None, because=because or None)
    try:
        run_id = await accept(app.store, who.actor, version_id, players=app.players, named=named)
    except ConductorError as problem:
        if problem.status == 403:
            raise
        return await _show(request, app, who, version_id, problem=problem, because=because)
    return see("/strategy" if run_id is None else f"/design/runs/{run_id}")


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    version_id: str,
    *,
    part: int = 1,
    problem: ConductorError | None = None,
    because: str = "",
) -> Response:
    from graphs.previews import newest
    from graphs.studies.stress import SCENARIOS, SEED

    preview, study = await newest(app.store, who.actor, version_id)
    async with app.store.read() as work:
        version = await work.strategy.version(version_id, "criteria")
        active = await work.strategy.active(version.programme_id, "criteria")
        programme = await work.strategy.programme(version.programme_id)
    # A run that is not at its end says more about today than an older preview does.
    asking = study is not None and study.status in ("priced", "running", "stopped")
    done = study is not None and study.status == "done" and (preview is None or _newer(study.id, preview.id))
    flips = () if preview is None else preview.shown.flips
    parts = max(1, -(-len(flips) // ON_A_PAGE))
    at = min(max(part, 1), parts)
    return page(
        request,
        "strategist/preview.html",
        status=200 if problem is None else problem.status,
        version=version,
        programme=programme,
        in_force=active is not None and active.version_id == version.id,
        preview=preview,
        study=study if asking else None,
        price="" if study is None else price(study, app.settings.currency),
        progress="" if study is None else progress(study),
        done=done,
        flips=[] if preview is None else await _texts(app, preview, flips[(at - 1) * ON_A_PAGE : at * ON_A_PAGE]),
        part=at,
        parts=parts,
        outlook=await outlook(app.store, who.actor, version_id, str(app.players["alignment"])),
        stress={"scenarios": SCENARIOS, "seed": SEED},
        problem=problem,
        because=because,
    )


def _newer(study_id: str, preview_id: str | None) -> bool:
    """Whether a study began after a preview was made: ids are in the order of time."""
    return preview_id is None or study_id > preview_id


async def _texts(app: Application, preview: PreviewView, flips: tuple[FlipView, ...]) -> list[Shown]:
    async with app.store.read() as work:
        texts = await work.previews.texts({each.version_id for each in flips})
    made = []
    for each in flips:
        sections = manuscript.scenario(shown(texts[each.version_id].content))
        lines = [line for section in sections for part in section.parts for line in part.lines]
        parts = tuple((line.label, "".join(piece.text for piece in line.pieces)) for line in lines)
        made.append(Shown(each, parts, preview.read.get(each.checkpoint_id, "")))
    return made
