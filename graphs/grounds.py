"""The grounds of criteria: gathered when somebody asks to put them in force, ruled on, written down, and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from approvals.people import Actor
from approvals.roles import STRATEGY_READERS, in_person, require
from evidence.canonical import digest
from evidence.errors import Conflict, InvalidInput, NotFound
from store.purpose import Purpose
from store.records import StrategyVersion
from store.repositories.previews import GroundsRow, PreviewRow
from store.repositories.studies import Study
from store.unit_of_work import Store, UnitOfWork
from strategy.activation import REVIEW_AFTER, Facts, Holds, Lack, Ruling, Stressed, Tried, ruling
from strategy.criteria import CriteriaSet

_GATES: dict[str, Holds] = {"holds": "holds", "fails": "fails", "provisional": "undecided"}
_LOOKED_AT = 50  # newest stress reports of a programme that may fit


class Named(BaseModel):
    """What a request to put criteria in force rests on.

    ``preview`` and ``stress`` are digests; where one is not named, the newest that counts is taken. ``because`` is the
    reason of a person who puts their name to what is missing.
    """

    model_config = ConfigDict(frozen=True)

    preview: str | None = None
    stress: str | None = None
    because: str | None = Field(default=None, max_length=2000)


class Grounds(BaseModel):
    """On what criteria were, or would be, put in force.

    Attributes:
        preview: digest of the preview.
        stress: digest of the stress report.
        provisional: whether it has a day of review.
        why: what is not proven, in sentences.
        review_at: the day of review.
        review_due: whether that day has come.
        override_by: who put their name to it, by name, where somebody did.
        override_because: why.
        preview_id: where the preview can be read.
        sentence: of the preview.
        study_id: where the stress report can be read.
        lacks: what still stands in the way; empty once it was asked for.
        since: what has changed since it was asked for, in sentences.
        asked: whether it was asked for on these grounds; else they are what they would be now.
    """

    model_config = ConfigDict(frozen=True)

    preview: str | None = None
    stress: str | None = None
    provisional: bool = False
    why: tuple[str, ...] = ()
    review_at: datetime | None = None
    review_due: bool = False
    override_by: str | None = None
    override_because: str | None = None
    preview_id: str | None = None
    sentence: str = ""
    study_id: str | None = None
    lacks: tuple[dict[str, Any], ...] = ()
    since: tuple[str, ...] = ()
    asked: bool = False


async def weigh(
    work: UnitOfWork, actor: Actor, version: StrategyVersion, named: Named, judge: str
) -> tuple[Ruling, str | None, str | None]:
    """Rule on the grounds of a criteria version, and give the digests of preview and stress report that it rests on.

    Args:
        work: the transaction.
        actor: who asks, or would ask.
        version: of criteria.
        named: what they name.
        judge: digest of the identity of the judge that plays now.

    Raises:
        NotFound: a digest that nothing has.
        NotAllowed: an override by a token.
        InvalidInput: an override without a reason.
    """
    overridden = named.because is not None
    if named.because is not None:
        in_person(actor, to="put criteria in force on one's own name")
        if not named.because.strip():
            raise InvalidInput("An override needs a reason.", where="override.because", todo="Say why in a sentence.")
    decided, _newest = await work.approvals.decided_mark(version.programme_id)
    preview = await _preview(work, version, named.preview)
    report, stress = await _report(work, version, named.stress, judge)
    facts = Facts(
        decided=decided,
        texts=await work.previews.judged_texts(version.programme_id),
        preview=None if preview is None else await _tried(work, version, preview),
        stress=stress,
        overridden=overridden,
    )
    return (
        ruling(facts),
        None if preview is None or not decided else preview.digest,
        None if report is None or stress is None else report.digest,
    )


def insist(found: Ruling) -> None:
    """Refuse where something stands in the way.

    Raises:
        Conflict: with the first reason, and all of them in ``missing``.
    """
    if found.refused:
        first = found.lacks[0]
        raise Conflict(first.said, todo=first.todo, missing=[_told(each) for each in found.lacks])


async def write_down(
    work: UnitOfWork,
    actor: Actor,
    run_id: str,
    version: StrategyVersion,
    found: tuple[Ruling, str | None, str | None],
    because: str | None,
) -> GroundsRow:
    """Keep the grounds of a run; an override is kept only where it was needed."""
    ruled, preview, stress = found
    return await work.previews.add_grounds(
        run_id,
        version.id,
        preview_digest=preview,
        stress_digest=stress,
        provisional=ruled.provisional,
        why=list(ruled.why),
        review_at=work.now + REVIEW_AFTER if ruled.provisional else None,
        override_by=actor.person_id if ruled.overridden else None,
        override_because=because.strip() if ruled.overridden and because else None,
    )


async def edited(work: UnitOfWork, run_id: str, version: StrategyVersion) -> GroundsRow | None:
    """The grounds of a run whose subject was edited at its checkpoint: nothing was measured on the new text."""
    row = await work.previews.grounds(run_id)
    if row is None or row.version_id == version.id:
        return row
    said = "It was edited at the checkpoint: nothing was measured on exactly this text."
    return await _weakened(work, row, [said], version_id=version.id)


async def at_last(work: UnitOfWork, run_id: str, judge: str) -> GroundsRow | None:
    """The grounds of a run at the moment its criteria come into force; provisional where they stand on something else.

    Args:
        work: the transaction.
        run_id: that puts criteria in force; they are not yet.
        judge: digest of the identity of the judge that plays now.
    """
    row = await work.previews.grounds(run_id)
    if row is None:
        return None
    said = []
    preview = None if row.preview_digest is None else await work.previews.by_digest(row.preview_digest)
    report = None if row.stress_digest is None else await work.studies.by_digest(row.stress_digest)
    if preview is not None:
        moved = await _moved(work, preview)
        if not moved["same_criteria"]:
            said.append("Other criteria came into force between the preview and the second signature.")
        if not moved["same_charter"]:
            said.append("Another charter came into force between the preview and the second signature.")
    if report is not None and report.plan["judge"]["digest"] != judge:
        said.append("Another judge plays than the one that was put under stress.")
    return await _weakened(work, row, said) if said else row


async def _weakened(work: UnitOfWork, row: GroundsRow, said: Sequence[str], **values: Any) -> GroundsRow | None:
    """Make grounds provisional, for these reasons before all others."""
    await work.previews.change_grounds(
        row.run_id,
        provisional=True,
        why=[*said, *(each for each in row.why if each not in said)],
        review_at=work.now + REVIEW_AFTER,
        **values,
    )
    return await work.previews.grounds(row.run_id)


def sealed(row: GroundsRow) -> str:
    """SHA-256 over everything the grounds say: part of what a second strategist signs."""
    return digest(_plain(row))


def in_audit(row: GroundsRow) -> dict[str, Any]:
    """The grounds as the audit log has them."""
    return {"grounds": _plain(row)}


async def grounds_of_run(work: UnitOfWork, run_id: str) -> Grounds | None:
    """The grounds of a run as people read them."""
    row = await work.previews.grounds(run_id)
    return None if row is None else await _view(work, row)


async def provisional(work: UnitOfWork, programme_id: str) -> Grounds | None:
    """The grounds of the criteria in force, where these are provisional."""
    active = await work.strategy.active(programme_id, "criteria")
    row = None if active is None or active.genesis else await work.previews.grounds_of(active.version_id)
    return await _view(work, row) if row is not None and row.provisional else None


async def outlook(store: Store, actor: Actor, version_id: str, judge: str, named: Named | None = None) -> Grounds:
    """On what a version was put in force or waits; else on what it would be now, with what still stands in the way.

    Raises:
        NotAllowed: the actor may not read the strategy.
        NotFound: there is no such version, or no charter or criteria with it.
    """
    require(actor, *STRATEGY_READERS, to="read the strategy")
    async with store.read() as work:
        version = await work.strategy.version(version_id)
        active = await work.strategy.active(version.programme_id, version.kind)
        if version.kind != "criteria" or active is None:
            return Grounds()
        row = await work.previews.grounds_of(version_id)
        if active.version_id == version.id or (row is not None and await _waits(work, row)):
            return Grounds() if row is None else await _view(work, row)
        ruled, preview, stress = await weigh(work, actor, version, named or Named(), judge)
        return Grounds(
            preview=preview,
            stress=stress,
            provisional=ruled.provisional,
            why=ruled.why,
            lacks=tuple(_told(each) for each in ruled.lacks),
            **await _places(work, version.id, preview, stress),
        )


def unread(row: PreviewRow) -> int:
    """How many reversals of a sign-off in a preview nobody has marked as read."""
    return sum(each["reversal"] is True and each["checkpoint_id"] not in row.content["read"] for each in _flips(row))


async def stale(work: UnitOfWork, row: PreviewRow) -> str:
    """Why a preview does not count any more; empty where it does."""
    found = await _moved(work, row)
    if not found["same_criteria"]:
        return "Other criteria have come into force since."
    if not found["same_charter"]:
        return "Another charter has come into force since."
    more = found["newer_decisions"]
    if not more:
        return ""
    return f"{'One more scenario was' if more == 1 else f'{more} more scenarios were'} decided since."


def _flips(row: PreviewRow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = row.content["shown"]["flips"]
    return found


async def _moved(work: UnitOfWork, row: PreviewRow) -> dict[str, Any]:
    criteria = await work.strategy.active(row.programme_id, "criteria")
    charter = await work.strategy.active(row.programme_id, "charter")
    decided, newest = await work.approvals.decided_mark(row.programme_id)
    moved = [decided, newest] != row.mark
    return {
        "same_criteria": criteria is not None and criteria.version_id == row.base_id,
        "same_charter": charter is not None and charter.version_id == row.charter_id,
        "newer_decisions": max(1, decided - row.mark[0]) if moved else 0,
    }


async def _preview(work: UnitOfWork, version: StrategyVersion, named: str | None) -> PreviewRow | None:
    if named is None:
        return await work.previews.newest(version.id)
    # The same change proposed twice shows the same, but names its version: so does its digest.
    found = await work.previews.by_digest(named)
    if found is None:
        raise NotFound("There is no preview with this digest.", where="preview", todo="Make a preview of this version.")
    return found


async def _tried(work: UnitOfWork, version: StrategyVersion, row: PreviewRow) -> Tried:
    held = row.content["shown"]["held_out"]
    return Tried(
        of_this=row.criteria_id == version.id,
        **await _moved(work, row),
        unread=unread(row),
        held_out=held["held"],
        said=_of_held(held),
    )


def _of_held(held: Mapping[str, Any]) -> str:
    if held["held"] == "fails":
        before, after = held["before"], held["after"]
        return (
            f"On the {before['n']} decisions kept for measuring, agreement goes down from {before['agreeing']} "
            f"to {after['agreeing']}, beyond its interval."
        )
    if held["held"] == "undecided":
        return (
            f"Whether agreement with the designers holds cannot be told: {held['before']['n']} decisions are kept for "
            "measuring, and it takes 50."
        )
    return ""


async def _report(
    work: UnitOfWork, version: StrategyVersion, named: str | None, judge: str
) -> tuple[Study | None, Stressed | None]:
    """The stress report that is named; else the newest that fits; else the newest of this version."""
    if named is not None:
        study = await work.studies.by_digest(named)
        if study is None or study.kind != "stress" or study.programme_id != version.programme_id:
            raise NotFound("There is no stress report with this digest.", where="stress", todo="Run a stress test.")
        return study, await _stressed(work, version, study, judge)
    nearest: tuple[Study, Stressed] | None = None
    for study in await work.studies.of_programme(version.programme_id, kind="stress", status="done", limit=_LOOKED_AT):
        stressed = await _stressed(work, version, study, judge)
        if stressed.same_questions and stressed.same_charter and stressed.same_judge:
            return study, stressed
        if nearest is None and stressed.same_questions:
            nearest = study, stressed
    return nearest or (None, None)


async def _stressed(work: UnitOfWork, version: StrategyVersion, study: Study, judge: str) -> Stressed:
    """A report as far as it counts; one of another version does where that asks the judge exactly the same."""
    # With numpy, which an installation that never measures its judge need not load.
    from strategy.stress.gate import limits_of, standing

    same = study.subject_id == version.id
    if not same:
        tested = await work.strategy.version(study.subject_id, "criteria")
        same = _judged(tested) == _judged(version)
    charter = await work.strategy.active(version.programme_id, "charter")
    programme = await work.strategy.programme(version.programme_id)
    stands = standing(study.result or {}, limits_of(programme.judge_limits))
    gates: Holds = _GATES[stands.standing.value]
    return Stressed(
        same_questions=same,
        same_charter=charter is not None and charter.version_id == study.plan["charter"]["id"],
        same_judge=study.plan["judge"]["digest"] == judge,
        gates=gates,
        said=tuple(f"{each.name.capitalize()}: {each.said}" for each in stands.demands if each.gate.value == gates),
    )


def _judged(version: StrategyVersion) -> dict[str, dict[str, Any]]:
    """What a version asks the judge, whatever the order and the weights."""
    return {each.id: each.judged() for each in CriteriaSet.model_validate_json(version.content).criteria}


async def _waits(work: UnitOfWork, row: GroundsRow) -> bool:
    return bool(await work.approvals.checkpoints(run_id=row.run_id, status="pending"))


async def _view(work: UnitOfWork, row: GroundsRow) -> Grounds:
    who = None
    if row.override_by is not None:
        names = await work.people.names(frozenset({row.override_by}), purpose=Purpose.ACCOUNTABILITY)
        who = names.get(row.override_by, "somebody")
    places = await _places(work, row.version_id, row.preview_digest, row.stress_digest)
    since = []
    if places["preview_id"] is not None and await _waits(work, row):
        told = await stale(work, await work.previews.preview(places["preview_id"]))
        since = [told] if told else []
    return Grounds(
        preview=row.preview_digest,
        stress=row.stress_digest,
        provisional=row.provisional,
        why=tuple(row.why),
        review_at=row.review_at,
        review_due=row.review_at is not None and row.review_at <= work.now,
        override_by=who,
        override_because=row.override_because,
        since=tuple(since),
        asked=True,
        **places,
    )


async def _places(work: UnitOfWork, version_id: str, preview: str | None, stress: str | None) -> dict[str, Any]:
    row = None if preview is None else await work.previews.by_digest(preview)
    study = None if stress is None else await work.studies.by_digest(stress)
    return {
        "preview_id": None if row is None else row.id,
        "sentence": "" if row is None else row.content["shown"]["sentence"],
        "study_id": None if study is None else study.id,
    }


def _plain(row: GroundsRow) -> dict[str, Any]:
    return {
        "version": row.version_id,
        "preview": row.preview_digest,
        "stress": row.stress_digest,
        "provisional": row.provisional,
        "why": list(row.why),
        "review_at": None if row.review_at is None else row.review_at.isoformat(),
        "override": None if row.override_by is None else {"by": row.override_by, "because": row.override_because or ""},
    }


def _told(lack: Lack) -> dict[str, Any]:
    return {"said": lack.said, "todo": lack.todo, "can_be_overridden": lack.can_be_overridden}
