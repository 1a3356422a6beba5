"""Accounts and roles, for admins."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.bodies import Route
from api.identity import add_person, change_roles
from api.security import Opened, Who
from approvals.people import Role
from approvals.roles import require
from store.purpose import Purpose
from store.records import Person

router = APIRouter(prefix="/people", tags=["people"], route_class=Route)


class NewPerson(BaseModel):
    """An account to add."""

    login: str = Field(min_length=1, max_length=120)
    name: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=500)
    roles: set[Role]


class Roles(BaseModel):
    """The roles a person shall hold."""

    roles: set[Role]


@router.get("")
async def list_people(app: Opened, who: Who) -> list[Person]:
    """Every account, by login."""
    require(who.actor, Role.ADMIN, to="list people")
    async with app.store.read() as work:
        return await work.people.all(purpose=Purpose.ADMINISTRATION)


@router.post("", status_code=201)
async def add(body: NewPerson, app: Opened, who: Who) -> Person:
    """Add an account."""
    require(who.actor, Role.ADMIN, to="add people")
    person_id = await add_person(
        app.store, login=body.login, name=body.name, password=body.password, roles=frozenset(body.roles)
    )
    async with app.store.read() as work:
        return await work.people.get(person_id, purpose=Purpose.ADMINISTRATION)


@router.put("/{person_id}/roles", status_code=204)
async def set_roles(person_id: str, body: Roles, app: Opened, who: Who) -> None:
    """Replace the roles of a person."""
    await change_roles(app.store, who.actor, person_id, frozenset(body.roles))
