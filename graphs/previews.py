"""Previews: what a criteria version would mean for everything decided so far, kept so that it can be named later.

Where only arithmetic changes, or the judge has been asked already, a preview is there at once. Where judgements are
missing, a shadow run is planned instead, with its price; the preview is made of its answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from agents.ensemble import Ensemble
from approvals.people import Actor, Role
from approvals.roles import STRATEGY_READERS, in_person, require
from evidence.canonical import digest
from evidence.errors import NotFound
from graphs.foreseeing import foresee, look
from graphs.foreseen import Answered, Foreseen, PreviewView
from graphs.grounds import stale, unread
from graphs.studies.shadow import plan_shadow
from store.purpose import Purpose
from store.repositories.previews import PreviewRow
from store.repositories.studies import Study
from store.unit_of_work import Store, UnitOfWork


async def make(
    store: Store,
    ensemble: Ensemble,
    actor: Actor,
    version_id: str,
    *,
    pass_threshold: float | None = None,
    weights: Mapping[str, float] | None = None,
    judge_missing: bool = False,
) -> Answered:
    """Say what a criteria version would mean for everything decided so far.

    Made twice on the same history it is one preview: what was marked as read stays so.

    Args:
        store: where everything is kept.
        ensemble: with the judge.
        actor: a strategist.
        version_id: of criteria, proposed or in force.
        pass_threshold: in (0, 1], to be tried instead of the version's own; the preview is not kept then.
        weights: by criterion id, likewise.
        judge_missing: plan a shadow run also where the change is arithmetic alone, for decisions whose texts were
            never judged on these questions; otherwise these are left out.

    Raises:
        NotAllowed: the actor is no strategist.
        NotFound: there is no such criteria version.
        Conflict: charter or criteria are not in force yet.
        InvalidInput: a weight or threshold outside its range, or of no criterion.
    """
    require(actor, Role.STRATEGIST, to="preview a change of criteria")
    async with store.read() as work:
        found = await look(work, ensemble, version_id, pass_threshold, weights)
        charter = await work.strategy.version(found.base.charter_id, "charter")
    trying = pass_threshold is not None or bool(weights)
    if found.after.missing and (found.change.judges_anew or judge_missing) and not trying:
        missing = {found.rows[number].version_id: ids for number, ids in found.after.missing.items()}
        study = await plan_shadow(store, ensemble, actor, found.version, charter, missing)
        return Answered(study=study, missing=len(missing))
    shown = await foresee(store, ensemble, found)
    sealed = digest(shown.model_dump(mode="json"))
    if trying:
        return Answered(
            preview=PreviewView(
                id=None,
                digest="",
                shown=shown,
                read={},
                unread=shown.reversals,
                stale="",
                made_by=actor.person_id,
                created_at=None,
            )
        )
    async with store.write() as work:
        row = await work.previews.newest(version_id)
        if row is None or row.digest != sealed:
            row = await work.previews.add(
                found.version.programme_id,
                version_id,
                base_id=found.base.criteria_id,
                charter_id=found.base.charter_id,
                mark=found.mark,
                digest=sealed,
                shown=shown.model_dump(mode="json"),
                by=actor.person_id,
            )
            await work.approvals.audit(
                actor=actor.person_id, action="preview made", subject=f"criteria/{version_id}", digest=sealed
            )
        return Answered(preview=await view(work, row))


async def open_preview(store: Store, actor: Actor, preview_id: str) -> PreviewView:
    """A kept preview, as it was made.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is none.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        return await view(work, await work.previews.preview(preview_id))


async def newest(store: Store, actor: Actor, version_id: str) -> tuple[PreviewView | None, Study | None]:
    """The newest preview of a version, and the newest shadow run for it.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such criteria version.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        version = await work.strategy.version(version_id, "criteria")
        row = await work.previews.newest(version_id)
        studies = await work.studies.of_programme(version.programme_id, kind="shadow", subject_id=version_id, limit=1)
        return None if row is None else await view(work, row), studies[0] if studies else None


async def mark_read(store: Store, actor: Actor, preview_id: str, checkpoint_ids: Collection[str]) -> PreviewView:
    """Say that one has read flips of a preview.

    Raises:
        NotAllowed: the actor is no strategist, or is an API token: a token reads nothing.
        NotFound: there is no such preview, or it has no such flip.
    """
    require(actor, Role.STRATEGIST, to="mark a flip as read")
    in_person(actor, to="mark a flip as read")
    async with store.write() as work:
        row = await work.previews.preview(preview_id, lock=True)
        there = {each["checkpoint_id"] for each in row.content["shown"]["flips"]}
        if unknown := sorted(set(checkpoint_ids) - there):
            raise NotFound("This preview has no such flip.", where=unknown[0])
        new = sorted(set(checkpoint_ids) - row.content["read"].keys())
        if new:
            row = await work.previews.mark_read(row, new, actor.person_id)
            await work.approvals.audit(
                actor=actor.person_id, action="flips read", subject=f"preview/{row.id}", checkpoints=new
            )
        return await view(work, row)


async def view(work: UnitOfWork, row: PreviewRow) -> PreviewView:
    """A kept preview with what was read of it, and whether it still counts."""
    shown = Foreseen.model_validate(row.content["shown"])
    readers = {checkpoint: said["by"] for checkpoint, said in row.content["read"].items()}
    people = frozenset({*readers.values(), row.made_by})
    names = await work.people.names(people, purpose=Purpose.ACCOUNTABILITY)
    return PreviewView(
        id=row.id,
        digest=row.digest,
        shown=shown,
        read={checkpoint: names.get(person, "somebody") for checkpoint, person in readers.items()},
        unread=unread(row),
        stale=await stale(work, row),
        made_by=names.get(row.made_by, "somebody"),
        created_at=row.created_at,
    )
