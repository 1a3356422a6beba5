"""Proposing, editing and accepting charters and criteria sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict, InvalidInput
from evidence.ids import new_id
from graphs.answering import Once, Reference, transact
from graphs.grounds import Named, in_audit, insist, weigh, write_down
from graphs.tuning import ACTIVATING, AWAITING, PREPARING, check_fit, put_in_force
from store.records import StrategyVersion
from store.unit_of_work import Store, UnitOfWork
from strategy.charter import Charter
from strategy.criteria import CriteriaSet
from strategy.sources import check_sources


async def propose(
    store: Store,
    actor: Actor,
    programme_id: str,
    document: Charter | CriteriaSet,
    *,
    reason: str,
    parent_id: str | None = None,
    pages: Mapping[str, str] | None = None,
    once: Once | None = None,
) -> StrategyVersion:
    """Store a new version of a charter or criteria set. It is in force only once it is accepted.

    Args:
        store: where everything is kept.
        actor: a strategist.
        programme_id: whose strategy it is.
        document: the content.
        reason: why, in a sentence.
        parent_id: the version it was edited from; its pages are kept.
        pages: the documents that clauses' sources point into, by name.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
        InvalidInput: a clause's source does not stand where it says, or a criterion cites an unknown clause.
    """
    require(actor, Role.STRATEGIST, to="propose strategy")
    kind = "charter" if isinstance(document, Charter) else "criteria"

    async def effect(work: UnitOfWork) -> StrategyVersion:
        await work.strategy.programme(programme_id)
        documents = dict(pages or {})
        if parent_id is not None:
            parent = await work.strategy.version(parent_id, kind)
            if parent.programme_id != programme_id:
                raise InvalidInput(
                    "That version belongs to another programme.",
                    where="parent_id",
                    todo="Name a version of this programme, or leave the parent out.",
                )
            documents = {**await work.strategy.documents(parent_id), **documents}
        if isinstance(document, Charter):
            check_sources(document, documents)
        version = await work.strategy.add_version(
            programme_id,
            kind,
            document.model_dump(mode="json"),
            author_id=actor.person_id,
            reason=reason,
            parent_id=parent_id,
            documents=documents,
        )
        await work.approvals.audit(
            actor=actor.person_id, action=f"{kind} proposed", subject=f"{kind}/{version.id}", digest=version.digest
        )
        return version

    return await transact(store, once, StrategyVersion, effect)


async def accept(
    store: Store,
    actor: Actor,
    version_id: str,
    *,
    players: Mapping[str, Any] | None = None,
    named: Named | None = None,
    once: Once | None = None,
) -> str | None:
    """Ask for a version to be put in force.

    The first charter and the first criteria set of a programme come into force at once, labelled *genesis*; every
    later one waits at a checkpoint for a second strategist. Later criteria need grounds: see ``strategy.activation``.

    Args:
        store: where everything is kept.
        actor: a strategist, in person.
        version_id: of a charter or criteria set.
        players: who plays here, as a sign-off records it: a stress report has to be of this judge. Without them none
            is.
        named: preview, stress report and override that criteria rest on; the newest that count where none is named.
        once: the numbered request, where the sender numbered it.

    Returns:
        The id of the run that waits, or None where the version is in force now.

    Raises:
        Conflict: it is in force already, waits already, its criteria do not fit the charter in force, or the grounds do
            not suffice: ``missing`` then says all that stands in the way.
        NotAllowed: the actor is no strategist, or is an API token.
        NotFound: there is no such version, or nothing has a digest that is named.
        InvalidInput: an override without a reason.
    """
    require(actor, Role.STRATEGIST, to="put strategy in force")
    in_person(actor, to="put strategy in force")

    async def effect(work: UnitOfWork) -> Reference:
        version = await work.strategy.version(version_id)
        await work.strategy.programme(version.programme_id, lock=True)  # of two who ask at once, one finds the other
        active = await work.strategy.active(version.programme_id, version.kind)
        if active is not None and active.version_id == version.id:
            raise Conflict(f"This {version.kind} is in force already.")
        await check_fit(work, version)
        if active is None:
            await put_in_force(work, version, by=actor.person_id, genesis=True)
            return Reference(id=None)
        if await _waits(work, version):
            raise Conflict(f"This {version.kind} already waits for a second strategist.")
        wanted, weighed = named or Named(), None
        if version.kind == "criteria":
            weighed = await weigh(work, actor, version, wanted, str((players or {}).get("alignment", "")))
            insist(weighed[0])
        run_id = await work.design.add_run(
            version.programme_id, "tuning", PREPARING, by=actor.person_id, subject_id=version.id
        )
        grounds = None
        if weighed is not None:
            grounds = await write_down(work, actor, run_id, version, weighed, wanted.because)
        await work.design.trace(run_id, agent="person", event="asked to put in force", number=version.number)
        await work.approvals.audit(
            actor=actor.person_id,
            action=f"{version.kind} asked to put in force",
            subject=f"{version.kind}/{version.id}",
            digest=version.digest,
            **({} if grounds is None else in_audit(grounds)),
        )
        await work.enqueue("bring_forward", run_id, job_id=new_id())
        return Reference(id=run_id)

    return (await transact(store, once, Reference, effect)).id


async def _waits(work: UnitOfWork, version: StrategyVersion) -> bool:
    """Whether a run is about to put this version in force."""
    before: str | None = None
    while runs := await work.design.runs(version.programme_id, limit=200, before=before):
        if any(run.subject_id == version.id and run.stage in {PREPARING, AWAITING, ACTIVATING} for run in runs):
            return True
        before = runs[-1].id
    return False
