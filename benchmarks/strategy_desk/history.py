"""A decided history of some length: counted and scored by the engine alone, and previewed as the API does it.

    python -m benchmarks.strategy_desk.history engine 10000
    python -m benchmarks.strategy_desk.history preview 10000

Each runs in a process of its own, so that its memory is that of nothing else; the last line is the result as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from agents.author import DraftOrder
from agents.author.offline import OfflineAuthor
from agents.build import EnsembleSettings, build_ensemble
from benchmarks.strategy_desk.measuring import measured, resident, unmarked
from benchmarks.strategy_desk.strategies import charter, criteria, heavier, stored, verdicts
from evidence.canonical import canonical_json, digest
from evidence.ids import new_id
from graphs.previewing import preview
from graphs.previews import make
from graphs.proposing import accept, propose
from store import tables
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from strategy.history import OUTCOMES, agreeing, count, score
from tests.company import BRIEF, Company, found

AT_ONCE = 250  # rows in one statement


def engine(number: int) -> dict[str, Any]:
    """Counting stored verdicts, and scoring the counts; seconds, and megabytes that were added at most."""
    base = criteria(12)
    tried = heavier(base)
    entries = [{"results": each["results"], "settled": each["settled"]} for each in stored()]
    signed = [each for _, each in islice(cycle(verdicts()), number)]
    times = max(1, min(5, 30_000 // number))
    score(count(entries[:10], signed[:10], base), tried)  # what is loaded the first time is not measured
    seconds_count, memory_count, history = measured(lambda: count(islice(cycle(entries), number), signed, base), times)
    seconds_score, memory_score, scored = measured(lambda: score(history, tried), 9)
    right, _ = agreeing(scored.outcomes, history.signed)
    said = [OUTCOMES[each].value for each in scored.outcomes]
    return {
        "verdicts": number,
        "count_seconds": seconds_count,
        "score_seconds": seconds_score,
        "memory_mb": max(memory_count, memory_score),
        "outcomes": {each: said.count(each) for each in sorted(set(said))},
        "agreeing": right,
    }


async def founded(store: Store, number: int) -> Company:
    """A company whose programme has these criteria in force, so many of the twelve."""
    company = await found(store)
    async with store.write() as work:
        programme_id = await work.strategy.add_programme("Everybody", round_budget=0)
    company = replace(company, programme_id=programme_id)
    for each in (charter(), criteria(number)):
        version = await propose(store, company.sofia, programme_id, each, reason="the first")
        await accept(store, company.sofia, version.id)
    return company


async def decided(store: Store, company: Company, number: int) -> None:
    """Write a decided history, the rows that journeys would have left of it, without playing each journey."""
    draft = await OfflineAuthor().draft(DraftOrder(brief=BRIEF, charter=charter(), criteria=criteria(12)))
    content = canonical_json(draft.scenario.content()).decode()
    text_digest, now = digest(draft.scenario.content()), datetime.now(UTC)
    async with store.read() as work:
        in_force = [await work.strategy.in_force(company.programme_id, kind) for kind in ("charter", "criteria")]
    rulings = list(zip(stored(), [signed for _, signed in verdicts()], strict=True))
    for start in range(0, number, AT_ONCE):
        rows: dict[Any, list[dict[str, Any]]] = {
            each: [] for each in (tables.runs, tables.scenario_versions, tables.verdicts, tables.checkpoints)
        }
        for place in range(start, min(number, start + AT_ONCE)):
            ruling, signed = rulings[place % len(rulings)]
            run, version, told, checkpoint = (new_id() for _ in range(4))
            rows[tables.runs].append(
                {
                    "id": run,
                    "programme_id": company.programme_id,
                    "journey": "design",
                    "stage": "published" if signed else "rejected",
                    "epoch": 1,
                    "rounds": 0,
                    "tries": 0,
                    "started_by": company.maria.person_id,
                    "created_at": now,
                    "updated_at": now,
                }
            )
            rows[tables.scenario_versions].append(
                {
                    "id": version,
                    "programme_id": company.programme_id,
                    "run_id": run,
                    "number": 1,
                    "title": f"{draft.scenario.title} ({place})"[:200],
                    "content": content,
                    "digest": text_digest,
                    "notes": "",
                    "unmet": [],
                    "provenance": {},
                    "created_at": now,
                }
            )
            rows[tables.verdicts].append(
                {
                    "id": told,
                    "version_id": version,
                    "charter_id": in_force[0].id,
                    "criteria_id": in_force[1].id,
                    "outcome": ruling["outcome"],
                    "score": ruling["score"],
                    "content": ruling,
                    "created_at": now,
                }
            )
            rows[tables.checkpoints].append(
                {
                    "id": checkpoint,
                    "programme_id": company.programme_id,
                    "run_id": run,
                    "subject_kind": "scenario",
                    "subject_id": version,
                    "digest": text_digest,
                    "verdict_id": told,
                    "policy": "single/1",
                    "review_digest": text_digest,
                    "status": "approved" if signed else "rejected",
                    "revision": 1,
                    "created_at": now,
                    "ended_at": now,
                    "seq": 1000 + place,
                }
            )
        async with store.database.transaction(writing=True) as connection:
            for table, several in rows.items():
                await connection.execute(insert(table), several)


async def whole(number: int) -> dict[str, Any]:
    """A preview of other weights over a real file, the first time and with a slider; then of a proposed version."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "conductor.db"
        database = Database(f"sqlite:///{file}", pool_size=4)
        await asyncio.to_thread(migrate, database)
        store = Store(database, Vault(b"k" * 32))
        company = await founded(store, 12)
        players = build_ensemble(EnsembleSettings())
        # An empty history first: what is loaded the first time is not measured.
        await preview(store, company.sofia, company.programme_id, ensemble=players)
        await decided(store, company, number)
        base = criteria(12)
        weights = {each.id: each.weight for each in heavier(base).criteria}
        first, memory, shown = await _awaited(
            lambda: preview(store, company.sofia, company.programme_id, weights=weights, ensemble=players)
        )
        moved = []
        for step in range(5):
            slide = partial(preview, store, company.sofia, company.programme_id, pass_threshold=0.6 + 0.02 * step)
            seconds, _, _ = await _awaited(partial(slide, ensemble=players))
            moved.append(seconds)
        version = await propose(store, company.sofia, company.programme_id, heavier(base), reason="try it")
        kept, memory_kept, answered = await _awaited(lambda: make(store, players, company.sofia, version.id))
        result = {
            "verdicts": number,
            "file_mb": file.stat().st_size / 2**20,
            "first_seconds": first,
            "slider_seconds": sorted(moved)[len(moved) // 2],
            "memory_mb": memory,
            "kept_seconds": kept,
            "kept_memory_mb": memory_kept,
            "flips": len(shown.flips),
            "kept_flips": len(answered.preview.shown.flips),
            "decided": shown.decided,
        }
        await store.close()
        return result


async def _awaited(act: Callable[[], Awaitable[Any]]) -> tuple[float, float, Any]:
    unmarked()
    before, began = resident(), time.perf_counter()
    given = await act()
    seconds = time.perf_counter() - began
    return seconds, max(0.0, resident("VmHWM") - before), given


def main(arguments: Sequence[str]) -> None:
    """Measure one size."""
    act, number = arguments[0], int(arguments[1])
    print(json.dumps(engine(number) if act == "engine" else asyncio.run(whole(number))))


if __name__ == "__main__":
    main(sys.argv[1:])
