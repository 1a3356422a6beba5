"""An example is really played, from signed lines, and leaves nothing behind."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from sqlalchemy import text

from approvals.people import Actor
from evidence.errors import NotAllowed, NotSigned
from graphs.showing import Line, example
from practice.variation import render, twin
from tests.api.furnished import House, furniture, house, houses
from tests.company import ScriptedPersona, ensemble
from tests.graphs.varied import VARIED, signed

__all__ = ["furniture", "house", "houses"]


async def watched(house: House, version: str, actor: Actor, seed: int = 0) -> list[Line]:
    shown = await example(house.store, house.app.state.application.ensemble, actor, version, twin_seed=seed)
    async with aclosing(shown.lines()) as lines:
        return [line async for line in lines]


@pytest.mark.parametrize("seed", [0, 4])
async def test_signed_lines_are_said_in_order_and_do_what_the_rules_make_of_them(house: House, seed: int) -> None:
    version = await signed(house.store, house.things.company)
    before = await house.counts()
    played = render(VARIED, twin(VARIED, seed))
    for who in (house.things.company.amir, house.things.company.maria):
        lines = await watched(house, version, who, seed)
        assert [line.said for line in lines] == list(played.exemplars)
        assert [line.number for line in lines] == [1, 2, 3]
        assert lines == await watched(house, version, who, seed), "the offline persona is deterministic"
    opened = [(line.number, each.fact) for line in lines for each in line.opened]
    queue, tired = (concern.fact for concern in played.persona.concerns)
    assert opened == [(1, queue), (2, tired)]
    for line in lines:
        assert all(each.quote in line.said for each in line.did)
        assert line.speaker == played.persona.name
    assert {each.behaviour for each in lines[0].did} == {"open_question"}
    assert played.persona.concerns[0].voiced in lines[0].reply
    first = lines[0].model_dump_json()
    assert tired not in first, "what has not opened does not show"
    assert await house.counts() == before, "nothing is kept"


async def test_what_is_not_opened_is_not_shown(house: House) -> None:
    blunt = VARIED.model_copy(update={"exemplars": ("You should just work faster.",)})
    lines = await watched(house, await signed(house.store, house.things.company, blunt), house.things.company.amir)
    told = "".join(line.model_dump_json() for line in lines)
    assert not any(concern.fact in told for concern in render(blunt).persona.concerns)


async def test_a_reply_that_leaks_is_not_shown(house: House) -> None:
    version = await signed(house.store, house.things.company)
    leak = render(VARIED).persona.concerns[1].fact
    players = ensemble(persona=ScriptedPersona([leak]))
    shown = await example(house.store, players, house.things.company.amir, version)
    async with aclosing(shown.lines()) as lines:
        first = await anext(lines)
    assert leak not in first.reply


async def test_only_what_is_signed_and_only_for_those_who_practise_or_design(house: House) -> None:
    players = house.app.state.application.ensemble
    with pytest.raises(NotAllowed):
        await example(house.store, players, house.things.company.sofia, house.things.signed)
    with pytest.raises(NotSigned):
        await example(house.store, players, house.things.company.amir, house.things.unsigned)
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE sign_offs SET revoked_at = created_at"))
    with pytest.raises(NotSigned):
        await example(house.store, players, house.things.company.amir, house.things.signed)
