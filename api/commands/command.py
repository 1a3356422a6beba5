"""What every command shares: exit codes, plain words for errors, settings, and running the asynchronous part."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from api import terminal

if TYPE_CHECKING:
    from api.settings import Settings

OK, REFUSED, USAGE, UNAVAILABLE, UNEXPECTED, INTERRUPTED = 0, 1, 2, 3, 4, 130
DEMO_DATABASE = "sqlite:///var/demo.db"
DEMO_KEY = Path("var/demo.key")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Choices:
    """What stands before the command's name."""

    debug: bool = False
    demo: bool = False


current: ContextVar[Choices] = ContextVar("current", default=Choices())  # noqa: B039 - it is frozen


def exit_codes() -> str:
    """The exit codes in a sentence."""
    return "0 done, 1 refused, 2 wrong usage, 3 something needed is unavailable, 4 unexpected error, 130 interrupted"


def settings(*, demo: bool = False, **overrides: object) -> Settings:
    """The installation's settings, or the demo installation's where that was asked for."""
    from pydantic import SecretStr

    from api.settings import load_settings

    found = load_settings(**{name: value for name, value in overrides.items() if value is not None})
    if not (demo or current.get().demo):
        return found
    mine: dict[str, Any] = {"demo": True}
    if "database_url" not in found.model_fields_set:
        mine["database_url"] = SecretStr(DEMO_DATABASE)
    if "key_file" not in found.model_fields_set:
        mine["key_file"] = DEMO_KEY
    return found.model_copy(update=mine)


def reported(function: Callable[P, None]) -> Callable[P, None]:
    """Turn every error of a command into plain words and an exit code."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            _quiet_logs()
            function(*args, **kwargs)
        except KeyboardInterrupt:
            typer.echo("\nStopped.", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except terminal.Left:
            raise typer.Exit(INTERRUPTED) from None
        except (typer.Exit, typer.Abort, typer.BadParameter, SystemExit):
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(OK) from None
        except Exception as error:
            raise typer.Exit(_explain(error)) from error

    return wrapper


def asynchronous(function: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run a coroutine function as a command, with its errors reported."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        import asyncio

        asyncio.run(function(*args, **kwargs))

    return reported(wrapper)


def _explain(error: Exception) -> int:
    import traceback

    from evidence.errors import ConductorError, Unavailable

    if isinstance(error, ConductorError):
        terminal.problem(error)
        if current.get().debug:
            traceback.print_exception(error)
        return UNAVAILABLE if isinstance(error, Unavailable) or error.status >= 500 else REFUSED
    if current.get().debug:
        traceback.print_exception(error)
    path = _log(error)
    terminal.complain(
        f"Something went wrong on our side: {type(error).__name__}.",
        f"The details are in {path}; send it to whoever looks after this installation, or run it again as "
        "`conductor --debug …`.",
    )
    return UNEXPECTED


def _log(error: Exception) -> Path:
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    entry = f"{datetime.now().astimezone().isoformat()} {' '.join(sys.argv[:2])}\n{text}\n"
    for folder in (Path("var"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "conductor-errors.log"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(entry)
            return path
        except OSError:
            continue
    return Path(os.devnull)


def _quiet_logs() -> None:
    """Keep the library's own log lines off the screen of a command; what matters is told in plain words."""
    import logging

    for name in ("conductor", "dbos"):
        logger = logging.getLogger(name)
        if current.get().debug:
            logger.setLevel(logging.DEBUG if name == "conductor" else logging.WARNING)
        elif not logger.handlers:
            logger.addHandler(logging.NullHandler())


def log_to_terminal(*, informing: bool = False) -> None:
    """Whoever runs a process that stays sees what goes wrong, with its time; no log line of ours holds personal text.

    Args:
        informing: also what goes right: that it begins, drains, and has ended.
    """
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("conductor")
    logger.addHandler(handler)
    if informing and logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)


def end_at_once(signal_number: int) -> None:
    """End this process by a signal without putting anything in order."""
    import signal

    signal.signal(signal_number, signal.SIG_DFL)
    signal.raise_signal(signal_number)
