"""Making a preview: both scorings of everything decided so far, held against each other and against people's words."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from agents.ensemble import Ensemble
from evidence.canonical import digest
from evidence.errors import Conflict
from graphs import foreseen
from graphs.decided import Reading, Strategies, read, strategies, verdict_under
from graphs.foreseen import ChangeView, CriterionImpact, FlipView, Foreseen, figure, impact_view
from graphs.labelling import labels_of
from graphs.previewing import REASONS, swept, to_tune_on, told
from store.records import DecidedScenario, StrategyVersion
from store.unit_of_work import Store, UnitOfWork
from strategy.criteria import CriteriaSet
from strategy.history import OUTCOMES, Counts, Flags, Scored, Values, count, score
from strategy.impact import impact, reversals
from strategy.labels import Label, held_out, told_level
from strategy.rescoring import adjusted
from strategy.statistics.agreement import TOO_FEW
from strategy.statistics.intervals import wilson
from strategy.statistics.paired import holm, mcnemar
from strategy.verdict import Outcome
from strategy.versions import Comparison, compare_criteria

MOST_REASONS = 1000  # reversals whose reasons are worked out: each one reads a whole verdict


@dataclass(frozen=True)
class Looked:
    """What a preview is made from: a version held against what is in force, on everything decided so far."""

    version: StrategyVersion
    base: Strategies
    base_number: int
    tried: CriteriaSet
    change: Comparison
    mark: tuple[int, int]
    rows: Sequence[DecidedScenario]
    before: Reading
    after: Reading
    study_id: str


async def look(
    work: UnitOfWork,
    ensemble: Ensemble,
    version_id: str,
    pass_threshold: float | None,
    weights: Mapping[str, float] | None,
) -> Looked:
    """Read everything that a preview of a version is made from.

    Raises:
        NotFound: there is no such criteria version.
        Conflict: charter or criteria are not in force yet, or the version cites a clause that is not there.
        InvalidInput: a weight or threshold outside its range, or of no criterion.
    """
    version = await work.strategy.version(version_id, "criteria")
    base = await strategies(work, version.programme_id)
    own = CriteriaSet.model_validate_json(version.content)
    if unknown := own.unknown_clauses(base.charter):
        criterion, clause = unknown[0]
        raise Conflict(
            f"The charter in force has no clause '{clause}', which criterion '{criterion}' cites.",
            todo="Change the criteria, or put a charter in force that has it.",
        )
    tried = adjusted(own, pass_threshold=pass_threshold, weights=weights)
    mark = await work.approvals.decided_mark(version.programme_id)
    rows = await work.approvals.decided_scenarios(version.programme_id)
    done = await work.studies.of_programme(
        version.programme_id, kind="shadow", subject_id=version_id, status="done", limit=1
    )
    study_id = done[0].id if done else ""
    return Looked(
        version=version,
        base=base,
        base_number=(await work.strategy.version(base.criteria_id, "criteria")).number,
        tried=tried,
        change=compare_criteria(base.criteria, tried),
        mark=mark,
        rows=rows,
        before=await read(work, rows, base.criteria, base.charter, ensemble),
        after=await read(work, rows, tried, base.charter, ensemble, study_id),
        study_id=study_id,
    )


@dataclass(frozen=True)
class _Scores:
    """Both scorings of the decisions that are compared; ``kept`` are their numbers in the history."""

    kept: list[int]
    signed: Flags
    before: Counts
    after: Counts
    score_before: Values
    score_after: Values
    as_decided: Flags


async def foresee(store: Store, ensemble: Ensemble, found: Looked) -> Foreseen:
    """The preview itself; every judgement it needs is there."""
    programme_id = found.version.programme_id
    kept = [number for number, entry in enumerate(found.after.entries) if entry is not None]
    rows = [found.rows[number] for number in kept]
    signed = np.array([row.status == "approved" for row in rows], dtype=np.bool_)
    after, scores = await asyncio.to_thread(_scored, found, kept, signed)
    runs = [row.run_id for row in rows]
    held = np.array([held_out(run, programme_id) for run in runs], dtype=np.bool_)
    overall = impact_view(await asyncio.to_thread(impact, scores.before, scores.after, signed, runs))
    measured = [run for run, kept_back in zip(runs, held, strict=True) if kept_back]
    kept_for_measuring = impact_view(
        await asyncio.to_thread(impact, scores.before[held], scores.after[held], signed[held], measured)
    )
    async with store.read() as work:
        flips = await _flips_of(work, found, scores)
        labels = (await labels_of(work, programme_id, found.base.criteria)).of_several
    by_criterion = await asyncio.to_thread(_by_criterion, found, kept, labels)
    renewed = [keys for number in kept for keys in found.after.renewed.get(number, {}).values()]
    left_out = len(found.rows) - len(kept)
    as_decided = int(scores.as_decided.sum())
    return Foreseen(
        sentence=foreseen.sentence(len(flips), len(kept), left_out),
        notes=_notes(
            decided=len(kept),
            left_out=left_out,
            as_decided=as_decided,
            left=overall.after.left,
            held=int(held.sum()),
            labels=max((each.n for each in by_criterion), default=0),
            failed=_failed(found),
        ),
        programme_id=programme_id,
        criteria_id=found.version.id,
        number=found.version.number,
        base_id=found.base.criteria_id,
        base_number=found.base_number,
        charter_id=found.base.charter_id,
        judge=digest(ensemble.alignment.identity()),
        mark=found.mark,
        change=_change(found.change),
        decided=len(kept),
        left_out=left_out,
        as_decided=as_decided,
        judged=sum(map(len, renewed)),
        flips=foreseen.ordered(flips),
        reversals=sum(each.reversal for each in flips),
        overall=overall,
        held_out=kept_for_measuring,
        by_criterion=by_criterion,
        threshold=found.tried.pass_threshold,
        sweep=swept(after, signed, to_tune_on(runs, programme_id)),
    )


def _scored(found: Looked, kept: list[int], signed: Flags) -> tuple[Scored, _Scores]:
    """Everything decided under the criteria that are tried, and beside it as it is now."""
    history = count([entry for entry in found.after.entries if entry is not None], signed.tolist(), found.tried)
    after = score(history, found.tried)
    return after, _scores(found, kept, signed, after.outcomes, after.scores)


def _scores(found: Looked, kept: list[int], signed: Flags, after: Counts, score_after: Values) -> _Scores:
    """Outcomes before and after; where the criteria in force ask something else than was judged, those of that day."""
    rows = [found.rows[number] for number in kept]
    before = np.array([OUTCOMES.index(Outcome(row.outcome)) for row in rows], dtype=np.int64)
    scored = np.array([np.nan if row.score is None else row.score for row in rows], dtype=np.float64)
    known = [place for place, number in enumerate(kept) if found.before.entries[number] is not None]
    entries = [entry for number in kept if (entry := found.before.entries[number]) is not None]
    again = score(count(entries, [bool(signed[place]) for place in known], found.base.criteria), found.base.criteria)
    before[known], scored[known] = again.outcomes, again.scores
    as_decided = np.ones(len(rows), dtype=np.bool_)
    as_decided[known] = False
    return _Scores(kept, signed, before, after, scored, score_after, as_decided)


async def _flips_of(work: UnitOfWork, found: Looked, scores: _Scores) -> list[FlipView]:
    back = reversals(scores.before, scores.after, scores.signed)
    flipped = [int(place) for place in np.flatnonzero(scores.before != scores.after)]
    # Reversals have to be read, so that they say why; of the others the newest do.
    told_why = {*[place for place in flipped if back[place]][:MOST_REASONS], *flipped[:REASONS]}
    made = []
    for place in flipped:
        number = scores.kept[place]
        row, why = found.rows[number], ""
        if place in told_why:
            renewed = found.after.renewed.get(number, {})
            reasons = (await verdict_under(work, row, found.tried, renewed, found.study_id)).reasons
            why = reasons[0] if reasons else ""
        signed, outcome = bool(scores.signed[place]), OUTCOMES[scores.after[place]]
        made.append(
            FlipView(
                checkpoint_id=row.checkpoint_id,
                version_id=row.version_id,
                run_id=row.run_id,
                title=row.title,
                number=row.number,
                decision=row.status,
                before=OUTCOMES[scores.before[place]].value,
                after=outcome.value,
                score_before=told(scores.score_before[place]),
                score_after=told(scores.score_after[place]),
                why=why,
                with_designers={Outcome.ALIGNED: signed, Outcome.REVISE: not signed}.get(outcome),
                reversal=bool(back[place]),
                as_decided=bool(scores.as_decided[place]),
            )
        )
    return made


def _failed(found: Looked) -> int:
    """Judgements that a shadow run asked for in vain."""
    errors = 0
    for number, given in found.after.renewed.items():
        entry = found.after.entries[number]
        for result in () if entry is None else entry["results"]:
            if result["criterion_id"] in given:
                errors += result["counts"].get("status:error", 0)
    return errors


def _change(found: Comparison) -> ChangeView:
    return ChangeView(
        added=found.added,
        removed=found.removed,
        judged_anew=found.judges_anew,
        arithmetic=found.arithmetic,
        whole=tuple(each.field for each in found.whole),
    )


def _by_criterion(found: Looked, kept: Sequence[int], labels: Sequence[Label]) -> tuple[CriterionImpact, ...]:
    """How the judge goes with people's own levels, criterion by criterion, before and after."""
    place = {found.rows[number].version_id: number for number in kept}
    made = []
    for criterion in found.tried.criteria:
        keys = {level.key for level in criterion.levels}
        pairs = []
        for label in labels:
            number = place.get(label.scenario)
            if label.criterion != criterion.id or label.people not in keys or number is None:
                continue
            said = [_level(reading, number, criterion.id) for reading in (found.before, found.after)]
            if None not in said:
                pairs.append((said[0] == label.people, said[1] == label.people))
        if pairs:
            n = len(pairs)
            made.append(
                CriterionImpact(
                    criterion_id=criterion.id,
                    question=criterion.question,
                    n=n,
                    before=figure(wilson(sum(was for was, _ in pairs), n)),
                    after=figure(wilson(sum(now for _, now in pairs), n)),
                    p=mcnemar(sum(was and not now for was, now in pairs), sum(now and not was for was, now in pairs)),
                    p_holm=1.0,
                    enough=n >= TOO_FEW,
                    asked_anew=criterion.id in found.change.judges_anew,
                )
            )
    corrected = holm([each.p for each in made])
    return tuple(each.model_copy(update={"p_holm": p}) for each, p in zip(made, corrected, strict=True))


def _level(reading: Reading, number: int, criterion_id: str) -> str | None:
    entry = reading.entries[number]
    for result in () if entry is None else entry["results"]:
        if result["criterion_id"] == criterion_id:
            return told_level(result["counts"])
    return None


def _notes(
    *, decided: int, left_out: int, as_decided: int, left: int, held: int, labels: int, failed: int
) -> tuple[str, ...]:
    """What has to be known about the figures, in plain words.

    Args:
        decided: decisions compared.
        left_out: decisions not compared.
        as_decided: decisions compared with the verdict of that day.
        left: outcomes after the change that a person would have to settle.
        held: decisions kept for measuring.
        labels: labels kept for measuring.
        failed: questions that the judge did not answer.
    """
    said: list[str] = []
    if 0 < decided < TOO_FEW:
        said.append(f"{decided} decisions are too few for figures (it takes {TOO_FEW}): read the flips themselves.")
    if decided >= TOO_FEW and held < TOO_FEW:
        said.append(f"Only {held} of the decisions are kept for measuring: too few to tell whether agreement holds.")
    if 0 < labels < TOO_FEW:
        said.append(f"People gave {labels} levels of their own that are kept for measuring: too few labels to tell.")
    if left_out and decided:
        said.append(_many(left_out, "decision is", "decisions are", "left out: its text was not judged on this."))
    if as_decided:
        said.append(_many(as_decided, "decision is", "decisions are", "compared with the verdict of that day."))
    if left:
        said.append(_many(left, "outcome", "outcomes", "would wait for a person to settle a criterion."))
    if failed:
        said.append(_many(failed, "question", "questions", "had no answer from the judge, and counts as failed."))
    return tuple(said)


def _many(number: int, one: str, more: str, rest: str) -> str:
    return f"{number} {one if number == 1 else more} {rest}"
