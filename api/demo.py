"""A demo installation: an example company with its people and its strategy in force, all through the real services.

Seeding can be repeated: what is there already stays, so that a start that was interrupted is simply finished.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

import examples
from approvals.people import Actor, Role
from evidence.errors import Conflict, InvalidInput
from evidence.yaml_documents import parse_yaml
from practice.brief import Brief

if TYPE_CHECKING:
    from agents.ensemble import Ensemble
    from api.application import Application
    from api.settings import Settings
    from strategy.charter import Charter
    from strategy.criteria import CriteriaSet

COMPANY = "tarrow"
WAITING_BRIEFS = ("renewal-price-objection.yaml", "missed-promise.yaml")
LIED_ABOUT = "candour"  # what the judge invents a quote about, in the first of the waiting scenarios
PHRASE_WORDS = 4


class ExamplePerson(BaseModel):
    """Somebody of an example company."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    login: str
    name: str
    roles: frozenset[Role]


class ExamplePeople(BaseModel):
    """The people of an example company."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: tuple[ExamplePerson, ...]


class DemoLogin(BaseModel):
    """How to log in as somebody of the demo."""

    model_config = ConfigDict(frozen=True)

    login: str
    name: str
    roles: tuple[str, ...]
    password: str


@dataclass(frozen=True)
class Seeded:
    """A company that is there: its programme and its people by login."""

    company: str
    programme_id: str
    people: dict[str, Actor]

    def first(self, role: Role) -> Actor:
        """The first person who holds a role."""
        return next(actor for actor in self.people.values() if role in actor.roles)


def example_people(company: str) -> tuple[ExamplePerson, ...]:
    """Everybody of an example company."""
    name = f"{company}/people.yaml"
    return parse_yaml(examples.document(company, "people.yaml"), name, ExamplePeople).people


def example_strategy(company: str) -> tuple[Charter, CriteriaSet]:
    """The charter and the criteria of an example company."""
    from strategy.loading import load_charter, load_criteria

    charter = load_charter(examples.document(company, "charter.yaml"), f"{company}/charter.yaml")
    criteria = load_criteria(examples.document(company, "criteria.yaml"), f"{company}/criteria.yaml", charter)
    return charter, criteria


def example_brief(company: str, name: str) -> Brief:
    """One brief of an example company."""
    return parse_yaml(examples.document(company, f"briefs/{name}"), f"{company}/briefs/{name}", Brief)


def passphrase() -> str:
    """A random pass-phrase of everyday words."""
    words = files("api").joinpath("words.txt").read_text(encoding="utf-8").split()
    return "-".join(secrets.choice(words) for _ in range(PHRASE_WORDS))


def logins_file(settings: Settings) -> Path:
    """Where the demo's pass-phrases are kept: beside its key."""
    return settings.key_file.with_name("demo-logins.json")


def known_logins(settings: Settings) -> dict[str, DemoLogin]:
    """The demo's logins, by login; empty before the first start.

    Raises:
        InvalidInput: the file is damaged.
    """
    path = logins_file(settings)
    if not path.exists():
        return {}
    try:
        found = [DemoLogin.model_validate(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError) as error:
        raise InvalidInput(
            "The demo's list of logins is damaged.",
            where=str(path),
            todo=f"Delete it and the demo database in {path.parent}; the next start makes a new demo.",
        ) from error
    return {entry.login: entry for entry in found}


def make_logins(settings: Settings, company: str = COMPANY) -> dict[str, DemoLogin]:
    """The demo's logins, made with random pass-phrases on the first start and kept in a file of mode 0600."""
    known = known_logins(settings)
    if known:
        return known
    made = {
        person.login: DemoLogin(
            login=person.login,
            name=person.name,
            roles=tuple(sorted(role.value for role in person.roles)),
            password=passphrase(),
        )
        for person in example_people(company)
    }
    path = logins_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([entry.model_dump() for entry in made.values()], file, indent=2, ensure_ascii=False)
    return made


def doors(settings: Settings) -> tuple[DemoLogin, ...]:
    """Whom a visitor of the demo can be with one tap; nobody in a real installation."""
    return tuple(known_logins(settings).values()) if settings.demo else ()


async def refuse_real_people(app: Application, logins: dict[str, DemoLogin]) -> None:
    """Refuse to put a demo into an installation that real people use.

    Raises:
        InvalidInput: the database holds accounts that are not the demo's.
    """
    from store.purpose import Purpose

    async with app.store.read() as work:
        there = await work.people.all(purpose=Purpose.ADMINISTRATION)
    strangers = sorted(person.login for person in there if person.login not in logins)
    if strangers:
        raise InvalidInput(
            f"This database holds people who are not of the demo, such as '{strangers[0]}'.",
            where="CONDUCTOR_DATABASE_URL",
            todo="Start without --demo, or name another database for the demo.",
        )


async def seed(app: Application, passwords: dict[str, str], company: str = COMPANY) -> Seeded:
    """Add a company: people, programme, and its charter and criteria, accepted as the first ones (genesis).

    Args:
        app: the opened installation.
        passwords: by login; people without one are left out.
        company: one of ``examples.COMPANIES``.
    """
    from api.identity import add_person
    from graphs.proposing import accept, propose
    from store.purpose import Purpose

    people: dict[str, Actor] = {}
    async with app.store.read() as work:
        there = {person.login: person for person in await work.people.all(purpose=Purpose.ADMINISTRATION)}
    for person in example_people(company):
        if person.login not in passwords:
            continue
        if person.login in there:
            person_id = there[person.login].id
        else:
            person_id = await add_person(
                app.store, login=person.login, name=person.name, password=passwords[person.login], roles=person.roles
            )
        people[person.login] = Actor(person_id=person_id, roles=person.roles)
    charter, criteria = example_strategy(company)
    programme_id = await add_programme(app, charter.company)
    seeded = Seeded(company=company, programme_id=programme_id, people=people)
    strategist = seeded.first(Role.STRATEGIST)
    for kind, document in (("charter", charter), ("criteria", criteria)):
        async with app.store.read() as work:
            if await work.strategy.active(programme_id, kind) is not None:
                continue
        version = await propose(app.store, strategist, programme_id, document, reason="The example company's strategy")
        await accept(app.store, strategist, version.id)
    return seeded


async def add_programme(app: Application, name: str) -> str:
    """Add a programme under the usual policy, or find the one that already has this name."""
    async with app.store.write() as work:
        for programme in await work.strategy.programmes():
            if programme.name == name:
                return programme.id
        programme_id = await work.strategy.add_programme(name, round_budget=2)
        await work.approvals.audit(
            actor="system", action="programme added", subject=f"programme/{programme_id}", policy="one_reviewer"
        )
        return programme_id


async def order_first_scenarios(app: Application, seeded: Seeded) -> list[str]:
    """Order the first scenarios, so that a designer's desk is not empty; agents begin as soon as somebody runs them.

    Returns:
        Ids of the new runs; none where work was ordered before.
    """
    async with app.store.read() as work:
        if await work.design.runs(seeded.programme_id, limit=1):
            return []
    return await order_waiting(app, seeded)


async def order_waiting(app: Application, seeded: Seeded) -> list[str]:
    """Order the scenarios that a newcomer finds on the designers' desk.

    Returns:
        Ids of the new runs.
    """
    from graphs.commissioning import order

    writers = [actor for actor in seeded.people.values() if Role.DESIGNER in actor.roles]
    if not writers:
        raise Conflict("The example company has no designer.", todo="Report this as a defect.")
    return [
        await order(
            app.store,
            writers[-1],
            seeded.programme_id,
            example_brief(seeded.company, name),
            languages=frozenset(app.settings.languages),
        )
        for name in WAITING_BRIEFS
    ]


def with_one_lie(ensemble: Ensemble) -> Ensemble:
    """The same players, but the judge invents one quote: so that a newcomer can see what code does with it.

    The players of one waiting scenario in the demo. What they record names the lie, and the review desk says so.
    """
    from dataclasses import replace

    from api.story.lying import OneLie

    return replace(ensemble, alignment=OneLie(ensemble.alignment, LIED_ABOUT, repeated=False))
