"""An afternoon of tuning, scripted: what each step asked of the judge, and what judging everything would have asked.

Everything goes the way people take: a version is proposed and previewed, what is missing is judged in a shadow run,
reversals are read, a second strategist puts it in force, and what waits for a designer is judged again.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.author import Draft, DraftOrder
from agents.author.offline import OfflineAuthor
from agents.ensemble import Ensemble
from approvals.checkpoint import DecisionKind
from benchmarks.strategy_desk.history import founded
from benchmarks.strategy_desk.judging import players
from benchmarks.strategy_desk.scripted import Spent, judging
from benchmarks.strategy_desk.strategies import charter, criteria, differing, heavier
from graphs.decided import questions
from graphs.previews import make
from graphs.proposing import accept, propose
from graphs.studying import Studying, carry_on
from store.database import Database, migrate
from store.unit_of_work import Store
from store.vault import Vault
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.rescoring import adjusted
from strategy.verdict import Outcome
from tests.desk import Desk
from tests.endpoint import Endpoint

DECIDED, WAITING, ASKED = 40, 8, 8  # texts, texts, criteria


@dataclass(frozen=True)
class Step:
    """What one act asked, and what judging everything would have: calls, and tokens read and written."""

    name: str
    asked: Spent
    everything: Spent


class Numbering(OfflineAuthor):
    """Writes another text each time, in what every criterion reads."""

    def __init__(self) -> None:
        self._texts = 0

    async def draft(self, order: DraftOrder) -> Draft:
        """See ``Author.draft``."""
        self._texts += 1
        draft = await super().draft(order)
        return draft.model_copy(update={"scenario": differing(draft.scenario, self._texts)})


class Afternoon:
    """A programme with its decided and waiting texts, and the steps taken so far."""

    def __init__(self, desk: Desk, spent: Spent) -> None:
        self.desk = desk
        self.steps: list[Step] = []
        self._spent = spent
        self._decided = 0
        self._waiting: list[str] = []

    async def begin(self, decided: int, waiting: int) -> None:
        """Order the texts, have them judged, and decide on most of them as the judge has it."""
        self._decided = decided
        for number in range(decided + waiting):
            checkpoint = await self.desk.ordered()
            if number >= decided:
                self._waiting.append(checkpoint.run_id)
                continue
            async with self.desk.store.read() as work:
                ruling = await work.design.verdict(str(checkpoint.verdict_id))
            kind = DecisionKind.APPROVE if ruling.outcome == Outcome.ALIGNED else DecisionKind.REJECT
            reason = "" if kind is DecisionKind.APPROVE else "It does not practise what we want."
            await self.desk.decide(self.desk.company.jonas, checkpoint, kind, reason=reason)

    async def tried(self, name: str, document: CriteriaSet) -> str:
        """Propose a version and preview it, with a shadow run where something was never judged."""
        desk = self.desk
        before = self._spent.copy()
        version = await propose(
            desk.store, desk.company.sofia, desk.company.programme_id, document, reason="something to try"
        )
        await self._previewed(version.id)
        self.steps.append(Step(f"preview: {name}", self._spent - before, await self._all_decided()))
        return version.id

    async def put_in_force(self, name: str, version_id: str, kind: str = "criteria") -> None:
        """Have a second strategist put a version in force, and what waits judged again."""
        desk = self.desk
        before = self._spent.copy()
        named = await desk.grounded(version_id, kind)
        run_id = await accept(desk.store, desk.company.sofia, version_id, named=named)
        assert run_id is not None
        await desk.runtime.bring_forward(run_id)
        await desk.decide(desk.company.ravi, await desk.pending(run_id))
        for each in self._waiting:
            await desk.runtime.bring_forward(each)
        self.steps.append(Step(f"in force: {name}", self._spent - before, await self._all_waiting()))

    async def charter_in_force(self, name: str, document: Charter) -> None:
        """Put a charter in force, which nothing has to be previewed for, and then look at what it does."""
        desk = self.desk
        version = await propose(desk.store, desk.company.sofia, desk.company.programme_id, document, reason="clearer")
        await self.put_in_force(name, version.id, "charter")
        before = self._spent.copy()
        async with desk.store.read() as work:
            in_force = await work.strategy.in_force(desk.company.programme_id, "criteria")
        await self._previewed(in_force.id, judge_missing=True)
        self.steps.append(Step(f"preview: {name}", self._spent - before, await self._all_decided()))

    async def _previewed(self, version_id: str, *, judge_missing: bool = False) -> None:
        desk = self.desk
        sofia = desk.company.sofia
        answered = await make(desk.store, desk.players, sofia, version_id, judge_missing=judge_missing)
        if answered.study is not None:
            started = await carry_on(desk.store, sofia, answered.study.id)
            await Studying(desk.store, desk.players).carry_out(started.id, str(started.runs))
            answered = await make(desk.store, desk.players, sofia, version_id, judge_missing=judge_missing)
        assert answered.preview is not None
        assert (answered.preview.shown.decided, answered.preview.shown.left_out) == (self._decided, 0)

    async def _all_decided(self) -> Spent:
        """Every decided text on every criterion of the newest version: what these judgements cost when first asked."""
        desk = self.desk
        async with desk.store.read() as work:
            programme = desk.company.programme_id
            newest = (await work.strategy.versions(programme, "criteria"))[0]
            asked = CriteriaSet.model_validate_json(newest.content)
            clauses = Charter.model_validate_json((await work.strategy.in_force(programme, "charter")).content)
            rows = await work.approvals.decided_scenarios(programme)
            texts = await work.previews.texts({row.version_id for row in rows})
            keys = [
                key
                for text in texts.values()
                for each in asked.criteria
                for key in questions(desk.players, text, each, asked, clauses)
            ]
            found = await work.studies.answers(keys)
        assert len(found) == len(keys) == len(rows) * len(asked.criteria) * asked.samples
        return sum((Spent.of(found[key]) for key in keys), Spent())

    async def _all_waiting(self) -> Spent:
        """Every sample of the newest verdict on every text that waits."""
        samples: list[Mapping[str, Any]] = []
        async with self.desk.store.read() as work:
            for run_id in self._waiting:
                [pending] = await work.approvals.checkpoints(run_id=run_id, status="pending")
                samples += (await work.design.verdict(str(pending.verdict_id))).content["samples"]
        return sum(map(Spent.of, samples), Spent())


def reworded_anchor(base: CriteriaSet) -> CriteriaSet:
    """One anchor of the first criterion in other words."""
    first, *rest = base.criteria
    lowest, *higher = first.levels
    lowest = lowest.model_copy(update={"anchor": f"{lowest.anchor} Or it is left for another day."})
    first = first.model_copy(update={"levels": (lowest, *higher)})
    return base.model_copy(update={"criteria": (first, *rest)})


def reworded_clause(base: Charter, clause_id: str) -> Charter:
    """One clause in other words."""
    clauses = tuple(
        each.model_copy(update={"text": f"{each.text} Always."}) if each.id == clause_id else each
        for each in base.clauses
    )
    return base.model_copy(update={"clauses": clauses})


async def afternoon(
    store: Store,
    ensemble: Ensemble,
    spent: Spent,
    *,
    decided: int = DECIDED,
    waiting: int = WAITING,
    asked: int = ASKED,
) -> list[Step]:
    """Weights five times, an anchor, a clause, the threshold, one criterion more.

    Args:
        store: on an empty database.
        ensemble: whose judge is asked at an endpoint.
        spent: what was asked there so far.
        decided: texts that are decided before it begins.
        waiting: texts that wait for a designer meanwhile.
        asked: criteria, of the twelve.
    """
    company = await founded(store, asked)
    played = Afternoon(Desk(store, company, replace(ensemble, author=Numbering())), spent)
    await played.begin(decided, waiting)
    first = now = criteria(asked)
    version = ""
    for turn in range(5):
        now = heavier(first, turn)
        version = await played.tried(f"weights, {turn + 1} of 5", now)
    await played.put_in_force("the weights", version)
    now = reworded_anchor(now)
    await played.put_in_force("an anchor reworded", await played.tried("an anchor reworded", now))
    await played.charter_in_force("a clause reworded", reworded_clause(charter(), now.criteria[2].clause_ids[0]))
    now = adjusted(now, pass_threshold=now.pass_threshold + 0.05)
    await played.put_in_force("the threshold", await played.tried("the threshold moved", now))
    now = now.model_copy(update={"criteria": (*now.criteria, criteria(asked + 1).criteria[-1])})
    await played.put_in_force("one criterion more", await played.tried("one criterion more", now))
    return played.steps


def lived() -> list[Step]:
    """The whole afternoon at an endpoint that counts what it is asked."""
    spent = Spent()

    async def through(database: Database, url: str) -> list[Step]:
        await asyncio.to_thread(migrate, database)
        store = Store(database, Vault(b"k" * 32))
        try:
            return await afternoon(store, players(url, 64), spent)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder, Endpoint(judging(spent=spent), keep_alive=True) as endpoint:
        database = Database(f"sqlite:///{Path(folder) / 'conductor.db'}", pool_size=8)
        return asyncio.run(through(database, endpoint.url))
