"""What belongs to one learner: what shows their learning, and how good their forecasts were. There is no other view."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor
from graphs.transfer.consenting import OWN
from practice.drivers.answers import Answers, TapAnswers
from practice.drivers.barriers import Advised, advised
from practice.drivers.forecasts import Band, Forecast, brier, calibration
from practice.drivers.items import Moment
from practice.drivers.plans import Outcome
from store.unit_of_work import Store, UnitOfWork


class Shown(BaseModel):
    """A piece of evidence and its tier."""

    model_config = ConfigDict(frozen=True)

    kind: str
    tier: int
    created_at: datetime


class MyTransfer(BaseModel):
    """What belongs to me. ``brier`` is None until one of my forecasts can be compared with what happened.

    ``advised`` is what my latest check-in of a pilot speaks for.
    """

    model_config = ConfigDict(frozen=True)

    evidence: tuple[Shown, ...]
    forecasts: int
    brier: float | None
    calibration: tuple[Band, ...]
    advised: Advised | None


async def my_transfer(store: Store, actor: Actor) -> MyTransfer:
    """My evidence and forecasts, for me only."""
    async with store.read() as work:
        evidence = await work.transfer.evidence(reader=actor.person_id, purpose=OWN)
        forecasts = await _forecasts(work, actor.person_id)
        check_ins = await work.pilots.check_ins(reader=actor.person_id, purpose=OWN)
    answered = [each for each in check_ins if each.answers is not None and each.answered_at is not None]
    newest = max(answered, key=lambda each: (each.answered_at, each.due_at), default=None)
    return MyTransfer(
        evidence=tuple(Shown(kind=each.kind, tier=each.tier, created_at=each.created_at) for each in evidence),
        forecasts=len(forecasts),
        brier=brier(forecasts),
        calibration=calibration(forecasts),
        advised=None if newest is None else advised(Answers.model_validate(newest.answers)),
    )


async def _forecasts(work: UnitOfWork, me: str) -> list[Forecast]:
    """Taps beside the plans of the same practice, and check-ins beside those thirty days later."""
    tapped = await work.transfer.taps(reader=me, purpose=OWN)
    found = []
    for row in await work.transfer.plans(reader=me, purpose=OWN):
        taps = tapped.get(row.practice_id or "")
        chance = None if taps is None else TapAnswers.model_validate(taps.answers).chance
        happened = None if row.outcome is None else Outcome(row.outcome["outcome"]).counts
        if chance is not None and happened is not None:
            found.append(Forecast(probability=chance, happened=happened))
    answers: dict[str, dict[str, Answers]] = {}
    for each in await work.pilots.check_ins(reader=me, purpose=OWN):
        if each.answers is not None:
            answers.setdefault(each.pilot_id, {})[each.moment] = Answers.model_validate(each.answers)
    for said in answers.values():
        after, later = said.get(Moment.AFTER.value), said.get(Moment.LATER.value)
        if after and later and after.forecast is not None and later.happened is not None:
            found.append(Forecast(probability=after.forecast / 100, happened=later.happened))
    return found
