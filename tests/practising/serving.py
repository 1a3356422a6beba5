"""A server in a process of its own, whose persona says a few words and then nothing more, until it is killed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection

import uvicorn

from agents.persona import PersonaCue
from api.app import create_app
from api.application import Application
from graphs import keeping
from graphs.live import LiveTurns
from store.database import Database
from store.unit_of_work import Store
from store.vault import Vault
from tests.api.furnished import plain
from tests.company import OFFLINE, ensemble

STORED = ["I see ", "it much ", "as you "]
ONLY_HEARD = ["do, ", "and yet"]
SILENCE = "Say nothing to this."


class BreakingPersona:
    """Says what is stored in time, then what is not, and then nothing; to some words it says nothing at all."""

    provenance = OFFLINE

    async def speak(self, cue: PersonaCue) -> AsyncIterator[str]:
        if cue.learner_says != SILENCE:
            for piece in STORED:
                yield piece
            await asyncio.sleep(3 * keeping.FIRST_SECONDS)
            for piece in ONLY_HEARD:
                yield piece
        await asyncio.Event().wait()


def serve(address: str, says: Connection) -> None:
    """Serve until killed; says its port first."""
    keeping.FLUSH_SECONDS = 600
    asyncio.run(_serve(address, says))


async def _serve(address: str, says: Connection) -> None:
    store = Store(Database(address, pool_size=4), Vault(b"k" * 32))
    players, settings = ensemble(persona=BreakingPersona()), plain()
    app = create_app(settings)
    live = LiveTurns(store, players)
    app.state.application = Application(settings=settings, store=store, ensemble=players, live=live)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the next server takes its place
        listening.bind(("127.0.0.1", 0))
        says.send(listening.getsockname()[1])
        config = uvicorn.Config(app, lifespan="off", ws="none", log_level="error")
        await uvicorn.Server(config).serve(sockets=[listening])
