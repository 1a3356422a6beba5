"""What people asked for in earlier rounds, and what became of each comment: resolved or not, by whom."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from approvals.checkpoint import SubjectKind
from store.purpose import Purpose
from store.records import CheckpointRow, CommentMark, DecisionRow
from store.unit_of_work import UnitOfWork


class Asked(BaseModel):
    """A change that a person asked for.

    ``changed`` is the author agent's word: the text there reads differently now and it did not say that it could not
    follow; ``told`` is what it said. None where no agent wrote: what a promotion says, code puts together. ``resolved``
    is the last word of a person, ``marked_by`` their name; None and empty where nobody has said anything.
    """

    model_config = ConfigDict(frozen=True)

    decision_id: str
    number: int
    by: str
    field: str
    quote: str
    text: str
    changed: bool | None
    told: str
    resolved: bool | None
    marked_by: str
    note: str


async def rounds_before(work: UnitOfWork, checkpoint: CheckpointRow) -> list[CheckpointRow]:
    """Every earlier checkpoint of the same work, oldest first; of a promotion, those of its scenario's rollouts."""
    runs = [checkpoint.run_id]
    if checkpoint.subject_kind == SubjectKind.ROLLOUT.value:  # each promotion is a run of its own
        step = await work.reach.step(checkpoint.subject_id)
        runs = await work.reach.runs_of_steps((await work.reach.rollout(step.rollout_id)).version_id)
    found = [each for run_id in runs for each in await work.approvals.checkpoints(run_id=run_id)]
    place = (checkpoint.seq, checkpoint.id)
    return sorted((e for e in found if (e.seq, e.id) < place), key=lambda each: (each.seq, each.id))


async def asked_before(work: UnitOfWork, checkpoint: CheckpointRow) -> list[Asked]:
    """Every comment of earlier rounds, oldest first."""
    decisions: list[DecisionRow] = []
    for earlier in await rounds_before(work, checkpoint):
        decisions += [each for each in await work.approvals.decisions(earlier.id) if each.comments]
    marks = await work.desk.marks([each.id for each in decisions])
    people = {each.person_id for each in decisions} | {each.marked_by for each in marks}
    names = await work.people.names(frozenset(people - {"author"}), purpose=Purpose.ACCOUNTABILITY)
    found = [
        _asked(decision, number, [m for m in marks if (m.decision_id, m.number) == (decision.id, number)], names)
        for decision in decisions
        for number in range(len(decision.comments))
    ]
    if checkpoint.subject_kind == SubjectKind.ROLLOUT.value:
        return [each.model_copy(update={"changed": None}) for each in found]
    return found


def _asked(decision: DecisionRow, number: int, marks: list[CommentMark], names: dict[str, str]) -> Asked:
    comment = decision.comments[number]
    author = next((mark for mark in reversed(marks) if mark.marked_by == "author"), None)
    person = next((mark for mark in reversed(marks) if mark.marked_by != "author"), None)
    return Asked(
        decision_id=decision.id,
        number=number,
        by=names.get(decision.person_id, ""),
        field=comment["field"],
        quote=comment["quote"],
        text=comment["text"],
        changed=author is not None and author.resolved,
        told="" if author is None else author.note,
        resolved=None if person is None else person.resolved,
        marked_by="" if person is None else names.get(person.marked_by, ""),
        note="" if person is None else person.note,
    )
