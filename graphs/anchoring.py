"""Anchors: labelled texts that are frozen, and judged again and again to see whether the judge drifts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import in_person, require
from evidence.errors import Conflict
from graphs import studying
from graphs.answering import Once, transact
from graphs.judging import samples_at_first
from graphs.labelling import ENOUGH_PEOPLE, labels_of
from store.purpose import Purpose
from store.repositories.labels import AnchorSet
from store.repositories.studies import Study
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet

if TYPE_CHECKING:
    from strategy.labels import Label

KIND = "drift"
LEAST, MOST = 20, 120
AGAIN_AFTER = timedelta(days=30)
DUE = "drift due"  # kind of notice, about a programme
DRIFT = "drift"


class AnchorsView(BaseModel):
    """A frozen set; nobody's name goes with it."""

    model_config = ConfigDict(frozen=True)

    id: str
    items: int
    texts: int
    criteria: int
    frozen_at: datetime
    looked_at: datetime | None
    due: bool


async def freeze(store: Store, actor: Actor, programme_id: str, *, once: Once | None = None) -> AnchorsView:
    """Freeze the held-out labels of today as anchors, for good.

    Where several people labelled the same, it becomes an anchor if most of them said the same.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token.
        Conflict: no charter or criteria are in force, too few labels are there, or they come from one person.
    """
    require(actor, Role.STRATEGIST, to="freeze anchors")
    in_person(actor, to="freeze anchors")

    async def effect(work: UnitOfWork) -> AnchorsView:
        await work.strategy.programme(programme_id, lock=True)
        charter = await work.strategy.in_force(programme_id, "charter")
        stored = await work.strategy.in_force(programme_id, "criteria")
        found = await labels_of(work, programme_id, CriteriaSet.model_validate_json(stored.content))
        items = _items(found.held)
        if len(items) < LEAST:
            raise Conflict(
                f"Anchors take at least {LEAST} labels that are kept for measuring; there are {len(items)}.",
                todo="Have more texts labelled first.",
            )
        if found.people < ENOUGH_PEOPLE:
            raise Conflict(
                "All these labels come from one person: what the judge is held against would be theirs alone.",
                todo="Have somebody else label as well.",
            )
        made = await work.labels.freeze(
            programme_id, criteria_id=stored.id, charter_id=charter.id, items=items, by=actor.person_id
        )
        await work.approvals.audit(
            actor=actor.person_id, action="anchors frozen", subject=f"anchors/{made.id}", items=len(items)
        )
        return await _view(work, made)

    return await transact(store, once, AnchorsView, effect)


async def anchor_sets(store: Store, actor: Actor, programme_id: str) -> list[AnchorsView]:
    """A programme's frozen sets, newest first.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there is no such programme.
    """
    require(actor, Role.STRATEGIST, to="look for drift of the judge")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        return [await _view(work, each) for each in await work.labels.anchor_sets(programme_id)]


async def drift_runs(store: Store, actor: Actor, anchors_id: str) -> list[Study]:
    """The studies that judged a set again, newest first.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there are no such anchors.
    """
    require(actor, Role.STRATEGIST, to="look for drift of the judge")
    async with store.read() as work:
        anchors = await work.labels.anchors(anchors_id)
        return await work.studies.of_programme(anchors.programme_id, kind=KIND, subject_id=anchors_id)


async def plan_drift(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    programme_id: str,
    anchors_id: str = "",
    *,
    once: Once | None = None,
) -> Study:
    """Plan to have anchors judged again by the judge of today; it is priced, and does not start.

    Args:
        store: where everything is kept.
        ensemble: with the judge of today.
        actor: a strategist.
        programme_id: whose anchors.
        anchors_id: which set; the newest where it is empty.
        once: the numbered request, where the sender numbered it.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there are no such anchors.
        Conflict: nothing is frozen yet.
    """
    require(actor, Role.STRATEGIST, to="look for drift of the judge")
    async with store.read() as work:
        await work.strategy.programme(programme_id)
        sets = await work.labels.anchor_sets(programme_id)
        chosen = next((each for each in sets if each.id == anchors_id or not anchors_id), None)
        if chosen is None and anchors_id:
            chosen = await work.labels.anchors(anchors_id)
        if chosen is None or chosen.programme_id != programme_id:
            raise Conflict("No anchors are frozen here yet.", todo="Freeze labelled texts as anchors first.")
        first = await _first(work, chosen)
        criteria = CriteriaSet.model_validate_json((await work.strategy.version(chosen.criteria_id)).content)
    settings: dict[str, Any] = {
        "items": chosen.items,
        "charter_id": chosen.charter_id,
        "criteria_id": chosen.criteria_id,
        "samples": samples_at_first(ensemble, criteria),
        "identity": ensemble.alignment.identity(),
        "first": first,
    }
    return await studying.plan(store, ensemble, actor, programme_id, KIND, chosen.id, settings, once=once)


async def remind_of_drift(store: Store) -> None:
    """Tell the strategists of every programme whose anchors were not judged again for a month, once a month."""
    async with store.write() as work:
        people = await work.people.all(purpose=Purpose.ADMINISTRATION)
        strategists = [each.id for each in people if each.active and Role.STRATEGIST.value in each.roles]
        for programme in await work.strategy.programmes():
            sets = await work.labels.anchor_sets(programme.id)
            if not sets or not (await _view(work, sets[0])).due:
                continue
            subject = f"{DRIFT}/{programme.id}"
            for person_id in strategists:
                told = [each for each in await work.desk.notices(person_id) if each.subject == subject]
                if not any(each.created_at > work.now - AGAIN_AFTER for each in told if each.kind == DUE):
                    await work.desk.notify(person_id, DUE, subject)


async def _view(work: UnitOfWork, anchors: AnchorSet) -> AnchorsView:
    runs = await work.studies.of_programme(
        anchors.programme_id, kind=KIND, subject_id=anchors.id, status=studying.DONE, limit=1
    )
    looked_at = runs[0].updated_at if runs else None
    return AnchorsView(
        id=anchors.id,
        items=len(anchors.items),
        texts=len({each["version_id"] for each in anchors.items}),
        criteria=(await work.strategy.version(anchors.criteria_id)).number,
        frozen_at=anchors.created_at,
        looked_at=looked_at,
        due=work.now - (looked_at or anchors.created_at) > AGAIN_AFTER,
    )


async def _first(work: UnitOfWork, anchors: AnchorSet) -> dict[str, Any] | None:
    """What the first finished run on these anchors found, copied into the plan of every later one."""
    runs = await work.studies.of_programme(
        anchors.programme_id, kind=KIND, subject_id=anchors.id, status=studying.DONE, limit=1000
    )
    if not runs or runs[-1].result is None:
        return None
    return {
        "study_id": runs[-1].id,
        "at": runs[-1].updated_at.isoformat(),
        "identity": runs[-1].plan["identity"],
        "levels": runs[-1].result["levels"],
    }


def _items(labels: tuple[Label, ...]) -> list[dict[str, str]]:
    """One anchor for each criterion of a text on which most people say the same; a fixed draw where there are many."""
    said: dict[tuple[str, str], Counter[str]] = {}
    for each in labels:
        said.setdefault((each.scenario, each.criterion), Counter())[each.people] += 1
    agreed = [
        {"version_id": version_id, "criterion_id": criterion_id, "level": counts.most_common(1)[0][0]}
        for (version_id, criterion_id), counts in said.items()
        if 2 * counts.most_common(1)[0][1] > counts.total()
    ]
    drawn = sorted(agreed, key=lambda each: sha256(f"{each['version_id']}|{each['criterion_id']}".encode()).digest())
    return sorted(drawn[:MOST], key=lambda each: (each["version_id"], each["criterion_id"]))
