"""``conductor init``: the first programme and the first admin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from api.application import Application


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


@asynchronous
async def init(
    programme: Annotated[str, typer.Option("--programme", "-p", help="Name of the first programme.")] = "",
    login: Annotated[str, typer.Option("--login", "-l", help="Login of the first admin.")] = "",
    name: Annotated[str, typer.Option(help="The admin's name, as people read it.")] = "",
) -> None:
    """Set up an installation: its first programme and its first admin. Asks for what is missing."""
    from api.application import opened
    from api.demo import add_programme
    from api.identity import add_person, hash_password
    from approvals.people import Role
    from evidence.errors import Conflict

    async with opened(settings(), bring_forward=False) as app:
        if await _people(app):
            raise Conflict("This installation is set up already.", todo="Add people with `conductor person add LOGIN`.")
        programme = programme or asked("Name of the first programme:", "--programme", "Team leads")
        login = login or asked("Your login:", "--login")
        name = name or asked("Your name:", "--name", login.title())
        password = new_password("CONDUCTOR_PASSWORD", f"Password of {login}")
        hash_password(password)  # refuses a weak one before anything is stored
        await add_person(app.store, login=login, name=name, password=password, roles=frozenset({Role.ADMIN}))
        await add_programme(app, programme)
    terminal.say(f"Ready: the programme “{programme}”, and {name} as its admin.", style=terminal.GOOD)
    terminal.say("Next, somebody who writes down the strategy, somebody who designs, somebody who practises:")
    for who, role in (("sofia", "strategist"), ("maria", "designer"), ("amir", "learner")):
        terminal.say(f"  conductor person add {who} --role {role} --login {login}")


def asked(prompt: str, option: str, default: str | None = None) -> str:
    """What a person answers; where nobody can be asked, say which option is missing.

    Raises:
        InvalidInput: nobody can be asked, or nothing was answered.
    """
    from evidence.errors import InvalidInput

    answer = terminal.ask(prompt, default) if terminal.is_interactive() else ""
    if not answer:
        raise InvalidInput("This is missing.", where=option, todo=f"Add {option} to the command.")
    return answer


def new_password(variable: str, prompt: str) -> str:
    """A new password from the environment, or typed twice.

    Raises:
        InvalidInput: nobody can be asked, or the two differ.
    """
    from evidence.errors import InvalidInput

    if given := os.environ.get(variable):
        return given
    if not terminal.is_interactive():
        raise InvalidInput("A password is needed.", where=variable, todo=f"Set {variable}, or run this in a terminal.")
    first = terminal.ask_secret(f"{prompt} (at least 10 characters)")
    if terminal.ask_secret("The same again") != first:
        raise InvalidInput("The two passwords differ.", todo="Try again; nothing was changed.")
    return first


async def _people(app: Application) -> int:
    from store.purpose import Purpose

    async with app.store.read() as work:
        return len(await work.people.all(purpose=Purpose.ADMINISTRATION))
