"""``conductor judge``: how far the judge can be trusted."""

from __future__ import annotations

import typer

from api.commands import judge_report, labelling, stressing


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="How far the judge can be trusted, and whether it changes.", no_args_is_help=True)
    judge_report.add_commands(group)
    labelling.add_commands(group)
    stressing.add_commands(group)
    app.add_typer(group, name="judge")
