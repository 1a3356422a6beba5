"""The signed head and the passport over HTTP: who gets them, and that they verify with the public key."""

from __future__ import annotations

import httpx
import pytest

from api.commands.passport import as_judged
from api.routes import passports
from approvals.audit import Head, unsigned
from approvals.passport import read, verify
from graphs.sealing import seal_head
from store.signing import SigningKey, load_or_create_signing_key
from tests.api.furnished import House, furniture, house, houses, refused, routes_of

__all__ = ["furniture", "house", "houses"]


@pytest.fixture
def sealed(house: House) -> House:
    """The company's application with the routes under test."""
    path = "/api/v1/scenarios/{version_id}/passport"
    if ("GET", path) not in routes_of(house.app):
        house.app.include_router(passports.router, prefix="/api/v1")
    return house


def key_of(house: House) -> SigningKey:
    """The installation's key."""
    return load_or_create_signing_key(house.app.state.application.settings.signing_key)


async def passport(client: httpx.AsyncClient, version: str) -> httpx.Response:
    return await client.get(f"/api/v1/scenarios/{version}/passport")


async def test_the_newest_head_is_signed_and_covers_the_whole_log(sealed: House) -> None:
    client = await sealed.at("sofia")
    head = Head.model_validate((await client.get("/api/v1/audit/head")).json())
    async with sealed.store.read() as work:
        assert (head.seq, head.hash) == await work.approvals.audit_head()
    assert unsigned(head, key_of(sealed).trusted) is None
    state = (await (await sealed.at("boss")).get("/api/v1/audit/state")).json()
    assert (state["holds"], state["signed_to"], state["detail"]) == (True, head.seq, "")


async def test_a_broken_log_gets_no_head_and_says_where(sealed: House) -> None:
    from sqlalchemy import text

    async with sealed.store.database.transaction(writing=True) as connection:
        await connection.execute(text("UPDATE audit SET actor = 'x' WHERE seq = 2"))
    boss = await sealed.at("boss")
    problem = refused(await boss.get("/api/v1/audit/head"), 409, "broken-log")
    assert "does not follow from row 1" in problem["detail"]
    state = (await boss.get("/api/v1/audit/state")).json()
    assert (state["holds"], state["broken_at"]) == (False, 2)


async def test_a_passport_is_a_file_that_verifies(sealed: House) -> None:
    for login in ("maria", "sofia", "boss"):
        answer = await passport(await sealed.at(login), sealed.things.signed)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["content-disposition"].startswith('attachment; filename="passport-')
        assert verify(read(answer.content), key_of(sealed).trusted, texts=as_judged) == []


async def test_only_what_is_signed_has_one_and_only_for_those_who_made_it(sealed: House) -> None:
    refused(await passport(await sealed.at("maria"), sealed.things.unsigned), 409, "not-signed")
    refused(await passport(await sealed.at("maria"), "nonsense"), 404, "not-found")
    for login in ("amir", "gita"):
        refused(await passport(await sealed.at(login), sealed.things.signed), 403, "not-allowed")
    refused(await passport(sealed.client(), sealed.things.signed), 401)
    for login in ("amir", "gita"):
        refused(await (await sealed.at(login)).get("/api/v1/audit/head"), 403, "not-allowed")


async def test_a_log_cut_off_behind_a_seal_is_told(sealed: House) -> None:
    from sqlalchemy import text

    await seal_head(sealed.store, key_of(sealed))
    async with sealed.store.database.transaction(writing=True) as connection:
        await connection.execute(text("DELETE FROM audit WHERE seq > 5"))
        await connection.execute(text("UPDATE audit_head SET seq = 5, hash = (SELECT hash FROM audit WHERE seq = 5)"))
    state = (await (await sealed.at("boss")).get("/api/v1/audit/state")).json()
    assert (state["holds"], state["broken_at"]) == (False, 6)
    refused(await passport(await sealed.at("maria"), sealed.things.signed), 409)
