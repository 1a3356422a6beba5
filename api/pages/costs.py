"""What models cost and what may be spent, for admins; and for everybody what they themselves have used."""

from __future__ import annotations

from datetime import date
from typing import cast, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.application import Application
from api.days import day_typed
from api.figures import SUMS_BY, amount, duration, read_amount, read_count
from api.identity import Identity
from api.pages.identity import Visitor, see
from api.pages.rendering import page
from api.security import Opened
from api.wording import _
from approvals.people import Role
from approvals.roles import require
from evidence.errors import ConductorError, InvalidInput, NotFound
from graphs.spending import BudgetOrder, budgets, clear_budget, costs, own_use, person_of_login, set_budget
from store.repositories.ledger import By, Period, Scope

router = APIRouter()

FIELDS = ("whose", "login", "period", "tokens", "money")
NAMES = {"whose": _("Whose"), "login": _("Login"), "period": _("Period"), "tokens": _("Tokens"), "money": _("Money")}


@router.get("/oversight/costs")
async def what_models_cost(
    request: Request, app: Opened, who: Visitor, by: str = "role", since: str = "", until: str = "", saved: str = ""
) -> Response:
    """The table, and the budgets."""
    require(who.actor, Role.ADMIN, to="see what models cost")
    typed = dict.fromkeys(FIELDS, "") | {"period": "month"}
    return await _show(request, app, who, typed, by=by, since=since, until=until, saved=saved)


@router.post("/oversight/costs/budgets")
async def set_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Set a budget; what cannot be accepted comes back as it was typed, with the reason beside the field."""
    require(who.actor, Role.ADMIN, to="set budgets")
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip() for name in FIELDS}
    try:
        await set_budget(app.store, who.actor, await _order(app, typed))
    except ConductorError as problem:
        where = {"cost": "money", "subject_id": "whose", "programme_id": "whose"}.get(
            problem.where or "", problem.where or "whose"
        )
        return await _show(request, app, who, typed, wrong={where: f"{problem.detail} {problem.todo}".strip()})
    _changed(app)
    return see("/oversight/costs?saved=set#budgets")


@router.post("/oversight/costs/budgets/remove")
async def remove_here(request: Request, app: Opened, who: Visitor) -> Response:
    """Take a budget away."""
    require(who.actor, Role.ADMIN, to="set budgets")
    form = await request.form()
    scope, subject_id, period = (str(form.get(name, "")) for name in ("scope", "subject_id", "period"))
    if scope not in get_args(Scope) or period not in get_args(Period):
        raise NotFound(_("There is no such budget."), todo=_("Look at the list of budgets."))
    await clear_budget(app.store, who.actor, cast("Scope", scope), subject_id, cast("Period", period))
    _changed(app)
    return see("/oversight/costs?saved=removed#budgets")


@router.get("/my-use")
async def what_i_used(request: Request, app: Opened, who: Visitor) -> Response:
    """What the visitor used, for the visitor only."""
    return page(
        request,
        "front/my_use.html",
        own=await own_use(app.store, who.actor),
        money=lambda cost: amount(cost, app.settings.currency),
        duration=duration,
    )


def _changed(app: Application) -> None:
    if app.books is not None:
        app.books.forget()


async def _show(
    request: Request,
    app: Application,
    who: Identity,
    typed: dict[str, str],
    *,
    by: str = "role",
    since: str = "",
    until: str = "",
    saved: str = "",
    wrong: dict[str, str] | None = None,
) -> Response:
    view = by if by in SUMS_BY else "role"
    asked = ""
    try:
        first, last = _day(since, "since"), _day(until, "until")
        found = await costs(app.store, who.actor, cast("By", view), since=first, until=last)
    except InvalidInput as problem:
        asked = f"{problem.detail} {problem.todo}".strip()
        found = await costs(app.store, who.actor, cast("By", view))
    async with app.store.read() as work:
        programmes = await work.strategy.programmes()
    return page(
        request,
        "oversight/costs.html",
        status=422 if wrong or asked else 200,
        found=found,
        views=SUMS_BY,
        asked=asked,
        budgets=await budgets(app.store, who.actor),
        programmes=programmes,
        typed=typed,
        wrong=wrong or {},
        names=NAMES,
        saved=saved,
        currency=app.settings.currency,
        money=lambda cost: amount(cost, app.settings.currency),
        duration=duration,
    )


def _day(typed: str, where: str) -> date | None:
    return day_typed(typed, where) if typed.strip() else None


async def _order(app: Application, typed: dict[str, str]) -> BudgetOrder:
    """The budget that was typed.

    Raises:
        InvalidInput: a field cannot be read.
        NotFound: nobody has this login.
    """
    scope, subject_id = "person", ""
    if typed["whose"] == "person":
        subject_id = await person_of_login(app.store, typed["login"])
    elif typed["whose"] != "everybody":
        scope, subject_id = "programme", typed["whose"]
    try:
        return BudgetOrder.model_validate(
            {
                "scope": scope,
                "subject_id": subject_id,
                "period": typed["period"],
                "tokens": read_count(typed["tokens"], "tokens"),
                "cost": read_amount(typed["money"], "money"),
            }
        )
    except ValidationError as error:
        where = str(error.errors()[0]["loc"][0])
        raise InvalidInput(_("This cannot be chosen."), where=where, todo=_("Choose one of the list.")) from error
