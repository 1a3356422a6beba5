"""Ordering a scenario, and having stopped work tried again."""

from __future__ import annotations

from approvals.people import Actor, Role
from approvals.roles import require
from evidence.errors import Conflict, InvalidInput
from evidence.ids import new_id
from graphs.answering import Once, Reference, transact
from graphs.design import DRAFTING
from practice.brief import Brief
from store.unit_of_work import Store, UnitOfWork


async def order(
    store: Store,
    actor: Actor,
    programme_id: str,
    brief: Brief,
    *,
    languages: frozenset[str],
    speechless: tuple[str, ...] = (),
    once: Once | None = None,
) -> str:
    """Order a scenario; agents begin as soon as this commits.

    Args:
        store: where it is kept.
        actor: who orders.
        programme_id: the programme it is for.
        brief: what is wanted.
        languages: those in which scenarios may be ordered.
        speechless: the roles that nobody plays in the brief's language.
        once: the numbered request.

    Returns:
        The id of the run.

    Raises:
        NotAllowed: the actor is no designer.
        InvalidInput: the brief's language is not offered here, or nobody speaks it.
        Conflict: no charter or no criteria are in force.
    """
    require(actor, Role.DESIGNER, to="order a scenario")
    if brief.language not in languages:
        offered = ", ".join(sorted(languages))
        raise InvalidInput(
            f"The language '{brief.language}' is not offered here.", where="language", todo=f"Choose one of: {offered}."
        )
    if speechless:
        roles = ", ".join(speechless)
        raise InvalidInput(
            f"Nobody here speaks '{brief.language}' as {roles}: rules play there, and they speak English only.",
            where="language",
            todo=f"Set a language model for {roles} (docs/models.md), or order it in English.",
        )

    async def effect(work: UnitOfWork) -> Reference:
        await work.strategy.programme(programme_id)
        await work.strategy.in_force(programme_id, "charter")
        await work.strategy.in_force(programme_id, "criteria")
        brief_id = await work.design.add_brief(programme_id, actor.person_id, brief.model_dump(mode="json"))
        run_id = await work.design.add_run(programme_id, "design", DRAFTING, by=actor.person_id, brief_id=brief_id)
        await work.design.trace(run_id, agent="person", event="ordered", skill=brief.skill)
        await work.approvals.audit(actor=actor.person_id, action="scenario ordered", subject=f"run/{run_id}")
        await work.enqueue("bring_forward", run_id, job_id=new_id())
        return Reference(id=run_id)

    return str((await transact(store, once, Reference, effect)).id)


async def retry(store: Store, actor: Actor, run_id: str) -> None:
    """Have work that stopped on an error go on from where it stood.

    Raises:
        Conflict: it has not stopped.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="have work tried again")
    async with store.write() as work:
        run = await work.design.run(run_id)
        if run.stage != "errored":
            raise Conflict("This work has not stopped on an error.", todo="Nothing to do.")
        await work.design.redirect(run_id, stage=run.resume_stage or DRAFTING, error=None, resume_stage=None)
        await work.design.trace(run_id, agent="person", event="tried again")
        await work.enqueue("bring_forward", run_id, job_id=new_id())
