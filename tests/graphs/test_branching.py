"""A branch begins as its original stood at the fork, and nothing that is done in it ever changes the original."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from approvals.people import Actor
from evidence.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSigned
from graphs import branching, practising
from graphs.answering import Once
from graphs.branching import MOST_BRANCHES, branch, compare
from practice.brief import Difficulty
from practice.preferences import Form, Preferences
from store.purpose import Purpose
from store.records import Practice, Turn
from tests.api.furnished import House, furniture, house, houses

__all__ = ["furniture", "house", "houses"]

LINES = (
    "What has been behind the delay, from where you sit?",
    "You should just work faster.",
    "That sounds exhausting.",
    "Is the plan the problem?",
    "Could you say that more simply, please?",
)
OWN = Purpose.OWN_PRACTICE


def amir(house: House) -> Actor:
    return house.things.company.amir


async def begun(house: House, **options: Any) -> str:
    return await practising.begin(house.store, amir(house), house.things.signed, **options)


async def say(house: House, practice_id: str, line: str) -> dict[str, Any]:
    live = house.app.state.application.live
    turn = await live.say(practice_id, amir(house).person_id, line)
    events = [event async for event in live.listen(practice_id, amir(house).person_id, turn=turn.number)]
    assert events[-1].kind == "done", events[-1]
    return dict(events[-1].data)


async def stored(house: House, practice_id: str) -> tuple[Practice, list[Turn]]:
    me: dict[str, Any] = {"reader": amir(house).person_id, "purpose": OWN}
    async with house.store.read() as work:
        return await work.practices.get(practice_id, **me), await work.practices.turns(practice_id, **me)


def said(turns: list[Turn]) -> list[tuple[Any, ...]]:
    """What a turn is, wherever it stands."""
    return [(t.number, t.learner_text, t.reply, t.observed, t.state, t.provenance, t.created_at) for t in turns]


steps = st.lists(
    st.tuples(st.integers(0, 5), st.one_of(st.sampled_from(LINES), st.integers(1, 6))), min_size=3, max_size=9
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
async def test_a_branch_is_its_original_before_the_fork_and_leaves_it_alone(
    house: House, steps: list[tuple[int, str | int]]
) -> None:
    first = await begun(house)
    known: dict[str, list[tuple[Any, ...]]] = {first: []}
    for which, step in steps:
        practice = list(known)[which % len(known)]
        if isinstance(step, str):
            if (await stored(house, practice))[0].status == "open":
                await say(house, practice, step)
                known[practice].append(said((await stored(house, practice))[1])[-1])
        elif step > len(known[practice]):
            with pytest.raises(InvalidInput, match="no turn"):
                await branch(house.store, amir(house), practice, step)
        else:
            before = await stored(house, practice)
            made = await branch(house.store, amir(house), practice, step)
            known[made] = known[practice][: step - 1]
            assert await stored(house, practice) == before
        for each, turns in known.items():
            assert said((await stored(house, each))[1]) == turns


async def test_the_scene_goes_on_from_the_very_state_at_the_fork(house: House) -> None:
    practice = await begun(house, preferences=Preferences(goal="Ask first", challenge=Difficulty.GENTLE))
    for line in LINES[:4]:
        await say(house, practice, line)
    await practising.finish(house.store, amir(house), practice)
    _, turns = await stored(house, practice)
    for turn in (1, 2, 4):
        made = await branch(house.store, amir(house), practice, turn)
        await say(house, made, LINES[turn - 1])
        kept, again = await stored(house, made)
        assert [(t.reply, t.observed, t.state) for t in again] == [(t.reply, t.observed, t.state) for t in turns[:turn]]
        assert (kept.branch_of, kept.branch_turn, kept.status) == (practice, turn, "open")
        assert kept.preferences == {"goal": "Ask first", "challenge": "gentle"}
    assert (await stored(house, practice))[0].status == "finished"


async def test_hints_before_the_fork_are_spent_in_the_branch_too(house: House) -> None:
    practice = await begun(house)
    ensemble = house.app.state.application.ensemble
    await practising.hint(house.store, ensemble, amir(house), practice)
    await say(house, practice, LINES[1])
    _, left = await practising.hint(house.store, ensemble, amir(house), practice)
    await say(house, practice, LINES[1])
    made = await branch(house.store, amir(house), practice, 2)
    async with house.store.read() as work:
        hints = await work.practices.hints(made, reader=amir(house).person_id, purpose=OWN)
    assert [hint.turn for hint in hints] == [1]
    assert (await practising.hint(house.store, ensemble, amir(house), made))[1] == left


async def test_what_was_copied_opens_only_in_its_new_place(house: House) -> None:
    practice = await begun(house)
    await say(house, practice, LINES[0])
    await say(house, practice, LINES[1])
    made = await branch(house.store, amir(house), practice, 2)
    async with house.store.database.transaction(writing=False) as connection:
        rows = (await connection.execute(text("SELECT practice_id, learner_text FROM turns WHERE number = 1"))).all()
    sealed = {row.practice_id: row.learner_text for row in rows}
    assert sealed[made] != sealed[practice]
    assert LINES[0].encode() not in sealed[made]


async def test_one_numbered_request_makes_one_branch(house: House) -> None:
    practice = house.things.practice
    once = Once(person_id=amir(house).person_id, key="k", request_digest="d")
    before = await house.counts()
    made = {await branch(house.store, amir(house), practice, 1, once=once) for _ in range(3)}
    after = await house.counts()
    assert len(made) == 1
    assert after["practices"] == before["practices"] + 1


async def test_only_its_learner_branches_and_compares(house: House) -> None:
    lena, maria = house.things.company.lena, house.things.company.maria
    before = await house.counts()
    with pytest.raises(NotFound):
        await branch(house.store, lena, house.things.practice, 1)
    with pytest.raises(NotFound):
        await compare(house.store, lena, house.things.practice)
    with pytest.raises(NotAllowed):
        await branch(house.store, maria, house.things.practice, 1)
    assert await house.counts() == before


async def test_without_a_standing_sign_off_there_is_no_branch(house: House) -> None:
    before = await house.counts()
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE sign_offs SET revoked_at = created_at"))
    with pytest.raises(NotSigned):
        await branch(house.store, amir(house), house.things.practice, 1)
    with pytest.raises(NotSigned):
        await begun(house)
    assert await house.counts() == before


async def test_there_are_no_more_branches_than_can_be_compared(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(branching, "MOST_BRANCHES", 2)
    made = [await branch(house.store, amir(house), house.things.practice, 1) for _ in range(2)]
    with pytest.raises(Conflict, match="2 branches"):
        await branch(house.store, amir(house), house.things.practice, 1)
    await say(house, made[0], LINES[0])
    assert await branch(house.store, amir(house), made[0], 1), "a branch has branches of its own"
    assert MOST_BRANCHES > 2


async def test_side_by_side_shows_nothing_hidden_before_the_reflection(house: House) -> None:
    practice = await begun(house)
    await say(house, practice, LINES[1])
    await say(house, practice, LINES[1])
    made = await branch(house.store, amir(house), practice, 2)
    await say(house, made, LINES[0])
    deeper = await branch(house.store, amir(house), made, 2)
    for asked in (practice, made, deeper):
        found = await compare(house.store, amir(house), asked)
        assert [(fork.turn, [side.practice_id for side in fork.sides]) for fork in found.forks] == [
            (2, [practice, made]),
            (2, [made, deeper]),
        ]
        assert [side.original for side in found.forks[0].sides] == [True, False]
        assert [turn.said for side in found.forks[0].sides for turn in side.turns] == [LINES[1], LINES[0]]
        assert {turn.opened for fork in found.forks for side in fork.sides for turn in side.turns} == {None}
    fact = "nine days in the review queue"
    assert fact not in found.model_dump_json()
    await practising.finish(house.store, amir(house), made)
    assert fact not in (await compare(house.store, amir(house), practice)).model_dump_json()
    await practising.reflect(house.store, amir(house), made, "I asked.")
    left, right = (await compare(house.store, amir(house), practice)).forks[0].sides
    assert {turn.opened for turn in left.turns} == {None}
    [turn] = right.turns
    assert turn.opened is not None
    assert turn.standing is not None
    assert fact in turn.opened[0].fact
    assert turn.opened[0].quote in LINES[0]
    assert turn.standing[0].name == "Nora"


async def test_a_practice_without_branches_has_nothing_to_compare(house: House) -> None:
    assert (await compare(house.store, amir(house), house.things.finished)).forks == ()


async def test_the_form_stays_the_same(house: House) -> None:
    practice = await begun(house, form=Form.SHORT)
    await say(house, practice, LINES[1])
    made = await branch(house.store, amir(house), practice, 1)
    assert (await stored(house, made))[0].form == "short"
