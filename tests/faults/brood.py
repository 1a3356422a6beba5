"""Processes to kill, quickly: ``python -m tests.faults.brood`` loads everything once and forks a child per line.

A line is a JSON object: a ``name`` for the child, ``address`` of the database, ``failpoints`` to arm, ``executor`` id,
what to ``do``, and a file ``says`` for what it acknowledges. When a child has ended, a line says so: its name and its
exit code, negative where a signal ended it.

What there is to do, on a founded company:

- ``story``: order a scenario where there is none, have it brought to its checkpoint, sign it, see it published.
- ``drain``: order one with an author who never ends, and leave.
- ``wait``: order one with an author who never ends, and stay.
- ``tick``: stay while a schedule ticks that leaves a line in the audit log; a second tick of a period leaves none.
- ``rest``: bring forward what there is until all of it rests.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
from datetime import timedelta
from typing import Any

from agents.author import Draft, DraftOrder
from approvals.checkpoint import DecisionKind
from approvals.people import Actor, Role
from graphs import design, presence, schedules
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.runtime import running
from graphs.schedules import Schedule
from store import failpoints
from store.database import Database
from store.purpose import Purpose
from store.records import Run
from store.unit_of_work import Store
from store.vault import Vault
from tests.company import BRIEF, ScriptedAuthor, ensemble

AT_REST = {"awaiting", "published", "rejected", "errored"}
TICKED = "tick/1"


class EndlessAuthor(ScriptedAuthor):
    """Never ends."""

    async def draft(self, order: DraftOrder) -> Draft:
        say("drafting")
        await asyncio.Event().wait()
        return await super().draft(order)


def say(what: str) -> None:
    """Acknowledge something, as an answered request would."""
    os.write(1, f"{what}\n".encode())


async def live(told: dict[str, Any]) -> None:
    """Do what was told."""
    failpoints.arm(told["failpoints"])
    presence.GONE_SECONDS = 0.5
    if told.get("flow"):
        design.FLOW_VERSION = told["flow"]
    if told["do"] == "tick":
        schedules.SCHEDULES = (Schedule("daily", timedelta(days=1), leave_a_line),)
    store = Store(Database(told["address"], pool_size=4), Vault(b"k" * 32))
    endless = told["do"] in {"drain", "wait"}
    players = ensemble(author=EndlessAuthor() if endless else None)
    async with running(store, players, executor_id=told["executor"], drain_seconds=0.1):
        await ACTIONS[told["do"]](store)
    await store.close()


async def story(store: Store) -> None:
    run = await ordered(store)
    while run.stage not in AT_REST:
        await asyncio.sleep(0.02)
        run = await the_run(store)
    if run.stage == "awaiting":
        async with store.read() as work:
            [checkpoint] = await work.approvals.checkpoints(run_id=run.id, status="pending")
        maria, _ = await designer(store)
        await decide(store, maria, checkpoint.id, DecisionKind.APPROVE, seen=checkpoint.review_digest, players={})
        say("decided")
    await rest(store)


async def rest(store: Store) -> None:
    """Until no run has anything to do, and no job is under way."""
    from dbos import DBOS

    while True:
        async with store.read() as work:
            runs = await work.design.runs()
        busy = await asyncio.to_thread(DBOS.list_workflows, status=["PENDING", "ENQUEUED"], load_input=False)
        if not busy and all(run.stage in AT_REST for run in runs):
            say("rests")
            return
        await asyncio.sleep(0.02)


async def endless(store: Store) -> None:
    await ordered(store)
    await asyncio.sleep(0.5)


async def stay(store: Store) -> None:
    await ordered(store)
    await asyncio.sleep(60)


async def leave_a_line(store: Store) -> None:
    async with store.write() as work:
        if not any(row.subject == TICKED for row in await work.approvals.audit_rows()):
            await work.approvals.audit(actor="code", action="ticked", subject=TICKED)
    say("ticked")


async def ticked(store: Store) -> None:
    while True:
        async with store.read() as work:
            if any(row.subject == TICKED for row in await work.approvals.audit_rows()):
                break
        await asyncio.sleep(0.02)
    await rest(store)


ACTIONS = {"story": story, "rest": rest, "drain": endless, "wait": stay, "tick": ticked}


async def ordered(store: Store) -> Run:
    """The one run there is; ordered where there is none."""
    async with store.read() as work:
        if runs := await work.design.runs():
            return runs[0]
    maria, programme_id = await designer(store)
    run_id = await order(store, maria, programme_id, BRIEF, languages=frozenset({"en"}))
    say("ordered")
    async with store.read() as work:
        return await work.design.run(run_id)


async def the_run(store: Store) -> Run:
    async with store.read() as work:
        [run] = await work.design.runs()
    return run


async def designer(store: Store) -> tuple[Actor, str]:
    async with store.read() as work:
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        [programme] = await work.strategy.programmes()
    [maria] = [person for person in people if person.login == "maria"]
    return Actor(person_id=maria.id, roles=frozenset({Role.DESIGNER})), programme.id


def fork(told: dict[str, Any]) -> int:
    """Begin a child.

    Returns:
        Its process id.
    """
    child = os.fork()
    if child == 0:
        os.dup2(os.open(told["says"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 1)
        asyncio.run(live(told))
        os._exit(0)
    return child


def main() -> None:
    """Fork a child for every line, and tell of their ends, until there are no more lines."""
    stdin = open(0, "rb", buffering=0, closefd=False)  # noqa: SIM115 - unbuffered, so that select sees every line
    print(json.dumps({"name": "ready", "code": 0}), flush=True)
    names: dict[int, str] = {}
    while True:
        while names and (ended := os.waitpid(-1, os.WNOHANG))[0]:
            told = {"name": names.pop(ended[0]), "code": os.waitstatus_to_exitcode(ended[1])}
            print(json.dumps(told), flush=True)
        if select.select([0], [], [], 0.02)[0]:
            line = stdin.readline()
            if not line:
                return
            wanted = json.loads(line)
            names[fork(wanted)] = wanted["name"]


if __name__ == "__main__":
    main()
