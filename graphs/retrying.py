"""The same conversation again with other names and numbers, so that what holds is skill and not memory."""

from __future__ import annotations

from typing import Any

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import require
from graphs.answering import Once, Reference, transact
from graphs.fitness import may_play
from graphs.practising import named, opening, tried
from graphs.scenes import in_its_language
from practice.debrief import Debrief
from practice.preferences import Preferences
from practice.retrying import Retried, retried
from practice.variation import another
from store.purpose import Purpose
from store.records import Practice
from store.unit_of_work import Store, UnitOfWork


async def again(
    store: Store,
    actor: Actor,
    practice_id: str,
    *,
    seed: int,
    preferences: Preferences | None = None,
    ensemble: Ensemble | None = None,
    once: Once | None = None,
) -> str:
    """Try a practice again as a twin: other signed names and numbers, everything else as it was chosen.

    The same seed gives the same twin, and never the choices of the practice it retries where there are others.

    Raises:
        NotFound: the practice is not the actor's own.
        NotSigned: the version has no live sign-off any more.
        ModelUnfit: the persona's model was found unfit.
    """
    require(actor, Role.LEARNER, to="practise")
    if ensemble is not None:
        await may_play(store, ensemble, "persona")

    async def effect(work: UnitOfWork) -> Reference:
        before = await work.practices.get(practice_id, reader=actor.person_id, purpose=Purpose.OWN_PRACTICE)
        opened = await opening(work, actor, before.version_id)
        met = [each.choices for each in await tried(work, actor, before.version_id)]
        chosen = in_its_language(before, preferences)
        choices = another(opened.scenario, seed, before.choices, met)
        return await opened.start(work, actor, choices, before.form, chosen)

    return named(await transact(store, once, Reference, effect))


async def skill_shown(work: UnitOfWork, practice: Practice) -> Retried | None:
    """What held of the last practice of this scenario, where this one is a twin of it; both with a debrief."""
    if practice.debrief is None or practice.branch_of is not None:
        return None
    mine: dict[str, Any] = {"reader": practice.learner_id, "purpose": Purpose.OWN_PRACTICE}
    tries = await work.practices.tries(practice.learner_id, **mine)
    for each in reversed(tries):
        if not (each.id < practice.id and each.digest == practice.digest and each.branch_of is None):
            continue
        if each.status != "debriefed" or each.form != practice.form or each.choices == practice.choices:
            continue
        before = await work.practices.get(each.id, **mine)
        return None if before.debrief is None else retried(_debrief_in(before.debrief), _debrief_in(practice.debrief))
    return None


def _debrief_in(stored: dict[str, Any]) -> Debrief:
    return Debrief.model_validate(stored["debrief"])
