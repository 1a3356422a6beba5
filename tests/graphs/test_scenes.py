from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text

from agents.provenance import Provenance
from evidence.errors import NotFound, NotSigned
from graphs import live
from graphs.live import LiveTurns
from graphs.scenes import load_scene
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.company import ScriptedPersona, ensemble

__all__ = ["furniture", "house", "houses"]


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def trace(_connection: Any, record: Any, _proxy: Any) -> None:
        record.driver_connection.open.set_trace_callback(asked.append)

    def end(_connection: Any, record: Any) -> None:
        record.driver_connection.open.set_trace_callback(None)

    engine = house.store.database.engine.sync_engine
    event.listen(engine, "checkout", trace)
    event.listen(engine, "checkin", end)
    yield asked
    event.remove(engine, "checkout", trace)
    event.remove(engine, "checkin", end)


async def turn(house: House, said: str) -> dict[str, Any]:
    learner, practice = house.things.company.amir.person_id, house.things.practice
    turns: LiveTurns = house.app.state.application.live
    spoken = await turns.say(practice, learner, said)
    return [event async for event in turns.listen(practice, learner, turn=spoken.number)][-1].data


async def test_a_turn_loads_its_scene_once_and_the_next_one_only_what_may_have_changed(house: House) -> None:
    for texts in (1, 0):
        with statements(house) as asked:
            result = await turn(house, "How has that been for you?")
        assert result["kind"] == "turn"
        assert len([each for each in asked if "scenario_versions.content" in each]) == 1
        assert len([each for each in asked if "FROM turns" in each and "turns.learner_text" in each]) == texts


async def test_a_turn_taken_elsewhere_is_part_of_the_next_scene(house: House) -> None:
    first = await turn(house, "How has that been for you?")
    learner, practice = house.things.company.amir.person_id, house.things.practice
    async with house.store.write() as work:
        [*_, last] = await work.practices.turns(practice, reader=learner, purpose=Purpose.PLAY_SCENE)
        await work.practices.add_turn(
            practice,
            number=first["turn"] + 1,
            attempt=1,
            status="complete",
            learner_text="And said to another process?",
            reply="Heard by another process.",
            observed={},
            state=last.state | {"turn": first["turn"] + 1},
            provenance=last.provenance,
            reader=learner,
            purpose=Purpose.PLAY_SCENE,
        )
    persona = ScriptedPersona(["Yes, I heard that."])
    turns: LiveTurns = house.app.state.application.live
    object.__setattr__(turns._ensemble, "persona", persona)
    result = await turn(house, "And what would help you most now?")
    assert result["turn"] == first["turn"] + 2
    assert [line.text for line in persona.cues[0].history][-1] == "Heard by another process."


async def test_a_turn_after_the_learners_data_was_erased_is_refused(house: House) -> None:
    await turn(house, "How has that been for you?")
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM data_keys"))
    with pytest.raises(NotFound):
        await turn(house, "And what would help you most now?")


async def test_the_next_turn_sees_what_the_last_one_left(house: House) -> None:
    first = await turn(house, "How has that been for you?")
    second = await turn(house, "And what would help you most now?")
    assert second["turn"] == first["turn"] + 1


async def test_a_text_that_was_read_before_is_still_compared_with_what_was_signed(house: House) -> None:
    given = (house.things.practice, house.things.company.amir.person_id, Purpose.PLAY_SCENE)
    async with house.store.read() as work:
        before = await load_scene(work, *given)
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE scenario_versions SET content = replace(content, 'Nora', 'Dora')"))
    async with house.store.read() as work:
        with pytest.raises(NotSigned, match="not what was signed"):
            await load_scene(work, *given)
    async with house.store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE scenario_versions SET content = replace(content, 'Dora', 'Nora')"))
    async with house.store.read() as work:
        assert (await load_scene(work, *given)).scenario == before.scenario


def test_only_where_a_model_plays_its_client_is_warmed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = None
    monkeypatch.setattr(live, "_MODEL_CLIENT", "colorsys")  # some module that can be imported again
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert LiveTurns(store, ensemble()).warm_up() is None
    assert "colorsys" not in sys.modules
    played = ScriptedPersona(["Well."])
    played.provenance = Provenance(player="model", model="any", prompt_digest="0" * 64)
    warming = LiveTurns(store, ensemble(persona=played)).warm_up()
    assert warming is not None
    warming.join(20)
    assert "colorsys" in sys.modules
