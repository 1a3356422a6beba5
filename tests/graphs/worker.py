"""A process of its own that brings work forward until it is killed: ``python -m tests.graphs.worker ADDRESS MODE``.

``park`` plays normally; ``hang`` has a judge that answers one criterion and then never again. It prints what happens.
"""

from __future__ import annotations

import asyncio
import sys

from agents.alignment import Judgement, JudgeQuestion
from graphs.runtime import running
from tests.company import ScriptedJudge, ensemble
from tests.conftest import open_store


class HangingJudge(ScriptedJudge):
    """Answers the criterion `asks`, and then never again."""

    async def judge(self, question: JudgeQuestion, sample: int) -> Judgement:
        if question.criterion.id != "asks":
            print("hanging", flush=True)
            await asyncio.Event().wait()
        return await super().judge(question, sample)


async def main(address: str, mode: str) -> None:
    """Play until killed."""
    store = open_store(address)
    players = ensemble(judge=HangingJudge() if mode == "hang" else ScriptedJudge())
    async with running(store, players, executor_id="worker"):
        print("ready", flush=True)
        seen: set[str] = set()
        while True:
            async with store.read() as work:
                for run in await work.design.runs():
                    if run.stage not in seen:
                        seen.add(run.stage)
                        print(run.stage, flush=True)
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
