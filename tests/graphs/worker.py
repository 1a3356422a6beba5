"""A process of its own that brings work forward until it is killed, and says what happens.

``park`` plays normally; ``hang`` has a judge that answers one criterion and then never again.
"""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from agents.alignment import Judgement, JudgeQuestion
from graphs.runtime import running
from tests.company import ScriptedJudge, ensemble
from tests.conftest import open_store


class HangingJudge(ScriptedJudge):
    """Answers the criterion `asks`, and then never again."""

    def __init__(self, says: Connection) -> None:
        super().__init__()
        self._says = says

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        if question.criterion.id != "asks":
            self._says.send("hanging")
            await asyncio.Event().wait()
        return await super().judge(question, sample)


def play(address: str, mode: str, says: Connection) -> None:
    """Play until killed."""
    asyncio.run(_play(address, mode, says))


async def _play(address: str, mode: str, says: Connection) -> None:
    store = open_store(address)
    players = ensemble(judge=HangingJudge(says) if mode == "hang" else ScriptedJudge())
    async with running(store, players, executor_id="worker"):
        says.send("ready")
        seen: set[str] = set()
        while True:
            async with store.read() as work:
                for run in await work.design.runs():
                    if run.stage not in seen:
                        seen.add(run.stage)
                        says.send(run.stage)
            await asyncio.sleep(0.05)
