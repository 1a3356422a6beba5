"""Whom a signed scenario reaches, and what is on a person's shelf.

A scenario without a rollout reaches everybody. One with a rollout reaches its skeptics, and whoever is in a group that
was signed; nobody while it is suspended. A version of a work that was rolled out before starts anew.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from approvals.people import Actor, Role
from evidence.errors import NotAllowed
from graphs.rollout_steps import in_force, reached
from store.records import Programme, ScenarioVersion
from store.repositories.reach import Assignment, Rollout
from store.unit_of_work import UnitOfWork


class NotReached(NotAllowed):
    """A signed scenario does not reach this person, or not now."""

    kind = "not-reached"
    title = "It does not reach you now"


@dataclass(frozen=True)
class Shelved:
    """A scenario on somebody's shelf, and why it is there.

    ``why`` is ``assigned``, ``skeptic`` or ``open``. ``opens_at`` is set where it cannot begin yet, ``due_at`` until
    when it would be good to, ``rollout_id`` where the person was asked to break it.
    """

    version: ScenarioVersion
    why: str
    opens_at: datetime | None = None
    due_at: datetime | None = None
    rollout_id: str | None = None


async def may_begin(work: UnitOfWork, actor: Actor, version_id: str, *, held: bool = True) -> None:
    """Refuse whom a version does not reach now.

    Call it with the programme and the version's sign-off held, before anything else is locked. ``held`` keeps the
    rollout from being suspended until the transaction ends, so that nothing begins on a suspended one.

    Raises:
        NotReached: the programme has not begun or has ended, the rollout is suspended, or it does not reach this person
            yet; the message says which.
    """
    version = await work.design.version(version_id)
    programme = await work.strategy.programme(version.programme_id)
    because = _outside(programme, work.now)
    if because is not None:
        raise because
    rollouts = await work.reach.rollouts_of_work(version_id, held=held)
    mine = _rollout_of(rollouts, version_id)
    skeptic = mine is not None and await work.reach.is_skeptic(mine.id, actor.person_id)
    groups = await work.reach.groups_of(actor.person_id) if rollouts else ()
    because = _kept_from_all(rollouts, mine) or (None if skeptic else _kept_from(mine, actor.person_id, groups))
    if because is not None:
        raise because


async def who_may_begin(work: UnitOfWork, version_id: str, people: frozenset[str]) -> frozenset[str]:
    """Those of these people who may begin a version now, as ``may_begin`` says of one of them.

    Skeptics are among them where a step in force reaches them: what else they may begin they were asked to.
    """
    version = await work.design.version(version_id)
    rollouts = await work.reach.rollouts_of_work(version_id)
    mine = _rollout_of(rollouts, version_id)
    if (
        await work.approvals.live_sign_off(version.id, version.digest) is None
        or _outside(await work.strategy.programme(version.programme_id), work.now) is not None
        or _kept_from_all(rollouts, mine) is not None
    ):
        return frozenset()
    reach = None if mine is None else await reached(work, mine)
    return people if reach is None else people & reach


async def shelf(work: UnitOfWork, actor: Actor, programme_id: str | None = None) -> list[Shelved]:
    """What is signed and reaches this person: what is due first, what they were asked to break, then everything else.

    Who does not practise sees all of it, without dates.
    """
    versions = await work.approvals.signed_scenarios(programme_id)
    if Role.LEARNER not in actor.roles:
        return [Shelved(version=each, why="open") for each in versions]
    programmes = {each.id: each for each in await work.strategy.programmes()}
    rollouts = await work.reach.rollouts_by_work(programme_id)
    groups = await work.reach.groups_of(actor.person_id)
    asked = {each.rollout_id for each in await work.reach.invitations(actor.person_id)}
    assigned = await work.reach.assigned_to(actor.person_id, programme_id)
    found = []
    for version in versions:
        programme = programmes[version.programme_id]
        if programme.ends_at is not None and programme.ends_at <= work.now:
            continue
        of_work = rollouts.get(version.run_id, [])
        mine = _rollout_of(of_work, version.id)
        skeptic = mine is not None and mine.id in asked
        if _kept_from_all(of_work, mine) or (not skeptic and _kept_from(mine, actor.person_id, groups)):
            continue
        found.append(
            _shelved(version, programme, assigned, mine.id if mine is not None and skeptic else None, work.now)
        )
    return sorted(found, key=_place)


def _shelved(
    version: ScenarioVersion,
    programme: Programme,
    assigned: Sequence[Assignment],
    skeptic_of: str | None,
    now: datetime,
) -> Shelved:
    mine = [each for each in assigned if each.version_id == version.id]
    first = min(mine, key=lambda each: (each.opens_at > now, each.due_at is None, each.due_at), default=None)
    begins = [programme.starts_at] if programme.starts_at is not None and programme.starts_at > now else []
    if first is not None and first.opens_at <= now:
        return Shelved(version, "assigned", max(begins, default=None), first.due_at, skeptic_of)
    why = "open" if skeptic_of is None else "skeptic"
    return Shelved(version, why, max(begins, default=None), None, skeptic_of)


def _place(each: Shelved) -> tuple[int, float]:
    rank = {"assigned": 0, "skeptic": 1}.get(each.why, 2)
    return (rank, each.due_at.timestamp() if each.due_at is not None else float("inf"))


def _outside(programme: Programme, now: datetime) -> NotReached | None:
    if programme.starts_at is not None and now < programme.starts_at:
        return NotReached(
            f"This programme begins on {programme.starts_at:%d %B %Y}.", todo="Come back then; nothing is missed."
        )
    if programme.ends_at is not None and now >= programme.ends_at:
        return NotReached(
            f"This programme ended on {programme.ends_at:%d %B %Y}.",
            todo="What you practised stays yours; ask whoever runs it for another one.",
        )
    return None


def _rollout_of(rollouts: Sequence[Rollout], version_id: str) -> Rollout | None:
    return next((each for each in rollouts if each.version_id == version_id), None)


def _kept_from_all(rollouts: Sequence[Rollout], mine: Rollout | None) -> NotReached | None:
    """Why a version of a work with these rollouts, ``mine`` its own, reaches nobody now; None where it does."""
    if rollouts and mine is None:
        return NotReached(
            "An earlier version of this scenario was rolled out, and this one has not begun to be.",
            todo="A designer plans its rollout; until then nobody begins.",
        )
    if mine is not None and mine.suspended_at is not None:
        return NotReached(
            "This scenario is suspended for the moment.",
            todo="Choose another one; what you have practised stays yours.",
        )
    return None


def _kept_from(rollout: Rollout | None, person_id: str, groups: Collection[str]) -> NotReached | None:
    """Why a version with this rollout does not reach a person who is no skeptic; None where it does."""
    if rollout is None or _reaches(rollout, person_id, groups):
        return None
    return NotReached(
        "This scenario is being tried by a smaller group first and does not reach you yet.",
        todo="Choose another one; it comes to you when people have signed that.",
    )


def _reaches(rollout: Rollout, person_id: str, groups: Collection[str]) -> bool:
    return any(
        step["group_id"] is None or (person_id in step.get("members", ()) and step["group_id"] in groups)
        for step in in_force(rollout)
    )
