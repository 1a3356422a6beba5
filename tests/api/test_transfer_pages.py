"""The pages of transfer, without JavaScript: mine for the learner, counts for the strategist."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from graphs import practising
from graphs.transfer.asking import ask_what_is_due
from tests.api.room import Room, room, words

__all__ = ["room"]

SECRET = "Zanzibar opens the door for me"


async def day(room: Room, days: int) -> str:
    async with room.store.read() as work:
        return (work.now + timedelta(days=days)).date().isoformat()


async def begun(room: Room, *, ask: str = "amir") -> str:
    """A pilot of Sofia's, by its page; gives its address."""
    sofia = await room.at("sofia")
    form = {"title": "Asking first", "behaviour": "Asks what is behind it", "starts": await day(room, 0)}
    made = await sofia.post("/strategy/pilots", data=form | {"ends": await day(room, 14)})
    assert made.status_code == 200, words(made.text)
    address = str(made.url.path)
    asked = await sofia.post(f"{address}/invitations", data={"logins": ask})
    assert "was asked" in words(asked.text) or "were asked" in words(asked.text)
    return address


async def test_a_learner_reads_the_terms_takes_part_answers_and_takes_it_back(room: Room) -> None:
    address = await begun(room)
    amir = await room.at("amir")
    assert "Asking first you are asked" in words((await amir.get("/transfer")).text)
    mine = address.replace("/strategy/", "/transfer/")
    page = words((await amir.get(mine)).text)
    for said in ("You alone can read what you answer.", "10 people or more", "You can take this back at any time."):
        assert said in page
    assert "My work leaves me the time, the place and the means for it." in page
    page = (await amir.post(f"{mine}/agree")).text
    assert "you take part" in words(page)
    [check_in] = re.findall(r'href="(/transfer/check-ins/[^"]+)"', page)
    form = {"opportunity_physical": "2", "autonomy": "9", "goal": SECRET, "forecast": "75"}
    page = (await amir.post(check_in, data=form)).text
    assert "More practice is not what is missing" in words(page)
    assert SECRET in page
    assert page.count(" checked") == 3
    assert "More practice is not what is missing" in words((await amir.get("/transfer")).text)
    assert "Fewer than 10 take part so far." in words((await (await room.at("sofia")).get(address)).text)
    page = words((await amir.post(f"{mine}/withdraw")).text)
    assert "you said no" in page
    assert (await amir.get(check_in)).status_code == 404
    assert SECRET not in (await amir.get("/transfer")).text


async def test_what_cannot_be_kept_comes_back_as_it_was_typed(room: Room) -> None:
    address = await begun(room)
    amir, sofia = await room.at("amir"), await room.at("sofia")
    page = (await amir.post(f"{address.replace('strategy', 'transfer')}/agree")).text
    [check_in] = re.findall(r'href="(/transfer/check-ins/[^"]+)"', page)
    answer = await amir.post(check_in, data={"autonomy": "12", "goal": SECRET})
    assert answer.status_code == 422
    assert "between 0 and 10" in words(answer.text)
    assert SECRET in answer.text
    answer = await amir.post(check_in, data={})
    assert "Nothing was answered." in words(answer.text)
    answer = await amir.post("/transfer/plans", data={"cue": SECRET, "action": "ask", "due": "soon"})
    assert answer.status_code == 422
    assert SECRET in answer.text
    answer = await sofia.post("/strategy/pilots", data={"title": SECRET, "behaviour": "x", "starts": "2020-01-01"})
    assert answer.status_code == 422
    assert SECRET in answer.text
    week = {"starts": await day(room, 1), "ends": await day(room, 7)}  # seven days, the last one whole
    form = {"title": "A week", "behaviour": "a" * 498 + "\r\n", **week}
    answer = await sofia.post("/strategy/pilots", data=form)
    assert answer.status_code == 200
    assert week["ends"][-2:] in words(answer.text)
    answer = await sofia.post(f"{address}/invitations", data={"logins": "maria nobody"})
    assert answer.status_code == 422
    assert "maria nobody" in answer.text


async def test_a_plan_is_made_followed_up_and_let_go(room: Room) -> None:
    amir = await room.at("amir")
    form = {"cue": "Meetings", "action": "I ask what is behind it", "due": await day(room, 3)}
    page = await amir.post("/transfer/plans", data=form)
    assert "say what you will see or hear" in words(page.text)
    plan = page.url.path
    room.store.clock.offset += timedelta(days=5)
    await ask_what_is_due(room.store)
    amir = await room.at("amir")
    assert "Did it happen? Meetings" in words((await amir.get("/transfer")).text)
    for data in ({"note": SECRET}, {"outcome": "otherwise", "note": f"{SECRET}{'x' * 1000}"}):
        refused = await amir.post(f"{plan}/outcome", data=data)
        assert refused.status_code == 422
        assert SECRET in refused.text  # what was typed is kept
    lines = "a line\r\n" * 140  # 980 characters, of which a browser makes more
    assert (await amir.post(f"{plan}/outcome", data={"outcome": "otherwise", "note": lines})).status_code == 200
    page = await amir.post(f"{plan}/outcome", data={"outcome": "otherwise", "note": SECRET})
    assert "It happened, in another way." in words(page.text)
    assert SECRET in page.text
    page = await amir.get("/transfer")
    assert "at work, as you tell it" in words(page.text)
    page = await amir.post(f"{plan}/let-go")
    assert "Meetings" not in page.text
    assert "Nothing yet." in words(page.text)
    assert (await amir.get(plan)).status_code == 404


async def test_three_taps_and_a_plan_follow_a_practice(room: Room) -> None:
    _checkpoint, signed = await room.signed_by_jonas()
    practice_id = await practising.begin(room.store, room.company.amir, signed.subject_id)
    after = f"/transfer/after/{practice_id}"
    amir, lena = await room.at("amir"), await room.at("lena")
    early = await amir.post(f"{after}/taps", data={"useful": "3"})
    assert early.status_code == 409
    assert "The practice is not over." in words(early.text)
    async with room.store.write() as work:
        await work.practices.set_status(practice_id, "finished", expected=["open"])
    page = await amir.post(f"{after}/taps", data={"useful": "3", "likely": "0", "by": "14"})
    assert "Kept. You can tap again." in words(page.text)
    assert page.text.count(" checked") == 2
    assert '<option value="14" selected>' in page.text
    wrong = await amir.post(f"{after}/taps", data={"useful": "9"})
    assert wrong.status_code == 422
    assert (await amir.post(f"{after}/taps", data={})).status_code == 422
    form = {"cue": "x" * 400, "action": "I ask", "due": await day(room, 3), "practice_id": practice_id}
    assert "too long" in words((await amir.post("/transfer/plans", data=form)).text)
    made = await amir.post("/transfer/plans", data=form | {"cue": "When Nora sits down on Friday"})
    assert made.url.path.startswith("/transfer/plans/")
    for answer in (await lena.get(after), await lena.post(f"{after}/taps", data={"useful": "1"})):
        assert answer.status_code == 404


async def test_a_report_is_published_once_and_says_what_it_withholds(room: Room) -> None:
    address = await begun(room)
    sofia = await room.at("sofia")
    early = await sofia.post(f"{address}/reports/after")
    assert early.status_code == 409
    assert "People can still answer" in words(early.text)
    room.store.clock.offset += timedelta(days=40)
    sofia = await room.at("sofia")
    page = words((await sofia.post(f"{address}/reports/after")).text)
    assert "Fewer than 10 people answered, so nothing was counted. It is not tried again." in page
    assert "published only once" in words((await sofia.post(f"{address}/reports/after")).text)


@pytest.mark.parametrize("login", ["amir", "maria", "boss"])
async def test_pilots_are_for_strategists(room: Room, login: str) -> None:
    address = await begun(room)
    other = await room.at(login)
    for path in ("/strategy/pilots", address):
        assert (await other.get(path)).status_code == 403
    assert (await other.post(f"{address}/reports/before")).status_code == 403
