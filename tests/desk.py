"""A desk for tests: the graphs played at once and in this process, without a queue in between."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.memory import InMemorySaver

from agents.ensemble import Ensemble
from approvals.checkpoint import Comment, DecisionKind, Edit
from approvals.people import Actor
from graphs.answering import Once
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.grounds import Named
from graphs.playing import Player
from graphs.previews import make, mark_read
from graphs.proposing import accept, propose
from graphs.studying import Studying, carry_on
from practice.brief import Brief
from store.records import CheckpointRow, Run
from store.unit_of_work import Store
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from tests.company import BRIEF, Company, ensemble

PLAYERS = {"persona": {"player": "offline", "model": "rules", "prompt": "0" * 64}, "alignment": "1" * 64}


async def grounded(store: Store, players: Ensemble, actor: Actor, version_id: str, kind: str = "criteria") -> Named:
    """Look at the preview of a criteria version, read what it reverses, and answer for a missing stress test."""
    if kind != "criteria":
        return Named()
    answered = await make(store, players, actor, version_id)
    if answered.study is not None:
        started = await carry_on(store, actor, answered.study.id)
        await Studying(store, players).carry_out(started.id, str(started.runs))
        answered = await make(store, players, actor, version_id)
    preview = answered.preview
    assert preview is not None
    assert preview.id is not None
    read = [each.checkpoint_id for each in preview.shown.flips if each.reversal]
    if read:
        await mark_read(store, actor, preview.id, read)
    return Named(preview=preview.digest, because="Nobody has time for a stress test here.")


class Desk:
    """Orders, brings forward and decides; every act is followed by the work it leads to."""

    def __init__(self, store: Store, company: Company, players: Ensemble | None = None) -> None:
        self.store, self.company = store, company
        self.players = players or ensemble()
        self.runtime = Player(store, self.players, InMemorySaver())

    async def ordered(self, by: Actor | None = None, brief: Brief = BRIEF) -> CheckpointRow:
        """A scenario that waits for a person."""
        actor = by or self.company.maria
        run_id = await order(self.store, actor, self.company.programme_id, brief, languages=frozenset({"en"}))
        await self.runtime.bring_forward(run_id)
        return await self.pending(run_id)

    async def proposed(self, document: Charter | CriteriaSet, by: Actor | None = None) -> CheckpointRow:
        """A charter or criteria set that waits for a second strategist."""
        actor = by or self.company.sofia
        version = await propose(self.store, actor, self.company.programme_id, document, reason="a better one")
        run_id = await accept(self.store, actor, version.id, named=await self.grounded(version.id, version.kind, actor))
        assert run_id is not None
        await self.runtime.bring_forward(run_id)
        return await self.pending(run_id)

    async def grounded(self, version_id: str, kind: str = "criteria", by: Actor | None = None) -> Named:
        """What a version can be asked to be put in force on: a preview that is read, and a name for the stress test."""
        return await grounded(self.store, self.players, by or self.company.sofia, version_id, kind)

    async def pending(self, run_id: str) -> CheckpointRow:
        """The checkpoint at which a run waits."""
        async with self.store.read() as work:
            [found] = await work.approvals.checkpoints(run_id=run_id, status="pending")
        return found

    async def run(self, run_id: str) -> Run:
        """A run as it stands."""
        async with self.store.read() as work:
            return await work.design.run(run_id)

    async def decide(
        self,
        actor: Actor,
        checkpoint: CheckpointRow,
        kind: DecisionKind = DecisionKind.APPROVE,
        *,
        reason: str = "",
        comments: tuple[Comment, ...] = (),
        edits: tuple[Edit, ...] = (),
        seen: str | None = None,
        once: Once | None = None,
    ) -> CheckpointRow:
        """Decide on what the checkpoint shows, and bring the work forward."""
        decided = await decide(
            self.store,
            actor,
            checkpoint.id,
            kind,
            seen=seen or checkpoint.review_digest,
            reason=reason,
            comments=comments,
            edits=edits,
            players=PLAYERS,
            once=once,
        )
        await self.runtime.bring_forward(checkpoint.run_id)
        return decided

    async def signed(self) -> list[str]:
        """Ids of the versions that learners can practise."""
        async with self.store.read() as work:
            return [each.id for each in await work.approvals.signed_scenarios()]

    async def audited(self) -> list[tuple[str, dict[str, Any]]]:
        """(action, detail) of every audit row."""
        async with self.store.read() as work:
            return [(row.action, row.detail) for row in await work.approvals.audit_rows()]
