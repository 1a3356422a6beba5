"""What the database says afterwards, read without the application: what is lost, doubled, or unfinished."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Select, func, select, text

from approvals.audit import first_break
from benchmarks.torture.people import Ledger
from benchmarks.torture.site import Site
from store import tables
from store.database import DBOS_SCHEMA
from store.unit_of_work import UnitOfWork

AT_REST = frozenset({"awaiting", "published", "rejected", "errored", "active"})
_ENDED = ("approved", "rejected", "changes_requested")
_DECISIONS = ("approve", "reject", "request_changes")
_STATUS = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True)
class Truth:
    """Counts that should all be 0, and what the first of each is about."""

    lost: list[str]
    doubled: list[str]
    half: list[str]

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.half)


async def examine(site: Site, ledger: Ledger) -> Truth:
    """Compare what people were told with what is there."""
    async with site.store.read() as work:
        lost = await _lost(work, ledger)
        doubled = await _doubled(work, ledger)
        half = await _half(work)
    return Truth(lost, doubled, half)


async def _lost(work: UnitOfWork, ledger: Ledger) -> list[str]:
    runs = set((await work._connection.execute(select(tables.runs.c.id))).scalars())
    lost = [f"run {run_id}" for run_id in ledger.ordered.values() if run_id not in runs]
    checkpoints = tables.checkpoints
    stands = {
        row.id: row.status for row in await work._connection.execute(select(checkpoints.c.id, checkpoints.c.status))
    }
    lost += [
        f"decision at {checkpoint_id}"
        for checkpoint_id, kind in ledger.decided.items()
        if stands.get(checkpoint_id) != _STATUS[kind]
    ]
    return lost


async def _doubled(work: UnitOfWork, ledger: Ledger) -> list[str]:
    """More of a thing than one: per key, run, checkpoint, version or job of the story."""
    connection = work._connection
    found: list[str] = []
    runs = int((await connection.execute(select(func.count()).select_from(tables.runs))).scalar_one())
    if runs > ledger.asked:
        found.append(f"{runs} runs for {ledger.asked} orders")
    decisions, sign_offs, events, audit = tables.decisions, tables.sign_offs, tables.run_events, tables.audit
    terminal = select(decisions.c.checkpoint_id).where(decisions.c.terminal)
    found += await _more_than_one(work, "terminal decisions", terminal)
    found += await _more_than_one(work, "sign-offs", select(sign_offs.c.checkpoint_id))
    pending = select(tables.checkpoints.c.run_id).where(tables.checkpoints.c.status == "pending")
    found += await _more_than_one(work, "pending checkpoints", pending)
    opened = select(audit.c.subject).where(audit.c.action == "checkpoint opened")
    found += await _more_than_one(work, "audited openings", opened)
    decided = select(audit.c.subject).where(audit.c.action.in_(["approve", "reject"]))
    found += await _more_than_one(work, "audited decisions", decided)
    drafted = await connection.execute(select(events.c.run_id, events.c.detail).where(events.c.event == "drafted"))
    lines = Counter(f"{row.run_id}/{row.detail['version']}" for row in drafted)
    found += [f"drafts: {subject} ({count})" for subject, count in lines.items() if count > 1]
    return found


async def _more_than_one(work: UnitOfWork, what: str, query: Select[str]) -> list[str]:
    counts = Counter((await work._connection.execute(query)).scalars())
    return [f"{what}: {subject} ({count})" for subject, count in counts.items() if count > 1]


async def _half(work: UnitOfWork) -> list[str]:
    """A part of a thing without its other part: they commit together or not at all."""
    decisions, checkpoints, sign_offs, audit = tables.decisions, tables.checkpoints, tables.sign_offs, tables.audit

    async def ids(query: Select[str]) -> set[str]:
        return {row[0] for row in await work._connection.execute(query)}

    ended = await ids(select(checkpoints.c.id).where(checkpoints.c.status.in_(_ENDED)))
    terminal = await ids(select(decisions.c.checkpoint_id).where(decisions.c.terminal))
    found = [f"checkpoint {each} ended without a decision, or the other way round" for each in ended ^ terminal]
    approved = await ids(select(checkpoints.c.id).where(checkpoints.c.status == "approved"))
    signed = await ids(select(sign_offs.c.checkpoint_id))
    found += [f"checkpoint {each} approved without a sign-off, or the other way round" for each in approved ^ signed]
    subjects = await ids(select(audit.c.subject).where(audit.c.action.in_(_DECISIONS)))
    audited = {subject.removeprefix("checkpoint/") for subject in subjects}
    found += [f"decision at {each} not audited" for each in terminal - audited]
    rows = await work.approvals.audit_rows()
    broken = first_break((row.model_dump(exclude={"hash"}), row.hash) for row in rows)
    return found if broken is None else [*found, f"the audit chain breaks at {broken}"]


async def unfinished(site: Site, ledger: Ledger, *, within: float = 60.0) -> list[str]:
    """Studies that people were told had started, and that came to no result, or to nobody's knowledge."""
    began = time.monotonic()
    table, notices = tables.studies, tables.notices
    while True:
        async with site.store.read() as work:
            rows = await work._connection.execute(select(table.c.id, table.c.status))
            stands = {row.id: row.status for row in rows}
            told = Counter(
                (
                    await work._connection.execute(select(notices.c.subject).where(notices.c.kind == "study done"))
                ).scalars()
            )
        open_ones = [each for each in ledger.studied if stands.get(each) == "running"]
        if not open_ones or time.monotonic() - began > within:
            break
        await asyncio.sleep(0.2)
    wrong = [f"study {each} is {stands.get(each)}" for each in ledger.studied if stands.get(each) != "done"]
    return wrong + [
        f"study {each}: {told[f'study/{each}']} notices" for each in ledger.studied if told[f"study/{each}"] != 1
    ]


async def rested(site: Site, *, within: float = 120.0) -> float:
    """Wait until no run moves and no job of a run waits.

    Returns:
        How many seconds it took; infinite where it did not come to rest.
    """
    began = time.monotonic()
    schema = "" if site.kind == "sqlite" else f"{DBOS_SCHEMA}."
    jobs = text(
        f"SELECT count(*) FROM {schema}workflow_status WHERE status IN ('PENDING', 'ENQUEUED') "
        "AND queue_name = 'journeys'"
    )
    while time.monotonic() - began < within:
        try:
            async with site.store.read() as work:
                moving = await work._connection.execute(
                    select(func.count()).select_from(tables.runs).where(tables.runs.c.stage.not_in(AT_REST))
                )
                if not moving.scalar_one() and not (await work._connection.execute(jobs)).scalar_one():
                    return time.monotonic() - began
        except Exception:
            await asyncio.sleep(0.2)  # the database is away, which may be the point
        await asyncio.sleep(0.05)
    return float("inf")
