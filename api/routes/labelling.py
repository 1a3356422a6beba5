"""Labels over HTTP: people's own levels, how far the judge agrees with the team, anchors and drift.

No answer here tells who said what, how often they agree with the judge, or how fast they are.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.bodies import Route
from api.idempotency import Numbered
from api.judge_words import agreement_told
from api.routes.studies import StudyView, view
from api.security import Designing, Opened, Strategising, Who
from graphs.agreeing import TeamAgreement, team_agreement
from graphs.anchoring import AnchorsView, anchor_sets, freeze, plan_drift
from graphs.labelling import Labelled, TextToLabel, next_to_label, say_levels, set_label_first

router = APIRouter(tags=["strategy"], route_class=Route)


class LevelsBody(BaseModel):
    """My own levels by criterion; null where I cannot tell."""

    levels: dict[str, Annotated[str, Field(max_length=40)] | None] = Field(min_length=1, max_length=40)


class LabelFirstBody(BaseModel):
    """Whether designers say their own levels before they see the machine's."""

    label_first: bool


class LabelFirstView(BaseModel):
    """How a programme has it."""

    programme_id: str
    label_first: bool


class AgreementView(BaseModel):
    """How far the judge agrees with the team, in a sentence and in figures."""

    told: str
    agreement: TeamAgreement


class DriftBody(BaseModel):
    """Which anchors; the newest set where none is named."""

    anchors_id: str = Field(default="", max_length=36)


@router.put("/programmes/{programme_id}/label-first")
async def label_first(programme_id: str, body: LabelFirstBody, app: Opened, who: Who) -> LabelFirstView:
    """Have designers label before they see what the judge said, or no longer."""
    made = await set_label_first(app.store, who.actor, programme_id, body.label_first)
    return LabelFirstView(programme_id=made.id, label_first=made.label_first)


@router.get("/programmes/{programme_id}/labelling")
async def to_label(
    programme_id: str, app: Opened, who: Who, after: Annotated[int, Query(ge=0, le=10_000)] = 0
) -> TextToLabel | None:
    """The next text for me to label, without a word of the judge; null where none is left."""
    return await next_to_label(app.store, who.actor, programme_id, after=after)


@router.put("/scenarios/{version_id}/labels")
async def label(version_id: str, body: LevelsBody, app: Opened, who: Designing) -> Labelled:
    """Say my own levels for a text; what I said of the same question before is replaced."""
    return await say_levels(app.store, who.actor, version_id, body.levels)


@router.get("/programmes/{programme_id}/agreement")
async def agreement(programme_id: str, app: Opened, who: Who) -> AgreementView:
    """How far the judge agrees with the team, on labels that nothing was tuned on."""
    found = await team_agreement(app.store, who.actor, programme_id)
    return AgreementView(told=agreement_told(found), agreement=found)


@router.get("/programmes/{programme_id}/anchors")
async def anchors(programme_id: str, app: Opened, who: Who) -> list[AnchorsView]:
    """Frozen sets of labelled texts, newest first."""
    return await anchor_sets(app.store, who.actor, programme_id)


@router.post("/programmes/{programme_id}/anchors", status_code=201)
async def freeze_anchors(programme_id: str, app: Opened, who: Who, numbered: Numbered) -> AnchorsView:
    """Freeze today's labels that are kept for measuring as anchors, for good."""
    return await freeze(app.store, who.actor, programme_id, once=numbered)


@router.post("/programmes/{programme_id}/drift", status_code=201)
async def drift(programme_id: str, body: DriftBody, app: Opened, who: Strategising, numbered: Numbered) -> StudyView:
    """Plan to have anchors judged again; it is priced, and starts by ``POST /studies/{id}/start``."""
    return view(await plan_drift(app.store, app.ensemble, who.actor, programme_id, body.anchors_id, once=numbered))
