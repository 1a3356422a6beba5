"""A promotion at its checkpoint: what it says, whether that is still so, and what its ending does.

Locks are taken in one order everywhere: the scenario's sign-off, the rollout, the checkpoint, the audit log's head. The
effect of a decision on a promotion stands in the transaction of the decision: there is no work between a signature and
the people it reaches, so no job brings it forward.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from approvals.checkpoint import SubjectKind
from approvals.people import Actor, Role
from approvals.policies import policy_named
from approvals.policies.policy import State
from approvals.rollout import PLANNED, Asked, Finding, FindingStatus, Step, moved
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput
from graphs.opening import open_checkpoint
from store.purpose import Purpose
from store.records import CheckpointRow, Person
from store.repositories.reach import FindingRow, Rollout, RolloutStep
from store.unit_of_work import UnitOfWork

JOURNEY, AWAITING = "rollout", "awaiting"
INVITED = "invited"  # kind of notice, about rollout/<id>
PROMOTED, REFUSED = "promoted", "refused"
WAITS_NOTICE, ENDED_NOTICE = "promotion waits", "promotion ended"  # about checkpoint/<id>, and about rollout/<id>
_STAGES = {State.APPROVED: "promoted", State.WITHDRAWN: "withdrawn"}


async def reached(work: UnitOfWork, rollout: Rollout) -> frozenset[str] | None:
    """Ids of the people whom a rollout reaches, skeptics aside; None is everybody.

    Whoever left a group is not reached any more; whoever came to it after it was signed is not reached yet.
    """
    people: set[str] = set()
    for step in in_force(rollout):
        if step["group_id"] is None:
            return None
        people |= set(step.get("members", ())) & set(await work.reach.members(step["group_id"]))
    return frozenset(people)


async def group_changed(work: UnitOfWork, rollout: Rollout) -> bool:
    """Whether somebody came to a group in force after it was signed, or left it."""
    for step in in_force(rollout):
        if step["group_id"] is not None and sorted(step["members"]) != await work.reach.members(step["group_id"]):
            return True
    return False


async def step_now(
    work: UnitOfWork, rollout: Rollout, *, to: str, reason: str, none_because: str = "", unheard_because: str = ""
) -> Step:
    """What would be signed if the rollout were promoted to this stage now."""
    version = await work.design.version(rollout.version_id)
    signed = await work.approvals.live_sign_off(version.id, version.digest)
    group_id, again = _group_of(rollout, to), to == rollout.stage
    name = members = ""
    if group_id is not None:
        name = (await work.reach.group(group_id)).name
        members = digest(await _members_at(work, rollout, to))
    learners = await work.reach.learners()
    before = frozenset() if rollout.suspended_at is not None else await reached(work, rollout)
    after = await _after(work, rollout, to)
    skeptics, findings = await work.reach.skeptics(rollout.id), await work.reach.findings(rollout.id)
    kept = [each for each in findings if each.status != FindingStatus.WITHDRAWN]
    heard = sum(each.done_at is not None for each in skeptics)
    return Step(
        scenario=version.title,
        number=version.number,
        version_id=version.id,
        digest=version.digest,
        sign_off="" if signed is None else signed.id,
        from_stage=rollout.stage,
        to_stage=to,
        plan=tuple(each["name"] for each in rollout.plan),
        group=name,
        members=members,
        people_before=len(learners if before is None else before),
        people_after=len(learners if after is None else after),
        days=(work.now - rollout.updated_at) // timedelta(days=1),
        asked=Asked(
            invited=len(skeptics),
            heard=heard,
            none_because="" if skeptics or again else none_because.strip(),
            unheard_because="" if heard == len(skeptics) or again else unheard_because.strip(),
        ),
        findings=tuple(_told(each) for each in kept),
        withdrawn=len(findings) - len(kept),
        suspended_because=rollout.suspended_because or "",
        reason=reason.strip(),
    )


async def open_step(work: UnitOfWork, actor: Actor, rollout: Rollout, step: Step) -> CheckpointRow:
    """Open the checkpoint of a promotion that was ruled possible; the rollout is locked."""
    run_id = await work.design.add_run(rollout.programme_id, JOURNEY, AWAITING, by=actor.person_id)
    content = step.model_dump(mode="json")
    row = await work.reach.add_step(
        rollout.id, run_id, stage=step.to_stage, content=content, digest=digest(content), by=actor.person_id
    )
    await work.design.redirect(run_id, stage=AWAITING, subject_id=row.id)
    await work.design.trace(run_id, agent="person", event="asked to promote", to=step.to_stage)
    checkpoint = await open_checkpoint(
        work,
        await work.design.run(run_id),
        SubjectKind.ROLLOUT,
        subject_id=row.id,
        digest=row.digest,
        content=content,
        verdict_id=None,
    )
    await work.approvals.audit(
        actor=actor.person_id,
        action="promotion asked for",
        subject=f"rollout/{rollout.id}",
        step=row.id,
        digest=row.digest,
        from_stage=step.from_stage,
        to_stage=step.to_stage,
        without_skeptics=bool(step.asked.none_because),
        without_waiting=bool(step.asked.unheard_because),
    )
    signers = policy_named(checkpoint.policy.split("/")[0]).roles
    authors = await authors_of(work, row)
    people = await work.people.all(purpose=Purpose.ADMINISTRATION)
    told = [each.id for each in people if each.active and signers & each.roles and each.id not in authors]
    await work.desk.notify_all(told, WAITS_NOTICE, f"checkpoint/{checkpoint.id}")
    return checkpoint


async def authors_of(work: UnitOfWork, step: RolloutStep) -> frozenset[str]:
    """Who wrote what is in a promotion: whoever asked for it, and whoever answered a finding that stands in it."""
    settled = [each.settled_by for each in await work.reach.findings(step.rollout_id) if each.settled_by is not None]
    return frozenset({step.asked_by, *settled})


async def hold_step(work: UnitOfWork, checkpoint_id: str) -> None:
    """Lock what a decision on a promotion moves, before its checkpoint is locked; other kinds are left alone."""
    checkpoint = await work.approvals.checkpoint(checkpoint_id)
    if checkpoint.subject_kind != SubjectKind.ROLLOUT.value:
        return
    rollout = await work.reach.rollout((await work.reach.step(checkpoint.subject_id)).rollout_id)
    version = await work.design.version(rollout.version_id)
    await work.approvals.live_sign_off(version.id, version.digest, held=True)
    await work.reach.rollout(rollout.id, lock=True)


async def still_so(work: UnitOfWork, checkpoint: CheckpointRow) -> None:
    """Refuse to sign a promotion when what was read is not what is there now; hold it first.

    Raises:
        Conflict: with what changed.
    """
    row = await work.reach.step(checkpoint.subject_id)
    rollout = await work.reach.rollout(row.rollout_id)
    signed = Step.model_validate(row.content)
    now = await step_now(
        work,
        rollout,
        to=row.stage,
        reason=signed.reason,
        none_because=signed.asked.none_because,
        unheard_because=signed.asked.unheard_because,
    )
    if not now.sign_off:
        raise Conflict(
            "The scenario has no live sign-off any more, so it cannot go further.",
            todo="Have it reviewed again, or reject this.",
        )
    said = moved(signed, now)
    if said:
        raise Conflict(f"{said} What you read is not what you would sign.", todo="Reject this, and ask for it again.")


async def end_step(work: UnitOfWork, actor: Actor, checkpoint: CheckpointRow, state: State) -> None:
    """Do what a decision on a promotion means, in its transaction: the people it reaches from now on, or nothing."""
    row = await work.reach.step(checkpoint.subject_id)
    rollout = await work.reach.rollout(row.rollout_id)
    promoted = state is State.APPROVED
    await work.desk.read_by_all(f"checkpoint/{checkpoint.id}")
    await work.reach.end_step(row.id, PROMOTED if promoted else REFUSED)
    await work.design.redirect(row.run_id, stage=_STAGES.get(state, "rejected"))
    if promoted:
        lifted = rollout.suspended_at is not None
        await work.reach.change_rollout(
            rollout.id,
            stage=row.stage,
            plan=await _signed_plan(work, rollout, row.stage),
            suspended_at=None,
            suspended_by=None,
            suspended_because=None,
        )
        await work.approvals.audit(
            actor=actor.person_id,
            action="rollout promoted",
            subject=f"rollout/{rollout.id}",
            step=row.id,
            digest=row.digest,
            checkpoint=checkpoint.id,
            stage=row.stage,
            lifted=lifted,
        )
    if row.asked_by != actor.person_id:
        await work.desk.notify(row.asked_by, ENDED_NOTICE, f"rollout/{rollout.id}")


async def supersede_step(work: UnitOfWork, rollout_id: str, *, because: str) -> None:
    """End a promotion that waits, because something it speaks of has changed; the rollout is locked."""
    for row in await work.reach.steps(rollout_id, status="asked"):
        for checkpoint in await work.approvals.checkpoints(run_id=row.run_id, status="pending"):
            held = await work.approvals.checkpoint(checkpoint.id, lock=True)
            if not await work.approvals.change(held, status="superseded"):
                continue
            await work.desk.read_by_all(f"checkpoint/{held.id}")
            await work.reach.end_step(row.id, REFUSED)
            await work.design.redirect(row.run_id, stage="withdrawn")
            await work.design.trace(row.run_id, agent="code", event="superseded", because=because)
            await work.approvals.audit(
                actor="code",
                action="checkpoint superseded",
                subject=f"checkpoint/{held.id}",
                because=f"rollout/{rollout_id}",
            )
            await work.desk.notify(row.asked_by, ENDED_NOTICE, f"rollout/{rollout_id}")


async def supersede_step_of(work: UnitOfWork, version_id: str, *, because: str) -> None:
    """The same for the rollout of a version, where it has one; its sign-off is locked."""
    rollout = await work.reach.rollout_of(version_id, lock=True)
    if rollout is not None:
        await supersede_step(work, rollout.id, because=because)


def cannot_break(person: Person, authors: Collection[str]) -> InvalidInput | None:
    """Why somebody cannot be asked to break a scenario with these authors; None where they can."""
    if not person.active or Role.LEARNER.value not in person.roles:
        return InvalidInput(
            f"{person.name} does not practise here.", where="people", todo="Ask an admin for the learner's role."
        )
    if person.id in authors:
        return InvalidInput(
            f"{person.name} wrote text that is in it.", where="people", todo="Invite somebody who did not."
        )
    return None


async def start_anew(work: UnitOfWork, actor: Actor, version_id: str) -> None:
    """Give a newly signed version the plan of the version before it: it begins with its skeptics, who look again.

    Who cannot be asked to, because they wrote text that is in it or do not practise here any more, is left out.
    Findings that are open go with it, so that none is lost because the text changed; whoever answers them says how.
    """
    earlier = await work.reach.rollouts_of_work(version_id)
    if not earlier or any(each.version_id == version_id for each in earlier):
        return
    before = await work.reach.rollout(earlier[0].id, lock=True)
    await supersede_step(work, before.id, because="another version was signed")
    plan = [{"name": each["name"], "group_id": each["group_id"]} for each in before.plan]
    rollout = await work.reach.plan(before.programme_id, version_id, plan, by=before.created_by)
    authors = await work.design.authors(version_id)
    people = {each.id: each for each in await work.people.all(purpose=Purpose.ADMINISTRATION)}
    asked = [
        each for each in await work.reach.skeptics(before.id) if cannot_break(people[each.person_id], authors) is None
    ]
    for skeptic in asked:
        await work.reach.invite(rollout.id, skeptic.person_id, by=skeptic.invited_by)
    await work.desk.notify_all([each.person_id for each in asked], INVITED, f"rollout/{rollout.id}")
    for finding in await work.reach.findings(before.id):
        if finding.status == FindingStatus.OPEN:
            await work.reach.change_finding(finding.id, rollout_id=rollout.id)
    await work.approvals.audit(
        actor="code",
        action="rollout planned",
        subject=f"rollout/{rollout.id}",
        version=version_id,
        stages=[each["name"] for each in plan],
        anew_after=before.id,
    )


def in_force(rollout: Rollout) -> list[dict[str, Any]]:
    """The steps of its plan that are in force; ``members`` are those who were signed."""
    if rollout.stage == PLANNED:
        return []
    names = [each["name"] for each in rollout.plan]
    return list(rollout.plan[: names.index(rollout.stage) + 1])


def _group_of(rollout: Rollout, stage: str) -> str | None:
    return next((each["group_id"] for each in rollout.plan if each["name"] == stage), None)


async def _members_at(work: UnitOfWork, rollout: Rollout, stage: str) -> list[list[str]]:
    """Who is in each group up to a stage, now."""
    found = []
    for each in rollout.plan:
        if stage == PLANNED:
            break
        if each["group_id"] is not None:
            found.append(await work.reach.members(each["group_id"]))
        if each["name"] == stage:
            break
    return found


async def _after(work: UnitOfWork, rollout: Rollout, to: str) -> frozenset[str] | None:
    if to != PLANNED and any(each["name"] == to and each["group_id"] is None for each in rollout.plan):
        return None
    return frozenset(person for members in await _members_at(work, rollout, to) for person in members)


async def _signed_plan(work: UnitOfWork, rollout: Rollout, stage: str) -> list[dict[str, Any]]:
    """The plan with everybody whom the signature reaches; who comes to a group later is not reached yet."""
    plan: list[dict[str, Any]] = [dict(each) for each in rollout.plan]
    for each in plan:
        if stage == PLANNED:
            break
        if each["group_id"] is not None:
            each["members"] = await work.reach.members(each["group_id"])
        if each["name"] == stage:
            break
    return plan


def _told(row: FindingRow) -> Finding:
    return Finding(
        title=row.title,
        text=row.text,
        blocks=row.blocks,
        status=FindingStatus(row.status),
        answer=row.answer or "" if row.status == FindingStatus.SETTLED else "",
    )
