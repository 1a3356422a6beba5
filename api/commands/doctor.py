"""``conductor doctor``: does everything here work, and if not, what to do."""

from __future__ import annotations

import typer

from api import terminal
from api.commands.acting import JsonOption
from api.commands.command import UNAVAILABLE, asynchronous, settings

LOOKS = {"ok": ("✓", terminal.GOOD), "note": ("•", terminal.WARN), "wrong": ("✗", terminal.BAD)}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


@asynchronous
async def doctor(json: JsonOption = False) -> None:
    """Check database, migrations, key, clock and players; a model is really asked. Changes nothing."""
    from api.checkup import check_everything

    findings = []
    async for finding in check_everything(settings()):
        findings.append(finding)
        if json:
            continue
        sign, style = LOOKS[finding.state]
        line = terminal.Text(f"{sign} {finding.what:<10} ", style=style) + terminal.Text(finding.detail)
        if finding.todo:
            line.append(f"\n             {finding.todo}", style="bold")
        terminal.out().print(line)
    wrong = [finding for finding in findings if finding.state == "wrong"]
    if json:
        terminal.as_json([finding.model_dump() for finding in findings])
    elif not wrong:
        terminal.say("\nEverything works.", style=terminal.GOOD)
    if wrong:
        raise typer.Exit(UNAVAILABLE)
