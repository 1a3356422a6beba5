"""Taking a sign-off back, and what a changed strategy or a changed player means for what is signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Any

from approvals.checkpoint import SubjectKind
from approvals.people import Actor, Role
from approvals.rules import may_revoke
from approvals.staleness import StaleRule, what_changed
from evidence.errors import Conflict
from graphs.answering import Once, transact
from graphs.rollout_steps import supersede_step_of
from store.purpose import Purpose
from store.records import SignOff, StrategyVersion
from store.unit_of_work import Store, UnitOfWork

REPLACED = "replaced"
SIGNED_WORK_CHANGED = "signed work changed"  # the kind of the notice about a programme, whatever number of sign-offs


class OpenPractices(StrEnum):
    """What a revocation means for practices that are under way."""

    FINISH = "finish"
    STOP = "stop"


async def revoke(
    store: Store,
    actor: Actor,
    sign_off_id: str,
    *,
    reason: str,
    open_practices: OpenPractices = OpenPractices.FINISH,
    once: Once | None = None,
) -> SignOff:
    """Revoke a sign-off: no practice begins on it once this commits.

    Args:
        store: where everything is kept.
        actor: who revokes: anyone who may sign this kind of subject, or an admin.
        sign_off_id: which.
        reason: why, in a sentence; recorded, and shown to designers.
        open_practices: whether practices under way may be finished, or stop at their next turn.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotFound: there is no such sign-off.
        NotAllowed: it is not this person's to revoke.
        InvalidInput: no reason is given.
        Conflict: it is revoked already, or it put a strategy in force, which is replaced and not revoked.
    """

    async def effect(work: UnitOfWork) -> SignOff:
        signed = await work.approvals.sign_off_by_id(sign_off_id, lock=True)
        kind = SubjectKind(signed.subject_kind)
        may_revoke(actor, kind, reason=reason)
        if kind is SubjectKind.ROLLOUT:
            raise Conflict("A promotion is not revoked.", todo="Suspend the rollout: nobody begins from then on.")
        if kind is not SubjectKind.SCENARIO:
            raise Conflict(
                f"A {kind.value} in force is replaced by another version, not revoked.",
                todo="Propose the version that should be in force.",
            )
        await _revoke(work, actor, signed, because=reason, open_practices=open_practices)
        return await work.approvals.sign_off_by_id(sign_off_id)

    return await transact(store, once, SignOff, effect)


async def revoke_all(work: UnitOfWork, actor: Actor, standing: Iterable[SignOff], *, because: str) -> None:
    """Revoke sign-offs that are held; practices under way may be finished."""
    for signed in standing:
        await _revoke(work, actor, signed, because=because, open_practices=OpenPractices.FINISH)


async def hold(work: UnitOfWork, signed: Iterable[SignOff]) -> list[SignOff]:
    """Lock sign-offs until this transaction ends, always in the same order; gives those that stand then.

    Do it before anything is traced or appended to the audit log: whoever revokes locks a sign-off first, too, so that
    nobody waits for somebody who waits for them.
    """
    held = [await work.approvals.sign_off_by_id(each.id, lock=True) for each in sorted(signed, key=attrgetter("id"))]
    return [each for each in held if each.revoked_at is None]


async def hold_those_of(work: UnitOfWork, run_id: str) -> list[SignOff]:
    """Lock every sign-off of one piece of work; gives those that stand."""
    signed: list[SignOff] = []
    for version in await work.design.versions(run_id):
        signed += await work.approvals.sign_offs(subject_id=version.id)
    return await hold(work, (each for each in signed if each.revoked_at is None))


async def _revoke(
    work: UnitOfWork, actor: Actor, signed: SignOff, *, because: str, open_practices: OpenPractices
) -> None:
    done = await work.approvals.revoke(
        signed.id, by=actor.person_id, because=because, open_practices=open_practices.value
    )
    if not done:
        raise Conflict("This sign-off is revoked already.", todo="Nothing to do.")
    await supersede_step_of(work, signed.subject_id, because="the scenario's sign-off was taken back")
    checkpoint = await work.approvals.checkpoint(signed.checkpoint_id)
    await work.design.trace(checkpoint.run_id, agent="person", event="revoked", practices=open_practices.value)
    await work.approvals.audit(
        actor=actor.person_id,
        action="revoke",
        subject=f"sign_off/{signed.id}",
        digest=signed.digest,
        practices=open_practices.value,
        replaced=because == REPLACED,
    )


async def note_changes(store: Store, players: Mapping[str, Any]) -> int:
    """``mark_stale`` in a transaction of its own; gives how many sign-offs stand otherwise than before."""
    async with store.write() as work:
        return await mark_stale(work, players)


async def mark_stale(work: UnitOfWork, players: Mapping[str, Any]) -> int:
    """Compare every standing sign-off with the players and the strategy of today, and follow the programme's rule.

    Under ``keep`` nothing is noted; under ``flag`` designers see what changed; under ``suspend`` nothing new begins
    on it until it is reviewed again. A change that is undone is forgotten.

    Every designer is told once per programme, not once per sign-off, and not again before they have read it.

    Returns:
        How many sign-offs stand otherwise than before.
    """
    changed = 0
    standing = {each.id: each for each in await hold(work, await work.approvals.standing_sign_offs())}
    for programme in await work.strategy.programmes():
        rule = StaleRule(programme.stale_rule)
        in_force = await _in_force(work, programme.id)
        doubtful = news = settled = 0
        for signed in await work.approvals.standing_sign_offs(programme.id):
            if signed.id not in standing:
                continue  # it was revoked, or given, while this waited
            stale = [] if rule is StaleRule.KEEP else await _stale(work, signed, players, in_force)
            suspended = bool(stale) and rule is StaleRule.SUSPEND
            doubtful += bool(stale)
            if stale == (signed.stale or []) and suspended == (signed.suspended_at is not None):
                continue
            changed += 1
            news += bool(stale)
            settled += not stale
            await work.approvals.mark_stale(signed.id, stale, suspended=suspended)
            if suspended != (signed.suspended_at is not None):
                await work.approvals.audit(
                    actor="code",
                    action="suspended" if suspended else "resumed",
                    subject=f"sign_off/{signed.id}",
                    because=stale,
                )
        if news or (settled and not doubtful):
            await _tell_designers(work, programme.id, news=bool(news))
    return changed


async def _tell_designers(work: UnitOfWork, programme_id: str, *, news: bool) -> None:
    """Leave every designer one notice about a programme's signed work, or take it away where nothing is left of it."""
    subject = f"programme/{programme_id}"
    for person in await work.people.all(purpose=Purpose.ADMINISTRATION):
        if not person.active or Role.DESIGNER not in person.roles:
            continue
        if not news:
            await work.desk.read(person.id, subject)
            continue
        unread = await work.desk.notices(person.id, unread=True)
        if not any((each.kind, each.subject) == (SIGNED_WORK_CHANGED, subject) for each in unread):
            await work.desk.notify(person.id, SIGNED_WORK_CHANGED, subject)


async def _in_force(work: UnitOfWork, programme_id: str) -> dict[str, StrategyVersion]:
    """What is in force, by kind."""
    found = {}
    for kind in ("charter", "criteria"):
        active = await work.strategy.active(programme_id, kind)
        if active is not None:
            found[kind] = await work.strategy.version(active.version_id)
    return found


async def _stale(
    work: UnitOfWork, signed: SignOff, players: Mapping[str, Any], in_force: Mapping[str, StrategyVersion]
) -> list[str]:
    found = list(what_changed(signed.players, players))
    checkpoint = await work.approvals.checkpoint(signed.checkpoint_id)
    if checkpoint.verdict_id is None:
        return found
    verdict = await work.design.verdict(checkpoint.verdict_id)
    for kind, judged_under in (("charter", verdict.charter_id), ("criteria", verdict.criteria_id)):
        now = in_force.get(kind)
        if now is not None and now.id != judged_under:
            found.append(f"version {now.number} of the {kind} is in force now")
    return found
