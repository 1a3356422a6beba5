"""``conductor doctor``: does everything here work, and if not, what to do."""

from __future__ import annotations

import typer
from rich.table import Table
from rich.text import Text

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
        said = Text(finding.detail)
        if finding.todo:
            said.append(f"\n{finding.todo}", style="bold")
        made = Table.grid(padding=(0, 1))
        made.add_row(Text(f"{sign} {finding.what:<9}", style=style), said)
        terminal.out().print(made)
    wrong = [finding for finding in findings if finding.state == "wrong"]
    if json:
        terminal.as_json([finding.model_dump() for finding in findings])
    elif not wrong:
        terminal.say("\nEverything works.", style=terminal.GOOD)
    if wrong:
        raise typer.Exit(UNAVAILABLE)
