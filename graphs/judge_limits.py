"""What a strategist asks of the judge under stress."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from store.records import Programme
from store.unit_of_work import Store
from strategy.stress.gate import limits_of
from strategy.stress.outcome import Limits

_USUAL = Limits()


class JudgeLimits(BaseModel):
    """What is asked of a judge; what is left out is as usual.

    ``most_flips``: share of answers that may change where they must not, over the noise. ``most_noise``: share that may
    change when nothing was changed. ``least_detection``: share of what is taken away that has to be seen.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    most_flips: float = Field(default=_USUAL.most_flips, gt=0, lt=1, examples=[0.1])
    most_noise: float = Field(default=_USUAL.most_noise, gt=0, lt=1, examples=[0.2])
    least_detection: float = Field(default=_USUAL.least_detection, gt=0, lt=1, examples=[0.8])

    @classmethod
    def of(cls, programme: Programme) -> JudgeLimits:
        """Those of a programme."""
        return cls(**asdict(limits_of(programme.judge_limits)))


async def set_judge_limits(store: Store, actor: Actor, programme_id: str, limits: JudgeLimits) -> JudgeLimits:
    """Set what is asked of the judge, for every stress test and activation from now on.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        NotFound: there is no such programme.
    """
    require(actor, Role.STRATEGIST, to="say what is asked of the judge")
    in_person(actor, to="say what is asked of the judge")
    changed = {name: value for name, value in limits.model_dump().items() if value != getattr(_USUAL, name)}
    async with store.write() as work:
        before = await work.strategy.programme(programme_id, lock=True)
        await work.strategy.change_programme(programme_id, judge_limits=changed)
        await work.approvals.audit(
            actor=actor.person_id,
            action="judge limits set",
            subject=f"programme/{programme_id}",
            before=before.judge_limits,
            after=changed,
        )
    return limits
