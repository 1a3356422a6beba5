"""Eight processes, and eight people who decide about the same at the same moment, or say the same twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import httpx
from sqlalchemy import func, select

from agents.provenance import Provenance
from approvals.checkpoint import SubjectKind
from benchmarks.torture.people import Ledger
from benchmarks.torture.report import Line
from benchmarks.torture.site import Server, Site, site
from benchmarks.torture.truth import examine, rested
from evidence.ids import new_id
from graphs.opening import open_checkpoint
from store import tables
from store.unit_of_work import UnitOfWork
from tests.company import SCENARIO

PROCESSES = 8
AT_ONCE = 6  # checkpoints that are fought over at one time
_BATCH = 200


async def decisions(kind: str, count: int) -> Line:
    """``count`` checkpoints, each decided by eight people at eight processes at once: one wins, seven hear who."""
    async with site(kind) as place:
        await place.serve(PROCESSES)
        await place.log_in()
        waiting = await _checkpoints(place, count)
        ledger, outcomes, wrong = Ledger(asked=count), Counter[str](), list[str]()
        turn = asyncio.Semaphore(AT_ONCE)

        async def fight(checkpoint_id: str, digest: str) -> None:
            async with turn:
                pairs = list(zip(place.servers, random.sample(place.logins, PROCESSES), strict=True))
                answers = await asyncio.gather(*(_decide(place, *pair, checkpoint_id, digest) for pair in pairs))
            won = [kind for kind, answer in answers if answer is not None and answer.status_code == 201]
            lost = [answer for _, answer in answers if answer is not None and answer.status_code == 409]
            outcomes[f"{len(won)} won, {len(lost)} lost"] += 1
            if len(won) != 1 or len(lost) != PROCESSES - 1:
                wrong.append(f"{checkpoint_id}: {[a.status_code if a else 0 for _, a in answers]}")
            elif not all(answer.json().get("winner") for answer in lost):
                wrong.append(f"{checkpoint_id}: a loser did not hear who won")
            if won:
                ledger.decided[checkpoint_id] = won[0]

        await asyncio.gather(*(fight(*each) for each in waiting))
        rest = await rested(place, within=600)
        line = Line("raced by eight processes", kind, f"{count} decisions, {count * PROCESSES} attempts")
        line.wrong += wrong[:5]
        line.figures = {"outcomes": dict(outcomes), "seconds_until_all_effects": round(rest, 1)}
        return line.take(await examine(place, ledger), ledger, place.answers)


async def duplicates(kind: str, count: int) -> Line:
    """``count`` decisions, each sent several times at once and again later under one key: one row, one answer."""
    async with site(kind) as place:
        await place.serve(PROCESSES if kind == "postgresql" else 2)
        await place.log_in()
        waiting = await _checkpoints(place, -(-count // 4))
        ledger, wrong = Ledger(asked=len(waiting)), list[str]()
        turn = asyncio.Semaphore(AT_ONCE)

        async def insist(checkpoint_id: str, digest: str) -> None:
            login, key = random.choice(place.logins), new_id()
            body = {"kind": "approve", "review_digest": digest, "reason": ""}

            async def once() -> httpx.Response | None:
                path = f"/checkpoints/{checkpoint_id}/decisions"
                while True:
                    server = random.choice(place.servers)
                    answer = await place.send(server, login, "POST", path, key=key, json=body)
                    # Somebody else answers the very same request at this moment: a client sends it again.
                    if answer is None or answer.status_code != 409 or "same request" not in answer.text:
                        return answer

            async with turn:
                answers = [*await asyncio.gather(once(), once(), once()), await once()]
            said = {(answer.status_code, answer.text) if answer is not None else (0, "") for answer in answers}
            if len(said) != 1 or next(iter(said))[0] != 201:
                wrong.append(f"{checkpoint_id}: {sorted(status for status, _ in said)}")
            ledger.decided[checkpoint_id] = "approve"

        await asyncio.gather(*(insist(*each) for each in waiting))
        await rested(place, within=600)
        async with place.store.read() as work:
            rows = (await work._connection.execute(select(func.count()).select_from(tables.decisions))).scalar_one()
        if rows != len(waiting):
            wrong.append(f"{rows} rows for {len(waiting)} decisions")
        line = Line("sent again under one key", kind, f"{len(waiting) * 4} submits of {len(waiting)} decisions")
        line.wrong += wrong[:5]
        return line.take(await examine(place, ledger), ledger, place.answers)


async def _decide(
    place: Site, server: Server, login: str, checkpoint_id: str, digest: str
) -> tuple[str, httpx.Response | None]:
    kind = random.choice(("approve", "reject"))
    body: dict[str, Any] = {"kind": kind, "review_digest": digest, "reason": "As I see it."}
    return kind, await place.send(server, login, "POST", f"/checkpoints/{checkpoint_id}/decisions", json=body)


async def _checkpoints(place: Site, count: int) -> list[tuple[str, str]]:
    """Checkpoints that wait, written as the design journey writes them, without having agents draft each one.

    Returns:
        Pairs (id, review digest).
    """
    made: list[tuple[str, str]] = []
    while len(made) < count:
        async with place.store.write() as work:
            made += [await _checkpoint(place, work) for _ in range(min(_BATCH, count - len(made)))]
    return made


async def _checkpoint(place: Site, work: UnitOfWork) -> tuple[str, str]:
    company = place.company
    run_id = await work.design.add_run(company.programme_id, "design", "awaiting", by=company.maria.person_id)
    run = await work.design.run(run_id)
    content = SCENARIO.content()
    offline = Provenance(player="offline", model="scripted", prompt_digest="0" * 64)
    version = await work.design.add_version(
        run, content, title=SCENARIO.title, notes="", unmet=(), provenance=offline.model_dump()
    )
    charter = await work.strategy.in_force(company.programme_id, "charter")
    criteria = await work.strategy.in_force(company.programme_id, "criteria")
    verdict = await work.design.add_verdict(
        version.id,
        charter_id=charter.id,
        criteria_id=criteria.id,
        content={"outcome": "aligned", "score": 1.0, "results": [], "samples": [], "vetoes": [], "reasons": []},
    )
    checkpoint = await open_checkpoint(
        work,
        run,
        SubjectKind.SCENARIO,
        subject_id=version.id,
        digest=version.digest,
        content=content,
        verdict_id=verdict.id,
    )
    return checkpoint.id, checkpoint.review_digest
