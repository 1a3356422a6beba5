"""The page where admins see what models cost and set budgets, and where everybody sees their own use."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from tests.api.room import Room, room, words
from tests.store.test_ledger import entry, learners

__all__ = ["room"]

AT = "/oversight/costs"
FORM = {"whose": "everybody", "login": "", "period": "day", "tokens": "1,000", "money": "2.50"}


async def spend(room: Room, *people: str, **changes: object) -> None:
    async with room.store.write() as work:
        rows = [entry(room.company, each, created_at=work.now, **changes) for each in people]
        await work.ledger.append(rows)


async def test_sums_are_shown_and_practice_only_of_several_people(room: Room) -> None:
    boss = await room.at("boss")
    await spend(room, room.company.maria.person_id, role="author", work_kind="design", cost=4_560_000)
    await spend(room, room.company.amir.person_id, cost=999_000_000)
    page = words((await boss.get(AT)).text)
    assert "One reply from" in page
    assert "author 4.56 EUR 1 100 40 % 10 1.5 s" in page
    assert "Practice is left out." in page
    assert "999" not in page
    await spend(room, *(await learners(room.store, 2)))
    page = words((await boss.get(f"{AT}?by=work")).text)
    assert re.search(r"practice [\d.,]+ EUR 3 300 ", page)
    assert "Practice is left out." not in page
    assert (await boss.get("/oversight")).text.count(f'href="{AT}"') == 1


async def test_budgets_are_set_and_removed(room: Room) -> None:
    boss = await room.at("boss")
    saved = await boss.post(f"{AT}/budgets", data=FORM)
    assert "Saved." in words(saved.text)
    assert "Everybody without one of their own day 1,000 2.50 EUR" in words(saved.text)
    await boss.post(f"{AT}/budgets", data=FORM | {"whose": "person", "login": "Amir", "money": ""})
    await boss.post(f"{AT}/budgets", data=FORM | {"whose": room.company.programme_id, "period": "month"})
    page = await boss.get(AT)
    assert "Amir day 1,000 no limit" in words(page.text)
    assert "Programme Team leads month 1,000 2.50 EUR" in words(page.text)
    gone = {"scope": "person", "subject_id": "", "period": "day"}
    assert "Saved." in words((await boss.post(f"{AT}/budgets/remove", data=gone)).text)
    assert (await boss.post(f"{AT}/budgets/remove", data=gone)).status_code == 404
    assert (await boss.post(f"{AT}/budgets/remove", data=gone | {"scope": "team"})).status_code == 404
    async with room.store.read() as work:
        assert len(await work.ledger.budgets()) == 2


@pytest.mark.parametrize(
    ("changes", "name", "told"),
    [
        ({"tokens": "", "money": ""}, "tokens", "A budget limits tokens, money or both."),
        ({"tokens": "0"}, "tokens", "A budget is more than nothing."),
        ({"tokens": "many"}, "tokens", "This is no whole number."),
        ({"money": "-2"}, "money", "A budget is more than nothing."),
        ({"money": "2.5.0"}, "money", "This is no amount of money."),
        ({"whose": "person", "login": "nobody"}, "login", "There is nobody with the login 'nobody'."),
        ({"whose": "nope"}, "whose", "There is no such programme."),
        ({"period": "year"}, "period", "This cannot be chosen."),
    ],
)
async def test_what_cannot_be_accepted_is_said_beside_its_field(
    room: Room, changes: dict[str, str], name: str, told: str
) -> None:
    boss = await room.at("boss")
    refused = await boss.post(f"{AT}/budgets", data=FORM | {"money": "7.77"} | changes)
    assert refused.status_code in {404, 422}
    assert escape(told) in refused.text.partition(f'id="{name}-error"')[2].partition("</p>")[0]
    if "money" not in changes:
        assert 'value="7.77"' in refused.text
    async with room.store.read() as work:
        assert await work.ledger.budgets() == []


@pytest.mark.parametrize("asked", ["since=soon", "since=2026-05-02&until=2026-05-01", "until=9999-12-31"])
async def test_days_that_cannot_be_are_said_and_the_page_stays(room: Room, asked: str) -> None:
    answer = await (await room.at("boss")).get(f"{AT}?{asked}")
    assert answer.status_code == 422
    assert "This is this month instead." in words(answer.text)


async def test_only_admins_see_costs_and_everybody_sees_their_own(room: Room) -> None:
    await spend(room, room.company.amir.person_id, input_tokens=7_654_321)
    for login in ("maria", "sofia", "amir"):
        client = await room.at(login)
        assert (await client.get(AT)).status_code == 403
        assert (await client.post(f"{AT}/budgets", data=FORM)).status_code == 403
        own = await client.get("/my-use")
        assert ("7,654,321" in own.text) is (login == "amir")
    boss = await room.at("boss")
    await boss.post(f"{AT}/budgets", data=FORM | {"tokens": "10000000"})
    amir = await room.at("amir")
    assert "2,345,669 of 10,000,000 tokens" in words((await amir.get("/my-use")).text)
    assert 'href="/my-use"' in (await amir.get("/practice/what-others-see")).text


async def test_the_run_page_says_what_the_work_cost_so_far(room: Room) -> None:
    checkpoint = await room.ordered()
    maria = await room.at("maria")
    at = f"/design/runs/{checkpoint.run_id}"
    assert 'id="cost"' not in (await maria.get(at)).text
    await spend(room, room.company.maria.person_id, work_kind="design", work_id=checkpoint.run_id, cost=1_500_000)
    page = (await maria.get(at)).text
    assert "So far one reply of language models: 100 tokens read, 10 written, 1.50 EUR." in words(page)
    assert re.search(r'<a href="/my-use">', page)
