"""``conductor costs`` and ``conductor budget``: what models cost, and what may be spent; for admins."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from graphs.spending import Allowance, Costs, OwnUse
    from store.repositories.ledger import Period, Scope, Used

FEW = "(practice of too few people to show apart)"
WITHHELD = "Practice is left out: fewer than three people practised, so a sum would tell what one of them did."

ForProgramme = Annotated[str, typer.Option("--programme", "-p", help="A programme's budget, by its name or id.")]
ForPerson = Annotated[str, typer.Option("--person", help="One person's budget, by their login.")]
ForEverybody = Annotated[
    bool, typer.Option("--everybody", help="The budget of every person who has none of their own.")
]
PerPeriod = Annotated[str, typer.Option("--per", help="The period: day or month, in UTC.")]


def add_to(app: typer.Typer) -> None:
    """Add the command and the group."""
    app.command("costs")(costs)
    group = typer.Typer(help="What may be spent on language models.", no_args_is_help=True)
    group.command("list")(list_them)
    group.command("set")(set_it)
    group.command("clear")(clear)
    app.add_typer(group, name="budget")


@asynchronous
async def costs(
    by: Annotated[
        str, typer.Option(help="role, programme, model, work or day; role and programme where it is missing.")
    ] = "",
    since: Annotated[
        str, typer.Option(help="The first day (2026-11-01), or so many days back (30d); else since the month began.")
    ] = "",
    mine: Annotated[bool, typer.Option("--mine", help="Only what I used myself; everybody may see their own.")] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Show what language models were asked, and what it cost."""
    from api.application import opened
    from api.figures import SUMS_BY
    from approvals.people import Role
    from graphs.spending import costs as summed
    from graphs.spending import own_use

    if by and by not in SUMS_BY:
        raise typer.BadParameter(f"--by is one of {', '.join(SUMS_BY)}")
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        currency = app.settings.currency
        if mine:
            own = await own_use(app.store, who.actor)
            if json:
                terminal.as_json(own.model_dump(mode="json") | {"currency": currency})
            else:
                _tell_own(own, currency)
            return
        needs(app, who, Role.ADMIN, to="see what models cost")
        first = _day(since, await _today(app)) if since else None
        found = [await summed(app.store, who.actor, each, since=first) for each in _wanted(by)]  # type: ignore[arg-type]
    if json:
        terminal.as_json({"currency": currency, "tables": {each.by: each.model_dump(mode="json") for each in found}})
        return
    for each in found:
        _tell(each, currency)
    if found[0].withheld:
        terminal.say(WITHHELD, style=terminal.QUIET)


@asynchronous
async def list_them(login: LoginOption = "", json: JsonOption = False) -> None:
    """List the budgets that are set."""
    from api.application import opened
    from api.figures import amount
    from approvals.people import Role
    from graphs.spending import budgets

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="see budgets")
        found = await budgets(app.store, who.actor)
        currency = app.settings.currency
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say(f"No budget is set: nothing is limited. {terminal.program()} budget set --help")
        return
    made = terminal.table("Whose", "Per", "Tokens", "Money", title="Budgets")
    lines = []
    for each in found:
        limit = each.budget
        tokens = "no limit" if limit.tokens is None else f"{limit.tokens:,}"
        money = "no limit" if limit.cost is None else amount(limit.cost, currency)
        lines.append((_whose(each), limit.period, tokens, money))
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def set_it(
    programme: ForProgramme = "",
    person: ForPerson = "",
    everybody: ForEverybody = False,
    per: PerPeriod = "month",
    tokens: Annotated[str, typer.Option(help="At most so many tokens, read and written.")] = "",
    money: Annotated[str, typer.Option(help="At most so much money, in the currency set here: 25 or 12.50.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Set a budget, in place of the one that is there."""
    from api.application import opened
    from api.figures import amount, read_amount, read_count
    from approvals.people import Role
    from graphs.spending import BudgetOrder, set_budget

    period = _period(per)
    limits = {"tokens": read_count(tokens, "--tokens"), "cost": read_amount(money, "--money")}
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="set budgets")
        scope, subject_id = await _subject(app, programme, person, everybody)
        order = BudgetOrder(scope=scope, subject_id=subject_id, period=period, **limits)
        done = await set_budget(app.store, who.actor, order)
        currency = app.settings.currency
    if json:
        terminal.as_json(done.model_dump(mode="json"))
        return
    limit = done.budget
    said = [] if limit.tokens is None else [f"{limit.tokens:,} tokens"]
    said += [] if limit.cost is None else [amount(limit.cost, currency)]
    terminal.say(f"{_whose(done)}: at most {' and '.join(said)} a {limit.period}.", style=terminal.GOOD)
    terminal.say("It holds at once for what a running server asks next, give or take ten seconds.")


@asynchronous
async def clear(
    programme: ForProgramme = "",
    person: ForPerson = "",
    everybody: ForEverybody = False,
    per: PerPeriod = "month",
    login: LoginOption = "",
) -> None:
    """Take a budget away."""
    from api.application import opened
    from approvals.people import Role
    from graphs.spending import clear_budget

    period = _period(per)
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="set budgets")
        scope, subject_id = await _subject(app, programme, person, everybody)
        await clear_budget(app.store, who.actor, scope, subject_id, period)
    terminal.say("The budget is taken away.", style=terminal.GOOD)


async def _subject(app: Application, programme: str, person: str, everybody: bool) -> tuple[Scope, str]:
    """Whose budget is meant.

    Raises:
        InvalidInput: nobody was named, or more than one.
        NotFound: there is no such programme or person.
    """
    from evidence.errors import InvalidInput
    from graphs.spending import person_of_login

    if sum((bool(programme), bool(person), everybody)) != 1:
        raise InvalidInput(
            "It is not said whose budget.", todo="Name one of --programme NAME, --person LOGIN and --everybody."
        )
    if programme:
        return "programme", (await chosen_programme(app, programme)).id
    if everybody:
        return "person", ""
    return "person", await person_of_login(app.store, person)


def _period(typed: str) -> Period:
    if typed == "day":
        return "day"
    if typed == "month":
        return "month"
    raise typer.BadParameter("--per is day or month")


async def _today(app: Application) -> date:
    async with app.store.read() as work:
        return work.now.date()


def _day(typed: str, today: date) -> date:
    """A day as it was typed: a date, or so many days back."""
    days = typed.removesuffix("d")
    if days != typed and days.isdecimal() and len(days) <= 4:
        return today - timedelta(days=int(days))
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise typer.BadParameter("--since is a day such as 2026-11-01, or so many days back such as 30d") from None


def _wanted(by: str) -> tuple[str, ...]:
    return (by,) if by else ("role", "programme")


def _tell(found: Costs, currency: str) -> None:
    from api.figures import SUMS_BY

    title = f"By {SUMS_BY[found.by].lower()}, {found.since} to {found.until} (UTC)"
    made = terminal.table(SUMS_BY[found.by], "Money", "Calls", "Read", "Cached", "Written", "Time", title=title)
    for column in made.columns[1:]:
        column.justify = "right"
    lines = [(_key(found, each.key, each.name), *_figures(each.used, currency)) for each in found.lines]
    if found.few is not None:
        lines.append((FEW, *_figures(found.few, currency)))
    if not lines:
        terminal.say(f"{title}: no language model was asked.")
        return
    lines.append(("Together", *_figures(found.total, currency)))
    terminal.out().print(terminal.rows(made, lines))
    terminal.say()


def _key(found: Costs, key: str, name: str) -> str:
    return name if key else "(no programme)"


def _figures(used: Used, currency: str) -> tuple[str, ...]:
    from api.figures import amount, duration

    calls = f"{used.calls:,}" + (f" ({used.failed:,} failed)" if used.failed else "")
    cached = terminal.percent(used.cached_tokens / used.input_tokens) if used.input_tokens else "–"
    read, written = f"{used.input_tokens:,}", f"{used.output_tokens:,}"
    return amount(used.cost, currency), calls, read, cached, written, duration(used.seconds)


def _tell_own(own: OwnUse, currency: str) -> None:
    from api.figures import amount

    made = terminal.table("What I used", "Money", "Calls", "Read", "Cached", "Written", "Time")
    lines = [("today", *_figures(own.day, currency)), ("this month", *_figures(own.month, currency))]
    terminal.out().print(terminal.rows(made, lines))
    for each in own.budgets:
        left: list[Any] = [] if each.tokens is None else [f"{each.tokens:,} of {each.limit_tokens:,} tokens"]
        if each.cost is not None:
            left.append(f"{amount(each.cost, currency)} of {amount(each.limit_cost or 0, currency)}")
        terminal.say(f"Left this {each.period}: {', '.join(left)}.")
    terminal.say("Days and months are those of UTC. Nobody else can see this.", style=terminal.QUIET)


def _whose(each: Allowance) -> str:
    if each.budget.scope == "programme":
        return f"Programme {each.name}"
    return each.name or "Every person without a budget of their own"
