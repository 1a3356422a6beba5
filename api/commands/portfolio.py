"""``conductor portfolio`` and ``conductor distinct``: whether a company trains people for itself."""

from __future__ import annotations

from typing import Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, ProgrammeOption, chosen_programme, logged_in, needs
from api.commands.command import asynchronous, settings


def add_to(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("portfolio")(portfolio)
    app.command("distinct")(distinct)


@asynchronous
async def portfolio(programme: ProgrammeOption = "", login: LoginOption = "", json: JsonOption = False) -> None:
    """Lay the signed scenarios beside each other: which are nearly the same, how varied they are together."""
    from api.application import opened
    from api.figures import number
    from api.portfolio_words import told
    from approvals.roles import STRATEGY_READERS
    from graphs.portfolio import portfolio as found_in

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, *STRATEGY_READERS, to="read the portfolio")
        place = await chosen_programme(app, programme)
        found = await found_in(app.store, who.actor, place.id)
    if json:
        terminal.as_json(found.model_dump(mode="json"))
        return
    for sentence in told(found):
        terminal.say(sentence)
    if found.scenarios:
        made = terminal.table("Scenario", "Most alike", "Different from generic drafts", "Charter adds")
        lines = [
            (
                each.title,
                "–" if each.nearest is None else terminal.percent(each.nearest),
                "–" if each.distance is None else terminal.percent(each.distance),
                number(each.lift, sign=True),
            )
            for each in found.scenarios
        ]
        terminal.say()
        terminal.out().print(terminal.rows(made, lines))
        terminal.say(
            f"\nCompare one with generic drafts: {terminal.program()} distinct RUN (`conductor runs` lists them)",
            style=terminal.ACCENT,
        )


@asynchronous
async def distinct(
    run: Annotated[str, typer.Argument(help="The piece of work whose newest text is compared; its id or the end.")],
    drafts: Annotated[
        int | None, typer.Option(help="Generic drafts to write: 3 where none is said; from 19 on the rank gives a p.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask where it costs something.")] = False,
    login: LoginOption = "",
    json: JsonOption = False,
) -> None:
    """Compare a scenario with drafts for its brief that are written without the charter, and see what it adds."""
    from api.application import opened
    from api.commands.runs import chosen_run
    from api.commands.studying import carried_out, ending
    from approvals.people import Role
    from evidence.errors import NotFound
    from graphs.studies.distinctiveness import plan_distinctiveness

    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.STRATEGIST, to="measure how distinct a draft is")
        found = await chosen_run(app, run)
        async with app.store.read() as work:
            versions = await work.design.versions(found.id)
        if not versions:
            raise NotFound("This piece of work has no text yet.", todo="Wait until it is drafted.")
        planned = await plan_distinctiveness(app.store, app.ensemble, who.actor, versions[0].id, drafts=drafts)
        ended = await carried_out(app, who.actor, planned, yes=yes, quiet=json)
    ending(ended, json=json)
