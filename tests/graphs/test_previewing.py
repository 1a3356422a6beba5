"""What other figures would have meant for decisions that were really made."""

from __future__ import annotations

import pytest

from approvals.checkpoint import DecisionKind
from evidence.errors import InvalidInput, NotAllowed
from graphs.previewing import preview, to_tune_on
from store.unit_of_work import Store
from strategy.labels import held_out
from strategy.rescoring import adjusted, rescore
from strategy.verdict import Outcome, Verdict
from tests.company import CRITERIA, Company, ScriptedJudge, ensemble
from tests.desk import Desk


def desk_of(store: Store, company: Company) -> Desk:
    """Scores of 1.0, 0.75 (signed) and 0.5 (sent back), in this order."""
    levels: dict[str, list[str | None]] = {
        "asks": ["practised", "named", "named"],
        CRITERIA.criteria[1].id: ["practised", "practised", "absent"],
    }
    return Desk(store, company, ensemble(judge=ScriptedJudge(levels=levels)))


async def decided(desk: Desk) -> None:
    for kind in (DecisionKind.APPROVE, DecisionKind.APPROVE):
        checkpoint = await desk.ordered(desk.company.maria)
        await desk.decide(desk.company.jonas, checkpoint, kind)


async def test_flips_are_those_of_scoring_each_verdict_again(store: Store, company: Company) -> None:
    await decided(desk_of(store, company))
    for threshold in (0.5, 0.6, 0.74, 0.76, 0.9, 1.0):
        found = await preview(store, company.sofia, company.programme_id, pass_threshold=threshold)
        tried = adjusted(CRITERIA, pass_threshold=threshold)
        async with store.read() as work:
            rows = await work.approvals.decided_scenarios(company.programme_id)
            verdicts = [Verdict.model_validate((await work.design.verdict(row.verdict_id)).content) for row in rows]
        again = [rescore(each, tried) for each in verdicts]
        flips = {
            row.checkpoint_id: (new.outcome.value, new.score, new.reasons[0])
            for row, old, new in zip(rows, verdicts, again, strict=True)
            if old.outcome is not new.outcome
        }
        assert {each.checkpoint_id: (each.after, each.score_after, each.why) for each in found.flips} == flips
        assert found.agreeing_after == sum(each.outcome is Outcome.ALIGNED for each in again)
        [point] = [each for each in found.sweep if each.threshold == 0.75]
        passing = [rescore(each, adjusted(CRITERIA, pass_threshold=0.75)).outcome for each in verdicts]
        assert point.aligned == passing.count(Outcome.ALIGNED)


async def test_a_decision_made_since_is_counted(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    assert (await preview(store, company.sofia, company.programme_id)).decided == 0
    await decided(desk)
    assert (await preview(store, company.sofia, company.programme_id)).decided == 2


async def test_criteria_put_in_force_since_are_those_that_are_tried(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await decided(desk)
    before = await preview(store, company.sofia, company.programme_id)
    checkpoint = await desk.proposed(CRITERIA.model_copy(update={"pass_threshold": 0.9}), company.sofia)
    await desk.decide(company.ravi, checkpoint)
    after = await preview(store, company.sofia, company.programme_id)
    assert (before.criteria.pass_threshold, after.criteria.pass_threshold) == (0.6, 0.9)
    assert (after.decided, after.flips) == (2, ())


async def test_what_was_judged_otherwise_is_left_out_and_counted(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    await decided(desk)
    first, *rest = CRITERIA.criteria
    other = CRITERIA.model_copy(update={"criteria": (first.model_copy(update={"question": "Is it asked?"}), *rest)})
    await desk.decide(company.ravi, await desk.proposed(other, company.sofia))
    found = await preview(store, company.sofia, company.programme_id)
    assert (found.decided, found.unlike) == (0, 2)


async def test_wrong_figures_and_wrong_people_are_refused(store: Store, company: Company) -> None:
    with pytest.raises(NotAllowed):
        await preview(store, company.maria, company.programme_id)
    with pytest.raises(InvalidInput):
        await preview(store, company.sofia, company.programme_id, pass_threshold=1.5)
    with pytest.raises(InvalidInput, match="no criterion"):
        await preview(store, company.sofia, company.programme_id, weights={"nothing": 2})


def test_from_fifty_decisions_on_nobody_tunes_on_what_is_measured_on() -> None:
    runs = [f"run-{number}" for number in range(200)]
    assert to_tune_on(runs[:49], "ours").all(), "too few to measure on: nothing is kept back"
    tuned = to_tune_on(runs, "ours")
    assert [bool(each) for each in tuned] == [not held_out(run, "ours") for run in runs]
    assert 60 < int((~tuned).sum()) < 100
    assert [bool(each) for each in to_tune_on(runs[:50], "ours")] == [bool(each) for each in tuned[:50]]
