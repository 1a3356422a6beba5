"""The inbox: whose turn it is, what can be confirmed as one list, reminders, and signed work that changed."""

from __future__ import annotations

import re
from datetime import timedelta

from approvals.checkpoint import DecisionKind, Edit
from graphs.batching import review_again
from graphs.claiming import claim, remind, set_due
from graphs.governing import Rules, set_rules
from graphs.revoking import note_changes
from tests.api.room import Room, room, words
from tests.api.test_sign_off_pages import OTHER
from tests.company import BRIEF, CRITERIA

__all__ = ["room"]


def queue(text: str) -> list[str]:
    """Checkpoints in the order of the page."""
    return re.findall(r'<h3><a href="/design/review/([^"]+)">', text)


async def test_mine_first_then_overdue_then_nobodys_then_colleagues_and_others_turn(room: Room) -> None:
    maria, jonas = room.company.maria, room.company.jonas
    theirs, free, late, mine, reworded = [await room.ordered(maria) for _ in range(5)]
    edit = Edit(field="setting", text="Monday. Nora sits down in your office; the release note is late.")
    await room.decide(maria, reworded, DecisionKind.APPROVE_WITH_EDITS, edits=(edit,))
    others = await room.pending(reworded.run_id)
    await set_due(room.store, maria, late.id, late.created_at + timedelta(hours=1))
    room.store.clock.offset = timedelta(hours=2)
    await claim(room.store, jonas, theirs.id)
    await claim(room.store, maria, mine.id)
    page = await (await room.at("maria")).get("/design")
    assert queue(page.text) == [each.id for each in (mine, late, free, theirs, others)]
    said = words(page.text)
    assert "3 drafts wait for you" in said
    assert said.index("You have this until") < said.index("overdue since") < said.index("Jonas has this until")
    assert "You wrote text that is in this version, so somebody else signs it." in said
    assert "Jonas has" not in words((await (await room.at("jonas")).get("/design")).text)


async def test_the_list_signs_what_is_ticked_and_says_what_became_of_each(room: Room) -> None:
    runs = [await room.signed_by_jonas() for _ in range(3)]
    await review_again(room.store, room.company.maria, [checkpoint.run_id for checkpoint, _ in runs])
    for checkpoint, _ in runs:
        await room.runtime.bring_forward(checkpoint.run_id)
    maria = await room.at("maria")
    page = await maria.get("/design")
    assert "3 texts to confirm" in words(page.text)
    assert queue(page.text) == []
    lines = re.findall(r'name="line" value="([^"]+)" checked', page.text)
    assert len(lines) == 3
    wrong = lines[0].partition(":")[0] + ":" + "0" * 64
    done = await maria.post("/design/batch", data={"line": [wrong, lines[1], "unknown:" + "0" * 64]})
    said = words(done.text.partition('id="outcomes"')[0] + "<main" + done.text.partition('id="outcomes"')[2])
    assert "1 of 3 signed." in said
    assert "Two deadlines : signed" in said
    assert "What you saw is not what waits here now." in said
    assert "not on the list" in said
    assert len(re.findall(r'name="line" value=', done.text)) == 2
    assert len(await room.signed()) == 3

    await room.old_login()
    refused = await maria.post("/design/batch", data={"line": lines[2]})
    assert refused.status_code == 401
    assert re.findall(r'name="line" value="([^"]+)" checked', refused.text) == [lines[2]]
    amir = await room.at("amir")
    assert (await amir.post("/design/batch", data={"line": lines[2]})).status_code == 403


async def test_a_reminder_stands_quietly_until_it_is_read(room: Room) -> None:
    checkpoint = await room.ordered(room.company.maria)
    room.store.clock.offset = timedelta(days=6)
    await remind(room.store)
    jonas = await room.at("jonas")
    page = await jonas.get("/design")
    assert "Two deadlines was to be decided by" in words(page.text)
    await room.decide(room.company.maria, checkpoint)
    assert "was due; it is decided by now." in words((await jonas.get("/design")).text)
    read = await jonas.post("/notices/read", data={"next": "/design"})
    assert read.url.path == "/design"
    assert "Mark as read" not in read.text
    assert "Mark as read" in (await (await room.at("maria")).get("/design")).text
    away = await jonas.post("/notices/read", data={"next": "//elsewhere.example"})
    assert away.url.host == "test"


async def test_signed_work_that_changed_is_flagged_or_paused_and_judged_again_from_a_list(room: Room) -> None:
    runs = [(await room.signed_by_jonas())[0].run_id for _ in range(2)]
    maria = await room.at("maria")
    assert "something changed since" not in words((await maria.get("/design")).text)
    await note_changes(room.store, OTHER)
    page = await maria.get("/design")
    assert words(page.text).count("2 signed texts open to learners") == 1
    assert "model changed from rules to another." in words(page.text)
    suspend = Rules.model_validate({"stale_rule": "suspend"})
    await set_rules(room.store, room.company.boss, room.company.programme_id, suspend)
    await note_changes(room.store, OTHER)
    assert words((await maria.get("/design")).text).count("2 signed texts paused: nobody begins it") == 1
    ticks = re.findall(r'name="run" value="([^"]+)" checked', page.text)
    assert set(ticks) == set(runs)
    again = await maria.post("/design/again", data={"run": ticks})
    assert again.url.path == "/design"
    assert words(again.text).count("It is being looked at again") == 2
    assert 'name="run"' not in again.text
    assert (await maria.post("/design/again", data={"run": ticks[0]})).status_code == 409
    assert (await maria.post("/design/again", data={})).url.path == "/design"


async def test_many_that_changed_are_one_notice_one_group_and_one_button(room: Room) -> None:
    runs = {(await room.signed_by_jonas())[0].run_id for _ in range(4)}
    proposal = await room.proposed(CRITERIA.model_copy(update={"pass_threshold": 0.7}))
    await room.decide(room.company.ravi, proposal)
    maria = await room.at("maria")
    page = await maria.get("/design")
    said = words(page.text)
    assert said.count("version 2 of the criteria is in force now") == 2, "once in the notice, once over the group"
    assert "4 signed texts may not fit any more: " in said
    assert "4 signed scenarios were signed before" in words((await (await room.at("sofia")).get("/strategy")).text)
    again = await maria.post("/design/again", data={"every": "1"})
    assert again.url.path == "/design"
    assert words(again.text).count("It is being looked at again") == 4
    assert "judged again</button>" not in again.text
    for run_id in runs:
        await room.runtime.bring_forward(run_id)
    page = await maria.get("/design")
    assert "4 texts to confirm" in words(page.text)
    lines = re.findall(r'name="line" value="([^"]+)" checked', page.text)
    done = await maria.post("/design/batch", data={"line": lines})
    assert "4 of 4 signed." in words(done.text)
    assert "may not fit" not in words(done.text)
    assert (await (await room.at("amir")).post("/design/again", data={"every": "1"})).status_code == 403


async def test_many_reminders_are_one_line(room: Room) -> None:
    for _ in range(5):
        await room.ordered(room.company.maria)
    room.store.clock.offset = timedelta(days=6)
    await remind(room.store)
    said = words((await (await room.at("jonas")).get("/design")).text)
    assert "5 texts were to be decided, the first, “Two deadlines”, by " in said
    assert said.count("were to be decided") == 1


async def test_who_signed_already_is_told_that_somebody_else_is_next(room: Room) -> None:
    rules = Rules(policies={"scenario": {"ordinary": "two_person"}})
    await set_rules(room.store, room.company.boss, room.company.programme_id, rules)
    sofia = room.company.sofia.model_copy(update={"roles": room.company.maria.roles})
    checkpoint = await room.ordered(sofia, BRIEF)
    assert (await room.decide(room.company.maria, checkpoint)).status == "pending"
    said = words((await (await room.at("maria")).get("/design")).text)
    assert "Nothing waits for you" in said
    assert "You have signed already; it waits for somebody else." in said
    desk = words((await (await room.at("jonas")).get(f"/design/review/{checkpoint.id}")).text)
    assert "Signed so far: Maria." in desk
