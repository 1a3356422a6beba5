"""How the state machine acts: it sends, holds the answer against the oracle, and looks at everything that is stored."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, ClassVar, TypeVar

import httpx
from hypothesis.stateful import RuleBasedStateMachine

from approvals.passport import verify
from graphs.replaying import compare
from graphs.scenes import shown
from store.records import CheckpointRow
from store.signing import load_or_create_signing_key
from tests.approvals.oracle import Expected, Oracle, Waiting
from tests.invariants.acts import FRESH, NOBODYS, SESSION, Act, Work, ruled
from tests.invariants.house import FAILS, LOGINS, UNSURE, House, Source, levels_in
from tests.invariants.present import Present, present, shown_digest, stored

T = TypeVar("T")
Sent = tuple[Act, int, Any]

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


class Acting(RuleBasedStateMachine):
    """``told`` counts what was answered to which request, over all examples."""

    source: ClassVar[Source]
    told: ClassVar[Counter[str]]
    oracle: Oracle

    def __init__(self) -> None:
        super().__init__()
        self.house = House(self.source)
        self.told["examples"] += 1
        self.number = 0
        self.logins = {self.house.staff.actor(login).person_id: login for login in LOGINS}
        self.programme = f"/programmes/{self.house.programme_id}"
        self.works: dict[str, Work] = {}
        self.works_of: dict[str, str] = {}  # checkpoint -> run
        self.known: dict[str, str] = {}  # checkpoint -> state when last looked at
        self.shown_before: dict[str, list[str]] = {}
        self.strategies: dict[str, dict[str, Any]] = {}  # version -> document
        self.logged_in: dict[str, float] = {}
        self.sent: list[Sent] = []
        self.offset = 0
        self.stopped: set[str] = set()
        self.now = Present({}, Counter(), {}, frozenset(), {}, {})

    def teardown(self) -> None:
        try:
            if sys.exception() is None and hasattr(self, "oracle"):
                self.the_log_tells_the_same()
                self.what_is_signed_has_a_passport()
        finally:
            self.house.close()

    def barred(self, oracle: Oracle, act: Act) -> frozenset[int]:
        """What refuses an act before anything is looked up."""
        found = set()
        if (act.door and not oracle.people[act.login] & act.door) or (act.by_token and not act.scoped):
            found.add(403)
        if act.fresh and not act.by_token and oracle.now - self.logged_in.get(act.login, oracle.now) > FRESH:
            found.add(401)
        if act.malformed:
            found.add(422)
        return frozenset(found)

    def expected(self, oracle: Oracle, act: Act) -> Expected:
        barred = self.barred(oracle, act)
        return Expected(min(barred), also=barred) if barred else act.expect(oracle)

    def here(self, login: str) -> None:
        """See to it that this person's session lasts; it may be too old to sign with."""
        since = self.logged_in.get(login)
        if since is None or not 0 <= self.oracle.now - since <= SESSION:
            self.log_in(login)

    def log_in(self, login: str) -> None:
        self.house.run(self.house.log_in(login))
        self.logged_in[login] = self.oracle.now

    async def _send(self, act: Act) -> httpx.Response:
        answer = await self.house.send(act.login, act.method, act.path, act.body, key=act.key, by_token=act.by_token)
        what = [part for part in act.path.split("/") if not _ID.fullmatch(part)]
        kind = f" {act.body['kind']}" if act.body and "kind" in act.body else ""
        self.told[f"{act.method} {'/'.join(what)}{kind} → {answer.status_code}"] += 1
        return answer

    def do(self, act: Act, *, quietly: bool = False) -> httpx.Response:
        """Send it, hold the answer against the oracle, and look at everything."""
        self.here(act.login)
        if act.fresh and 401 in self.barred(self.oracle, act) and self.another() % 4:
            self.log_in(act.login)  # as people mostly do
        expected = self.expected(self.oracle, act)
        answer = self.house.run(self._send(act))
        assert expected.allows(answer.status_code), (act, expected, answer.status_code, answer.text)
        if answer.is_success and act.key is not None:
            self.sent.append((act, answer.status_code, answer.json()))
        if not quietly:
            self.look(())
        return answer

    def race(self, *acts: Act) -> None:
        """Send several at once: the answers must be those of one order or another."""
        for act in acts:
            self.here(act.login)

        async def all_of_them() -> list[httpx.Response]:
            return await asyncio.gather(*(self._send(act) for act in acts))

        answers = self.house.run(all_of_them())
        pairs = list(zip(acts, answers, strict=True))
        for order in (pairs, pairs[::-1]):
            trial = deepcopy(self.oracle)
            if all(self._explains(trial, act, answer) for act, answer in order):
                self.oracle = trial
                self.look(())
                return
        raise AssertionError(f"no order explains {[(act, a.status_code, a.text) for act, a in pairs]}")

    def _explains(self, trial: Oracle, act: Act, answer: httpx.Response) -> bool:
        if answer.status_code == 409 and "at the same moment" in answer.text:
            return True  # it lost before it was looked at, and had no effect
        return self.expected(trial, act).allows(answer.status_code)

    def look(self, started: Sequence[str]) -> None:
        """Have the agents do what follows, and compare everything that is stored with the oracle."""
        self.told["steps"] += 1
        due = set(started)
        self.house.run(self.house.bring_forward())
        for name, at in list(self.oracle.waiting.items()):
            if at.kind != "scenario" and at.state == "approved" and self.known[name] == "pending":
                self.oracle.activate(name)
        for name, at in self.oracle.waiting.items():
            if at.state != self.known[name]:
                self.known[name] = at.state
                run = self.works_of[name]
                again = ("edited", "superseded", "changes_requested") if at.kind == "scenario" else ("edited",)
                if at.state in again:
                    due.add(run)
                if at.state == "edited":
                    self.works[run].authors.add(str(at.ended_by))
        self.now = self.house.run(present(self.house.store))
        for name, row in self.now.checkpoints.items():
            if name not in self.oracle.waiting:
                assert row.run_id in due, "a checkpoint opened that nothing led to"
                due.discard(row.run_id)
                self._opened(row)
        for run in due:
            assert self.now.stages[run] == "errored", "work should wait for a person, and does not"
            self.stopped.add(run)
        self._compare()

    def _opened(self, row: CheckpointRow) -> None:
        work = self.works[row.run_id]
        found = self.house.run(stored(self.house.store, row))
        name, _, version = row.policy.partition("/")
        risk = str(row.risk)
        assert row.subject_kind == work.kind
        assert version == "1"
        assert name == self.oracle.policy_for(work.kind, risk)
        assert row.review_digest == shown_digest(row, found.grounds)
        before = work.checkpoints[-1] if work.checkpoints else None
        assert row.replaces_id == before
        self._of_that_risk(row, work)
        waiting = Waiting(
            work.kind, row.subject_id, row.digest, row.review_digest, name, set(work.authors), work.opened_for
        )
        waiting.risk = risk
        if work.kind == "scenario":
            text = found.content["setting"]
            assert FAILS not in text, "a failed judgement waits for nobody"
            waiting.brief_writer, waiting.under = work.opened_for, found.under
            assert found.under == (self.oracle.in_force["charter"], self.oracle.in_force["criteria"])
            settled = work.settled.get((row.subject_id, found.under[1]), {})
            waiting.outcome, waiting.vetoed = self._ruled(text, settled, found.under[1])
            waiting.referred = {
                each for each, level in levels_in(text).items() if level == UNSURE and each not in settled
            }
            assert (found.outcome, found.vetoed) == (waiting.outcome, waiting.vetoed)
        elif row.subject_id not in self.oracle.proposed:
            self.oracle.proposed[row.subject_id] = (work.kind, "somebody who edited it")
        self.strategies.setdefault(row.subject_id, found.content)
        self.oracle.open(row.id, waiting, work=row.run_id, replaces=before)
        work.checkpoints.append(row.id)
        self.works_of[row.id], self.known[row.id] = row.run_id, "pending"
        self.shown_before[row.id] = []

    def _of_that_risk(self, row: CheckpointRow, work: Work) -> None:
        """What can be said of the class of risk without knowing the difference."""
        signed = [self.oracle.waiting[name] for name in work.checkpoints]
        approved = [at for at in signed if at.state == "approved"]
        if work.kind == "scenario" and not approved:
            assert row.risk == "ordinary", "never signed before"
        elif work.kind == "scenario" and approved[-1].digest == row.digest:
            assert row.risk == "low", "nothing changed since it was signed"

    def _ruled(self, text: str, settled: dict[str, str], criteria: str) -> tuple[str, bool]:
        document = self.strategies[criteria]
        veto = document["criteria"][0]["veto_below"] is not None
        return ruled(levels_in(text), settled, document["pass_threshold"], veto=veto)

    def _compare(self) -> None:
        oracle, now = self.oracle, self.now
        oracle.check()
        assert {name: row.status for name, row in now.checkpoints.items()} == {
            name: at.state for name, at in oracle.waiting.items()
        }
        for name, at in oracle.waiting.items():
            row = now.checkpoints[name]
            assert (row.digest, row.review_digest) == (at.digest, at.shown)
            assert now.terminal[name] == (at.state not in ("pending", "superseded"))
            if at.state == "pending":
                assert self.logins.get(str(row.claimed_by)) == at.claimed_by
        # A strategy version that came into force twice was signed twice.
        assert set(now.signed.values()) == set(oracle.live.items())
        scenarios = [each for each in now.signed.values() if oracle.kinds[each[0]] == "scenario"]
        assert len(scenarios) == len(oracle.visible(also_suspended=True)), "one live sign-off each"
        assert now.suspended == oracle.suspended
        assert now.in_force == oracle.in_force
        reader = next((who for who in LOGINS if oracle.people[who] & {"learner", "designer"}), None)
        if reader is not None:
            self.here(reader)
            answer = self.house.run(self.house.send(reader, "GET", "/scenarios"))
            assert {card["version_id"] for card in answer.json()} == oracle.visible()

    def pending(self, kind: str | None = None) -> list[str]:
        return [name for name, at in self.oracle.waiting.items() if at.state == "pending" and kind in (None, at.kind)]

    def somewhere(self, which: int) -> str:
        """A checkpoint: mostly one that waits."""
        return self.pick(self.pending() if which % 8 and self.pending() else list(self.oracle.waiting), which)

    @staticmethod
    def pick(values: Sequence[T], which: int) -> T:
        return values[which % len(values)]

    def another(self) -> int:
        self.number += 1
        return self.number

    def seen(self, name: str, how: str) -> str:
        earlier = self.shown_before[name]
        if how == "earlier" and earlier:
            return earlier[-1]
        return self.oracle.waiting[name].shown if how == "shown" else NOBODYS

    def key(self, which: int) -> str | None:
        return f"key-{self.another()}" if which % 3 == 0 else None

    def the_log_tells_the_same(self) -> None:
        compared = self.house.run(compare(self.house.store))
        assert compared.agrees, (compared.differences, compared.impossible)
        self.here("boss")
        state = self.house.run(self.house.send("boss", "GET", "/audit/state")).json()
        assert state["holds"], state

    def what_is_signed_has_a_passport(self) -> None:
        key = load_or_create_signing_key(self.house.application.settings.signing_key)
        self.here("boss")
        for version in sorted(self.oracle.visible())[:2]:
            answer = self.house.run(self.house.send("boss", "GET", f"/scenarios/{version}/passport"))
            assert answer.status_code == 200, answer.text
            assert verify(answer.json(), key.trusted, texts=lambda content: shown(json.dumps(content))) == []
