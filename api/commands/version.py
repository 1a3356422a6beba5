"""``conductor version``."""

from __future__ import annotations

import typer

from api import terminal
from api.commands.acting import JsonOption
from api.commands.command import reported


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(version)


@reported
def version(json: JsonOption = False) -> None:
    """Print the version of Conductor and of Python."""
    import platform
    from importlib.metadata import version as version_of

    found = {"conductor": version_of("roleplay-conductor"), "python": platform.python_version()}
    if json:
        terminal.as_json(found)
        return
    terminal.say(f"Conductor {found['conductor']} on Python {found['python']}")
