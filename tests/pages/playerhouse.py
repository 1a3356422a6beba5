"""A small company served over HTTP whose roles are played by models of every kind of standing.

Run as ``python -m tests.pages.playerhouse FOLDER``: it prints its address once everything is there. One scenario waits
for a designer, and one is signed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agents.conformance.report import Fitness
from agents.endpoints import Role
from api.application import opened
from api.settings import Settings
from graphs.commissioning import order
from graphs.fitness import allow, store_report
from graphs.reviewing import waiting
from tests.checked import players, report
from tests.company import BRIEF, found
from tests.endpoint.server import Endpoint
from tests.pages.deskhouse import answer, sign

FOUND: dict[Role, Fitness] = {
    "author": Fitness.UNFIT,
    "alignment": Fitness.PROVISIONAL,
    "persona": Fitness.PROVISIONAL,
    "coach": Fitness.UNFIT,
}
WHY = "For the pilot only, until the new model is there."


async def serve(folder: Path) -> None:
    """Found the company, have its models checked, and serve it until terminated."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'players.db'}",  # type: ignore[arg-type]
        key_file=folder / "players.key",
        _env_file=None,  # type: ignore[call-arg]
    )
    with Endpoint() as endpoint:
        chosen = players(endpoint)
        async with opened(settings, ensemble=chosen) as application:
            store = application.store
            company = await found(store)
            for skill in ("Saying no to a senior", "A price that went up"):
                brief = BRIEF.model_copy(update={"skill": skill})
                await order(store, company.maria, company.programme_id, brief, languages=frozenset({"en"}))
            while len(waits := await waiting(store, company.maria)) < 2:
                await asyncio.sleep(0.05)
            await sign(application, company.jonas, waits[0].id)
            for role, fitness in FOUND.items():
                await store_report(store, report(chosen, role, fitness))
            await allow(store, chosen, company.boss, "author", WHY)
            await answer(application)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
