"""Carrying a study out at a terminal: its price, a question, progress, and what it found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from api import terminal

if TYPE_CHECKING:
    from api.application import Application
    from approvals.people import Actor
    from store.repositories.studies import Study

POLL_SECONDS = 0.25


async def carried_out(
    app: Application, actor: Actor, study: Study, *, yes: bool = False, quiet: bool = False
) -> Study | None:
    """Say what a study costs, ask where it costs something, start it, and follow it to its end.

    Args:
        app: an installation that brings work forward.
        actor: a strategist.
        study: priced or stopped.
        yes: do not ask.
        quiet: say nothing, because something else is printed for scripts.

    Returns:
        The study as it ended or stopped; None where the person would not start it.
    """
    from api.study_words import price
    from graphs.studying import carry_on

    if not quiet:
        terminal.say(price(study, app.settings.currency))
    later = f"Add --yes, or start it later: {terminal.program()} study start {terminal.short(study.id)}"
    if study.estimate.get("tokens_at_most") and not yes and not agreed(later):
        return None
    started = await carry_on(app.store, actor, study.id)
    return await followed(app, started, quiet=quiet)


async def followed(app: Application, study: Study, *, quiet: bool = False) -> Study:
    """Show a study's progress until it rests; interrupted, it says how to find it again."""
    from api.study_words import KINDS

    with progress_of(KINDS[study.kind], quiet=quiet) as tell:
        try:
            while study.status == "running":
                await asyncio.sleep(POLL_SECONDS)
                async with app.store.read() as work:
                    study = await work.studies.study(study.id)
                tell(study.answered, max(study.planned, study.answered, 1))
        except asyncio.CancelledError:
            program, short = terminal.program(), terminal.short(study.id)
            terminal.complain(
                "Interrupted; every answer so far is kept.",
                f"A server or worker carries it on. Look at it with `{program} study show {short}`, end it with "
                f"`{program} study cancel {short}`.",
            )
            raise
    return study


def show(study: Study) -> int:
    """Print how a study stands and, where it is done, what it found.

    Returns:
        The exit code that says the same.
    """
    from api.commands.command import OK, UNAVAILABLE
    from api.study_words import KINDS, STATES, progress

    if study.status == "done" and study.result is not None:
        import_module(f"api.terminal.studies.{study.kind}").show(study.result, study.plan)
        return OK
    terminal.say(f"{KINDS[study.kind]}: {STATES[study.status]}", style="bold")
    if told := progress(study):
        terminal.say(told)
    if study.status == "stopped":
        problem = study.error or {}
        terminal.complain(str(problem.get("detail", "")), str(problem.get("todo", "")))
        terminal.say(f"Go on: {terminal.program()} study start {terminal.short(study.id)}", style=terminal.ACCENT)
        return UNAVAILABLE
    return OK


def ending(ended: Study | None, *, json: bool) -> NoReturn:
    """Print what became of a study, and end the command.

    Args:
        ended: as ``carried_out`` gives it.
        json: print it for scripts instead.

    Raises:
        Exit: with the code that says the same.
    """
    from api.commands.command import OK, REFUSED, UNAVAILABLE

    if ended is None:
        raise typer.Exit(REFUSED)
    if not json:
        raise typer.Exit(show(ended))
    terminal.as_json(ended.model_dump(mode="json"))
    raise typer.Exit(OK if ended.status == "done" else UNAVAILABLE)


def agreed(instead: str) -> bool:
    """Ask whether to spend what was said; ``instead`` is what to do where nobody can be asked."""
    if not terminal.is_interactive():
        terminal.complain("This costs something, and nobody can be asked here.", instead)
        return False
    return terminal.ask("Start it? (y/n)", "n").lower() in {"y", "yes"}


@contextmanager
def progress_of(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar that says how many questions are answered, of how many; nothing where something else is printed."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=terminal.out(), transient=True, disable=quiet) as shown:
        line = shown.add_task(what, total=None)
        yield lambda done, of: shown.update(line, completed=done, total=of)


def write_file(path: Path, text: str, *, kept: str = "") -> None:
    """Write what was asked for into a file; ``kept`` says where it can be had again.

    Raises:
        InvalidInput: it cannot be written.
    """
    from evidence.errors import InvalidInput

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"'{path}' cannot be written: {error.strerror or type(error).__name__}.", todo=kept or "Name another file."
        ) from error
