"""Contested lines: a learner sends one line of a debrief, unnamed and revocable; strategists read and answer it."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Route
from api.contest_words import warnings
from api.security import Opened, Practising, Strategising, Who
from graphs import contesting
from practice.contested import Contested

router = APIRouter(tags=["contested lines"], route_class=Route)


class Line(BaseModel):
    """Which line of a debrief, and why it is contested."""

    objective_id: str = Field(max_length=60)
    quote: int | None = Field(default=None, ge=0, le=1000, description="which of its quotes, from 0; null: the first")
    why: str = Field(max_length=4000, examples=["I asked openly, but the debrief says it was closed."])


class Shown(Line):
    """A line as it was shown: ``digest`` is that of exactly what is sent."""

    digest: str = Field(max_length=64)


class PreviewView(BaseModel):
    """Exactly what would be sent, its digest, and what to know before."""

    sent: Contested
    digest: str
    few: bool = Field(description="so few people practise this scenario that it may point to one")
    warnings: list[str]


class Sent(BaseModel):
    """Where a line can be taken back."""

    contest_id: str


class MyContestView(BaseModel):
    """A line I sent; ``sent`` is null once I took it back."""

    id: str
    practice_id: str
    day: str
    sent: Contested | None
    answer: str | None


class OpenLineView(BaseModel):
    """A contested line, unnamed."""

    id: str
    sent: Contested
    answer: str | None


class QueueView(BaseModel):
    """The contested lines of a programme; ``by_coach`` counts them by who wrote the debrief."""

    lines: list[OpenLineView]
    by_coach: dict[str, int]


class Answer(BaseModel):
    """What its learner will read."""

    text: str = Field(max_length=20_000)


@router.post("/practices/{practice_id}/contests/preview")
async def preview(practice_id: str, body: Line, app: Opened, who: Practising) -> PreviewView:
    """Exactly what would be sent of a line of my debrief; nothing is kept."""
    found = await contesting.preview(
        app.store, who.actor, practice_id, body.objective_id, quote=body.quote, why=body.why
    )
    return PreviewView(sent=found.line, digest=found.digest, few=found.few, warnings=warnings(found.few))


@router.post("/practices/{practice_id}/contests", status_code=201)
async def send(practice_id: str, body: Shown, app: Opened, who: Practising) -> Sent:
    """Send a line of my debrief, exactly as the preview showed it; 409 where it would be something else."""
    contest_id = await contesting.send(
        app.store, who.actor, practice_id, body.objective_id, quote=body.quote, why=body.why, digest=body.digest
    )
    return Sent(contest_id=contest_id)


@router.get("/contests/mine")
async def mine(app: Opened, who: Practising) -> list[MyContestView]:
    """The lines I sent, and what was answered."""
    return [
        MyContestView(id=each.id, practice_id=each.practice_id, day=each.day, sent=each.line, answer=each.answer)
        for each in await contesting.mine(app.store, who.actor)
    ]


@router.delete("/contests/{contest_id}", status_code=204)
async def take_back(contest_id: str, app: Opened, who: Practising) -> None:
    """Take a line of mine back; nobody can read it any more, nor its answer."""
    await contesting.revoke(app.store, who.actor, contest_id)


@router.get("/programmes/{programme_id}/contests")
async def queue(programme_id: str, app: Opened, who: Who) -> QueueView:
    """The contested lines of a programme, unnamed."""
    found = await contesting.queue(app.store, who.actor, programme_id)
    lines = [OpenLineView(id=each.id, sent=each.line, answer=each.answer) for each in found.lines]
    return QueueView(lines=lines, by_coach=dict(found.by_coach))


@router.put("/contests/{contest_id}/answer", status_code=204)
async def answer(contest_id: str, body: Answer, app: Opened, who: Strategising) -> None:
    """Answer a contested line; its learner reads it, and nobody learns who that is."""
    await contesting.answer(app.store, who.actor, contest_id, body.text)
