"""Rolling a signed scenario out: a plan, the skeptics' findings, promotions at checkpoints, and the brake.

Planning narrows: from then on only skeptics practise it, until the first promotion is signed. Every change to what a
waiting promotion speaks of supersedes it, so that what was read is what is signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from approvals.rollout import (
    BRAKES,
    KEEPERS,
    PLANNED,
    Asked,
    Facts,
    FindingAct,
    FindingStatus,
    Promotion,
    check_plan,
    may_end_finding,
    promotion,
)
from evidence.errors import Conflict, InvalidInput, NotAllowed
from graphs.answering import Once, Reference, transact
from graphs.grouping import find_people
from graphs.revoking import OpenPractices
from graphs.rollout_steps import INVITED, cannot_break, group_changed, open_step, step_now, supersede_step
from graphs.scenes import signed_scenario
from store.purpose import Purpose
from store.repositories.reach import FindingRow, Rollout
from store.unit_of_work import Store, UnitOfWork

FOUND, ANSWERED = "finding reported", "finding answered"  # kinds of notices, about rollout/<id>
LONGEST_TITLE, LONGEST_TEXT = 200, 4000


class PlannedStep(BaseModel):
    """A step of a plan: its name, and the group it reaches; None is everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(max_length=60, examples=["pilot"])
    group_id: str | None = Field(default=None, max_length=60)


async def plan_rollout(
    store: Store, actor: Actor, version_id: str, steps: Sequence[PlannedStep], *, once: Once | None = None
) -> str:
    """Plan how a signed version reaches people, step by step. From then on it reaches nobody but its skeptics.

    Returns:
        The id of the rollout.

    Raises:
        NotSigned: the version has no live sign-off.
        NotAllowed: the actor is neither designer nor strategist.
        InvalidInput: a plan that cannot be followed, or a group of another programme.
        Conflict: this version has a rollout.
    """
    require(actor, *KEEPERS, to="plan a rollout")
    in_person(actor, to="plan a rollout")
    named = [(" ".join(each.name.split()), each.group_id) for each in steps]
    check_plan(named)

    async def effect(work: UnitOfWork) -> Reference:
        _scenario, _digest, programme_id = await signed_scenario(work, version_id, held=True)
        for number, (_name, group_id) in enumerate(named):
            if group_id is not None and (await work.reach.group(group_id)).programme_id != programme_id:
                raise InvalidInput(
                    "That group belongs to another programme.",
                    where=f"steps[{number}].group_id",
                    todo="Choose one of this programme.",
                )
        plan = [{"name": name, "group_id": group_id} for name, group_id in named]
        rollout = await work.reach.plan(programme_id, version_id, plan, by=actor.person_id)
        await work.approvals.audit(
            actor=actor.person_id,
            action="rollout planned",
            subject=f"rollout/{rollout.id}",
            version=version_id,
            stages=[name for name, _ in named],
        )
        return Reference(id=rollout.id)

    return str((await transact(store, once, Reference, effect)).id)


async def invite(store: Store, actor: Actor, rollout_id: str, people: Collection[str]) -> None:
    """Invite people, by login or id, to break a scenario before it reaches more of their colleagues.

    Raises:
        NotAllowed: the actor is neither designer nor strategist.
        InvalidInput: somebody is unknown, does not practise here, or wrote text that is in the scenario.
    """
    require(actor, *KEEPERS, to="invite skeptics")
    in_person(actor, to="invite skeptics")
    async with store.write() as work:
        rollout = await work.reach.rollout(rollout_id, lock=True)
        everybody = await work.people.all(purpose=Purpose.ADMINISTRATION)
        authors = await work.design.authors(rollout.version_id)
        new = []
        for person in find_people(everybody, people, where="people"):
            if (because := cannot_break(person, authors)) is not None:
                raise because
            if await work.reach.invite(rollout_id, person.id, by=actor.person_id):
                new.append(person.id)
        if not new:
            return
        await supersede_step(work, rollout_id, because="skeptics were invited")
        await work.approvals.audit(
            actor=actor.person_id, action="skeptics invited", subject=f"rollout/{rollout_id}", people=sorted(new)
        )
        await work.desk.notify_all(new, INVITED, f"rollout/{rollout_id}")


async def looked(store: Store, actor: Actor, rollout_id: str) -> None:
    """Say, as a skeptic, that one has looked; findings can still be reported.

    Raises:
        NotAllowed: the actor was not invited.
    """
    in_person(actor, to="say that one has looked")
    async with store.write() as work:
        await work.reach.rollout(rollout_id, lock=True)
        mine = next((e for e in await work.reach.skeptics(rollout_id) if e.person_id == actor.person_id), None)
        if mine is None:
            raise _not_invited()
        if mine.done_at is not None:
            return
        await work.reach.looked(rollout_id, actor.person_id)
        await supersede_step(work, rollout_id, because="a skeptic has looked")
        await work.approvals.audit(actor=actor.person_id, action="skeptic has looked", subject=f"rollout/{rollout_id}")


async def report(
    store: Store, actor: Actor, rollout_id: str, *, title: str, text: str, blocks: bool, once: Once | None = None
) -> FindingRow:
    """Report what one found, in one's own words; nothing is taken from a practice.

    Args:
        store: where everything is kept.
        actor: an invited skeptic.
        rollout_id: of what.
        title: in a few words.
        text: what happens, and how.
        blocks: whether it must be settled before the scenario reaches more people.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor was not invited.
        InvalidInput: no title or text, or one that is too long.
    """
    in_person(actor, to="report a finding")
    said = {"title": " ".join(title.split()), "text": text.strip()}
    for name, most in (("title", LONGEST_TITLE), ("text", LONGEST_TEXT)):
        if not 1 <= len(said[name]) <= most:
            raise InvalidInput(
                f"A finding's {name} has 1 to {most:,} characters.", where=name, todo="Say what happens, and how."
            )

    async def effect(work: UnitOfWork) -> FindingRow:
        await work.reach.rollout(rollout_id, lock=True)
        if not await work.reach.is_skeptic(rollout_id, actor.person_id):
            raise _not_invited()
        row = await work.reach.add_finding(rollout_id, actor.person_id, blocks=blocks, **said)
        await supersede_step(work, rollout_id, because="a finding was reported")
        await work.approvals.audit(
            actor=actor.person_id,
            action="finding reported",
            subject=f"rollout/{rollout_id}",
            finding=row.id,
            blocks=blocks,
        )
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        designers = [each.id for each in people if each.active and Role.DESIGNER.value in each.roles]
        told = [each for each in designers if each != actor.person_id]
        await work.desk.notify_all(told, FOUND, f"rollout/{rollout_id}")
        return row

    return await transact(store, once, FindingRow, effect)


async def end_finding(store: Store, actor: Actor, finding_id: str, act: FindingAct, *, answer: str = "") -> FindingRow:
    """Settle a finding with an answer, or, as whoever found it, open it again or withdraw it.

    Raises:
        NotFound: there is none.
        NotAllowed: it is not this person's to do.
        Conflict: it does not stand where this begins.
        InvalidInput: settled without an answer, or with one that is too long.
    """
    if len(answer) > LONGEST_TEXT:
        raise InvalidInput(
            f"An answer has at most {LONGEST_TEXT:,} characters.", where="answer", todo="Say what was done about it."
        )
    async with store.write() as work:
        row = await work.reach.finding(finding_id)
        await work.reach.rollout(row.rollout_id, lock=True)
        row = await work.reach.finding(finding_id)
        status = may_end_finding(act, actor, author_id=row.person_id, status=FindingStatus(row.status), answer=answer)
        settled = act is FindingAct.SETTLE
        said = {"answer": answer.strip(), "settled_by": actor.person_id, "settled_at": work.now} if settled else {}
        await work.reach.change_finding(finding_id, status=status.value, **said)
        await supersede_step(work, row.rollout_id, because=f"a finding is {status.value}")
        await work.approvals.audit(
            actor=actor.person_id,
            action=f"finding {status.value}" if act is not FindingAct.REOPEN else "finding reopened",
            subject=f"rollout/{row.rollout_id}",
            finding=finding_id,
        )
        if settled:
            await work.desk.notify(row.person_id, ANSWERED, f"rollout/{row.rollout_id}")
        return await work.reach.finding(finding_id)


async def ask(
    store: Store,
    actor: Actor,
    rollout_id: str,
    *,
    reason: str,
    again: bool = False,
    none_because: str = "",
    unheard_because: str = "",
    once: Once | None = None,
) -> str:
    """Ask for a promotion: it waits at a checkpoint for people who did not ask for it.

    Args:
        store: where everything is kept.
        actor: a designer or strategist.
        rollout_id: of what.
        reason: why it should go further; stands before whoever signs.
        again: the stage in force once more, which lifts a suspension and takes in whoever came to its groups.
        none_because: why nobody was asked to break it, where nobody was.
        unheard_because: why it does not wait for a skeptic who has not answered.
        once: the numbered request, where the sender numbered it.

    Returns:
        The id of the checkpoint.

    Raises:
        NotAllowed: the actor is neither designer nor strategist.
        InvalidInput: no reason.
        Conflict: something stands in the way; ``missing`` says everything that does.
    """
    require(actor, *KEEPERS, to="ask for a promotion")
    in_person(actor, to="ask for a promotion")
    if not reason.strip() or max(map(len, (reason, none_because, unheard_because))) > LONGEST_TEXT:
        raise InvalidInput(
            f"A promotion needs a reason of at most {LONGEST_TEXT:,} characters.",
            where="reason",
            todo="Say why it should reach more people now.",
        )

    async def effect(work: UnitOfWork) -> Reference:
        about = await work.reach.rollout(rollout_id)
        version = await work.design.version(about.version_id)
        await work.approvals.live_sign_off(version.id, version.digest, held=True)
        rollout = await work.reach.rollout(rollout_id, lock=True)
        found = await _ruling(work, rollout, again=again, none_because=none_because, unheard_because=unheard_because)
        if found.to is None or found.lacks:
            first = found.lacks[0]
            raise Conflict(first.said, todo=first.todo, missing=[each.model_dump() for each in found.lacks])
        step = await step_now(
            work, rollout, to=found.to, reason=reason, none_because=none_because, unheard_because=unheard_because
        )
        return Reference(id=(await open_step(work, actor, rollout, step)).id)

    return str((await transact(store, once, Reference, effect)).id)


async def suspend(
    store: Store,
    actor: Actor,
    rollout_id: str,
    *,
    reason: str,
    open_practices: OpenPractices = OpenPractices.FINISH,
    once: Once | None = None,
) -> Rollout:
    """Suspend a rollout at once: once this commits nobody begins, skeptics neither.

    Args:
        store: where everything is kept.
        actor: a designer, strategist or admin.
        rollout_id: which.
        reason: why, in a sentence; whoever lifts it reads it.
        open_practices: whether practices under way may be finished, or stop at their next turn.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: it is not the actor's to do.
        InvalidInput: no reason.
        Conflict: it is suspended already.
    """
    require(actor, *BRAKES, to="suspend a rollout")
    in_person(actor, to="suspend a rollout")
    if not 1 <= len(reason.strip()) <= LONGEST_TEXT:
        raise InvalidInput("Suspending needs a written reason.", where="reason", todo="Say why in a sentence.")

    async def effect(work: UnitOfWork) -> Rollout:
        rollout = await work.reach.rollout(rollout_id, lock=True)
        if rollout.suspended_at is not None:
            raise Conflict("This rollout is suspended already.", todo="Nothing to do.")
        await work.reach.change_rollout(
            rollout.id, suspended_at=work.now, suspended_by=actor.person_id, suspended_because=reason.strip()
        )
        if open_practices is OpenPractices.STOP:
            await work.reach.stop_practices(rollout.version_id)
        await supersede_step(work, rollout.id, because="the rollout was suspended")
        await work.approvals.audit(
            actor=actor.person_id,
            action="rollout suspended",
            subject=f"rollout/{rollout.id}",
            practices=open_practices.value,
        )
        return await work.reach.rollout(rollout.id)

    return await transact(store, once, Rollout, effect)


async def outlook(work: UnitOfWork, rollout: Rollout, *, again: bool) -> Promotion:
    """What could be asked for now, and everything that stands in the way."""
    return await _ruling(work, rollout, again=again, none_because="", unheard_because="")


async def _ruling(
    work: UnitOfWork, rollout: Rollout, *, again: bool, none_because: str, unheard_because: str
) -> Promotion:
    version = await work.design.version(rollout.version_id)
    skeptics = await work.reach.skeptics(rollout.id)
    facts = Facts(
        signed=await work.approvals.live_sign_off(version.id, version.digest) is not None,
        waiting=bool(await work.reach.steps(rollout.id, status="asked")),
        suspended=rollout.suspended_at is not None,
        stage=rollout.stage,
        plan=tuple(each["name"] for each in rollout.plan),
        asked=Asked(
            invited=len(skeptics),
            heard=sum(each.done_at is not None for each in skeptics),
            none_because=none_because,
            unheard_because=unheard_because,
        ),
        blocking=sum(
            each.blocks and each.status == FindingStatus.OPEN for each in await work.reach.findings(rollout.id)
        ),
        again=again,
        changed=rollout.stage != PLANNED and await group_changed(work, rollout),
    )
    return promotion(facts)


def _not_invited() -> NotAllowed:
    return NotAllowed("You were not asked to break this scenario.", todo="Ask a designer to invite you.")
