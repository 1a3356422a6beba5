"""Who acts, in which programme, on what: the arguments that most commands share."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.command import current

if TYPE_CHECKING:
    from api.application import Application
    from api.identity import Identity
    from store.records import Programme, StrategyVersion

LoginOption = Annotated[
    str,
    typer.Option(
        "--login",
        "-l",
        envvar="CONDUCTOR_LOGIN",
        help="Your login; asked for where it is missing. The password comes from a prompt or CONDUCTOR_PASSWORD.",
    ),
]
ProgrammeOption = Annotated[
    str, typer.Option("--programme", "-p", help="Name or id of the programme; needed where there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

LEAST_ENDING = 4  # characters of an id's end that may stand for the whole


@asynccontextmanager
async def logged_in(app: Application, login: str) -> AsyncIterator[Identity]:
    """A person's own login for the length of a command.

    Raises:
        NotAuthenticated: login and password do not go together.
    """
    from api.identity import by_session, log_in, log_out
    from evidence.errors import NotAuthenticated

    who = login or (terminal.ask("Login:") if terminal.is_interactive() else "")
    if not who:
        raise NotAuthenticated("This needs a person's login.", todo="Add --login NAME, or set CONDUCTOR_LOGIN.")
    secret = await log_in(app.store, who, password_of(app, who), hours=1)
    try:
        yield await by_session(app.store, secret)
    finally:
        await log_out(app.store, secret)


def password_of(app: Application, login: str) -> str:
    """The password, from the environment, the demo's list of logins, or a prompt.

    Raises:
        NotAuthenticated: nobody can be asked.
    """
    from api.demo import known_logins
    from evidence.errors import NotAuthenticated

    if given := os.environ.get("CONDUCTOR_PASSWORD"):
        return given
    if current.get().demo:
        known = known_logins(app.settings)
        if login.lower() in known:
            return known[login.lower()].password
        there = ", ".join(sorted(known)) or "nobody yet; run `conductor serve --demo` first"
        raise NotAuthenticated(f"There is no '{login}' in the demo.", todo=f"There is: {there}.")
    if not terminal.is_interactive():
        raise NotAuthenticated("A password is needed.", todo="Set CONDUCTOR_PASSWORD, or run this in a terminal.")
    return terminal.ask_secret(f"Password of {login}")


async def chosen_programme(app: Application, wanted: str) -> Programme:
    """The programme of this name or id, or the only one there is.

    Raises:
        NotFound: there is none, or none of that name.
        InvalidInput: there are several and none was named.
    """
    from evidence.errors import InvalidInput, NotFound

    async with app.store.read() as work:
        there = await work.strategy.programmes()
    if not there:
        raise NotFound("There is no programme yet.", todo="Run `conductor init` first.")
    names = ", ".join(f"'{programme.name}'" for programme in there)
    if wanted:
        fits = [p for p in there if wanted.casefold() in (p.name.casefold(), p.id)] or [
            p for p in there if p.name.casefold().startswith(wanted.casefold())
        ]
        if len(fits) != 1:
            raise NotFound(f"There is no programme '{wanted}'.", where="--programme", todo=f"There is: {names}.")
        return fits[0]
    if len(there) > 1:
        raise InvalidInput("There are several programmes.", where="--programme", todo=f"Name one of: {names}.")
    return there[0]


async def chosen_version(app: Application, programme_id: str, kind: str, wanted: str) -> StrategyVersion:
    """A charter or criteria version by number, id, or the end of its id.

    Raises:
        NotFound: there is none.
    """
    async with app.store.read() as work:
        there = await work.strategy.versions(programme_id, kind)
    if wanted.isdigit() and len(wanted) < LEAST_ENDING:
        fits = [version.id for version in there if version.number == int(wanted)]
        wanted = fits[0] if fits else wanted
    found = chosen(wanted, [version.id for version in there], f"{kind} version", f"`conductor {kind} list` lists them.")
    return next(version for version in there if version.id == found)


def chosen(wanted: str, there: Iterable[str], what: str, todo: str) -> str:
    """The id that was meant: given whole, or by the characters it ends with.

    Raises:
        NotFound: none fits, or more than one.
    """
    from evidence.errors import NotFound

    given = wanted.strip().lower()
    ids = list(there)
    if given in ids:
        return given
    fits = [each for each in ids if len(given) >= LEAST_ENDING and each.endswith(given)]
    if len(fits) != 1:
        raise NotFound(f"There is no {what} '{wanted}'.", todo=todo)
    return fits[0]
