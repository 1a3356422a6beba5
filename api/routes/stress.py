"""The judge's stress test over HTTP: planning one, its report as a file, limits, and paraphrases."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from api import reports
from api.bodies import Route
from api.idempotency import Numbered
from api.routes.studies import READERS, StudyView, view
from api.security import Opened, Strategising, Who
from approvals.roles import STRATEGY_READERS, require
from graphs.judge_limits import JudgeLimits, set_judge_limits
from graphs.paraphrasing import LONGEST, Approved, approve, approved, end
from graphs.studies.stress import MOST_SCENARIOS, MOST_SEED, SCENARIOS, SEED, plan_stress
from store.repositories.paraphrases import Paraphrase

router = APIRouter(tags=["strategy"], route_class=Route)


class StressBody(BaseModel):
    """How the judge is put under stress; ``kinds`` are ids of changes such as P3, all of them where none is named."""

    scenarios: int = Field(default=SCENARIOS, ge=1, le=MOST_SCENARIOS)
    seed: int = Field(default=SEED, ge=0, le=MOST_SEED)
    kinds: list[Annotated[str, Field(max_length=10)]] | None = Field(default=None, min_length=1, max_length=20)


class ParaphraseBody(BaseModel):
    """A passage as it stands in a text, and the same in other words, by somebody who has read both."""

    passage: str = Field(max_length=2 * LONGEST)
    paraphrase: str = Field(max_length=2 * LONGEST)
    read_both: bool = Field(description="I have read both, and they mean the same")


@router.post("/criteria/{version_id}/stress", status_code=201)
async def stress(
    version_id: str, app: Opened, who: Strategising, numbered: Numbered, body: StressBody | None = None
) -> StudyView:
    """Plan a stress test of the judge on a criteria version, and say what it will cost; it does not start."""
    wanted = body or StressBody()
    made = await plan_stress(
        app.store,
        app.ensemble,
        who.actor,
        version_id,
        scenarios=wanted.scenarios,
        seed=wanted.seed,
        kinds=wanted.kinds,
        currency=app.settings.currency,
        once=numbered,
    )
    return view(made)


@router.get("/studies/{study_id}/report.html", response_class=HTMLResponse)
async def report(study_id: str, app: Opened, who: Who) -> HTMLResponse:
    """The report of a stress test as one HTML file without outside assets; 409 where it is not done."""
    require(who.actor, *READERS, to="read studies")
    async with app.store.read() as work:
        study = await work.studies.study(study_id)
        programme = await work.strategy.programme(study.programme_id)
    headers = {
        "Content-Security-Policy": reports.policy(reports.STRESS_SHEETS),
        "Content-Disposition": f'inline; filename="judge-stress-{study_id[-8:]}.html"',
    }
    return HTMLResponse(reports.stress_test(study, programme), headers=headers)


@router.get("/programmes/{programme_id}/judge-limits")
async def judge_limits(programme_id: str, app: Opened, who: Who) -> JudgeLimits:
    """What is asked of the judge under stress."""
    require(who.actor, *STRATEGY_READERS, to="read what is asked of the judge")
    async with app.store.read() as work:
        return JudgeLimits.of(await work.strategy.programme(programme_id))


@router.put("/programmes/{programme_id}/judge-limits")
async def put_judge_limits(programme_id: str, body: JudgeLimits, app: Opened, who: Who) -> JudgeLimits:
    """Set what is asked of the judge, for every test and activation from now on; what is left out is as usual."""
    return await set_judge_limits(app.store, who.actor, programme_id, body)


@router.get("/programmes/{programme_id}/paraphrases")
async def paraphrases(programme_id: str, app: Opened, who: Who) -> list[Approved]:
    """The approved paraphrases that count, oldest first."""
    return await approved(app.store, who.actor, programme_id)


@router.post("/programmes/{programme_id}/paraphrases", status_code=201)
async def add_paraphrase(
    programme_id: str, body: ParaphraseBody, app: Opened, who: Who, numbered: Numbered
) -> Paraphrase:
    """Approve a passage in other words, in person; the passage has to stand in a judged text."""
    return await approve(
        app.store,
        who.actor,
        programme_id,
        body.passage,
        body.paraphrase,
        read_both=body.read_both,
        once=numbered,
    )


@router.delete("/paraphrases/{paraphrase_id}", status_code=204)
async def end_paraphrase(paraphrase_id: str, app: Opened, who: Who) -> None:
    """Let a paraphrase count no longer; studies that were planned with it keep it."""
    await end(app.store, who.actor, paraphrase_id)
