"""Watching agents at work until the work rests, and showing where it came to rest."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api import terminal

if TYPE_CHECKING:
    from api.application import Application
    from approvals.people import Actor
    from store.records import Run

POLL_SECONDS = 0.1
AT_REST = frozenset({"awaiting", "published", "rejected", "withdrawn", "errored", "active"})


async def follow(
    app: Application,
    runs: dict[str, str],
    *,
    after: dict[str, int] | None = None,
    pace: float = 0.0,
    viewer: Actor | None = None,
) -> dict[str, Run]:
    """Show the agents' work until every run waits for a person or is over.

    Args:
        app: an installation that brings work forward.
        runs: label by run id.
        after: per run, the last event that was shown already.
        pace: least seconds between two events on the screen, for eyes that read along.
        viewer: who watches; what they have to label first is withheld from them.

    Returns:
        The runs as they rest.
    """
    from api.terminal.work import Board
    from graphs.blinding import seen_by

    seen = dict.fromkeys(runs, 0) | (after or {})
    resting: dict[str, Run] = {}
    with Board(runs, {run_id: await _criteria(app, run_id) for run_id in runs}) as board:
        while len(resting) < len(runs):
            for run_id in runs:
                if run_id in resting:
                    continue
                async with app.store.read() as work:
                    now = await work.design.run(run_id)
                    events = await work.design.events(run_id, seen[run_id])
                    if viewer is not None:
                        events = await seen_by(work, viewer, now, events)
                for event in events:
                    seen[run_id] = event.seq
                    board.show(event)
                    await asyncio.sleep(pace)
                if now.stage in AT_REST:
                    resting[run_id] = now
            await asyncio.sleep(0 if len(resting) == len(runs) else POLL_SECONDS)
    return resting


async def at_rest(app: Application, run_id: str) -> Run:
    """Wait without a word until the work rests, where something else is printed for scripts."""
    while True:
        async with app.store.read() as work:
            run = await work.design.run(run_id)
        if run.stage in AT_REST:
            return run
        await asyncio.sleep(POLL_SECONDS)


async def last_event(app: Application, run_id: str) -> int:
    """The number of a run's newest event."""
    async with app.store.read() as work:
        events = await work.design.events(run_id)
    return events[-1].seq if events else 0


async def show_rest(app: Application, actor: Actor, run: Run) -> int:
    """Show where a run rests: the verdict and the checkpoint that waits, or what stopped it.

    Returns:
        The exit code that says the same.
    """
    from api.commands.command import OK, UNAVAILABLE
    from api.terminal.labelling import blind_note
    from api.terminal.review import verdict_table
    from graphs.reviewing import review

    if run.stage == "errored":
        problem = run.error or {}
        terminal.complain(
            f"The work stopped: {problem.get('detail') or problem.get('title', 'unknown error')}",
            f"Nothing is lost; go on with `{terminal.program()} retry {terminal.short(run.id)}`.",
        )
        return UNAVAILABLE
    if run.stage == "awaiting":
        async with app.store.read() as work:
            waiting = await work.approvals.checkpoints(run_id=run.id, status="pending")
        if waiting:
            checkpoint = waiting[-1]
            if checkpoint.subject_kind == "scenario":
                terminal.out().print()
                shown = await review(app.store, actor, checkpoint.id)
                terminal.out().print(blind_note() if shown.label_first else verdict_table(shown))
            terminal.say()
            terminal.say(f"Checkpoint {checkpoint.id} waits for a person.", style="bold")
            terminal.say(f"Read and decide: {terminal.program()} review {terminal.short(checkpoint.id)}")
        return OK
    endings = {
        "published": "Signed: learners can practise exactly this text.",
        "rejected": "Rejected; this work is over.",
        "withdrawn": "Withdrawn; this work is over.",
        "active": "In force now.",
    }
    terminal.say(endings.get(run.stage, run.stage))
    return OK


async def _criteria(app: Application, run_id: str) -> int:
    import json

    async with app.store.read() as work:
        run = await work.design.run(run_id)
        active = await work.strategy.active(run.programme_id, "criteria")
        if active is None:
            return 1
        return len(json.loads((await work.strategy.version(active.version_id)).content)["criteria"])
