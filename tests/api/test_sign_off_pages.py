"""What became of a sign-off, as its page tells it: revoked, paused, changed since, judged again, replaced."""

from __future__ import annotations

import pytest

from graphs.governing import Rules, set_rules
from graphs.revoking import note_changes, revoke
from tests.api.room import Room, room, words
from tests.desk import PLAYERS

__all__ = ["room"]

OTHER = {**PLAYERS, "persona": {"player": "model", "model": "another", "prompt": "2" * 64}}


@pytest.mark.parametrize(
    ("rule", "told"), [("finish", "Scenes under way may be finished."), ("stop", "stop at their next turn.")]
)
async def test_taking_a_sign_off_back(room: Room, rule: str, told: str) -> None:
    checkpoint, signed = await room.signed_by_jonas()
    maria = await room.at("maria")
    page = await maria.get(f"/design/review/{checkpoint.id}")
    assert "Signed by Jonas. Learners can practise this now." in words(page.text)
    address = f"/design/sign-offs/{signed.id}/revoke"
    assert address in page.text
    refused = await maria.post(address, data={"reason": " ", "open_practices": rule})
    assert refused.status_code == 422
    assert 'id="revoke-error"' in refused.text
    assert f'value="{rule}" checked' in refused.text
    gone = await maria.post(address, data={"reason": "The case is public.", "open_practices": rule})
    assert "Maria took the sign-off back" in words(gone.text)
    assert f"{told} Why: The case is public." in words(gone.text)
    assert await room.signed() == []
    assert address not in gone.text
    assert "learners cannot begin it now" in words((await maria.get(f"/design/runs/{checkpoint.run_id}")).text)
    again = await maria.post(address, data={"reason": "Once more.", "open_practices": rule})
    assert again.status_code == 409


async def test_an_old_login_and_a_learner_take_nothing_back(room: Room) -> None:
    _, signed = await room.signed_by_jonas()
    address = f"/design/sign-offs/{signed.id}/revoke"
    body = {"reason": "The case is public.", "open_practices": "stop"}
    assert (await (await room.at("amir")).post(address, data=body)).status_code == 403
    maria = await room.at("maria")
    forged = {"Sec-Fetch-Site": "cross-site"}
    assert (await maria.post(address, data=body, headers=forged)).status_code == 403
    await room.old_login()
    refused = await maria.post(address, data=body)
    assert refused.status_code == 401
    assert "Log in again in a new tab" in words(refused.text)
    assert "The case is public.</textarea>" in refused.text
    assert 'value="stop" checked' in refused.text
    assert len(await room.signed()) == 1


async def test_what_changed_since_is_said_and_it_can_be_judged_again(room: Room) -> None:
    checkpoint, _ = await room.signed_by_jonas()
    await note_changes(room.store, OTHER)
    maria = await room.at("maria")
    page = words((await maria.get(f"/design/review/{checkpoint.id}")).text)
    assert "Learners can practise this now. Jonas," in page
    assert "Since it was signed, this changed: The persona" in page
    assert "model changed from rules to another." in page
    await maria.post("/design/again", data={"run": checkpoint.run_id})
    await room.runtime.bring_forward(checkpoint.run_id)
    second = await room.pending(checkpoint.run_id)
    looked = await maria.get(f"/design/review/{checkpoint.id}")
    assert "It is being looked at again" in words(looked.text)
    assert f"/design/review/{second.id}" in looked.text
    await room.decide(room.company.jonas, second)
    old = await maria.get(f"/design/review/{checkpoint.id}")
    assert "Signed by Jonas, and signed again later." in words(old.text)
    assert f"/design/review/{second.id}" in old.text


async def test_paused_work_says_so(room: Room) -> None:
    checkpoint, _ = await room.signed_by_jonas()
    await set_rules(
        room.store, room.company.boss, room.company.programme_id, Rules.model_validate({"stale_rule": "suspend"})
    )
    await note_changes(room.store, OTHER)
    page = words((await (await room.at("maria")).get(f"/design/review/{checkpoint.id}")).text)
    assert "Paused. Signed by Jonas, but something changed since." in page
    assert "Learners can practise this now." not in page


async def test_the_passport_is_offered_where_there_is_one_and_the_text_is_live(room: Room) -> None:
    checkpoint, signed = await room.signed_by_jonas()
    maria = await room.at("maria")
    there = any("passport" in path for path in room.app.openapi()["paths"])
    link = f'href="/api/v1/scenarios/{checkpoint.subject_id}/passport"'
    assert (link in (await maria.get(f"/design/review/{checkpoint.id}")).text) is there
    await revoke(room.store, room.company.maria, signed.id, reason="Over.")
    assert link not in (await maria.get(f"/design/review/{checkpoint.id}")).text
