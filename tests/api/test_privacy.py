"""A learner's words reach nobody else: by no route, in no log, no problem document, no trace, and not in the file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.furnished import CANARY, LOGINS, Furniture, House, Houses, furniture, house, houses, routes_of
from tests.api.journey import hear, ok, say
from tests.company import ScriptedPersona, ensemble

__all__ = ["furniture", "house", "houses"]

MARK = CANARY.split()[0]


def gets(app: Any) -> list[str]:
    """The path of everything that can be read: the API, and the pages."""
    return sorted(path for method, path in routes_of(app) if method == "GET")


def addresses(path: str, things: Furniture) -> list[str]:
    """The path with every id that could lead to the learner's text."""
    if "{practice_id}" not in path:
        return [things.fill(path)]
    return [things.fill(path.replace("{practice_id}", each)) for each in (things.practice, things.finished)]


async def test_the_learner_reads_their_own_words(house: House) -> None:
    amir = await house.at("amir")
    found = {path for path in gets(house.app) for url in addresses(path, house.things) if MARK in await read(amir, url)}
    assert "/api/v1/practices/{practice_id}" in found, "the canary must be there to be found"


@pytest.mark.parametrize("login", [login for login in LOGINS if login != "amir"])
async def test_nobody_else_reads_them_by_any_route(house: House, login: str) -> None:
    other = await house.at(login)
    for path in gets(house.app):
        for url in addresses(path, house.things):
            assert MARK not in await read(other, url), url
            if "{practice_id}" in path and path.startswith("/api/"):
                assert (await other.get(url)).status_code == 404, url


@pytest.mark.parametrize("login", ["lena", "maria", "sofia", "boss", "gita", "otto"])
async def test_nobody_else_acts_in_somebody_elses_practice(house: House, login: str) -> None:
    other, before = await house.at(login), await house.counts()
    for practice_id in (house.things.practice, house.things.finished):
        url = f"/api/v1/practices/{practice_id}"
        answers = [
            await other.post(f"{url}/turns", json={"text": "Hello?"}),
            await other.post(f"{url}/hints"),
            await other.post(f"{url}/pause"),
            await other.post(f"{url}/resume"),
            await other.post(f"{url}/finish"),
            await other.put(f"{url}/reflection", json={"text": "Mine now."}),
            await other.post(f"{url}/debrief"),
        ]
        assert [answer.status_code for answer in answers] == [404] * len(answers)
        assert not any(MARK in answer.text for answer in answers)
        assert (await other.post(f"{url}/stop")).status_code == 409  # as where nobody is speaking
    assert await house.counts() == before


async def test_another_persons_live_turn_cannot_be_heard(house: House) -> None:
    amir, lena = await house.at("amir"), await house.at("lena")
    url = f"/api/v1/practices/{house.things.practice}/turns"
    speaking = ok(await amir.post(url, json={"text": f"{MARK} again, what do you think?"}), 202)
    assert (await lena.get(speaking["stream"])).status_code == 404
    assert (await hear(amir, speaking["stream"]))[-1][1] == "done"


@pytest.mark.parametrize("scopes", [("read",), ("design", "strategy"), ("read", "practice", "design", "strategy")])
async def test_a_token_of_another_person_opens_nothing_of_it(house: House, scopes: tuple[str, ...]) -> None:
    token = await house.token(house.things.otto, *scopes)
    client = house.client(headers={"Authorization": f"Bearer {token}"})
    for path in gets(house.app):
        for url in addresses(path, house.things):
            assert MARK not in await read(client, url), url


async def test_no_log_and_no_file_has_them_in_clear(
    house: House, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    amir = await house.at("amir")
    url = f"/api/v1/practices/{house.things.practice}"
    await say(amir, house.things.practice, f"What else happened? {CANARY}.")
    await amir.post(f"{url}/turns", json={"text": CANARY + " x" * 5000})
    await amir.post(f"{url}/turns", json={"text": [CANARY]})
    ok(await amir.post(f"{url}/hints"), 201)
    ok(await amir.post(f"{url}/finish"), 204)
    await amir.put(f"{url}/reflection", json={"text": CANARY * 500})
    ok(await amir.put(f"{url}/reflection", json={"text": CANARY}), 204)
    ok(await amir.post(f"{url}/debrief"))
    assert len(caplog.records) > 20, "the logs must be there to be searched"
    assert not [record for record in caplog.records if MARK in record.getMessage() or MARK in caplog.text]
    stored = list(tmp_path.glob("house*"))
    assert len(stored) >= 2, "the database and its write-ahead log"
    assert not [path.name for path in stored if MARK.encode() in path.read_bytes()]


async def test_a_refusal_does_not_repeat_what_was_said(house: House) -> None:
    amir = await house.at("amir")
    url = f"/api/v1/practices/{house.things.practice}"
    refusals = [
        await amir.post(f"{url}/turns", json={"text": CANARY + " x" * 5000}),
        await amir.post(f"{url}/turns", json={"text": [CANARY]}),
        await amir.post(f"{url}/turns", json={"text": f"{CANARY}\0"}),
        await amir.post(f"{url}/turns", json={CANARY: CANARY}),
        await amir.post(f"{url}/turns", content=f'{{"text": "{CANARY}'),
        await amir.put(f"{url}/reflection", json={"text": CANARY}),
    ]
    assert all(400 <= answer.status_code < 500 for answer in refusals)
    assert not [answer.text for answer in refusals if MARK in answer.text]


async def test_an_error_we_did_not_expect_is_logged_without_what_it_quotes(
    houses: Houses, caplog: pytest.LogCaptureFixture
) -> None:
    house = await houses(ensemble(persona=ScriptedPersona([RuntimeError(f"cannot answer {CANARY}")])))
    amir = await house.at("amir")
    _, events = await say(amir, house.things.practice, "And now?")
    assert events[-1][1] == "failed"
    assert events[-1][2]["kind"] == "internal"
    assert MARK not in str(events)
    assert "RuntimeError" in caplog.text, "whoever runs this needs to know what broke, and where"
    assert "speak" in caplog.text
    assert MARK not in caplog.text


async def test_no_trace_tells_of_practice(house: House) -> None:
    amir = await house.at("amir")
    before = await house.counts()
    await say(amir, house.things.practice, f"What else? {CANARY}.")
    after = await house.counts()
    grown = {name for name in after if after[name] != before[name]}
    assert grown == {"turns", "turn_chunks"}


async def read(client: httpx.AsyncClient, url: str) -> str:
    """The whole answer: its headers, and its body as text."""
    answer = await client.get(url)
    return f"{answer.headers}\n{answer.text}"
