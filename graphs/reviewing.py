"""What a person sees before deciding: the text, the verdict with its quotes, what code overruled, what has changed."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from approvals.people import Actor, Role
from approvals.policies import policy_named
from approvals.roles import require
from approvals.rollout import told
from evidence.difference import FieldDifference, field_differences
from evidence.fields import all_fields, text_fields
from evidence.locate import Match
from graphs.blinding import ToLabel, withheld
from graphs.comments import Asked, asked_before
from graphs.grounds import Grounds, grounds_of_run, provisional
from graphs.scenes import shown
from practice.scenario import Scenario
from practice.translation import Standing, standings
from store.purpose import Purpose
from store.records import Agreement, CheckpointRow, DecisionRow, RunEvent
from store.unit_of_work import Store, UnitOfWork

# What a learner meets before and during the scene; everything else of the content stays behind it.
LEARNER_SEES = ("title", "skill", "setting", "learner_role", "learner_goal", "opening_line", "short_version")


_PLAYERS = {"offline": "offline rules", "person": "a person"}
_SHOWN_OF_VERDICT = ("outcome", "score", "pass_threshold", "reasons", "vetoes")


class QuoteView(BaseModel):
    """A quote the judge gave; ``struck`` says that code did not find it in the text."""

    model_config = ConfigDict(frozen=True)

    quote: str
    field: str
    start: int | None
    end: int | None
    struck: bool


class CriterionView(BaseModel):
    """One criterion as it was judged."""

    model_config = ConfigDict(frozen=True)

    criterion_id: str
    question: str
    outcome: str
    level: str | None
    anchor: str
    agreement: float | None
    reason: str
    rationale: str
    change: str
    levels: list[str]
    quotes: list[QuoteView]
    findings: list[str]


class Review(BaseModel):
    """Everything the decider needs on one page; ``review_digest`` must come back with the decision.

    ``source`` holds the stored texts by field, slots as ``{slot}``: what an edit replaces. ``asked`` are the comments
    of earlier rounds; ``agreements`` what people said of this verdict's levels. Where ``label_first`` names criteria,
    this person says their own levels first: the verdict and everything that goes with it is left out until then.
    ``translations`` says of each how it stands beside the text. ``grounds`` are those of proposed criteria;
    ``provisional`` those of the criteria in force, where these have a day of review and a scenario was judged by them.
    """

    model_config = ConfigDict(frozen=True)

    checkpoint: CheckpointRow
    content: dict[str, Any]
    number: int
    review_digest: str
    verdict: dict[str, Any] | None
    criteria: list[CriterionView]
    differences: list[FieldDifference]
    previous_number: int | None
    notes: str
    unmet: list[str]
    player: str
    brief: dict[str, Any] | None
    decisions: list[DecisionRow]
    asked: list[Asked]
    agreements: list[Agreement]
    source: dict[str, str]
    names: dict[str, str]
    trace: list[RunEvent]
    label_first: tuple[ToLabel, ...] = ()
    translations: tuple[Standing, ...] = ()
    grounds: Grounds | None = None
    provisional: Grounds | None = None


async def review(store: Store, actor: Actor, checkpoint_id: str) -> Review:
    """Load a checkpoint for review.

    Raises:
        NotFound: there is none.
        NotAllowed: the actor is neither designer nor strategist.
    """
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="review")
    async with store.read() as work:
        checkpoint = await work.approvals.checkpoint(checkpoint_id)
        if checkpoint.subject_kind == "scenario":
            asked = await withheld(work, actor, await work.design.run(checkpoint.run_id))
            if asked:
                return await _blind(work, checkpoint, asked)
        decisions = await work.approvals.decisions(checkpoint.id)
        people = {decision.person_id for decision in decisions} | await _settlers(work, checkpoint)
        names = await work.people.names(frozenset(people), purpose=Purpose.ACCOUNTABILITY)
        shared: dict[str, Any] = {
            "checkpoint": checkpoint,
            "review_digest": checkpoint.review_digest,
            "decisions": decisions,
            "names": names,
            "asked": await asked_before(work, checkpoint),
            "agreements": await _agreements(work, checkpoint),
            "trace": await work.design.events(checkpoint.run_id),
        }
        if checkpoint.subject_kind == "scenario":
            unproven = await provisional(work, checkpoint.programme_id)
            return Review(**shared, **await _scenario(work, checkpoint), provisional=unproven)
        if checkpoint.subject_kind == "rollout":
            return Review(**shared, **await _promotion(work, checkpoint))
        grounds = await grounds_of_run(work, checkpoint.run_id)
        return Review(**shared, **await _strategy(work, checkpoint), grounds=grounds)


async def _blind(work: UnitOfWork, checkpoint: CheckpointRow, asked: tuple[ToLabel, ...]) -> Review:
    """The text and the brief alone: also notes, differences and comments answer to what a judge said."""
    found = await _scenario(work, checkpoint.model_copy(update={"verdict_id": None}))
    return Review(
        checkpoint=checkpoint,
        review_digest=checkpoint.review_digest,
        decisions=[],
        names={},
        asked=[],
        agreements=[],
        trace=[],
        label_first=asked,
        **found | {"differences": [], "previous_number": None, "notes": "", "unmet": []},
    )


async def _settlers(work: UnitOfWork, checkpoint: CheckpointRow) -> set[str]:
    """Who settled a criterion of the verdict that is shown."""
    if checkpoint.verdict_id is None:
        return set()
    settled = (await work.design.verdict(checkpoint.verdict_id)).content.get("settled", {})
    return {each["person_id"] for each in settled.values()}


async def _agreements(work: UnitOfWork, checkpoint: CheckpointRow) -> list[Agreement]:
    return [] if checkpoint.verdict_id is None else await work.desk.agreements(verdict_id=checkpoint.verdict_id)


async def waiting(store: Store, actor: Actor, programme_id: str | None = None) -> list[CheckpointRow]:
    """Pending checkpoints that this person's roles can decide, oldest first."""
    require(actor, Role.DESIGNER, Role.STRATEGIST, to="review")
    mine = {role.value for role in actor.roles}
    async with store.read() as work:
        found = await work.approvals.checkpoints(programme_id=programme_id, status="pending")
    return [each for each in found if policy_named(each.policy.split("/")[0]).roles & mine]


async def _scenario(work: UnitOfWork, checkpoint: CheckpointRow) -> dict[str, Any]:
    version = await work.design.version(checkpoint.subject_id)
    content = shown(version.content)
    run = await work.design.run(version.run_id)
    earlier = [each for each in await work.design.versions(run.id) if each.number < version.number]
    row = None if checkpoint.verdict_id is None else await work.design.verdict(checkpoint.verdict_id)
    criteria = [] if row is None else await _criteria(work, row.content, row.criteria_id)
    brief = None if run.brief_id is None else json.loads((await work.design.brief(run.brief_id)).content)
    provenance = version.provenance
    return {
        "content": content,
        "source": text_fields(json.loads(version.content)),
        "translations": standings(Scenario.model_validate_json(version.content)),
        "number": version.number,
        "verdict": None if row is None else {name: row.content[name] for name in _SHOWN_OF_VERDICT},
        "criteria": criteria,
        "differences": _between(shown(earlier[0].content), content) if earlier else [],
        "previous_number": earlier[0].number if earlier else None,
        "notes": version.notes,
        "unmet": version.unmet,
        "player": _PLAYERS.get(str(provenance.get("player"))) or f"model {provenance.get('model', '?')}",
        "brief": brief,
    }


async def _strategy(work: UnitOfWork, checkpoint: CheckpointRow) -> dict[str, Any]:
    version = await work.strategy.version(checkpoint.subject_id)
    active = await work.strategy.active(version.programme_id, version.kind)
    content = json.loads(version.content)
    before = None if active is None else await work.strategy.version(active.version_id)
    return {
        "content": content,
        "source": text_fields(content),
        "number": version.number,
        "verdict": None,
        "criteria": [],
        "differences": [] if before is None else _between(json.loads(before.content), content),
        "previous_number": None if before is None else before.number,
        "notes": version.reason,
        "unmet": [],
        "player": "a person",
        "brief": None,
    }


async def _promotion(work: UnitOfWork, checkpoint: CheckpointRow) -> dict[str, Any]:
    row = await work.reach.step(checkpoint.subject_id)
    content = told(row.content)
    return {
        "content": content,
        "source": text_fields(content),
        "number": row.content["number"],
        "verdict": None,
        "criteria": [],
        "differences": [],
        "previous_number": None,
        "notes": "",
        "unmet": [],
        "player": "a person",
        "brief": None,
    }


def _between(before: dict[str, Any], after: dict[str, Any]) -> list[FieldDifference]:
    return field_differences(all_fields(before), all_fields(after))


async def _criteria(work: UnitOfWork, verdict: dict[str, Any], criteria_id: str) -> list[CriterionView]:
    known = {c["id"]: c for c in json.loads((await work.strategy.version(criteria_id)).content)["criteria"]}
    views = []
    for result in verdict["results"]:
        criterion = known[result["criterion_id"]]
        samples = [s for s in verdict["samples"] if s["criterion_id"] == result["criterion_id"]]
        modal = next((s for s in samples if s["level"] == result["level"] and s["status"] == "valid"), None)
        shown = modal or (samples[0] if samples else {})
        quotes = {(e["quote"], e["field"]): e for s in samples for e in s["evidence"]}
        views.append(
            CriterionView(
                criterion_id=result["criterion_id"],
                question=criterion["question"],
                outcome=result["outcome"],
                level=result["level"],
                anchor=next((level["anchor"] for level in criterion["levels"] if level["key"] == result["level"]), ""),
                agreement=result["agreement"],
                reason=result["reason"],
                rationale=shown.get("rationale", ""),
                change=shown.get("change", ""),
                levels=[level["key"] for level in criterion["levels"]],
                quotes=[
                    QuoteView(
                        quote=e["quote"],
                        field=e["field"],
                        start=e["start"],
                        end=e["end"],
                        struck=e["status"] == Match.ABSENT.value,
                    )
                    for e in quotes.values()
                ],
                findings=sorted({finding for s in samples for finding in s["findings"]}),
            )
        )
    return views
