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
    from approvals.people import Role
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
PASSWORD_TRIES = 3


@asynccontextmanager
async def logged_in(app: Application, login: str) -> AsyncIterator[Identity]:
    """A person's own login for the length of a command.

    Raises:
        NotAuthenticated: login and password do not go together.
    """
    from api.identity import by_session, log_out
    from evidence.errors import NotAuthenticated

    who = login or (terminal.ask("Login:") if terminal.is_interactive() else "")
    if not who:
        raise NotAuthenticated("This needs a person's login.", todo="Add --login NAME, or set CONDUCTOR_LOGIN.")
    secret = await _secret(app, who)
    try:
        yield await by_session(app.store, secret)
    finally:
        await log_out(app.store, secret)


async def logged_in_again(app: Application, who: Identity) -> Identity:
    """The same person with a fresh login, where the earlier one is too old for a decision.

    Raises:
        NotAuthenticated: login and password do not go together.
    """
    from api.identity import by_session, log_out

    secret = await _secret(app, who.login)
    try:
        return await by_session(app.store, secret)
    finally:
        await log_out(app.store, secret)


async def _secret(app: Application, login: str) -> str:
    """Log in; a password that is typed may be mistyped twice."""
    from api.identity import log_in
    from evidence.errors import NotAuthenticated

    typed = not os.environ.get("CONDUCTOR_PASSWORD") and not current.get().demo and terminal.is_interactive()
    left = PASSWORD_TRIES if typed else 1
    while True:
        try:
            return await log_in(app.store, login, password_of(app, login), hours=1)
        except NotAuthenticated as error:
            left -= 1
            if not left:
                raise
            terminal.problem(error)


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


def needs(app: Application, who: Identity, *roles: Role, to: str) -> None:
    """Refuse a person who holds none of the roles, and say who they are and what would help.

    Args:
        app: the opened installation.
        who: is logged in.
        roles: any one of them is enough.
        to: what it is about, as in "Only a designer can order a scenario."

    Raises:
        NotAllowed: none of the roles is held.
    """
    from approvals.roles import require
    from evidence.errors import NotAllowed

    try:
        require(who.actor, *roles, to=to)
    except NotAllowed as refused:
        held = sorted(role.value for role in who.actor.roles)
        raise NotAllowed(
            f"{refused.detail} {who.name} {_is(held)}.", todo=_instead(app, who, [role.value for role in roles], held)
        ) from None


def _is(held: list[str]) -> str:
    if not held:
        return "holds no role yet"
    return "is " + " and ".join(f"{'an' if role[0] in 'aeiou' else 'a'} {role}" for role in held)


def _instead(app: Application, who: Identity, wanted: list[str], held: list[str]) -> str:
    """Whom to be instead in the demo, or how an admin gives the role."""
    from api.demo import known_logins

    if current.get().demo:
        can = [login for login, each in known_logins(app.settings).items() if set(wanted) & set(each.roles)]
        if can:
            return f"In the demo these may: {', '.join(can)}. Add --login {can[0]}."
    roles = " ".join(f"--role {role}" for role in (*held, wanted[0]))
    return (
        "Log in as somebody who may (--login NAME), or ask an admin: "
        f"{terminal.program()} person roles {who.login} {roles}"
    )


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
