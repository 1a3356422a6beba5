"""The terminal's words and looks. Everything is printed as text, never as markup, whatever a model or a person wrote.

Meaning never hangs on colour alone: it must read the same on paper, in a pipe, and on eighty columns.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from evidence.errors import ConductorError

ACCENT, GOOD, BAD, QUIET, WARN = "cyan", "green", "red", "dim", "yellow"
MOST_PROBLEMS = 6


_program: ContextVar[str] = ContextVar("_program", default="conductor")


def program() -> str:
    """How this installation's commands begin, for hints that can be copied."""
    return _program.get()


def call_it(name: str) -> None:
    """Say how this installation's commands begin."""
    _program.set(name)


class Left(Exception):
    """The person ended a dialogue: end of input, or Ctrl-C."""


def out() -> Console:
    """Standard output as it is now."""
    return Console(highlight=False)


def err() -> Console:
    """Standard error as it is now."""
    return Console(stderr=True, highlight=False)


def say(text: str = "", style: str = "") -> None:
    """Print a line of plain text."""
    out().print(Text(text, style=style))


def complain(detail: str, todo: str = "") -> None:
    """Print what is wrong in red, and what to do."""
    err().print(Text(detail, style=f"bold {BAD}") + Text(f" {todo}" if todo else "", style=""), soft_wrap=True)


def problem(error: ConductorError) -> None:
    """Print one of our errors: where, what, and what to do; further problems of the same input below it."""
    where = f"{error.where}: " if error.where else ""
    complain(f"{where}{error.detail}", error.todo)
    others = list(error.extra.get("problems", ()))[1:]
    for other in others[:MOST_PROBLEMS]:
        place = f"{other.get('where', '')}: " + (f"{other['field']}: " if other.get("field") else "")
        err().print(Text(f"  {place}{other.get('detail', '')}", style=BAD), soft_wrap=True)
    if len(others) > MOST_PROBLEMS:
        err().print(Text(f"  … and {len(others) - MOST_PROBLEMS} more.", style=BAD))


def as_json(data: Any) -> None:
    """Print data as JSON for scripts."""
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


def table(*columns: str, title: str = "", keep: Iterable[str] = ()) -> Table:
    """An empty table in the house style; the columns in ``keep`` are never wrapped."""
    made = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    made.padding = (0, 2, 0, 0)
    for column in columns:
        made.add_column(column, header_style=f"bold {ACCENT}", no_wrap=column in set(keep), overflow="fold")
    return made


def rows(made: Table, lines: Iterable[Sequence[str | Text]]) -> Table:
    """Add rows of plain text to a table."""
    for line in lines:
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in line))
    return made


def short(identifier: str) -> str:
    """The end of an id, which is enough to name a thing here."""
    return identifier[-8:]


def percent(value: float | None) -> str:
    """A share of one as per cent."""
    return "unknown" if value is None else f"{round(100 * value)} %"


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C end a prompt at once; inside an event loop it would otherwise wait for the next line."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def ask(prompt: str, default: str | None = None) -> str:
    """Ask for a line.

    Raises:
        Left: end of input, or Ctrl-C.
    """
    console = out()
    shown = f"{prompt} [{default}] " if default else f"{prompt} "
    try:
        with interruptible():
            answer = console.input(Text(shown, style=f"bold {ACCENT}"))
    except (EOFError, KeyboardInterrupt):
        console.print()
        raise Left from None
    return answer.strip() or (default or "")


def ask_secret(prompt: str) -> str:
    """Ask for a password without showing it.

    Raises:
        Left: end of input, or Ctrl-C.
    """
    import typer

    try:
        with interruptible():
            return str(typer.prompt(prompt, hide_input=True, err=True))
    except (typer.Abort, EOFError, KeyboardInterrupt):
        raise Left from None


def is_interactive() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
