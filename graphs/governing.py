"""The rules of a programme: which policy guards what, what a change does to signed work, and how long work waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from approvals.configuration import PolicyTable
from approvals.people import Actor, Role
from approvals.roles import in_person, require
from approvals.staleness import StaleRule
from graphs.revoking import hold, mark_stale
from store.records import Programme
from store.unit_of_work import Store


class Rules(BaseModel):
    """The rules of one programme.

    ``policies`` maps kinds of subject and classes of risk to policies; what it leaves out is guarded as usual.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    policies: dict[str, dict[str, str]] = Field(default_factory=dict)
    stale_rule: StaleRule = StaleRule.FLAG
    due_days: int = Field(default=5, ge=1, le=365)
    round_budget: int = Field(default=2, ge=0, le=10)


async def set_rules(
    store: Store, actor: Actor, programme_id: str, rules: Rules, *, players: Mapping[str, Any] | None = None
) -> Programme:
    """Set the rules of a programme: for checkpoints that open from now on, and for what is signed and has changed.

    Signed work is compared at once where ``players`` tells who plays today, else at the next occasion.

    Raises:
        NotAllowed: the actor is no admin, or is an API token.
        NotFound: there is no such programme.
        InvalidInput: a policy is unknown or does not fit what it should guard.
    """
    require(actor, Role.ADMIN, to="set the rules of a programme")
    in_person(actor, to="change who signs what")
    PolicyTable.read(rules.policies)
    async with store.write() as work:
        await work.strategy.programme(programme_id, lock=True)
        if players is not None:  # locked before the audit log's head, as everywhere
            await hold(work, await work.approvals.standing_sign_offs())
        values = rules.model_dump(mode="json")
        await work.strategy.change_programme(programme_id, **values)
        await work.approvals.audit(
            actor=actor.person_id, action="rules set", subject=f"programme/{programme_id}", **values
        )
        if players is not None:
            await mark_stale(work, players)
        return await work.strategy.programme(programme_id)
