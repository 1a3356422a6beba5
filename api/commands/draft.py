"""``conductor draft``: order a scenario and watch the agents make it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api import terminal
from api.commands.acting import LoginOption, ProgrammeOption, chosen_programme, logged_in, needs
from api.commands.command import INTERRUPTED, asynchronous, settings


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("draft")(draft)


@asynchronous
async def draft(
    brief: Annotated[
        Path,
        typer.Argument(
            help="YAML file: skill, audience, situation; and difficulty, language, worry where they matter."
        ),
    ],
    programme: ProgrammeOption = "",
    login: LoginOption = "",
) -> None:
    """Order a scenario from a brief, watch it being written and judged, and see the verdict."""
    import asyncio

    from agents.build import speechless
    from api.application import opened
    from api.commands.following import follow, show_rest
    from api.documents import read_text
    from approvals.people import Role
    from evidence.yaml_documents import parse_yaml
    from graphs.commissioning import order
    from practice.brief import Brief

    wanted = parse_yaml(read_text(brief), str(brief), Brief)  # before anything is opened: a slip costs no waiting
    async with opened(settings(), executor_id="command") as app, logged_in(app, login) as who:
        needs(app, who, Role.DESIGNER, to="order a scenario")
        place = await chosen_programme(app, programme)
        run_id = await order(
            app.store,
            who.actor,
            place.id,
            wanted,
            languages=frozenset(app.settings.languages),
            speechless=speechless(app.settings.models, wanted.language),
        )
        terminal.say(f"Run {terminal.short(run_id)} has begun.", style="bold")
        try:
            resting = await follow(app, {run_id: ""}, viewer=who.actor)
        except asyncio.CancelledError:
            terminal.say("\nYou left. The work goes on the next time Conductor runs; `conductor runs` shows it.")
            raise typer.Exit(INTERRUPTED) from None
        code = await show_rest(app, who.actor, resting[run_id])
    raise typer.Exit(code)
