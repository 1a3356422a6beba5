"""Passwords, sessions and tokens, as somebody tries them who should not get in."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.api.furnished import House, Houses, furniture, house, houses
from tests.api.journey import approve, ok

__all__ = ["furniture", "house", "houses"]

PASSWORD = "correct horse battery"


async def log_in(client: httpx.AsyncClient, login: str = "amir", password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/v1/session", json={"login": login, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_under_https_the_cookie_is_bound_to_the_host(houses: Houses) -> None:
    house = await houses(public_url="https://conductor.example", session_hours=3)
    async with house.client() as client:
        name, *attributes = (await log_in(client)).headers["set-cookie"].split("; ")
    assert name.startswith("__Host-conductor=")
    assert {each.lower() for each in attributes} == {"httponly", "secure", "samesite=lax", "path=/", "max-age=10800"}


async def test_on_plain_http_the_cookie_is_still_out_of_reach_of_scripts_and_sites(house: House) -> None:
    async with house.client() as client:
        name, *attributes = (await log_in(client)).headers["set-cookie"].split("; ")
    assert name.startswith("conductor=")
    assert {"httponly", "samesite=lax", "path=/"} <= {each.lower() for each in attributes}
    assert "domain" not in str(attributes).lower()


async def test_every_login_is_a_new_session_and_ends_the_one_before(house: House) -> None:
    async with house.client() as client:
        await log_in(client)
        first = client.cookies["conductor"]
        await log_in(client)
        second = client.cookies["conductor"]
    assert first != second
    assert not await house.is_there(first)
    assert await house.is_there(second)


async def test_a_session_planted_by_somebody_else_is_not_taken_over(house: House) -> None:
    planted = "planted-by-somebody-else"
    async with house.client(cookies={"conductor": planted}) as client:
        answer = await log_in(client)
        assert planted not in answer.headers["set-cookie"]
    assert not await house.is_there(planted)


async def test_two_browsers_of_one_person_do_not_end_each_other(house: House) -> None:
    one, other = await house.at("amir"), await house.at("amir")
    ok(await one.delete("/api/v1/session"), 204)
    assert (await other.get("/api/v1/me")).status_code == 200


async def test_logging_out_ends_the_session_on_the_server(house: House) -> None:
    client = await house.at("amir")
    kept = client.cookies["conductor"]
    answer = await client.delete("/api/v1/session")
    assert answer.status_code == 204
    assert 'conductor=""' in answer.headers["set-cookie"]
    async with house.client(cookies={"conductor": kept}) as thief:
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_a_session_ends_when_its_hours_are_over(house: House) -> None:
    client = await house.at("amir")
    await house.later(hours=11.9)
    assert (await client.get("/api/v1/me")).status_code == 200
    await house.later(hours=0.2)
    answer = await client.get("/api/v1/me")
    assert answer.status_code == 401
    assert "Log in again" in answer.json()["todo"]


async def test_setting_the_clock_back_brings_no_session_back(house: House) -> None:
    client = await house.at("amir")
    await house.later(hours=13)
    await house.at("lena")  # a write that tells the database how late it is
    await house.later(hours=-13)
    assert (await client.get("/api/v1/me")).status_code == 401


async def test_closing_an_account_ends_its_sessions_its_tokens_and_its_login(house: House) -> None:
    client, token = await house.at("amir"), await house.token(house.company.amir, "read")
    async with house.store.write() as work:
        await work.people.set_active(house.company.amir.person_id, False)
    assert (await client.get("/api/v1/me")).status_code == 401
    async with house.client() as other:
        assert (await other.get("/api/v1/me", headers=bearer(token))).status_code == 401
        closed, unknown = await log_in(other), await log_in(other, "nobody")
    assert closed.status_code == 401
    assert closed.json() == unknown.json()


async def test_a_wrong_login_does_not_say_what_was_wrong(house: House) -> None:
    before = await house.counts()
    async with house.client() as client:
        answers = [
            await log_in(client, "amir", "wrong password"),
            await log_in(client, "nobody-of-this-name", "wrong password"),
            await log_in(client, "nobody-of-this-name", PASSWORD),
            await log_in(client, "amir", ""),
            await log_in(client, "", ""),
            await log_in(client, "amir' OR '1'='1", "wrong password"),
            await log_in(client, "amir", PASSWORD.upper()),
        ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)
    assert await house.counts() == before


async def test_a_login_is_the_same_in_capitals_and_with_blanks(house: House) -> None:
    async with house.client() as client:
        assert (await log_in(client, "  AMIR ")).status_code == 204


async def test_no_secret_is_in_an_answer_a_log_or_the_database(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    boss, secret = await house.at("boss"), "a very secret pass phrase"
    body = {"login": "newcomer", "name": "New", "password": secret, "roles": ["learner"]}
    answers = [
        await boss.post("/api/v1/people", json=body),
        await boss.post("/api/v1/people", json=body),
        await boss.post("/api/v1/people", json=body | {"login": "other", "roles": ["king"]}),
        await boss.post("/api/v1/people", json=body | {"login": ""}),
        await boss.post("/api/v1/people", json=body | {"password": [secret]}),
        await boss.get("/api/v1/people"),
        await boss.get("/api/v1/audit"),
    ]
    assert [answer.status_code for answer in answers] == [201, 409, 422, 422, 422, 200, 200]
    token = ok(await boss.post("/api/v1/tokens", json={"label": "mine"}), 201)["token"]
    async with house.client() as client:
        await log_in(client, "newcomer", secret)
        answers += [await client.get("/api/v1/me"), await log_in(client, "newcomer", secret + "!")]
        session = client.cookies["conductor"]
        answers += [await boss.get("/api/v1/tokens"), await client.get("/api/v1/me", headers=bearer(token))]
    for answer in answers:
        assert secret not in answer.text
        assert "argon2" not in answer.text
        assert token not in answer.text
    for hidden in (secret, token, session):
        assert hidden not in caplog.text
        async with house.store.database.transaction(writing=False) as connection:
            for table, column in (
                ("people", "password_hash"),
                ("sessions", "token_hash"),
                ("api_tokens", "token_hash"),
            ):
                stored = (await connection.execute(text(f"SELECT {column} FROM {table}"))).scalars().all()
                assert stored
                assert not any(hidden in each for each in stored)
                if table == "people":
                    assert all(each.startswith("$argon2id$") for each in stored)


async def test_a_token_lives_as_long_as_it_was_made_for(house: House) -> None:
    token = await house.token(house.company.maria, "read", days=2)
    async with house.client(headers=bearer(token)) as client:
        await house.later(hours=47)
        assert ok(await client.get("/api/v1/me"))["by_token"] is True
        await house.later(hours=2)
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_a_revoked_token_opens_nothing(house: House) -> None:
    maria, lena = await house.at("maria"), await house.at("lena")
    made = ok(await maria.post("/api/v1/tokens", json={"label": "mine", "scopes": ["read"]}), 201)
    async with house.client(headers=bearer(made["token"])) as client:
        assert (await lena.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404
        assert (await client.get("/api/v1/me")).status_code == 200
        ok(await maria.delete(f"/api/v1/tokens/{made['id']}"), 204)
        assert (await client.get("/api/v1/me")).status_code == 401
    assert ok(await maria.get("/api/v1/tokens"))[0]["revoked_at"]
    assert ok(await lena.get("/api/v1/tokens")) == []


async def test_a_token_does_not_keep_roles_that_its_person_lost(house: House) -> None:
    boss, token = await house.at("boss"), await house.token(house.company.maria, "read")
    async with house.client(headers=bearer(token)) as client:
        assert (await client.get("/api/v1/runs")).status_code == 200
        roles = f"/api/v1/people/{house.company.maria.person_id}/roles"
        ok(await boss.put(roles, json={"roles": ["learner"]}), 204)
        assert (await client.get("/api/v1/runs")).status_code == 403


@pytest.mark.parametrize("scopes", [("read",), ("read", "design", "practice", "strategy")])
async def test_a_token_never_does_what_needs_the_person(house: House, scopes: tuple[str, ...]) -> None:
    things = house.things
    token = await house.token(things.otto, *scopes)
    before = await house.counts()
    decision = {"kind": "approve", "review_digest": things.review_digest}
    settlement = {"criterion_id": "asks", "level": "named", "reason": "so", "review_digest": things.review_digest}
    accomplice = {"login": "me-too", "name": "Me", "password": "known to the thief", "roles": ["designer", "admin"]}
    async with house.client(headers=bearer(token)) as client:
        tries = [
            await client.post(f"/api/v1/checkpoints/{things.pending}/decisions", json=decision),
            await client.post(f"/api/v1/checkpoints/{things.pending}/settlements", json=settlement),
            await client.post(f"/api/v1/strategy/{things.charter}/accept"),
            await client.post("/api/v1/tokens", json={"label": "another", "scopes": ["design"], "days": 365}),
            await client.post("/api/v1/people", json=accomplice),
            await client.put(f"/api/v1/people/{house.company.lena.person_id}/roles", json={"roles": ["designer"]}),
        ]
    assert [answer.status_code for answer in tries] == [403] * 6
    assert all(answer.json()["todo"] for answer in tries)
    assert await house.counts() == before


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer cond_unknown",
        "Basic YW1pcjpwYXNz",
        "cond_x",
        "Bearer " + "x" * 5000,
        "Bearer ÿ\u00a0",
    ],
)
async def test_a_header_that_is_no_token_opens_nothing_even_beside_a_session(house: House, header: str) -> None:
    client = await house.at("boss")
    answer = await client.get("/api/v1/me", headers=[(b"authorization", header.encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.json()["todo"]


@pytest.mark.parametrize("where", ["hash of a session", "hash of a token"])
async def test_what_the_database_holds_opens_nothing(house: House, where: str) -> None:
    client = await house.at("boss")
    if where == "hash of a session":
        stolen = hashlib.sha256(client.cookies["conductor"].encode()).hexdigest()
        async with house.client(cookies={"conductor": stolen}) as thief:
            assert (await thief.get("/api/v1/me")).status_code == 401
    else:
        stolen = hashlib.sha256((await house.token(house.company.boss, "read")).encode()).hexdigest()
        async with house.client(headers=bearer(stolen)) as thief:
            assert (await thief.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    ("order", "where"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 121}, "label"),
        ({"label": "x", "scopes": ["everything"]}, "scopes"),
        ({"label": "x", "scopes": []}, "scopes"),
        ({"label": "x", "days": 0}, "days"),
        ({"label": "x", "days": 366}, "days"),
        ({"label": "x", "days": 10**30}, "days"),
    ],
)
async def test_a_token_that_should_not_be_is_not_made(house: House, order: dict[str, Any], where: str) -> None:
    client, before = await house.at("maria"), await house.counts()
    answer = await client.post("/api/v1/tokens", json=order)
    assert answer.status_code == 422, answer.text
    assert answer.json()["where"] == where
    assert answer.json()["todo"]
    assert await house.counts() == before


async def test_a_decision_needs_a_fresh_login(houses: Houses) -> None:
    house = await houses(signing_minutes=30)
    maria, before = await house.at("maria"), await house.counts()
    await house.later(minutes=31)
    stale = await approve(maria, house.things.pending)
    assert stale.status_code == 401
    assert "30 minutes" in stale.json()["detail"]
    settlement = {"criterion_id": "asks", "level": "named", "reason": "so", "review_digest": house.things.review_digest}
    url = f"/api/v1/checkpoints/{house.things.pending}/settlements"
    assert (await maria.post(url, json=settlement)).status_code == 401
    assert await house.counts() == before
    assert (await log_in(maria, "maria")).status_code == 204
    await house.later(minutes=29)
    assert (await approve(maria, house.things.pending)).status_code == 201


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"login": "   "}, "login"),
        ({"login": "x" * 121}, "login"),
        ({"login": "İ" * 100}, "login"),  # its small letters are twice as many
        ({"login": "two\nlines"}, "login"),
        ({"name": "\t"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"password": "too short"}, "password"),
        ({"password": "x" * 501}, "password"),
        ({"roles": ["king"]}, "roles.0"),
    ],
)
async def test_an_account_that_cannot_be_is_not_made(house: House, body: dict[str, Any], where: str) -> None:
    boss, before = await house.at("boss"), await house.counts()
    good = {"login": "newcomer", "name": "New", "password": "a long enough one", "roles": ["learner"]}
    answer = await boss.post("/api/v1/people", json=good | body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["where"] == where
    assert await house.counts() == before


async def test_a_login_is_taken_whatever_its_capitals(house: House) -> None:
    boss, before = await house.at("boss"), await house.counts()
    body = {"login": " Amir", "name": "Another", "password": "a long enough one", "roles": ["learner"]}
    assert (await boss.post("/api/v1/people", json=body)).status_code == 409
    assert await house.counts() == before


async def test_who_loses_a_role_loses_it_at_once(house: House) -> None:
    boss, maria = await house.at("boss"), await house.at("maria")
    roles = f"/api/v1/people/{house.company.maria.person_id}/roles"
    ok(await boss.put(roles, json={"roles": []}), 204)
    assert (await maria.get("/api/v1/runs")).status_code == 403
    assert ok(await maria.get("/api/v1/me"))["roles"] == []
    assert ok(await boss.get("/api/v1/audit?limit=500"))[-1]["action"] == "roles changed"
