"""Labels: where they come from, that they are nobody's, and that those to tune on and those to measure never mix."""

from __future__ import annotations

import json
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from approvals.people import Actor
from evidence.errors import InvalidInput, NotAllowed, NotFound
from evidence.ids import new_id
from graphs.agreeing import team_agreement
from graphs.blinding import CANNOT_TELL
from graphs.labelling import Gathered, labels_of, next_to_label, say_levels, set_label_first, text_to_label
from graphs.settling import agree, settle_criterion
from store.records import CheckpointRow
from store.unit_of_work import Store
from strategy.criteria import CriteriaSet
from strategy.labels import Label, held_out, told_level
from tests.company import CRITERIA, Company, ScriptedJudge, ensemble
from tests.desk import Desk

ASKS, PLAINNESS = (each.id for each in CRITERIA.criteria)


def desk_of(store: Store, company: Company, **levels: str | None) -> Desk:
    """A desk whose judge always gives these levels."""
    return Desk(store, company, ensemble(judge=ScriptedJudge(levels={name: [each] for name, each in levels.items()})))


async def gathered(store: Store, company: Company, criteria: CriteriaSet = CRITERIA) -> Gathered:
    async with store.read() as work:
        return await labels_of(work, company.programme_id, criteria)


async def all_of(store: Store, company: Company, criteria: CriteriaSet = CRITERIA) -> list[Label]:
    found = await gathered(store, company, criteria)
    return sorted([*found.held, *found.tuned], key=lambda each: (each.criterion, each.people))


async def waiting(store: Store, company: Company, **levels: str | None) -> CheckpointRow:
    return await desk_of(store, company, **levels).ordered(company.maria)


async def test_a_label_stands_beside_the_level_of_the_verdict(store: Store, company: Company) -> None:
    await set_label_first(store, company.sofia, company.programme_id, True)
    checkpoint = await waiting(store, company, asks="named")
    said = await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "practised"})
    assert said.left == 1
    assert await all_of(store, company) == [
        Label(checkpoint.subject_id, ASKS, judge="named", people="practised", labeller=0, blind=True)
    ]


async def test_a_label_is_blind_only_where_the_judge_s_level_was_surely_not_seen(
    store: Store, company: Company
) -> None:
    checkpoint = await waiting(store, company, asks="named")
    text = checkpoint.subject_id

    async def blind() -> list[bool]:
        return [each.blind for each in await all_of(store, company)]

    await say_levels(store, company.jonas, text, {ASKS: "practised"})
    assert await blind() == [False], "its review shows the levels to whoever opens it"
    await set_label_first(store, company.sofia, company.programme_id, True)
    await say_levels(store, company.maria, text, {ASKS: "absent", PLAINNESS: None})
    assert sorted(await blind()) == [False, True]
    await say_levels(store, company.maria, text, {ASKS: "named"})
    assert await blind() == [False, False], "she has seen the verdict by now"


async def test_the_newest_word_of_each_person_counts_wherever_it_was_given(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company, asks="named")
    seen = checkpoint.review_digest
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "absent"})
    store.clock.offset += timedelta(seconds=5)
    await agree(store, company.jonas, checkpoint.id, ASKS, agrees=True, seen=seen)
    await agree(store, company.maria, checkpoint.id, ASKS, agrees=False, level="practised", seen=seen)
    await agree(store, company.maria, checkpoint.id, PLAINNESS, agrees=False, seen=seen)  # no level named: no label
    labels = await all_of(store, company)
    assert [(each.people, each.judge, each.blind) for each in labels] == [
        ("named", "named", False),
        ("practised", "named", False),
    ]
    assert {each.labeller for each in labels} == {0, 1}


async def test_what_a_person_settled_is_a_label_beside_no_level(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company, asks=None)
    text = "Ask what is behind the delay before you agree on anything."
    await settle_criterion(
        store,
        company.jonas,
        checkpoint.id,
        ASKS,
        level="practised",
        quote=text,
        reason="it does",
        seen=checkpoint.review_digest,
    )
    [label] = await all_of(store, company)
    assert (label.judge, label.people, label.blind) == (None, "practised", False)


async def test_under_another_question_a_label_does_not_count(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company)
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "named", PLAINNESS: "practised"})
    first, second = CRITERIA.criteria
    heavier = CRITERIA.model_copy(update={"criteria": (first.model_copy(update={"weight": 5.0}), second)})
    reworded = CRITERIA.model_copy(update={"criteria": (first.model_copy(update={"question": "Is it asked?"}), second)})
    assert len(await all_of(store, company, heavier)) == 2
    assert [each.criterion for each in await all_of(store, company, reworded)] == [PLAINNESS]


async def test_who_cannot_tell_gives_no_label(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company)
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: "named", PLAINNESS: None})
    await say_levels(store, company.jonas, checkpoint.subject_id, {ASKS: None})
    assert await all_of(store, company) == []
    text = await text_to_label(store, company.jonas, checkpoint.subject_id)
    assert [each.said for each in text.criteria] == [CANNOT_TELL, CANNOT_TELL]


async def test_wrong_levels_wrong_people_and_unknown_texts_are_refused(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company)
    for levels in ({ASKS: "splendid"}, {"nothing": "named"}, {ASKS: CANNOT_TELL}):
        with pytest.raises(InvalidInput):
            await say_levels(store, company.jonas, checkpoint.subject_id, {PLAINNESS: "practised", **levels})
    with pytest.raises(NotAllowed):
        await say_levels(store, company.amir, checkpoint.subject_id, {ASKS: "named"})
    with pytest.raises(NotFound):
        await say_levels(store, company.jonas, new_id(), {ASKS: "named"})
    with pytest.raises(NotAllowed):
        await set_label_first(store, company.maria, company.programme_id, True)
    assert await all_of(store, company) == []  # nothing of a refused request is kept


async def test_texts_are_offered_held_out_ones_first_until_everything_is_said(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    there = {(each := await desk.ordered(company.maria)).subject_id: each.run_id for _ in range(4)}
    offered: list[str] = []
    while (text := await next_to_label(store, company.jonas, company.programme_id)) is not None:
        assert text.left == len(there) - len(offered)
        offered.append(text.version_id)
        await say_levels(store, company.jonas, text.version_id, {ASKS: "named", PLAINNESS: None})
    assert set(offered) == set(there)
    sides = [held_out(there[each], company.programme_id) for each in offered]
    assert sides == sorted(sides, reverse=True)


async def test_a_text_that_is_offered_tells_nothing_of_the_judge(store: Store, company: Company) -> None:
    await waiting(store, company, asks="named")
    text = await next_to_label(store, company.sofia, company.programme_id)
    assert text is not None
    data = text.model_dump()
    assert {each["said"] for each in data["criteria"]} == {""}
    assert {key for each in data["criteria"] for key in each} == {"criterion_id", "question", "levels", "said"}
    assert {key for each in data["criteria"] for level in each["levels"] for key in level} == {
        *("key", "anchor", "positive_example", "negative_example")
    }
    for told in ("as told", "Show more of", "score", "outcome", "verdict", "aligned"):
        assert told not in json.dumps(data)


@settings(max_examples=200)
@given(st.lists(st.uuids(), min_size=1, max_size=40, unique=True), st.text(min_size=1, max_size=8))
def test_versions_of_one_piece_of_work_are_all_on_one_side(runs: list[Any], salt: str) -> None:
    first = {str(each): held_out(str(each), salt) for each in runs}
    assert first == {str(each): held_out(str(each), salt) for each in reversed(runs)}


async def test_labels_to_tune_on_and_labels_to_measure_never_mix(store: Store, company: Company) -> None:
    desk = desk_of(store, company)
    runs: dict[str, str] = {}
    for number in range(5):
        checkpoint = await desk.ordered(company.maria)
        runs[checkpoint.subject_id] = checkpoint.run_id
        for person in (company.jonas, company.maria)[: 1 + number % 2]:
            await say_levels(store, person, checkpoint.subject_id, {ASKS: "named", PLAINNESS: "practised"})
    found = await gathered(store, company)
    held, tuned = ({runs[each.scenario] for each in some} for some in (found.held, found.tuned))
    assert not held & tuned
    assert held | tuned == set(runs.values())
    assert all(held_out(each, company.programme_id) for each in held)


_LEVELS = ("absent", "named", "practised")
_PEOPLE = ("maria", "jonas", "sofia", "ravi")


async def test_no_name_leaves_what_is_gathered_or_told(store: Store, company: Company) -> None:
    checkpoint = await waiting(store, company)
    people = [getattr(company, each) for each in (*_PEOPLE, "amir", "lena", "boss")]
    random = Random(7)
    said = set()
    for _ in range(12):
        login = random.choice(_PEOPLE)
        said.add(login)
        await say_levels(store, getattr(company, login), checkpoint.subject_id, {ASKS: random.choice(_LEVELS)})
        now = await gathered(store, company)
        told = await team_agreement(store, company.sofia, company.programme_id)
        for text in (repr(now), told.model_dump_json()):
            assert not any(mentions(text, each) for each in people)
        assert {each.labeller for each in (*now.held, *now.tuned)} == set(range(len(said)))


def mentions(text: str, person: Actor) -> bool:
    return person.person_id in text


@pytest.mark.parametrize(
    ("counts", "level"),
    [
        ({"named": 2, "practised": 1}, "named"),
        ({"named": 1, "practised": 1}, None),
        ({}, None),
        ({"status:error": 3}, None),
        ({"named": 1, "status:abstained": 1}, None),
        ({"named": 2, "status:abstained": 1}, "named"),
        ({"named": 1, "status:invalid": 2}, None),
    ],
)
def test_the_judges_level_is_the_one_most_samples_gave(counts: dict[str, int], level: str | None) -> None:
    assert told_level(counts) == level
