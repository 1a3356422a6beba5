"""Translations of a scenario that waits, over HTTP: how they stand, the texts to fill in, a draft, and adding one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, StringConstraints

from api.bodies import Route
from api.idempotency import Numbered
from api.identity import fresh_login
from api.security import Opened, Who
from approvals.people import Role
from approvals.roles import require
from graphs import translating
from graphs.translating import Sheet
from practice.translation import Standing
from store.records import CheckpointRow

router = APIRouter(tags=["checkpoints"], route_class=Route)

Language = Annotated[str, Path(max_length=40, description="such as `de`")]
Field200 = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=20_000)]


class TranslationBody(BaseModel):
    """A translation as a person filled it in."""

    review_digest: str = Field(min_length=64, max_length=64, description="as the review showed it")
    source_digest: str = Field(min_length=64, max_length=64, description="as the texts were given out")
    texts: dict[Field200, Text] = Field(max_length=1000, description="field to translated text; empty is for later")
    reason: str = Field(default="", max_length=2000)
    drafted_by: str = Field(default="", max_length=200, description="the model that wrote it first, where one did")


@router.get("/checkpoints/{checkpoint_id}/translations")
async def translations(checkpoint_id: str, app: Opened, who: Who) -> list[Standing]:
    """How each translation of the scenario stands: what is missing, and whether the text was reworded since."""
    return list(await translating.standing_at(app.store, who.actor, checkpoint_id))


@router.get("/checkpoints/{checkpoint_id}/translations/{language}")
async def texts(checkpoint_id: str, language: Language, app: Opened, who: Who) -> Sheet:
    """The texts to translate, each with what there is of it already."""
    return await translating.sheet(app.store, who.actor, checkpoint_id, language)


@router.post("/checkpoints/{checkpoint_id}/translations/{language}/draft")
async def draft(checkpoint_id: str, language: Language, app: Opened, who: Who) -> Sheet:
    """The same, drafted by the author's model for a person to check; nothing of it is kept."""
    return await translating.draft(app.store, app.ensemble, who.actor, checkpoint_id, language)


@router.post("/checkpoints/{checkpoint_id}/translations/{language}", status_code=201)
async def add(
    checkpoint_id: str, language: Language, body: TranslationBody, app: Opened, who: Who, numbered: Numbered
) -> CheckpointRow:
    """Add it: a new version, which is judged again and signed by somebody else."""
    require(who.actor, Role.DESIGNER, Role.STRATEGIST, to="translate a scenario")
    await fresh_login(app.store, who, minutes=app.settings.signing_minutes)
    return await translating.add(
        app.store,
        who.actor,
        checkpoint_id,
        language,
        body.texts,
        seen=body.review_digest,
        of=body.source_digest,
        reason=body.reason,
        drafted_by=body.drafted_by,
        players=app.players,
        once=numbered,
    )
