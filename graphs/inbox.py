"""What a desk opens with: what waits, in the order of what needs human eyes, what is under way, what is signed."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.roles import require
from approvals.rollout import told
from graphs.blinding import is_withheld
from graphs.reviewing import waiting
from graphs.turns import Turn, turn_of
from store.purpose import Purpose
from store.records import CheckpointRow, Run, SignOff
from store.unit_of_work import Store, UnitOfWork

# What a person has to look at most closely stands first.
_NEEDS_EYES = ("refer", "errored", "revise", "", "aligned")
RUNS_SHOWN = 60


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class Waiting(_View):
    """A checkpoint that waits for me.

    ``struck`` counts quotes that code did not find in the text. ``signed`` is "" where no version of this work is
    signed, else how its sign-off stands (``SignOff.standing``). ``blind``: the verdict is withheld until this person
    has said their own levels, and nothing here tells of it.
    """

    checkpoint_id: str
    row: CheckpointRow
    turn: Turn
    signed: str
    kind: str
    title: str
    number: int
    outcome: str
    score: float | None
    referred: tuple[str, ...]
    struck: int
    since: datetime
    blind: bool = False

    def need(self) -> tuple[int, int, bool, int, datetime]:
        """What a person has to look at first sorts first."""
        return self.turn.place, _NEEDS_EYES.index(self.outcome), not self.turn.overdue, -self.struck, self.since


class Work(_View):
    """A piece of work that agents are at, or that has stopped."""

    run_id: str
    title: str
    stage: str
    error: str
    started: datetime


class Signed(_View):
    """A signed scenario."""

    checkpoint_id: str
    title: str
    number: int
    signed_by: tuple[str, ...]
    signed_at: datetime


class Inbox(_View):
    """A designer's desk."""

    waiting: tuple[Waiting, ...]
    under_way: tuple[Work, ...]
    stopped: tuple[Work, ...]
    library: tuple[Signed, ...]


async def inbox(store: Store, actor: Actor, *, wanted: str = "") -> Inbox:
    """What waits for a designer, what is under way or stopped, and the signed library.

    Args:
        store: where everything is kept.
        actor: a designer.
        wanted: keeps only signed scenarios whose title contains it.

    Raises:
        NotAllowed: the actor is no designer.
    """
    require(actor, Role.DESIGNER, to="open the designer's desk")
    found = [each for each in await waiting_for(store, actor) if each.kind in ("scenario", "rollout")]
    async with store.read() as work:
        runs = [run for run in await work.design.runs(limit=RUNS_SHOWN) if run.journey == "design"]
        at_work = [await _work(work, run) for run in runs if run.stage in ("drafting", "judging")]
        stopped = [await _work(work, run) for run in runs if run.stage == "errored"]
        library = await _library(work, wanted)
    return Inbox(waiting=tuple(found), under_way=tuple(at_work), stopped=tuple(stopped), library=tuple(library))


async def strategy_waiting(store: Store, actor: Actor) -> list[Waiting]:
    """What waits for a strategist: proposed charters and criteria sets, and scenarios of high risk."""
    require(actor, Role.STRATEGIST, to="open the strategist's desk")
    return await waiting_for(store, actor.model_copy(update={"roles": frozenset({Role.STRATEGIST})}))


async def waiting_for(store: Store, actor: Actor) -> list[Waiting]:
    """What waits for a person, what needs their eyes most first.

    Raises:
        NotAllowed: the actor is neither designer nor strategist.
    """
    mine = await waiting(store, actor)
    async with store.read() as work:
        signed = await work.approvals.standing_by_run() if mine else {}
        found = [await _waiting(work, actor, row, signed.get(row.run_id)) for row in mine]
    return sorted(found, key=Waiting.need)


async def _waiting(work: UnitOfWork, actor: Actor, checkpoint: CheckpointRow, signed: SignOff | None) -> Waiting:
    verdict: dict[str, Any] = {}
    blind = await is_withheld(work, actor, checkpoint)
    if checkpoint.verdict_id is not None and not blind:
        verdict = (await work.design.verdict(checkpoint.verdict_id)).content
    if checkpoint.subject_kind == "scenario":
        version = await work.design.version(checkpoint.subject_id)
        title, number = version.title, version.number
    elif checkpoint.subject_kind == "rollout":
        step = (await work.reach.step(checkpoint.subject_id)).content
        title, number = told(step)["title"], step["number"]
    else:
        proposed = await work.strategy.version(checkpoint.subject_id)
        title, number = json.loads(proposed.content)["title"], proposed.number
    absent = {
        (sample["criterion_id"], quote["quote"])
        for sample in verdict.get("samples", ())
        for quote in sample["evidence"]
        if quote["status"] == "absent"
    }
    return Waiting(
        checkpoint_id=checkpoint.id,
        row=checkpoint,
        turn=await turn_of(work, actor, checkpoint),
        signed="" if signed is None else signed.standing,
        kind=checkpoint.subject_kind,
        title=title,
        number=number,
        outcome=verdict.get("outcome", ""),
        score=verdict.get("score"),
        referred=tuple(r["criterion_id"] for r in verdict.get("results", ()) if r["outcome"] == "refer"),
        struck=len(absent),
        since=checkpoint.created_at,
        blind=blind,
    )


async def _work(work: UnitOfWork, run: Run) -> Work:
    versions = await work.design.versions(run.id)
    if versions:
        title = versions[0].title
    else:
        title = "" if run.brief_id is None else json.loads((await work.design.brief(run.brief_id)).content)["skill"]
    error = "" if run.error is None else f"{run.error.get('title', '')}. {run.error.get('detail', '')}"
    return Work(run_id=run.id, title=title, stage=run.stage, error=error, started=run.created_at)


async def _library(work: UnitOfWork, wanted: str) -> list[Signed]:
    found: dict[str, Signed] = {}
    for version in await work.approvals.signed_scenarios():
        if version.run_id in found or wanted.strip().casefold() not in version.title.casefold():
            continue
        signed = await work.approvals.live_sign_off(version.id, version.digest)
        if signed is None:
            continue
        decisions = await work.approvals.decisions(signed.checkpoint_id)
        by = [each.person_id for each in decisions if each.kind == "approve"]
        names = await work.people.names(frozenset(by), purpose=Purpose.ACCOUNTABILITY)
        found[version.run_id] = Signed(
            checkpoint_id=signed.checkpoint_id,
            title=version.title,
            number=version.number,
            signed_by=tuple(names[each] for each in by if each in names),
            signed_at=signed.created_at,
        )
    return list(found.values())
