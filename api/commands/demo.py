"""``conductor demo``: the whole story in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from api.commands.command import asynchronous


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


@asynchronous
async def demo(
    no_input: Annotated[bool, typer.Option("--no-input", help="Let the story play itself; asks nothing.")] = False,
) -> None:
    """Tell the whole story in about three minutes: two strategies, agents at work, a sign-off, a live practice.

    Everything is real and runs on this machine, without a key, in a database that is thrown away at the end.
    """
    from api import terminal
    from api.story import tell

    await tell(interactive=not no_input and terminal.is_interactive())
