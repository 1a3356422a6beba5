"""Care: distress stops the scene and reaches nobody; abuse meets a line, from either side."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from agents.persona import Said
from graphs import practising
from practice.boundary import MARK
from practice.screening import Problem, screen
from store.purpose import Purpose
from tests.api.furnished import House, furniture, house, houses
from tests.company import ScriptedPersona
from tests.graphs.test_branching import amir, begun, say, stored

__all__ = ["furniture", "house", "houses"]

DISTRESS = "I am being harassed by my manager, and zebra-4471 is where it happens."
ABUSE = "You are a worthless piece of shit."


def played_by(house: House, *replies: str) -> ScriptedPersona:
    persona = ScriptedPersona(list(replies))
    object.__setattr__(house.app.state.application.live._ensemble, "persona", persona)
    return persona


async def everything(house: House) -> bytes:
    """Every byte of the database, its write-ahead log included."""
    path = house.store.database.engine.url.database
    assert path
    found = b""
    for name in (path, f"{path}-wal"):
        try:
            with open(name, "rb") as file:
                found += file.read()
        except FileNotFoundError:
            continue
    return found


async def test_distress_stops_the_scene_shows_people_and_leaves_no_trace(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    persona = played_by(house, "Nobody asks me this.")
    practice = await begun(house)
    before = await house.counts()
    with caplog.at_level(logging.DEBUG):
        result = await say(house, practice, DISTRESS)
    assert (result["kind"], result["status"]) == ("distress", "stopped")
    assert house.app.state.application.settings.contacts in result["message"]
    assert persona.cues == [], "no model hears it"
    assert await house.counts() == before, "no turn, no piece, no notice, no audit row, no ledger row"
    assert "zebra-4471" not in caplog.text
    assert b"zebra-4471" not in await everything(house)
    kept, turns = await stored(house, practice)
    assert (kept.status, turns, kept.debrief) == ("stopped", [], None)


async def test_a_scene_that_stopped_over_words_of_the_role_goes_on(house: House) -> None:
    practice = await begun(house)
    await say(house, practice, DISTRESS)
    await practising.pause(house.store, amir(house), practice, resume=True)
    assert (await say(house, practice, "What has been behind the delay?"))["kind"] == "turn"


async def test_abuse_meets_a_line_in_role_and_then_the_end(house: House) -> None:
    persona = played_by(house, "It is what it is.", "We do what we can.")
    practice = await begun(house)
    await say(house, practice, "What has been behind the delay?")
    first = await say(house, practice, ABUSE)
    assert (first["kind"], first["ended"]) == ("turn", False)
    assert "not be spoken to like that" in first["reply"]
    assert "Once more" in first[MARK]
    await say(house, practice, "Sorry. How has this been for you?")
    second = await say(house, practice, "I'll kill you.")
    assert second["ended"]
    assert "ending this conversation" in second["reply"]
    assert len(persona.cues) == 2, "nobody has to play the answer to abuse"
    kept, turns = await stored(house, practice)
    assert kept.status == "finished"
    assert [bool(turn.observed.get(MARK)) for turn in turns] == [False, True, False, True]
    assert [turn.observed["observations"] for turn in turns if turn.observed.get(MARK)] == [[], []]
    assert turns[0].state["unlocked"] == turns[1].state["unlocked"]


async def test_the_line_is_remembered_after_a_pause_of_days(house: House) -> None:
    practice = await begun(house)
    await say(house, practice, ABUSE)
    await practising.pause(house.store, amir(house), practice)
    await house.later(days=9)
    house.app.state.application.live._turns.clear()  # another process goes on
    await practising.pause(house.store, amir(house), practice, resume=True)
    assert (await say(house, practice, ABUSE))["ended"]


async def test_what_is_said_beside_the_line_is_told_again_by_another_process(house: House) -> None:
    practice = await begun(house)
    first = await say(house, practice, ABUSE)
    live = house.app.state.application.live
    live._turns.clear()
    told = [each async for each in live.listen(practice, amir(house).person_id, turn=1)]
    assert told[-1].data == first


async def test_hard_words_and_swearing_go_to_the_persona(house: House) -> None:
    practice = await begun(house)
    for line in ("This is bullshit and you know it.", "Shut up and let me finish.", "You useless idiot."):
        result = await say(house, practice, line)
        assert MARK not in result
        if result["ended"]:
            break


async def test_a_persona_that_abuses_the_learner_is_taken_again_and_never_heard_in_the_end(house: House) -> None:
    persona = played_by(house, "You stupid bitch.", "I will kill you.", "You worthless piece of shit.")
    practice = await begun(house)
    result = await say(house, practice, "What has been behind the delay?")
    assert len(persona.cues) == 3
    assert result["reply"] not in {"You stupid bitch.", "I will kill you.", "You worthless piece of shit."}
    _, [turn] = await stored(house, practice)
    assert {each["problem"] for each in turn.observed["overruled"]} >= {"abuse"}


@pytest.mark.parametrize(
    ("reply", "language"),
    [("You stupid bitch.", "en"), ("Du Schlampe.", "de"), ("Je vais vous tuer.", "fr"), ("Sale pute !", "en")],
)
def test_abuse_by_a_persona_is_found_in_any_language(reply: str, language: str) -> None:
    said: dict[str, Any] = {
        "locked_facts": [],
        "history": [Said(speaker="learner", text="So?")],
        "persona_name": "Nora",
    }
    found = screen(reply, language=language, **said)
    assert Problem.ABUSE in {each.problem for each in found}
    assert not screen("Damn it, this is a bloody mess, and you know it.", language="en", **said)


def test_the_purposes_know_of_no_report_about_distress() -> None:
    assert not [each for each in Purpose if "distress" in each.value or "harass" in each.value]
