"""A clock that is a day off, then right, then a day behind: what is revoked stays revoked, and order stays order."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select

from benchmarks.torture.people import Crowd, Ledger
from benchmarks.torture.report import Line
from benchmarks.torture.site import Site, site
from benchmarks.torture.truth import examine, rested
from store import tables

SHIFTS = (timedelta(days=1), timedelta(), timedelta(days=-1))


async def wrong(kind: str) -> Line:
    """Journeys, a revocation and attempts at practice under each clock, in one database."""
    async with site(kind) as place:
        ledger, wrongs = Ledger(), list[str]()
        revoked: list[str] = []
        for shift in SHIFTS:
            await place.serve(1, module="benchmarks.torture.shifted", torture_clock_seconds=str(shift.total_seconds()))
            await place.log_in(also=("amir",))
            crowd = Crowd(place, ledger)
            crowd.gate.set()
            await asyncio.gather(*(crowd.journey(login) for login in place.logins[:3]))
            await rested(place)
            wrongs += await _revoke_one(place, revoked)
            wrongs += await _practise(place, revoked)
            place.servers[0].stop()
        wrongs += await _order(place)
        line = Line("clock a day ahead, right, a day behind", kind, f"{len(ledger.decided)} decisions")
        line.wrong += wrongs
        line.figures = {"revoked": len(revoked)}
        return line.take(await examine(place, ledger), ledger, place.answers)


async def _revoke_one(place: Site, revoked: list[str]) -> list[str]:
    sign_offs = tables.sign_offs
    query = select(sign_offs.c.id, sign_offs.c.subject_id).where(sign_offs.c.revoked_at.is_(None))
    async with place.store.read() as work:
        live = (await work._connection.execute(query.order_by(sign_offs.c.id))).first()
    if live is None:
        return ["nothing is signed that could be revoked"]
    body = {"reason": "The text has aged.", "open_practices": "stop"}
    answer = await place.send(place.servers[0], "maria", "POST", f"/sign-offs/{live.id}/revocation", json=body)
    if answer is None or answer.status_code >= 300:
        return [f"a revocation was answered {answer.text[:200] if answer else 'not at all'}"]
    revoked.append(live.subject_id)
    return []


async def _practise(place: Site, revoked: list[str]) -> list[str]:
    """No practice begins on what is revoked, whatever time it was then and is now."""
    found = []
    for version_id in revoked:
        answer = await place.send(place.servers[0], "amir", "POST", f"/scenarios/{version_id}/practices", json={})
        if answer is None or answer.status_code != 409:
            found.append(f"a practice on a revoked version was answered {answer.status_code if answer else 0}")
    return found


async def _order(place: Site) -> list[str]:
    """Every checkpoint was opened before it was decided, by number, however the clock ran."""
    checkpoints, decisions = tables.checkpoints, tables.decisions
    joined = select(checkpoints.c.id).join(decisions, decisions.c.checkpoint_id == checkpoints.c.id)
    async with place.store.read() as work:
        late = (await work._connection.execute(joined.where(decisions.c.seq <= checkpoints.c.seq))).scalars().all()
    return [f"checkpoint {each} was decided before it was opened" for each in late]
