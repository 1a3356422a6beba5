"""A scenario on its way to a sign-off, brought forward in this process, and keys that are always the same."""

from __future__ import annotations

import contextlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agents.ensemble import Ensemble
from approvals.checkpoint import DecisionKind
from approvals.people import Actor
from evidence.errors import NotAllowed
from graphs.commissioning import order
from graphs.deciding import decide
from graphs.playing import Player
from store.records import CheckpointRow
from store.signing import SigningKey
from store.unit_of_work import Store
from tests.company import BRIEF, Company, ensemble

from langgraph.checkpoint.memory import InMemorySaver  # isort: skip


def signing_key(seed: int = 1) -> SigningKey:
    """A key that depends on the seed alone."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), {})


async def waiting_scenario(store: Store, company: Company, players: Ensemble | None = None) -> CheckpointRow:
    """The checkpoint where a new scenario waits."""
    run_id = await order(store, company.maria, company.programme_id, BRIEF, languages=frozenset({"en"}))
    player = Player(store, players or ensemble(), InMemorySaver())
    await player.bring_forward(run_id)
    async with store.read() as work:
        [checkpoint] = await work.approvals.checkpoints(run_id=run_id, status="pending")
    return checkpoint


async def approve(store: Store, actor: Actor, checkpoint: CheckpointRow, reason: str = "") -> CheckpointRow:
    """Approve what is shown there."""
    players = {"persona": {"player": "offline", "model": "rules", "prompt": "0" * 64}, "alignment": "1" * 64}
    return await decide(
        store,
        actor,
        checkpoint.id,
        DecisionKind.APPROVE,
        seen=checkpoint.review_digest,
        reason=reason,
        players=players,
    )


async def approve_all(store: Store, company: Company, checkpoint: CheckpointRow, reason: str = "") -> CheckpointRow:
    """Have everybody approve whom the policy asks for, whichever that is."""
    for actor in (company.jonas, company.maria, company.sofia):
        with contextlib.suppress(NotAllowed):
            if checkpoint.status == "pending":
                checkpoint = await approve(store, actor, checkpoint, reason)
    assert checkpoint.status == "approved"
    return checkpoint


async def signed_scenario(store: Store, company: Company, players: Ensemble | None = None) -> CheckpointRow:
    """The checkpoint where a scenario was signed."""
    return await approve_all(store, company, await waiting_scenario(store, company, players))
