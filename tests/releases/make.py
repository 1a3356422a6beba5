"""Leave a small database as this release makes it: ``python -m tests.releases.make 0.1.0``. Done once per release."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from approvals.checkpoint import DecisionKind
from graphs import practising
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.live import LiveTurns
from graphs.reviewing import waiting
from graphs.runtime import running
from tests.company import BRIEF, ensemble, found
from tests.conftest import open_store

HERE = Path(__file__).parent
SAID = "What has been behind the delay, from where you sit?"


async def play(address: str) -> None:
    """A signed scenario, a practice in the middle of it, and a checkpoint that waits."""
    store, players = open_store(address), ensemble()
    company = await found(store)
    live = LiveTurns(store, players)
    async with running(store, players, executor_id="server"):
        for number in range(2):
            await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
            async with asyncio.timeout(30):
                while not (pending := await waiting(store, company.maria)):
                    await asyncio.sleep(0.05)
            if number == 0:
                [checkpoint] = pending
                await decide(
                    store,
                    company.maria,
                    checkpoint.id,
                    DecisionKind.APPROVE,
                    seen=checkpoint.review_digest,
                    players={},
                )
                practice_id = await practising.begin(store, company.amir, checkpoint.subject_id)
                turn = await live.say(practice_id, company.amir.person_id, SAID)
                assert turn.task is not None
                await turn.task
        await asyncio.sleep(1)  # let the last job be marked as done
    await live.close()
    await store.close()


def main(release: str) -> None:
    """Write ``RELEASE.sql``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conductor.db"
        asyncio.run(play(f"sqlite:///{path}"))
        with closing(sqlite3.connect(path)) as connection:
            dump = "\n".join(connection.iterdump())
    (HERE / f"{release}.sql").write_text(dump + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
