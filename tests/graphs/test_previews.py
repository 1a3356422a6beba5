"""What a criteria version would mean for decisions that were really made, and what is left of it afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from agents.author import Draft, DraftOrder
from approvals.checkpoint import Comment, DecisionKind
from evidence.errors import InvalidInput, ModelFailed, NotAllowed, NotFound
from graphs.batching import review_again
from graphs.labelling import say_levels
from graphs.previewing import preview
from graphs.previews import make, mark_read, newest, open_preview
from graphs.proposing import propose
from graphs.studies.shadow import KIND
from graphs.studying import Studying, carry_on
from store.repositories.studies import Study
from store.unit_of_work import Store
from strategy.criteria import AbstainPolicy, CriteriaSet
from strategy.labels import held_out
from strategy.scoring import verdict
from strategy.verdict import Verdict
from tests.company import CRITERIA, Company, ScriptedAuthor, ScriptedJudge, ensemble
from tests.desk import PLAYERS, Desk

ASKS, PLAIN = CRITERIA.criteria
STRICTER = CRITERIA.model_copy(update={"title": "Stricter", "pass_threshold": 0.8})
REWORDED = CRITERIA.model_copy(
    update={"criteria": (ASKS.model_copy(update={"question": "Is anything asked before it is solved?"}), PLAIN)}
)


class Numbering(ScriptedAuthor):
    """Writes another text each time."""

    async def draft(self, order: DraftOrder) -> Draft:
        draft = await super().draft(order)
        setting = f"{draft.scenario.setting} It is the {len(self.orders)}. week."
        return draft.model_copy(update={"scenario": draft.scenario.model_copy(update={"setting": setting})})


def desk_of(store: Store, company: Company) -> Desk:
    """Texts that come to 1.0, 0.75 and 0.5, in this order; what comes after them to 1.0."""
    levels: dict[str, list[str | None]] = {
        ASKS.id: ["practised", "named", "named", "practised"],
        PLAIN.id: ["practised", "practised", "absent", "practised"],
    }
    return Desk(store, company, ensemble(author=Numbering(), judge=ScriptedJudge(levels=levels)))


async def two_signed(desk: Desk) -> None:
    for _ in range(2):
        await desk.decide(desk.company.jonas, await desk.ordered(desk.company.maria))


async def kept(desk: Desk, document: CriteriaSet) -> str:
    sofia = desk.company.sofia
    return (await propose(desk.store, sofia, desk.company.programme_id, document, reason="a better one")).id


async def carried_out(desk: Desk, study: Study) -> Study:
    started = await carry_on(desk.store, desk.company.sofia, study.id)
    await Studying(desk.store, desk.players).carry_out(study.id, str(started.runs))
    async with desk.store.read() as work:
        return await work.studies.study(study.id)


async def test_arithmetic_is_tried_on_everything_without_asking_anybody(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    judge: Any = desk.players.alignment
    asked = len(judge.asked)
    version = await kept(desk, STRICTER)
    answered = await make(store, desk.players, company.sofia, version)
    assert answered.study is None
    assert len(judge.asked) == asked
    preview = answered.preview
    assert preview is not None
    shown = preview.shown
    assert shown.sentence == "1 of 2 decisions would flip: read it."
    [flip] = shown.flips
    assert (flip.before, flip.after, flip.decision, flip.reversal) == ("aligned", "revise", "approved", True)
    assert "0.75" in flip.why
    assert shown.change.judged_anew == ()
    assert (shown.overall.before.agreeing, shown.overall.after.agreeing, shown.overall.only_before) == (2, 1, 1)
    assert shown.overall.before.share.low is not None
    assert shown.overall.enough is False
    assert "too few" in shown.notes[0]
    assert [each.aligned for each in shown.sweep if each.threshold in (0.75, 0.8)] == [2, 1]
    assert (preview.unread, preview.stale, preview.read) == (1, "", {})


async def test_made_twice_it_is_one_preview_and_what_was_read_stays_read(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    version = await kept(desk, STRICTER)
    first = (await make(store, desk.players, company.sofia, version)).preview
    assert first is not None
    assert first.id is not None
    [flip] = first.shown.flips
    with pytest.raises(NotAllowed, match="token"):
        await mark_read(store, company.ravi.model_copy(update={"by_token": True}), first.id, [flip.checkpoint_id])
    with pytest.raises(NotAllowed):
        await mark_read(store, company.maria, first.id, [flip.checkpoint_id])
    with pytest.raises(NotFound):
        await mark_read(store, company.sofia, first.id, ["nothing"])
    assert (await mark_read(store, company.ravi, first.id, [flip.checkpoint_id])).unread == 0
    again = (await make(store, desk.players, company.sofia, version)).preview
    assert again is not None
    assert (again.id, again.digest, again.read) == (first.id, first.digest, {flip.checkpoint_id: "Ravi"})
    checkpoint = await desk.ordered(company.maria)
    await desk.decide(company.jonas, checkpoint, DecisionKind.REQUEST_CHANGES, comments=(Comment(text="More."),))
    assert (await open_preview(store, company.jonas, first.id)).stale == "One more scenario was decided since."
    newer = (await make(store, desk.players, company.sofia, version)).preview
    assert newer is not None
    assert (newer.stale, newer.unread) == ("", 1), "another history, another preview, and nothing of it is read"
    assert (await newest(store, company.sofia, version))[0] == newer


async def test_tried_with_other_weights_it_is_shown_and_not_kept(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    async with store.read() as work:
        in_force = (await work.strategy.in_force(company.programme_id, "criteria")).id
    tried = (await make(store, desk.players, company.sofia, in_force, weights={ASKS.id: 9})).preview
    assert tried is not None
    assert (tried.id, len(tried.shown.flips)) == (None, 1)
    assert await newest(store, company.sofia, in_force) == (None, None)
    with pytest.raises(InvalidInput, match="no criterion"):
        await make(store, desk.players, company.sofia, in_force, weights={"nothing": 1})
    with pytest.raises(NotAllowed):
        await make(store, desk.players, company.maria, in_force)


@pytest.mark.parametrize("change", ["removed", "floor", "veto", "agreement", "abstaining"])
async def test_every_computed_field_counts(store: Store, company: Company, change: str) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    changes: dict[str, dict[str, Any]] = {
        "removed": {"criteria": (ASKS,)},
        "floor": {"criteria": (ASKS.model_copy(update={"min_level": "practised"}), PLAIN)},
        "veto": {"criteria": (ASKS.model_copy(update={"veto_below": "practised"}), PLAIN)},
        "agreement": {"min_agreement": 1.0},
        "abstaining": {"criteria": (ASKS, PLAIN.model_copy(update={"abstain_policy": AbstainPolicy.IGNORE}))},
    }
    proposed = CriteriaSet.model_validate(CRITERIA.model_copy(update=changes[change]).model_dump())
    found = (await make(store, desk.players, company.sofia, await kept(desk, proposed))).preview
    assert found is not None
    async with store.read() as work:
        rows = await work.approvals.decided_scenarios(company.programme_id)
        stored = [Verdict.model_validate((await work.design.verdict(row.verdict_id)).content) for row in rows]
    again = {
        row.checkpoint_id: verdict(proposed, each.samples, each.settled).outcome.value
        for row, each in zip(rows, stored, strict=True)
    }
    flips = {row.checkpoint_id for row in rows if again[row.checkpoint_id] != row.outcome}
    assert {each.checkpoint_id for each in found.shown.flips} == flips
    assert bool(flips) is (change in ("removed", "floor", "veto"))


async def test_other_questions_are_asked_in_a_shadow_and_never_paid_twice(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    judge: Any = desk.players.alignment
    judge.asked.clear()
    version = await kept(desk, REWORDED)
    answered = await make(store, desk.players, company.sofia, version)
    assert (answered.preview, answered.missing) == (None, 2)
    study = answered.study
    assert study is not None
    assert (study.kind, study.estimate["questions"], study.estimate["known"]) == (KIND, 2, 0)
    assert judge.asked == []
    twice = await make(store, desk.players, company.sofia, version)
    assert twice.study is not None
    assert twice.study.id == study.id, "planned once, however often one asks"
    judge.levels[ASKS.id] = ["absent", "named"]
    done = await carried_out(desk, study)
    assert judge.asked == [(ASKS.id, 0)] * 2, "exactly what was missing, and not the other criterion"
    assert done.result is not None
    assert (done.result["judgements"], done.result["failed"]) == (2, 0)
    preview = (await make(store, desk.players, company.sofia, version)).preview
    assert preview is not None
    assert (preview.shown.judged, preview.shown.reversals, preview.shown.change.judged_anew) == (2, 1, (ASKS.id,))
    assert preview.shown.sentence == "1 of 2 decisions would flip: read it."
    checkpoint = await desk.proposed(REWORDED)
    await desk.decide(company.ravi, checkpoint)
    judge.asked.clear()
    async with store.read() as work:
        signed = {each.run_id for each in await work.approvals.signed_scenarios(company.programme_id)}
    [again] = signed - {preview.shown.flips[0].run_id}
    await review_again(store, company.maria, [again])
    await desk.runtime.bring_forward(again)
    assert judge.asked == [], "the journey finds what the shadow run was paid for"


async def test_an_answer_that_fails_stops_the_run_which_then_goes_on(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    judge: Any = desk.players.alignment
    answered = await make(store, desk.players, company.sofia, await kept(desk, REWORDED))
    assert answered.study is not None
    judge.error = ModelFailed("The endpoint is away.")
    stopped = await carried_out(desk, answered.study)
    assert stopped.status == "stopped"
    judge.error = None
    assert (await carried_out(desk, stopped)).status == "done"


async def test_after_other_questions_come_into_force_the_history_can_still_be_tried(
    store: Store, company: Company
) -> None:
    desk = desk_of(store, company)
    await two_signed(desk)
    await desk.decide(company.ravi, await desk.proposed(REWORDED))
    assert (await preview(store, company.sofia, company.programme_id)).decided == 0
    known = await preview(store, company.sofia, company.programme_id, ensemble=desk.players)
    assert (known.decided, known.unlike) == (2, 0), "by what the shadow run brought"
    later = REWORDED.model_copy(update={"pass_threshold": 0.9})
    found = (await make(store, desk.players, company.sofia, await kept(desk, later))).preview
    assert found is not None
    assert (found.shown.decided, found.shown.left_out, found.shown.as_decided) == (2, 0, 0)


async def test_only_labels_kept_for_measuring_are_in_a_preview(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    runs: dict[bool, str] = {}
    for _ in range(40):
        checkpoint = await desk.ordered(company.maria)
        await desk.decide(company.jonas, checkpoint)
        side = held_out(checkpoint.run_id, company.programme_id)
        if side not in runs:
            runs[side] = checkpoint.subject_id
        if len(runs) == 2:
            break
    version = await kept(desk, STRICTER)
    steps = ((company.jonas, False, ()), (company.jonas, True, ()), (company.sofia, True, (ASKS.id,)))
    for person, side, expected in steps:  # a figure from one person's labels would be that person's own
        await say_levels(store, person, runs[side], {ASKS.id: "named"})
        found = (await make(store, desk.players, company.sofia, version)).preview
        assert found is not None
        assert tuple(each.criterion_id for each in found.shown.by_criterion) == expected
        shown = found.shown
    assert shown.by_criterion[0].n == 2
    assert shown.held_out.before.n < shown.overall.before.n
    assert PLAYERS["alignment"] != shown.judge
