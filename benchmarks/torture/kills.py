"""kill -9: at every failpoint, and at random."""

from __future__ import annotations

import asyncio
import random
import subprocess
import time

from benchmarks.torture.people import Crowd, Ledger
from benchmarks.torture.report import Line
from benchmarks.torture.site import Server, Site, site
from benchmarks.torture.truth import examine, rested, unfinished
from store.failpoints import NAMES

RECOVERY_SECONDS = 10.0
PEOPLE = 4

# Only a process that ends, looks after a dead one, or sees five minutes begin, comes by these; tests/faults goes there.
_ELSEWHERE = frozenset({"drain:handed-back", "reaper:resumed", "tick:returned"})


async def at_failpoints(kind: str) -> Line:
    """One server, killed once at each failpoint that serving comes by, at the first to third time."""
    names = [name for name in NAMES if name not in _ELSEWHERE]
    async with site(kind) as place:
        await place.serve(1)
        await place.log_in(also=["sofia"])
        ledger, worst, missed = Ledger(), 0.0, []
        for name in names:
            server = place.servers[0]
            server.kill()
            measured = name.startswith("study:")  # after the first study hardly anything is left to ask
            server.spawn(failpoints=f"{name}=kill@{1 if measured else random.choice((1, 2, 3))}")
            crowd = Crowd(place, ledger)
            crowd.begin(PEOPLE)
            if measured:
                crowd.measure()
            if not await _dies(server, within=60.0):
                missed.append(name)
            crowd.gate.clear()
            server.kill()
            worst = max(worst, await _recovers(place, [server]))
            crowd.gate.set()
            await asyncio.sleep(0.5)
            await crowd.end()
        await rested(place)
        line = Line("killed at every failpoint", kind, f"{len(names)} kills", worst=worst, limit=RECOVERY_SECONDS)
        line.wrong += [f"{name} was not reached" for name in missed]
        line.wrong += await unfinished(place, ledger)
        line.figures = {"slowest_from_process_start": round(max(place.starts), 1)}
        return line.take(await examine(place, ledger), ledger, place.answers)


async def at_random(kind: str, kills: int, minutes: float) -> Line:
    """Servers (two on PostgreSQL) that are killed at random moments of many journeys."""
    async with site(kind) as place:
        await place.serve(1 if kind == "sqlite" else 2)
        await place.log_in()
        ledger, worst, done, deadline = Ledger(), 0.0, 0, time.monotonic() + 60 * minutes
        crowd = Crowd(place, ledger)
        crowd.begin(PEOPLE)
        while done < kills and time.monotonic() < deadline:
            await asyncio.sleep(random.uniform(0.1, 2.5))
            server = random.choice(place.servers)
            server.kill()
            done += 1
            if kind == "postgresql" and random.random() < 0.5:
                # The other one goes on; what the dead one had in hand must be found by it.
                crowd.gate.clear()
                worst = max(worst, await rested(place, within=60))
                crowd.gate.set()
                server.spawn()
                await server.ready()
                continue
            crowd.gate.clear()
            worst = max(worst, await _recovers(place, [server]))
            crowd.gate.set()
        await asyncio.sleep(1)
        crowd.gate.clear()
        await rested(place)
        crowd.gate.set()
        await crowd.end()
        await rested(place)
        line = Line("killed at random", kind, f"{done} kills", worst=worst, limit=RECOVERY_SECONDS)
        if done < kills:
            line.wrong.append(f"{done} of {kills} kills in {minutes:g} minutes")
        line.figures = {"orders": len(ledger.ordered), "decisions": len(ledger.decided)}
        line.figures["slowest_from_process_start"] = round(max(place.starts, default=0.0), 1)
        return line.take(await examine(place, ledger), ledger, place.answers)


async def _dies(server: Server, *, within: float) -> bool:
    assert server.process is not None
    try:
        await asyncio.to_thread(server.process.wait, within)
    except subprocess.TimeoutExpired:
        return False
    return True


async def _recovers(place: Site, dead: list[Server]) -> float:
    """Start again what died; gives the seconds from its first answer until all work is at rest."""
    began = time.monotonic()
    for server in dead:
        server.spawn()
    for server in dead:
        if not await server.ready():
            return float("inf")
    answering = time.monotonic()
    await rested(place)
    place.starts.append(time.monotonic() - began)
    return time.monotonic() - answering
