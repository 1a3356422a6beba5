"""``conductor study``: what was measured about the judge and about changes of strategy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen, chosen_programme, logged_in, needs
from api.commands.command import REFUSED, asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from store.repositories.studies import Study

StudyArgument = Annotated[str, typer.Argument(help="The study: its id or the end of it.")]
MOST = 200


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="What was measured about the judge: priced first, resumable.", no_args_is_help=True)
    group.command("list")(list_them)
    group.command("show")(show_it)
    group.command("start")(start)
    group.command("cancel")(cancel_it)
    app.add_typer(group, name="study")


@asynchronous
async def list_them(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """List a programme's studies, newest first."""
    from api.application import opened
    from api.study_words import KINDS, STATES, progress
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, Role.ADMIN, Role.GUARDIAN, to="read studies")
        place = await chosen_programme(app, programme)
        async with app.store.read() as work:
            found = await work.studies.of_programme(place.id, limit=MOST)
    if json:
        terminal.as_json([each.model_dump(mode="json", exclude={"plan", "result"}) for each in found])
        return
    if not found:
        terminal.say("There is no study yet.")
        return
    made = terminal.table("Study", "Of", "State", "Begun", keep=("Study",))
    lines = [
        (
            terminal.short(each.id),
            KINDS[each.kind],
            f"{STATES[each.status]}. {progress(each)}".rstrip(". ") + ".",
            each.created_at.strftime("%Y-%m-%d %H:%M"),
        )
        for each in found
    ]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def show_it(study: StudyArgument, login: LoginOption = "", json: JsonOption = False) -> None:
    """Show what a study found, or how it stands."""
    from api.application import opened
    from api.commands.studying import show
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, Role.ADMIN, Role.GUARDIAN, to="read studies")
        found = await _chosen(app, study)
    if json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    raise typer.Exit(show(found))


@asynchronous
async def start(
    study: StudyArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it costs something.")] = False,
    login: LoginOption = "",
) -> None:
    """Start a study at the price it names, or go on with one that stopped; nothing is asked twice."""
    from api.application import opened
    from api.commands.studying import carried_out, show
    from approvals.people import Role

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="measure the judge")
        ended = await carried_out(app, who.actor, await _chosen(app, study), yes=yes)
    raise typer.Exit(REFUSED if ended is None else show(ended))


@asynchronous
async def cancel_it(study: StudyArgument, login: LoginOption = "") -> None:
    """End a study before its end; its answers are kept."""
    from api.application import opened
    from approvals.people import Role
    from graphs.studying import cancel

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="measure the judge")
        await cancel(app.store, who.actor, (await _chosen(app, study)).id)
    terminal.say("Cancelled; what was answered is kept.")


async def _chosen(app: Application, wanted: str) -> Study:
    async with app.store.read() as work:
        there = [
            each.id
            for programme in await work.strategy.programmes()
            for each in await work.studies.of_programme(programme.id, limit=MOST)
        ]
        return await work.studies.study(chosen(wanted, there, "study", "`conductor study list` lists them."))
