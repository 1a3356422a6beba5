"""``conductor person``: accounts and roles, for an admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api import terminal
from api.commands.acting import JsonOption, LoginOption, logged_in, needs
from api.commands.command import asynchronous, settings

if TYPE_CHECKING:
    from approvals.people import Role

RoleOption = Annotated[
    list[str] | None,
    typer.Option("--role", "-r", help="designer, learner, strategist, admin or guardian; may be given several times."),
]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Accounts and roles, for an admin.", no_args_is_help=True)
    group.command("add")(add)
    group.command("roles")(roles)
    group.command("list")(list_people)
    app.add_typer(group, name="person")


@asynchronous
async def add(
    person: Annotated[str, typer.Argument(help="The new login.")],
    role: RoleOption = None,
    name: Annotated[str, typer.Option(help="The name, as people read it; the login where it is missing.")] = "",
    login: LoginOption = "",
) -> None:
    """Add an account. The new password is typed, or comes from CONDUCTOR_NEW_PASSWORD."""
    from api.application import opened
    from api.commands.init import new_password
    from api.identity import add_person
    from approvals.people import Role

    wanted = _roles(role)
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="add people")
        password = new_password("CONDUCTOR_NEW_PASSWORD", f"Password for {person}")
        await add_person(app.store, login=person, name=name or person.title(), password=password, roles=wanted)
    terminal.say(f"{person} can log in now, as {_listed(wanted)}.", style=terminal.GOOD)


@asynchronous
async def roles(
    person: Annotated[str, typer.Argument(help="Whose roles.")],
    role: RoleOption = None,
    login: LoginOption = "",
) -> None:
    """Set the roles of a person; those that are not named are taken away."""
    from api.application import opened
    from api.identity import change_roles
    from approvals.people import Role
    from evidence.errors import NotFound
    from store.purpose import Purpose

    wanted = _roles(role)
    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="change roles")
        async with app.store.read() as work:
            there = {each.login: each for each in await work.people.all(purpose=Purpose.ADMINISTRATION)}
        found = there.get(person.strip().lower())
        if found is None:
            raise NotFound(f"There is no account '{person}'.", todo="`conductor person list` lists them.")
        await change_roles(app.store, who.actor, found.id, wanted)
    terminal.say(f"{found.name} is now {_listed(wanted)}.", style=terminal.GOOD)


@asynchronous
async def list_people(login: LoginOption = "", json: JsonOption = False) -> None:
    """List accounts and their roles."""
    from api.application import opened
    from approvals.people import Role
    from store.purpose import Purpose

    async with opened(settings(), bring_forward=False) as app, logged_in(app, login) as who:
        needs(app, who, Role.ADMIN, to="list people")
        async with app.store.read() as work:
            found = await work.people.all(purpose=Purpose.ADMINISTRATION)
    if json:
        terminal.as_json([each.model_dump(mode="json") | {"roles": sorted(each.roles)} for each in found])
        return
    made = terminal.table("Login", "Name", "Roles")
    lines = [(each.login, each.name, ", ".join(sorted(each.roles)) or "none") for each in found]
    terminal.out().print(terminal.rows(made, lines))


def _roles(given: list[str] | None) -> frozenset[Role]:
    from approvals.people import Role
    from evidence.errors import InvalidInput

    there = {role.value: role for role in Role}
    wanted = [name.strip().lower() for name in given or ()]
    unknown = [name for name in wanted if name not in there]
    if unknown or not wanted:
        what = f"'{unknown[0]}' is not a role." if unknown else "At least one role is needed."
        raise InvalidInput(what, where="--role", todo=f"There are: {', '.join(sorted(there))}.")
    return frozenset(there[name] for name in wanted)


def _listed(roles: frozenset[Role]) -> str:
    return " and ".join(sorted(role.value for role in roles))
