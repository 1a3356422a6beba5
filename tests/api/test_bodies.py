"""JSON of every shape: what cannot be read, kept or written down is refused before a route looks at it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.bodies import MAX_DEPTH, check
from evidence.errors import InvalidInput
from tests.api.conftest import Desk
from tests.api.furnished import House, furniture, good_body, house, houses, refused, routes_of, unchanged
from tests.api.journey import hear, ok
from tests.company import BRIEF, CHARTER

__all__ = ["furniture", "house", "houses"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/json", 422),
        (b"{", "application/json", 422),
        (b"{}{}", "application/json", 422),
        (b"nonsense", "application/json", 422),
        (b"null", "application/json", 422),
        (b"[]", "application/json", 422),
        (b'"text"', "application/json", 422),
        (b"\xff\xfe{\x00}", "application/json", 422),
        (b'{"text": "\xff"}', "application/json", 422),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 422),
        (b'{"text": 1' + b"0" * 6000 + b"}", "application/json", 422),
        (b'{"text": NaN}', "application/json", 422),
        (b'{"text": "Hello?"}', "text/plain", 415),
        (b'{"text": "Hello?"}', "application/octet-stream", 415),
        (b"text=Hello", "application/x-www-form-urlencoded", 415),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"<text/>", "application/xml", 415),
        (b'{"text": "Hello?"}', "json", 415),
        (b'{"text": "Hello?"}', ";;;", 415),
    ],
)
async def test_what_is_no_json_is_refused(house: House, content: bytes, kind: str, status: int) -> None:
    amir = await house.at("amir")
    url = f"/api/v1/practices/{house.things.practice}/turns"
    async with unchanged(house):
        refused(await amir.post(url, content=content, headers={"Content-Type": kind}), status)


SURROGATE = "half \ud83d"


@pytest.mark.parametrize(
    ("role", "method", "path", "body", "where"),
    [
        ("amir", "POST", "/api/v1/practices/{practice_id}/turns", {"text": "NUL \0"}, "text"),
        ("amir", "POST", "/api/v1/practices/{practice_id}/turns", {"text": SURROGATE}, "text"),
        ("amir", "POST", "/api/v1/practices/{practice_id}/turns", {"text": "Hi", SURROGATE: 1}, "body"),
        ("maria", "POST", "/api/v1/programmes/{programme_id}/scenarios",
         BRIEF.model_dump(mode="json") | {"worry": "NUL \0"}, "worry"),
        ("maria", "POST", "/api/v1/programmes/{programme_id}/scenarios",
         BRIEF.model_dump(mode="json") | {"skill": SURROGATE}, "skill"),
        ("maria", "POST", "/api/v1/tokens", {"label": "NUL \0"}, "label"),
        ("sofia", "POST", "/api/v1/programmes/{programme_id}/strategy/charter",
         {"document": CHARTER.model_dump(mode="json") | {"title": SURROGATE}, "reason": "x"}, "document.title"),
        ("sofia", "POST", "/api/v1/programmes/{programme_id}/strategy/charter",
         {"document": "title: \\\0", "reason": "x"}, "document"),
        ("sofia", "POST", "/api/v1/programmes/{programme_id}/strategy/charter",
         {"document": CHARTER.model_dump(mode="json"), "reason": "x", "pages": {SURROGATE: "text"}}, "pages"),
        ("sofia", "POST", "/api/v1/programmes/{programme_id}/strategy/charter/from-pages",
         {"title": "t", "company": "c", "pages": {"a.md": "NUL \0"}}, "pages.a.md"),
        ("sofia", "POST", "/api/v1/programmes/{programme_id}/strategy/charter/from-pages",
         {"title": "t", "company": "c", "pages": {"x" * 401: "We ask."}}, "pages"),
        ("nobody", "POST", "/api/v1/session", {"login": "NUL \0", "password": "x"}, "login"),
        ("nobody", "POST", "/api/v1/session", {"login": "amir", "password": SURROGATE}, "password"),
    ],
)  # fmt: skip
async def test_characters_that_text_cannot_have_are_refused(
    house: House, role: str, method: str, path: str, body: dict[str, Any], where: str
) -> None:
    client = house.client() if role == "nobody" else await house.at(role)
    headers = {"Content-Type": "application/json"}
    async with unchanged(house):
        answer = await client.request(method, house.things.fill(path), content=json.dumps(body), headers=headers)
        problem = refused(answer, 422)
    assert problem["where"].startswith(where), problem


async def test_deep_documents_are_refused(house: House) -> None:
    sofia, url = await house.at("sofia"), house.things.fill("/api/v1/programmes/{programme_id}/strategy/{kind}")
    deep: Any = "x"
    for _ in range(900):
        deep = {"a": deep}
    shallow: Any = "x"
    for _ in range(MAX_DEPTH - 10):
        shallow = {"a": shallow}
    async with unchanged(house):
        for document in (deep, shallow, "[" * 5000, "{a: " * 2000):
            refused(await sofia.post(url, json={"document": document, "reason": "x"}), 422)


async def test_texts_that_a_database_cannot_keep_are_refused_on_both(desk: Desk) -> None:
    """PostgreSQL keeps no NUL and no text beyond its column: neither may show as an error of ours."""
    sofia, boss = await desk.at("sofia"), await desk.at("boss")
    url = f"/api/v1/programmes/{desk.company.programme_id}/strategy/charter"
    body = {"document": CHARTER.model_dump(mode="json"), "reason": "x"}
    newcomer = {"login": "İ" * 100, "name": "x", "password": "long enough it is", "roles": []}
    refused(await sofia.post(url, json=body | {"pages": {"x" * 401: "text"}}), 422)
    refused(await sofia.post(url, json=body | {"reason": "NUL \0"}), 422)
    refused(await sofia.get("/api/v1/strategy/a%00b"), 404)
    refused(await sofia.get("/api/v1/checkpoints?programme_id=a%00b"), 422)
    refused(await boss.post("/api/v1/people", json=newcomer), 422)
    assert ok(await boss.get(f"/api/v1/audit?after={2**31 - 1}")) == []
    assert ok(await boss.get("/api/v1/audit/state"))["holds"] is True


# A person who types anything: JSON of every shape, and bodies that are nearly right.
_text = st.text(max_size=40) | st.sampled_from(["\0", "\ud800", "x" * 5000, "=1+1", "<b>", "ask", "named", "0" * 64])
_scalar = st.none() | st.booleans() | st.integers() | st.floats() | _text
_NAMES = """
    text login password name roles label scopes days document reason pages parent_id title company kind review_digest
    comments criterion_id level quote twin_seed skill audience situation difficulty language worry
"""
_keys = st.sampled_from(_NAMES.split())
_json = st.recursive(
    _scalar,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys | _text, inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize("login", ["otto", "amir"])
async def test_whatever_is_sent_no_answer_is_an_error_of_ours(house: House, login: str) -> None:
    client = await house.at(login)
    routes = sorted(each for each in routes_of(house.app) if each[0] in {"POST", "PUT"} and each[1].startswith("/api/"))
    routes.remove(("POST", "/api/v1/session"))
    loop, asked = asyncio.get_running_loop(), 0
    boring = ok(await client.get("/api/v1/me"))["id"]

    @settings(
        max_examples=150, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.sampled_from(routes), st.data())
    def try_out(route: tuple[str, str], data: st.DataObject) -> None:
        nonlocal asked
        method, path = route
        good = good_body(house, path) or {}
        changed = st.dictionaries(st.sampled_from(sorted(good)) if good else _keys, _json, max_size=3)
        body = data.draw(_json | changed.map(lambda change: good | change))
        url = house.things.fill(path).replace(house.company.lena.person_id, house.company.jonas.person_id)
        content = json.dumps(body).encode()
        sent = client.request(method, url, content=content, headers={"Content-Type": "application/json"})
        answer = asyncio.run_coroutine_threadsafe(sent, loop).result(30)
        asked += 1
        assert answer.status_code < 500, (route, body, answer.text)
        if answer.status_code >= 400:
            refused(answer, answer.status_code)

    await asyncio.to_thread(try_out)
    assert asked >= 100
    assert ok(await client.get("/api/v1/me"))["id"] == boring
    turn = await client.post(f"/api/v1/practices/{house.things.practice}/turns", json={"text": "Still there?"})
    if turn.status_code == 202:
        assert (await hear(client, turn.json()["stream"]))[-1][1] == "done"


@given(_json)
@settings(max_examples=100, deadline=None, database=None)
def test_what_is_let_through_can_be_written_down(value: Any) -> None:
    try:
        check(value)
    except InvalidInput as error:
        (error.where or "").encode("utf-8")
        return
    written = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert b"\\u0000" not in written.replace(b"\\\\", b"")
