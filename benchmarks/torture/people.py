"""People at work: they order, wait, read, decide, and send again what was not answered."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from benchmarks.torture.site import Server, Site
from evidence.ids import new_id
from tests.company import BRIEF

ASK_AGAIN = frozenset({0, 503})


@dataclass
class Ledger:
    """What people were told, by the key under which they asked."""

    ordered: dict[str, str] = field(default_factory=dict)  # key → run
    decided: dict[str, str] = field(default_factory=dict)  # checkpoint → kind of the decision that was acknowledged
    studied: set[str] = field(default_factory=set)  # studies that were started
    asked: int = 0  # orders begun, acknowledged or not
    wrong: list[str] = field(default_factory=list)  # answers that should never be given


@dataclass
class Crowd:
    """Several people who go through the same journey again and again, as long as the gate is open."""

    site: Site
    ledger: Ledger
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    at_rest: int = 0

    def begin(self, people: int) -> None:
        """Let people begin."""
        self.gate.set()
        logins = self.site.logins
        self.tasks = [asyncio.create_task(self._work(logins[number % len(logins)])) for number in range(people)]

    async def end(self) -> None:
        """Send everybody home."""
        for task in self.tasks:
            task.cancel()
        for task in self.tasks:
            try:
                await task
            except asyncio.CancelledError:
                continue

    async def _work(self, login: str) -> None:
        while True:
            await self.journey(login)

    async def journey(self, login: str) -> None:
        """Order a scenario, wait for it, and decide."""
        key = new_id()
        self.ledger.asked += 1
        programme = self.site.company.programme_id
        brief = BRIEF.model_dump(mode="json")
        ordered = await self._until_answered(login, "POST", f"/programmes/{programme}/scenarios", key=key, json=brief)
        if ordered.status_code != 202:
            self.ledger.wrong.append(f"order answered {ordered.status_code}: {ordered.text[:200]}")
            return
        run_id = ordered.json()["run_id"]
        self.ledger.ordered[key] = run_id
        checkpoint_id = await self._waiting(login, run_id)
        if checkpoint_id:
            await self._decide(login, checkpoint_id)

    def measure(self) -> None:
        """Let a strategist measure, too: one study after the other, of what is signed."""
        self.tasks.append(asyncio.create_task(self._measure("sofia")))

    async def _measure(self, login: str) -> None:
        while True:
            signed = (await self._until_answered(self.site.logins[0], "GET", "/scenarios")).json()
            if not signed:
                await asyncio.sleep(0.2)
                continue
            path = f"/scenarios/{random.choice(signed)['version_id']}/distinctiveness"
            planned = await self._until_answered(login, "POST", path, key=new_id(), json={})
            if planned.status_code != 201:
                self.ledger.wrong.append(f"planning a study answered {planned.status_code}: {planned.text[:200]}")
                return
            study_id = planned.json()["id"]
            started = await self._until_answered(login, "POST", f"/studies/{study_id}/start", key=new_id())
            if started.status_code != 202:
                self.ledger.wrong.append(f"starting a study answered {started.status_code}: {started.text[:200]}")
                return
            self.ledger.studied.add(study_id)
            await self._studied(login, study_id)

    async def _studied(self, login: str, study_id: str) -> None:
        while True:
            seen = (await self._until_answered(login, "GET", f"/studies/{study_id}")).json()
            if seen["status"] != "running":
                return
            await asyncio.sleep(0.1)

    async def order_once(self, login: str) -> int:
        """Order a scenario and take no for an answer; gives the status, 0 where the connection broke."""
        key, programme = new_id(), self.site.company.programme_id
        self.ledger.asked += 1
        answer = await self.site.send(
            self.site.servers[0],
            login,
            "POST",
            f"/programmes/{programme}/scenarios",
            key=key,
            json=BRIEF.model_dump(mode="json"),
        )
        if answer is not None and answer.status_code == 202:
            self.ledger.ordered[key] = answer.json()["run_id"]
        return 0 if answer is None else answer.status_code

    async def _waiting(self, login: str, run_id: str) -> str:
        while True:
            seen = (await self._until_answered(login, "GET", f"/runs/{run_id}")).json()
            stage = seen["run"]["stage"]
            if stage == "awaiting" and seen.get("checkpoint_id"):
                return str(seen["checkpoint_id"])
            if stage in {"errored", "published", "rejected"}:
                self.ledger.wrong.append(f"run {run_id} is {stage} before anybody decided")
                return ""
            await asyncio.sleep(0.05)

    async def _decide(self, login: str, checkpoint_id: str) -> None:
        shown = (await self._until_answered(login, "GET", f"/checkpoints/{checkpoint_id}")).json()
        outcome = (shown["verdict"] or {}).get("outcome")
        kind = "approve" if outcome == "aligned" else "reject"
        decision = {"kind": kind, "review_digest": shown["review_digest"], "reason": "It reads well."}
        path = f"/checkpoints/{checkpoint_id}/decisions"
        answer = await self._until_answered(login, "POST", path, key=new_id(), json=decision)
        if answer.status_code == 201:
            self.ledger.decided[checkpoint_id] = kind
        else:
            self.ledger.wrong.append(f"decision answered {answer.status_code}: {answer.text[:200]}")

    async def _until_answered(self, login: str, method: str, path: str, *, key: str = "", json: Any = None) -> Any:
        """Send it until somebody answers, to whatever server lives; always under the same key."""
        while True:
            await self.gate.wait()
            server = self._somebody()
            if server is not None:
                answer = await self.site.send(server, login, method, path, key=key, json=json)
                if answer is not None and answer.status_code not in ASK_AGAIN:
                    return answer
            await asyncio.sleep(0.05)

    def _somebody(self) -> Server | None:
        living = [server for server in self.site.servers if server.lives]
        return random.choice(living) if living else None
