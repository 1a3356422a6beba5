"""Labelling before looking: what the judge said is withheld from designers until they have said their own levels.

It is withheld here, on the server, from pages, terminal and API alike. While a piece of work is under way, nothing
that the judge said of any version of it reaches a designer who has not labelled the newest one.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from evidence.canonical import digest
from evidence.errors import Conflict
from graphs.judging import TWICE_MORE
from store.records import CheckpointRow, Run, RunEvent, ScenarioVersion
from store.unit_of_work import UnitOfWork
from strategy.criteria import CriteriaSet, Criterion

CANNOT_TELL = "?"  # stored in place of a level; no key of a level can be this
UNDER_WAY = frozenset({"drafting", "judging", "awaiting", "errored"})
# Lines of a trace that say nothing of what the judge found, and follow from nothing it found.
_TOLD = frozenset({"ordered", "tried again", "judged again", "waits for a person", "stopped", "withdraw"})


class LevelToChoose(BaseModel):
    """A level as a person chooses it; its value is arithmetic and stays out."""

    model_config = ConfigDict(frozen=True)

    key: str
    anchor: str
    positive_example: str
    negative_example: str


class ToLabel(BaseModel):
    """A criterion that a person is asked about; ``said`` is their own level so far, empty where there is none."""

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    question: str
    levels: tuple[LevelToChoose, ...]
    said: str = ""


def judged_digest(criterion: Criterion) -> str:
    """SHA-256 of what a criterion asks: under another question a label is another label."""
    return digest(criterion.judged())


async def criteria_for(work: UnitOfWork, version: ScenarioVersion) -> CriteriaSet:
    """What a text is labelled on: the criteria it waits under, else those in force.

    Raises:
        Conflict: no criteria are in force.
    """
    for checkpoint in await work.approvals.checkpoints(run_id=version.run_id, status="pending"):
        if checkpoint.subject_id == version.id and checkpoint.verdict_id is not None:
            criteria_id = (await work.design.verdict(checkpoint.verdict_id)).criteria_id
            return CriteriaSet.model_validate_json((await work.strategy.version(criteria_id)).content)
    in_force = await work.strategy.in_force(version.programme_id, "criteria")
    return CriteriaSet.model_validate_json(in_force.content)


async def to_label(work: UnitOfWork, actor: Actor, version: ScenarioVersion) -> tuple[ToLabel, ...]:
    """Every criterion of a text, with what this person said of it."""
    said = {
        (each.criterion_id, each.judged_digest): each.level
        for each in await work.labels.of_person(actor.person_id, version.programme_id, version.id)
    }
    criteria = await criteria_for(work, version)
    return tuple(
        ToLabel(
            criterion_id=each.id,
            question=each.question,
            levels=tuple(
                LevelToChoose.model_validate(level.model_dump(include=set(LevelToChoose.model_fields)))
                for level in each.levels
            ),
            said=said.get((each.id, judged_digest(each)), ""),
        )
        for each in criteria.criteria
    )


async def withheld(work: UnitOfWork, actor: Actor, run: Run) -> tuple[ToLabel, ...]:
    """What this person has to label before they see what the judge said of a piece of work; empty where they may."""
    if Role.DESIGNER not in actor.roles or run.journey != "design" or run.stage not in UNDER_WAY:
        return ()
    if not (await work.strategy.programme(run.programme_id)).label_first:
        return ()
    versions = await work.design.versions(run.id)
    if not versions:
        return ()
    asked = await to_label(work, actor, versions[0])
    return () if all(each.said for each in asked) else asked


async def is_withheld(work: UnitOfWork, actor: Actor, checkpoint: CheckpointRow) -> bool:
    """Whether a checkpoint's verdict is withheld from this person."""
    if checkpoint.subject_kind != "scenario":
        return False
    return bool(await withheld(work, actor, await work.design.run(checkpoint.run_id)))


async def refuse_unlabelled(work: UnitOfWork, actor: Actor, checkpoint: CheckpointRow) -> None:
    """Refuse an act that answers to what the judge said, while that is withheld: refusals tell things too.

    Raises:
        Conflict: the person has not said their own levels yet.
    """
    if await is_withheld(work, actor, checkpoint):
        raise Conflict(
            "Say your own level for each criterion first, or that you cannot tell.",
            todo="Open the text, label it, and decide then.",
        )


async def seen_by(work: UnitOfWork, actor: Actor, run: Run, events: Sequence[RunEvent]) -> list[RunEvent]:
    """A piece of work's trace as this person may see it.

    Lines about the judge stay, so that one sees that it reads; what it said is taken out of them. That it was asked
    about a criterion again is left out: it would tell which ones the verdict hangs on.
    """
    if not any(each.event not in _TOLD for each in events) or not await withheld(work, actor, run):
        return list(events)
    first: dict[tuple[object, object], int] = {}
    for each in await work.design.events(run.id):
        if each.event == "judged":
            first.setdefault((each.detail.get("version"), each.detail.get("criterion")), each.seq)
    kept = [
        each for each in events if each.event != TWICE_MORE and (each.event != "judged" or each.seq in first.values())
    ]
    return [each if each.event in _TOLD else _silenced(each) for each in kept]


def _silenced(event: RunEvent) -> RunEvent:
    kept = {name: event.detail[name] for name in ("version", "title", "changes_asked") if name in event.detail}
    match event.event:
        case "drafted":
            return event.model_copy(update={"detail": kept | {"changes_asked": 0}})
        case "judged":
            detail = {"criterion": event.detail["criterion"], "levels": ["withheld"]}
            return event.model_copy(update={"detail": kept | detail})
        case "approve" | "approve_with_edits" | "request_changes" | "reject" | "comment marked" | "settled":
            return event.model_copy(update={"event": "a person was at it", "detail": {}})
        case _:
            return event.model_copy(update={"event": "worked on it", "detail": {}})
