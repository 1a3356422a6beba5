"""What models cost, and budgets: sums for admins, the cost of a piece of work, and what I myself have used."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.bodies import Route
from api.security import Opened, Who
from graphs.spending import (
    Allowance,
    BudgetOrder,
    Costs,
    OwnUse,
    budgets,
    clear_budget,
    cost_of_run,
    costs,
    own_use,
    set_budget,
)
from store.repositories.ledger import By, Period, Scope, Used

router = APIRouter(tags=["costs"], route_class=Route)


class CostsView(Costs):
    """Sums over the ledger; amounts of money are in millionths of ``currency``."""

    currency: str


class OwnUseView(OwnUse):
    """What I used; amounts of money are in millionths of ``currency``."""

    currency: str


class RunCosts(BaseModel):
    """What a piece of work took so far; ``cost`` is in millionths of ``currency``."""

    used: Used
    currency: str


@router.get("/costs")
async def what_models_cost(
    app: Opened,
    who: Who,
    since: Annotated[date | None, Query(alias="from", description="the first day, UTC")] = None,
    until: Annotated[date | None, Query(alias="to", description="the last day, UTC")] = None,
    by: By = "role",
) -> CostsView:
    """Calls, tokens, money and time, summed; without dates this month's."""
    found = await costs(app.store, who.actor, by, since=since, until=until)
    return CostsView(**dict(found), currency=app.settings.currency)


@router.get("/costs/mine")
async def what_i_used(app: Opened, who: Who) -> OwnUseView:
    """What I used of language models today and this month, and what is left of my budgets. Nobody else can see it."""
    return OwnUseView(**dict(await own_use(app.store, who.actor)), currency=app.settings.currency)


@router.get("/runs/{run_id}/costs")
async def what_a_run_cost(run_id: str, app: Opened, who: Who) -> RunCosts:
    """What one piece of design or tuning work took so far."""
    return RunCosts(used=await cost_of_run(app.store, who.actor, run_id), currency=app.settings.currency)


@router.get("/budgets")
async def list_budgets(app: Opened, who: Who) -> list[Allowance]:
    """Every budget that is set; not what is spent of it."""
    return await budgets(app.store, who.actor)


@router.put("/budgets")
async def put_budget(body: BudgetOrder, app: Opened, who: Who) -> Allowance:
    """Set a budget, in place of the one that is there; sending it again changes nothing."""
    found = await set_budget(app.store, who.actor, body)
    if app.books is not None:
        app.books.forget()
    return found


@router.delete("/budgets", status_code=204)
async def delete_budget(
    app: Opened,
    who: Who,
    scope: Scope,
    period: Period,
    subject_id: Annotated[str, Query(max_length=36, description="empty for everybody")] = "",
) -> None:
    """Take a budget away."""
    await clear_budget(app.store, who.actor, scope, subject_id, period)
    if app.books is not None:
        app.books.forget()
