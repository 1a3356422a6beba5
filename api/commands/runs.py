"""``conductor runs`` and ``conductor retry``: pieces of work and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from store.records import Run

MOST = 200
STAGES = {
    "drafting": "being written",
    "judging": "being judged",
    "awaiting": "waits for a person",
    "published": "signed",
    "rejected": "rejected",
    "withdrawn": "withdrawn",
    "errored": "stopped on an error",
    "preparing": "being prepared",
    "activating": "coming into force",
    "active": "in force",
}


def add_to(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("runs")(runs)
    app.command("retry")(retry)


@asynchronous
async def runs(
    run: Annotated[str, typer.Argument(help="A run, to see its trace; its id or the end of it.")] = "",
    programme: ProgrammeOption = "",
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """List pieces of work and where they stand, or show the trace of one."""
    from api.application import opened
    from approvals.people import Role

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, to="follow the work")
        if run:
            await _trace(app, who, await chosen_run(app, run), as_json=json)
            return
        programme_id = (await chosen_programme(app, programme)).id if programme else None
        async with app.store.read() as work:
            found = await work.design.runs(programme_id, limit=MOST)
            titles = {}
            for each in found:
                versions = await work.design.versions(each.id)
                titles[each.id] = versions[0].title if versions else ""
    if json:
        terminal.as_json([each.model_dump(mode="json") for each in found])
        return
    if not found:
        terminal.say(f"No work yet. Order a scenario: {terminal.program()} draft BRIEF.yaml")
        return
    made = terminal.table("Run", "Begun", "Where it stands", "Title", keep=("Run", "Begun"))
    lines = [
        (
            terminal.short(each.id),
            each.created_at.strftime("%Y-%m-%d %H:%M"),
            STAGES.get(each.stage, each.stage),
            titles[each.id] or each.journey,
        )
        for each in found
    ]
    terminal.out().print(terminal.rows(made, lines))


@asynchronous
async def retry(
    run: Annotated[str, typer.Argument(help="The run that stopped; its id or the end of it.")],
    login: LoginOption = "",
) -> None:
    """Have work that stopped on an error go on from where it stood."""
    from api.application import opened
    from api.commands.following import follow, last_event, show_rest
    from approvals.people import Role
    from graphs import commissioning

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, Role.STRATEGIST, to="have work tried again")
        found = await chosen_run(app, run)
        after = await last_event(app, found.id)
        await commissioning.retry(app.store, who.actor, found.id)
        resting = await follow(app, {found.id: ""}, after={found.id: after}, viewer=who.actor)
        code = await show_rest(app, who.actor, resting[found.id])
    raise typer.Exit(code)


async def chosen_run(app: Application, wanted: str) -> Run:
    """The run that was meant.

    Raises:
        NotFound: there is none.
    """
    async with app.store.read() as work:
        there = await work.design.runs(limit=MOST)
    run_id = chosen(wanted, [each.id for each in there], "run", "`conductor runs` lists them.")
    return next(each for each in there if each.id == run_id)


async def _trace(app: Application, who: Identity, run: Run, *, as_json: bool) -> None:
    from api.terminal.work import event_line
    from graphs.blinding import seen_by

    async with app.store.read() as work:
        events = await seen_by(work, who.actor, run, await work.design.events(run.id))
        waiting = await work.approvals.checkpoints(run_id=run.id, status="pending")
    if as_json:
        terminal.as_json(
            {
                "run": run.model_dump(mode="json"),
                "checkpoint_id": waiting[-1].id if waiting else None,
                "events": [event.model_dump(mode="json", exclude={"run_id"}) for event in events],
            }
        )
        return
    terminal.say(f"Run {run.id}: {STAGES.get(run.stage, run.stage)}", style="bold")
    for event in events:
        terminal.out().print(event_line(event, event.at.strftime("%H:%M:%S")), soft_wrap=True)
    if run.error:
        terminal.say(f"It stopped: {run.error.get('detail')}", style=terminal.BAD)
        terminal.say(f"Go on: {terminal.program()} retry {terminal.short(run.id)}")
    if waiting:
        terminal.say(f"Read and decide: {terminal.program()} review {terminal.short(waiting[-1].id)}")
