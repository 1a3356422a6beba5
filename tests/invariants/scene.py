"""What the property tests of the invariants share: a desk over marked texts, and the same examples each time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from approvals.people import Actor, Role
from practice.brief import Brief
from store import tables
from store.records import CheckpointRow, SignOff
from store.unit_of_work import Store
from tests.company import Company
from tests.desk import Desk
from tests.invariants.house import ALIGNED, UNSURE, brief, marked_ensemble


def tries(examples: int) -> settings:
    """Settings of a property test over a database: so many examples, always the same ones."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),  # to shrink an example over a database takes minutes
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    )


MARKS = st.fixed_dictionaries(
    {
        "asks": st.sampled_from(["practised", "named", "absent", UNSURE]),
        "plainness": st.sampled_from(["practised", "absent", UNSURE]),
    }
)
_numbers = count(1)


class Scene(Desk):
    """A desk whose texts say how they will be judged."""

    def __init__(self, store: Store, company: Company) -> None:
        self.players = marked_ensemble()
        super().__init__(store, company, self.players)

    async def waiting(self, by: Actor | None = None, levels: dict[str, str] | None = None) -> CheckpointRow:
        """A new scenario with these levels that waits for a person."""
        wanted = Brief.model_validate(brief(levels or ALIGNED, next(_numbers)))
        return await self.ordered(by, wanted)

    async def signed_one(self) -> tuple[CheckpointRow, SignOff]:
        """A scenario that Maria ordered and Jonas signed."""
        checkpoint = await self.decide(self.company.jonas, await self.waiting(self.company.maria))
        assert checkpoint.status == "approved"
        return checkpoint, await self.sign_off(checkpoint)

    async def sign_off(self, checkpoint: CheckpointRow) -> SignOff:
        """The sign-off that was given at a checkpoint."""
        async with self.store.read() as work:
            [found] = await work.approvals.sign_offs(checkpoint_id=checkpoint.id)
        return found

    async def at(self, checkpoint_id: str) -> CheckpointRow:
        """A checkpoint as it stands."""
        async with self.store.read() as work:
            return await work.approvals.checkpoint(checkpoint_id)

    async def rows(self) -> dict[str, int]:
        """How many rows stand in each table."""
        counted = select(
            *(
                select(func.count()).select_from(table).scalar_subquery().label(table.name)
                for table in tables.metadata.sorted_tables
                if table.name != "clock"
            )
        )
        async with self.store.database.transaction(writing=False) as connection:
            return dict((await connection.execute(counted)).mappings().one())


def holding(actor: Actor, *roles: str) -> Actor:
    """The same person with these roles."""
    return actor.model_copy(update={"roles": frozenset(Role(role) for role in roles)})


def touched(content: Any, which: int) -> tuple[str, Any]:
    """The content with one of its leaves changed, whichever that is, and the path of it."""
    leaves: list[tuple[list[str | int], Any]] = []

    def walk(value: Any, path: list[str | int]) -> None:
        if isinstance(value, dict | list) and value:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in pairs:
                walk(item, [*path, key])
        else:
            leaves.append((path, value))

    walk(content, [])
    path, value = leaves[which % len(leaves)]
    changed = json.loads(json.dumps(content))
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = f"{value} " if isinstance(value, str) else ["x"] if value in ([], None) else not value
    if isinstance(value, int | float) and not isinstance(value, bool):
        place[path[-1]] = value + 1
    return ".".join(map(str, path)), changed


@dataclass
class Pause:
    """A call that waits: ``reached`` says that it does, ``go`` lets it go on."""

    reached: asyncio.Event
    go: asyncio.Event


@asynccontextmanager
async def held_back(owner: type, name: str) -> AsyncIterator[Pause]:
    """Have the next call of a method wait at its door, in the middle of whatever it belongs to."""
    pause, method = Pause(asyncio.Event(), asyncio.Event()), getattr(owner, name)

    async def waits(*arguments: Any, **options: Any) -> Any:
        if not pause.reached.is_set():
            pause.reached.set()
            await pause.go.wait()
        return await method(*arguments, **options)

    setattr(owner, name, waits)
    try:
        yield pause
    finally:
        pause.go.set()
        setattr(owner, name, method)
