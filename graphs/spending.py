"""What models cost, for whom it may be shown to; and the budgets, which admins set."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import InvalidInput, NotFound
from graphs.budgeting import beginning, ending
from store.purpose import Purpose
from store.repositories.ledger import EVERYBODY, Budget, By, Period, Scope, Used
from store.unit_of_work import Store, UnitOfWork

MOST = 10**15  # tokens, or millionths of the currency
_EARLIEST, _LATEST = date(2000, 1, 1), date(2199, 12, 31)
_PERIODS: tuple[Period, ...] = ("day", "month")


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Line(_View):
    """Sums under one key; ``name`` is the key as people read it."""

    key: str
    name: str
    used: Used


class Costs(_View):
    """What models cost from ``since`` to ``until``, both days (UTC) included.

    ``few`` sums the practice that too few people share to be shown on lines of its own; ``withheld`` says that practice
    is left out altogether, because fewer than three people practised. ``total`` is the sum of what is shown.
    """

    since: date
    until: date
    by: By
    lines: tuple[Line, ...]
    few: Used | None
    withheld: bool
    total: Used


class BudgetOrder(BaseModel):
    """A budget to set. ``subject_id`` is a programme's or a person's id; empty for everybody without one of their own.

    ``cost`` is in millionths of the currency. What is null is not limited; one of the two must be.
    """

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    subject_id: str = Field(default=EVERYBODY, max_length=36)
    period: Period
    tokens: int | None = None
    cost: int | None = None


class Allowance(_View):
    """A budget, and whose it is as people read it; no word of what is spent of it."""

    budget: Budget
    name: str


class Left(_View):
    """One of my budgets; ``tokens`` and ``cost`` are what is left, None no limit. ``mine`` is False for everybody's."""

    period: Period
    limit_tokens: int | None
    limit_cost: int | None
    tokens: int | None
    cost: int | None
    mine: bool
    until: datetime


class OwnUse(_View):
    """What I used today and this month (UTC), and what is left of my budgets. Nobody else can see it."""

    day: Used
    month: Used
    budgets: tuple[Left, ...]


async def costs(store: Store, actor: Actor, by: By, *, since: date | None = None, until: date | None = None) -> Costs:
    """Sums over the ledger; without dates those of this month.

    Raises:
        NotAllowed: the actor is no admin.
        InvalidInput: the dates are in the wrong order, or far from any that can be meant.
    """
    require(actor, Role.ADMIN, to="see what models cost")
    async with store.read() as work:
        today = work.now.date()
        last = until or today
        first = since or (min(last, today) if until else today).replace(day=1)
        _check_dates(first, last)
        found = await work.ledger.used(by, _midnight(first), _midnight(last) + timedelta(days=1))
        names = {each.id: each.name for each in await work.strategy.programmes()} if by == "programme" else {}
    total = sum(found.lines.values(), found.few or Used())
    lines = tuple(Line(key=key, name=names.get(key, key), used=used) for key, used in found.lines.items())
    return Costs(since=first, until=last, by=by, lines=lines, few=found.few, withheld=found.withheld, total=total)


async def cost_of_run(store: Store, actor: Actor, run_id: str) -> Used:
    """What one piece of design or tuning work took so far.

    Raises:
        NotAllowed: the actor does not follow the work.
        NotFound: there is no such piece of work.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, Role.ADMIN, to="see what a piece of work cost")
    async with store.read() as work:
        await work.design.run(run_id)
        return await work.ledger.of_run(run_id)


async def own_use(store: Store, actor: Actor) -> OwnUse:
    """What the actor used, for the actor only."""
    me = actor.person_id
    async with store.read() as work:
        begins = {period: beginning(work.now, period) for period in _PERIODS}
        used = await work.ledger.mine(me, begins, reader=me, purpose=Purpose.OWN_PRACTICE)
        limits = await work.ledger.budgets_for("person", me)
        left = tuple(
            Left(
                period=limit.period,
                limit_tokens=limit.tokens,
                limit_cost=limit.cost,
                tokens=None if limit.tokens is None else max(0, limit.tokens - used[limit.period].tokens),
                cost=None if limit.cost is None else max(0, limit.cost - used[limit.period].cost),
                mine=limit.subject_id == me,
                until=ending(work.now, limit.period),
            )
            for limit in limits
        )
    return OwnUse(day=used["day"], month=used["month"], budgets=left)


async def budgets(store: Store, actor: Actor) -> list[Allowance]:
    """Every budget that is set."""
    require(actor, Role.ADMIN, to="see budgets")
    async with store.read() as work:
        return [Allowance(budget=each, name=await _name(work, each)) for each in await work.ledger.budgets()]


async def set_budget(store: Store, actor: Actor, order: BudgetOrder) -> Allowance:
    """Set a budget, in place of the one that is there; setting the same again changes nothing.

    Raises:
        NotAllowed: the actor is no admin, or is an API token.
        InvalidInput: nothing is limited, or an amount is no positive whole number.
        NotFound: there is no such programme or person.
    """
    _may_set(actor)
    _check_amounts(order)
    named = (order.scope, order.subject_id, order.period)
    async with store.write() as work:
        await _check_subject(work, order.scope, order.subject_id)
        before = await work.ledger.budget(*named)
        if before is None or (before.tokens, before.cost) != (order.tokens, order.cost):
            amounts = {"tokens": order.tokens, "cost": order.cost}
            await work.ledger.set_budget(*named, tokens=order.tokens, cost=order.cost, by=actor.person_id)
            await _audit(work, actor, "budget set", order.scope, order.subject_id, order.period, **amounts)
        found = await work.ledger.budget(*named)
        assert found is not None
        return Allowance(budget=found, name=await _name(work, found))


async def clear_budget(store: Store, actor: Actor, scope: Scope, subject_id: str, period: Period) -> None:
    """Take a budget away.

    Raises:
        NotAllowed: the actor is no admin, or is an API token.
        NotFound: there is no such budget.
    """
    _may_set(actor)
    async with store.write() as work:
        if not await work.ledger.remove_budget(scope, subject_id, period):
            raise NotFound("There is no such budget.", todo="Look at the list of budgets.")
        await _audit(work, actor, "budget removed", scope, subject_id, period)


async def person_of_login(store: Store, login: str) -> str:
    """The id of whoever has a login, for a budget of their own.

    Raises:
        NotFound: nobody has.
    """
    wanted = login.strip().lower()
    async with store.read() as work:
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
    found = next((each.id for each in people if each.login == wanted), None)
    if found is None:
        raise NotFound(f"There is nobody with the login '{login}'.", where="login", todo="Check it.")
    return found


def _may_set(actor: Actor) -> None:
    require(actor, Role.ADMIN, to="set budgets")
    in_person(actor, to="set budgets")


def _check_amounts(order: BudgetOrder) -> None:
    if order.tokens is None and order.cost is None:
        raise InvalidInput(
            "A budget limits tokens, money or both.",
            where="tokens",
            todo="Name an amount; to lift a limit, remove the budget.",
        )
    for name, amount in (("tokens", order.tokens), ("cost", order.cost)):
        if amount is not None and not 0 < amount <= MOST:
            raise InvalidInput(
                "A budget is more than nothing." if amount <= 0 else "That is more than a budget can be.",
                where=name,
                todo="Name a positive amount. Where no model shall be asked, let the role be played offline."
                if amount <= 0
                else "Leave the limit away, or name a smaller amount.",
            )


def _check_dates(first: date, last: date) -> None:
    for name, day in (("to", last), ("from", first)):
        if not _EARLIEST <= day <= _LATEST:
            raise InvalidInput("There is no ledger of such a day.", where=name, todo="Name another day.")
    if first > last:
        raise InvalidInput("The first day is after the last one.", where="from", todo="Change their order.")


async def _check_subject(work: UnitOfWork, scope: Scope, subject_id: str) -> None:
    if scope == "programme":
        if subject_id == EVERYBODY:
            raise InvalidInput(
                "It is not said which programme.", where="subject_id", todo="Name one; each has a budget of its own."
            )
        await work.strategy.programme(subject_id)
    elif subject_id != EVERYBODY:
        await work.people.get(subject_id, purpose=Purpose.ADMINISTRATION)


async def _name(work: UnitOfWork, budget: Budget) -> str:
    if budget.scope == "programme":
        return (await work.strategy.programme(budget.subject_id)).name
    if budget.subject_id == EVERYBODY:
        return ""
    return (await work.people.get(budget.subject_id, purpose=Purpose.ADMINISTRATION)).name


async def _audit(
    work: UnitOfWork, actor: Actor, action: str, scope: Scope, subject_id: str, period: Period, **amounts: Any
) -> None:
    subject = f"{scope}/{subject_id}" if subject_id else "everybody"
    await work.approvals.audit(actor=actor.person_id, action=action, subject=subject, period=period, **amounts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
