"""``conductor groups`` and ``conductor assign``: who is in which group, what is for whom, when a programme runs."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen_programme, logged_in
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from approvals.people import Actor
    from graphs.grouping import GroupView

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="Name or id of the group.")]
OPEN = "open"


def add_to(app: typer.Typer) -> None:
    """Add both groups of commands."""
    group = typer.Typer(help="Groups of people in a programme.")
    group.callback(invoke_without_command=True)(groups)
    group.command("add")(add)
    group.command("people")(people)
    group.command("dates")(dates)
    app.add_typer(group, name="groups")
    assigning = typer.Typer(help="What is meant for whom, from when and until when.")
    assigning.callback(invoke_without_command=True)(assigned)
    assigning.command("add")(assign_it)
    assigning.command("end")(end_it)
    app.add_typer(assigning, name="assign")


def groups(
    context: typer.Context, programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False
) -> None:
    """List groups and their people."""
    if context.invoked_subcommand is None:
        list_groups(programme, login, json)


@asynchronous
async def list_groups(programme: str, login: str, json: bool) -> None:
    """The list."""
    from api.application import opened
    from graphs.grouping import groups as found_groups

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        place = (await chosen_programme(app, programme)).id if programme else None
        found = await found_groups(app.store, who.actor, place)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say(f"There is no group yet. Make one: {terminal.program()} groups add 'Pilot'")
        return
    made = terminal.table("Group", "People", "Who", keep=("Group", "People"))
    lines = [(each.name, str(len(each.people)), ", ".join(who.login for who in each.people) or "–") for each in found]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the group is called.")],
    people: Annotated[list[str] | None, typer.Argument(metavar="LOGIN...", help="Who is in it.")] = None,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Make a group, with people or without."""
    from api.application import opened
    from graphs.grouping import add_group, group

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        place = await chosen_programme(app, programme)
        made = await add_group(app.store, who.actor, place.id, name, people=people or ())
        _tell(await group(app.store, who.actor, made.id), as_json=json)


@asynchronous
async def people(
    which: GroupArgument,
    add: Annotated[list[str] | None, typer.Option("--add", help="Login of somebody who comes. Several times.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", help="Login of somebody who leaves. Several times.")
    ] = None,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Add people to a group and take people out of it."""
    from api.application import opened
    from graphs.grouping import change_members

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        at = await _named(app, who.actor, which)
        _tell(await change_members(app.store, who.actor, at, add=add or (), remove=remove or ()), as_json=json)


@asynchronous
async def dates(
    starts: Annotated[str, typer.Option(help=f"First day, such as 2027-01-31; '{OPEN}' for none.")] = "",
    ends: Annotated[str, typer.Option(help=f"Last day; '{OPEN}' for none.")] = "",
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Show when a programme runs, or set it; outside it nobody begins to practise."""
    from api.application import opened
    from graphs.assigning import set_dates

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        place = await chosen_programme(app, programme)
        if starts or ends:
            begins = _day(starts, "--starts") if starts else place.starts_at
            over = _day(ends, "--ends", end=True) if ends else place.ends_at
            place = await set_dates(app.store, who.actor, place.id, starts_at=begins, ends_at=over)
    if json:
        terminal.as_json(place.model_dump(mode="json", include={"id", "name", "starts_at", "ends_at"}))
        return
    began = f"from {place.starts_at:%d %B %Y}" if place.starts_at else "begun"
    over_on = f"until {place.ends_at:%d %B %Y}" if place.ends_at else "without an end"
    terminal.say(f"{place.name}: {began}, {over_on}.")


def assigned(
    context: typer.Context, programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False
) -> None:
    """List what is assigned; nobody's practice is in it."""
    if context.invoked_subcommand is None:
        list_assigned(programme, login, json)


@asynchronous
async def list_assigned(programme: str, login: str, json: bool) -> None:
    """The list."""
    from api.application import opened
    from graphs.assigning import assignments

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        place = (await chosen_programme(app, programme)).id if programme else None
        found = await assignments(app.store, who.actor, place)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say("Nothing is assigned. People choose freely from what reaches them.")
        return
    made = terminal.table("Assignment", "Scenario", "For", "From", "Until", keep=("Assignment", "Until"))
    lines = [
        (
            terminal.short(each.id),
            each.title,
            each.group or "everybody",
            f"{each.opens_at:%Y-%m-%d}",
            f"{each.due_at:%Y-%m-%d}" if each.due_at else "–",
        )
        for each in found
    ]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def assign_it(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Id of a signed scenario version.")],
    group: Annotated[str, typer.Option("--group", help="Name or id of the group; everybody where none is named.")] = "",
    opens: Annotated[str, typer.Option("--from", help="First day, such as 2027-01-31; now where none is named.")] = "",
    due: Annotated[str, typer.Option("--until", help="Until when it would be good to; reminded of before.")] = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Assign a signed scenario; it stands first on the pages of whom it is for."""
    from api.application import opened
    from graphs.assigning import assign

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        made = await assign(
            app.store,
            who.actor,
            version,
            group_id=await _named(app, who.actor, group) if group else None,
            opens_at=_day(opens, "--from") if opens else None,
            due_at=_day(due, "--until", end=True) if due else None,
        )
    if json:
        terminal.as_json(made.model_dump(mode="json", include={"id", "version_id", "group_id", "opens_at", "due_at"}))
        return
    terminal.say(f"Assigned as {terminal.short(made.id)}.", style=terminal.GOOD)


@asynchronous
async def end_it(
    assignment: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="Its id, or the end of it.")],
    login: LoginOption = "",
) -> None:
    """End an assignment; nobody is reminded any more."""
    from api.application import opened
    from evidence.errors import NotFound
    from graphs.assigning import end_assignment

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        async with app.store.read() as work:
            ids = [each.id for each in await work.reach.assignments(ended=True)]
        found = [each for each in ids if each.endswith(assignment)] if assignment else []
        if len(found) != 1:
            raise NotFound(
                f"There is no assignment whose id ends with '{assignment}', or more than one.",
                todo=f"{terminal.program()} assign lists them.",
            )
        await end_assignment(app.store, who.actor, found[0])
    terminal.say("Ended.", style=terminal.GOOD)


async def _named(app: Application, actor: Actor, typed: str) -> str:
    from evidence.errors import NotFound
    from graphs.grouping import groups as found_groups

    there = await found_groups(app.store, actor)
    found = [each for each in there if typed == each.id or typed.strip().casefold() == each.name.casefold()]
    if len(found) != 1:
        known = ", ".join(sorted(each.name for each in there)) or "none yet"
        what = "There is no group" if not found else "More than one group is called"
        raise NotFound(f"{what} '{typed}'.", todo=f"There are: {known}. An id names exactly one.")
    return found[0].id


def _day(typed: str, option: str, *, end: bool = False) -> datetime | None:
    if typed.strip().lower() == OPEN:
        return None
    from api.days import day_typed, first_moment, last_moment
    from evidence.errors import InvalidInput

    try:
        day = day_typed(typed, option)
    except InvalidInput as error:
        raise typer.BadParameter(f"'{typed}' is no day. {error.todo}", param_hint=option) from error
    return last_moment(day) if end else first_moment(day)


def _tell(found: GroupView, *, as_json: bool) -> None:
    if as_json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    who = ", ".join(f"{each.name} ({each.login})" for each in found.people) or "nobody yet"
    terminal.say(f"{found.name}: {who}")
