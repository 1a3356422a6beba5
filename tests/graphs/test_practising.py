"""How a learner begins, chooses, and comes back after days."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.errors import Conflict, NotFound
from graphs import practising
from graphs.answering import Once
from graphs.scenes import load_scene
from practice import ladder
from practice.brief import Difficulty
from practice.preferences import SHORT_TURNS, Form, HintLevel, LanguageLevel, Preferences
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.api.journey import ok
from tests.company import SCENARIO, ScriptedPersona
from tests.graphs.test_branching import LINES, amir, begun, say, stored

__all__ = ["furniture", "house", "houses"]


async def test_the_challenge_is_what_the_persona_hears_and_what_hints_are_given(
    house: House,
) -> None:
    persona = ScriptedPersona(["Well. It is what it is.", "I see that in another way.", "Perhaps."])
    live = house.app.state.application.live
    object.__setattr__(live._ensemble, "persona", persona)
    wishes = Preferences(challenge=Difficulty.DEMANDING, language_level=LanguageLevel.SIMPLE, goal="Stay calm for once")
    practice = await begun(house, preferences=wishes)
    await say(house, practice, LINES[1])
    [cue] = persona.cues
    assert (cue.difficulty, cue.language_level) == ("demanding", "simple")
    assert "Stay calm" not in cue.model_dump_json()
    assert SCENARIO.difficulty is Difficulty.REALISTIC
    await practising.prefer(house.store, amir(house), practice, Preferences(challenge=Difficulty.GENTLE))
    await say(house, practice, LINES[2])
    assert (persona.cues[-1].difficulty, persona.cues[-1].language_level) == ("gentle", "fluent")
    ensemble = house.app.state.application.ensemble
    hard = await begun(house, preferences=wishes)
    budgets = [(await practising.hint(house.store, ensemble, amir(house), each))[1] + 1 for each in (practice, hard)]
    assert budgets in [[each[Difficulty.GENTLE], each[Difficulty.DEMANDING]] for each in ladder.BUDGET.values()]
    kept, _ = await stored(house, practice)
    async with house.store.read() as work:
        version = await work.design.version(kept.version_id)
    assert kept.digest == version.digest, "what is signed is what it was"


async def test_what_a_learner_chose_is_sealed(house: House) -> None:
    goal = "Not to give in to my boss again"
    await begun(house, preferences=Preferences(goal=goal))
    async with house.store.database.transaction(writing=False) as connection:
        rows = (await connection.exec_driver_sql("SELECT preferences FROM practices")).all()
    assert [row for row in rows if row[0]] != []
    assert not [row for row in rows if row[0] and goal.encode() in bytes(row[0])]


async def test_help_comes_as_it_was_wished_for(house: House) -> None:
    ensemble = house.app.state.application.ensemble
    silent = await begun(house, preferences=Preferences(hints=HintLevel.NONE))
    with pytest.raises(Conflict, match="without hints"):
        await practising.hint(house.store, ensemble, amir(house), silent)
    stuck = ("Hm.", "It is late.", "The release note.", "So.")
    offers = {}
    for level in HintLevel:
        practice = await begun(house, preferences=Preferences(hints=level))
        offers[level] = any([(await say(house, practice, line))["help_offered"] for line in stuck])
    assert offers == {HintLevel.NONE: False, HintLevel.WHEN_ASKED: False, HintLevel.OFFERED: True}


async def test_choices_are_for_a_scene_under_way_and_for_its_learner(house: House) -> None:
    with pytest.raises(Conflict, match="over"):
        await practising.prefer(house.store, amir(house), house.things.finished, Preferences())
    with pytest.raises(NotFound):
        await practising.prefer(house.store, house.things.company.lena, house.things.practice, Preferences())


async def test_the_short_version_is_its_own_signed_text_and_ends_by_rule(house: House) -> None:
    practice = await begun(house, form=Form.SHORT)
    async with house.store.read() as work:
        scene = await load_scene(work, practice, amir(house).person_id, Purpose.OWN_PRACTICE)
    short = SCENARIO.short_version
    assert (scene.scenario.setting, scene.scenario.learner_goal) == (short.setting, short.goal)
    for number in range(1, SHORT_TURNS + 1):
        told = await say(house, practice, f"Is number {number} of these things the problem?")
        assert told["ended"] is (number == SHORT_TURNS)
    kept, turns = await stored(house, practice)
    assert (kept.status, turns[-1].observed["ending"]) == ("finished", "long")
    await practising.reflect(house.store, amir(house), practice, "That was quick.")
    debrief = await practising.debrief(house.store, house.app.state.application.ensemble, amir(house), practice)
    [asked] = debrief.objectives
    assert not asked.scored or asked.quotes, "no quote, no credit"


async def test_beginning_twice_with_one_number_begins_once(house: House) -> None:
    once = Once(person_id=amir(house).person_id, key="begin", request_digest="d")
    assert await begun(house, once=once) == await begun(house, once=once)


async def test_after_nine_days_another_device_goes_on_at_the_very_turn(house: House) -> None:
    """A second client, a new login, and an application that has never heard of the scene."""
    first = await house.at("amir")
    path = f"/api/v1/practices/{house.things.practice}"
    before = ok(await first.get(path))
    await house.later(days=9)
    assert (await first.get(path)).status_code == 401, "the first device has to log in again"
    second = await house.at("amir")
    listed = [each for each in ok(await second.get("/api/v1/practices")) if each["id"] == house.things.practice]
    assert (listed[0]["status"], listed[0]["turns"]) == ("open", 1)
    assert ok(await second.get(path)) == before
    spoken = ok(await second.post(f"{path}/turns", json={"text": LINES[2]}), 202)
    assert (spoken["turn"], spoken["attempt"]) == (2, 1)
    heard = (await second.get(spoken["stream"])).text
    assert "event: done" in heard
    again = await house.at("amir")
    assert [turn["said"] for turn in ok(await again.get(path))["turns"]] == [before["turns"][0]["said"], LINES[2]]


async def test_words_whose_reply_broke_off_are_offered_again(house: House) -> None:
    live = house.app.state.application.live
    object.__setattr__(live._ensemble, "persona", ScriptedPersona([RuntimeError("gone"), "There you are."]))
    turn = await live.say(house.things.practice, amir(house).person_id, LINES[2])
    last: Any = [event async for event in live.listen(house.things.practice, amir(house).person_id, turn=turn.number)]
    assert last[-1].kind == "failed"
    await house.later(days=3)
    client = await house.at("amir")
    path = f"/api/v1/practices/{house.things.practice}"
    assert ok(await client.get(path))["unanswered"] == LINES[2]
    page = (await client.get(f"/practice/{house.things.practice}", headers={"Accept": "text/html"})).text
    assert "The reply broke off" in page
    assert f">{LINES[2]}</textarea>" in page
    await say(house, house.things.practice, LINES[2])
    assert ok(await client.get(path))["unanswered"] is None


async def test_what_was_stopped_with_its_scenario_cannot_be_resumed_and_says_so(house: House) -> None:
    """Another stop, over words that belonged to the role, can be."""
    practice, me = house.things.practice, amir(house)
    async with house.store.write() as work:
        await work.practices.set_status(practice, "stopped", expected=["open"])
    await practising.pause(house.store, me, practice, resume=True)
    async with house.store.write() as work:
        plan = [{"name": "pilot", "group_id": None}]
        programme = house.things.company.programme_id
        rollout = await work.reach.plan(programme, house.things.signed, plan, by=house.things.company.maria.person_id)
        await work.reach.change_rollout(rollout.id, suspended_at=work.now)
        await work.reach.stop_practices(house.things.signed)
    with pytest.raises(Conflict, match="taken back"):
        await practising.pause(house.store, me, practice, resume=True)
    client = await house.at("amir")
    page = (await client.get(f"/practice/{practice}", headers={"Accept": "text/html"})).text
    assert "was taken back for the time being" in page
    assert "really happening to you. Nobody" not in page
    assert "go on" not in page.partition('id="said"')[2]
