"""``conductor pilot``: does practice reach work, with people who agreed to it, in counts only; for strategists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from graphs.transfer.pilots import PilotView

PilotArgument = Annotated[str, typer.Argument(metavar="PILOT", help="The pilot: the end of its id is enough.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Does practice reach work? Pilots with people who agreed.", no_args_is_help=True)
    group.command("list")(list_them)
    group.command("begin")(begin)
    group.command("invite")(invite)
    group.command("show")(show)
    group.command("publish")(publish_it)
    app.add_typer(group, name="pilot")


@asynchronous
async def list_them(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """List a programme's pilots."""
    from api.application import opened

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _all(app, who, programme)
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say(f'There is none yet: {terminal.program()} pilot begin "TITLE" --help')
        return
    made = terminal.table("Pilot", "Title", "From", "To", "Published", keep=("Pilot", "From", "To"))
    terminal.out().print(
        terminal.rows(
            made,
            [
                (terminal.short(p.id), p.title, f"{p.starts_at:%Y-%m-%d}", f"{p.ends_at:%Y-%m-%d}",
                 ", ".join(p.reports) or "–")
                for p in found
            ],
        )
    )  # fmt: skip


@asynchronous
async def begin(
    title: Annotated[str, typer.Argument(help="What it is called.")],
    behaviour: Annotated[str, typer.Option("--behaviour", help="What would be seen or heard at work.")],
    starts: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day (UTC).")],
    ends: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day (UTC).")],
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Begin a pilot; nobody is in it until they agree."""
    from api.application import opened
    from approvals.people import Role
    from graphs.transfer import pilots as service

    if not 0 < len(title) <= 200 or not 0 < len(behaviour) <= 500:
        raise typer.BadParameter("a title has at most 200 characters, a behaviour at most 500")
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="begin a pilot")
        place = await chosen_programme(app, programme)
        order = service.PilotOrder(
            title=title,
            behaviour=behaviour,
            starts_at=starts.replace(tzinfo=UTC),
            ends_at=ends.replace(hour=23, minute=59, second=59, tzinfo=UTC),  # the last day is in it
        )
        made = await service.begin(app.store, who.actor, place.id, order)
    if json:
        terminal.as_json({"pilot_id": made})
        return
    terminal.say(f"Begun. Ask people: {terminal.program()} pilot invite {terminal.short(made)} LOGIN …")


@asynchronous
async def invite(
    pilot: PilotArgument,
    logins: Annotated[list[str] | None, typer.Argument(metavar="LOGIN", help="Learners to ask.")] = None,
    everybody: Annotated[bool, typer.Option("--everybody", help="Ask every learner.")] = False,
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Ask learners to take part; whether they do is theirs alone."""
    from api.application import opened
    from graphs.transfer import pilots as service

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, programme, pilot)
        fresh = await service.invite(app.store, who.actor, found.id, logins=logins or (), everybody=everybody)
    terminal.say(f"Asked now: {fresh}. Nobody is told who agrees.")


@asynchronous
async def show(
    pilot: PilotArgument, programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False
) -> None:
    """Show a pilot in counts, and what was published about it."""
    from api.application import opened

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, programme, pilot)
    if json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    _tell(found)


@asynchronous
async def publish_it(
    pilot: PilotArgument,
    moment: Annotated[str, typer.Argument(help="before, after or later.")],
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Count a moment, once and for good; from then on nobody joins the pilot."""
    from practice.drivers.items import Moment

    if moment not in list(Moment):
        raise typer.BadParameter(f"there is no moment '{moment}'; there are: {', '.join(Moment)}")
    from api.application import opened
    from graphs.transfer.publishing import publish

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        found = await _one(app, who, programme, pilot)
        least = app.settings.least_people
        report = await publish(app.store, who.actor, found.id, Moment(moment), minimum=least)
        again = await _one(app, who, programme, found.id)
    if json:
        terminal.as_json(report.model_dump(mode="json"))
        return
    _tell(again)


async def _all(app: Application, who: Identity, programme: str) -> list[PilotView]:
    from graphs.transfer import pilots as service

    needs(app, who, *service.READERS, to="see pilots")
    place = await chosen_programme(app, programme)
    return await service.pilots(app.store, who.actor, place.id, minimum=app.settings.least_people)


async def _one(app: Application, who: Identity, programme: str, wanted: str) -> PilotView:
    there = await _all(app, who, programme)
    found = chosen(wanted, [each.id for each in there], "pilot", "`conductor pilot list` lists them.")
    return next(each for each in there if each.id == found)


def _tell(found: PilotView) -> None:
    from api import transfer_words as words
    from graphs.transfer.publishing import outside_training
    from practice.drivers.items import Moment

    terminal.say(found.title, style="bold")
    terminal.say(f"“{found.behaviour}”")
    taking = f"fewer than {found.minimum}" if found.taking_part is None else f"at least {found.taking_part}"
    terminal.say(f"{found.invited} asked; {taking} take part. Who does is not shown to anybody.")
    for moment in Moment:
        terminal.say(f"\n{words.MOMENTS[moment]}", style="bold")
        report = found.reports.get(moment)
        if report is None:
            terminal.say(f"Not published; it can be from {found.countable[moment]:%Y-%m-%d} on.", style=terminal.QUIET)
            continue
        terminal.say(words.report_told(report))
        if report.rows:
            made = terminal.table("What people said", "It holds for", "Others")
            lines = [(words.MEASURES[r.measure], words.number(r.holds), words.number(r.others)) for r in report.rows]
            terminal.out().print(terminal.rows(made, lines))
        if outside_training(report):
            terminal.say(words.OUTSIDE, style=terminal.WARN)
