"""One text judged on so many criteria at a model that takes its time: located, checked, and looked up in a real file.

    python -m benchmarks.strategy_desk.judging URL TIMES

The last line is the result as JSON: seconds by ``lanes/samples/criteria``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agents.author import DraftOrder
from agents.author.offline import OfflineAuthor
from agents.build import EnsembleSettings, RoleSettings, build_ensemble
from agents.endpoints import ModelSettings
from agents.ensemble import Ensemble
from benchmarks.strategy_desk import NUMBERS
from benchmarks.strategy_desk.strategies import charter, criteria, differing
from evidence.canonical import canonical_json, digest
from graphs.context import Context
from graphs.judging import judge_criterion
from practice.scenario import Scenario
from store.database import Database, migrate
from store.records import ScenarioVersion
from store.unit_of_work import Store
from store.vault import Vault
from strategy.verdict import SampleStatus
from tests.company import BRIEF

CASES = ((8, 3), (64, 1), (64, 3))  # requests at once (8 is what is set without a word), samples


def players(url: str, lanes: int) -> Ensemble:
    """Offline rules, and a judge that asks an endpoint."""
    model = ModelSettings(base_url=url, model="scripted", concurrency=lanes)
    return build_ensemble(EnsembleSettings(alignment=RoleSettings(player="model", model=model)))


def numbered(scenario: Scenario, number: int) -> ScenarioVersion:
    """A text that was never judged before."""
    content = differing(scenario, number).content()
    return ScenarioVersion(
        id=f"text-{number}",
        programme_id="programme",
        run_id="run",
        number=1,
        title=scenario.title,
        content=canonical_json(content).decode(),
        digest=digest(content),
        notes="",
        unmet=[],
        provenance={},
        created_at=datetime.now(UTC),
    )


async def judged(url: str, times: int) -> dict[str, list[float]]:
    """Seconds until every sample of every criterion is there; the first time of each case is to warm up."""
    draft = await OfflineAuthor().draft(DraftOrder(brief=BRIEF, charter=charter(), criteria=criteria(12)))
    found: dict[str, list[float]] = {}
    texts = 0
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'conductor.db'}", pool_size=8)
        await asyncio.to_thread(migrate, database)
        store = Store(database, Vault(b"k" * 32))
        for lanes, samples in CASES:
            context = Context(store=store, ensemble=players(url, lanes))
            for number in NUMBERS:
                asked = criteria(number).model_copy(update={"samples": samples})
                took = []
                for _ in range(times + (number == NUMBERS[0])):
                    texts += 1
                    text = numbered(draft.scenario, texts)
                    began = time.perf_counter()
                    given = await asyncio.gather(
                        *(judge_criterion(context, text, each, charter(), asked) for each in asked.criteria)
                    )
                    took.append(time.perf_counter() - began)
                    assert all(sample.status is SampleStatus.VALID for several in given for sample in several)
                    assert sum(map(len, given)) == samples * number
                found[f"{lanes}/{samples}/{number}"] = took[-times:]
        await store.close()
    return found


def main(arguments: Sequence[str]) -> None:
    """Measure all cases."""
    print(json.dumps(asyncio.run(judged(arguments[0], int(arguments[1])))))


if __name__ == "__main__":
    main(sys.argv[1:])
