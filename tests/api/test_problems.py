"""One shape for every refusal, and no word in it that only a programmer could use."""

from __future__ import annotations

import json
import logging

import httpx
import pytest
from fastapi import FastAPI

from api import problems
from api.problems import MEDIA_TYPE, TYPE, from_error, problem
from api.security import Door
from evidence.errors import ConductorError, Conflict, InvalidInput, NotAuthenticated, TooLarge, Unavailable


@pytest.mark.parametrize("kind", [ConductorError, *ConductorError.__subclasses__(), TooLarge])
def test_every_error_of_ours_becomes_a_whole_document(kind: type[ConductorError]) -> None:
    answer = from_error(kind("What happened.", todo="What to do.", where="field", more=[1]))
    body = json.loads(bytes(answer.body))
    assert answer.status_code == body["status"] == kind.status
    assert answer.media_type == MEDIA_TYPE
    assert body == {
        "type": TYPE + kind.kind,
        "title": kind.title,
        "status": kind.status,
        "detail": "What happened.",
        "todo": "What to do.",
        "where": "field",
        "more": [1],
    }


def test_a_refusal_always_says_what_to_do() -> None:
    assert json.loads(bytes(from_error(Conflict("No.")).body))["todo"]


def test_more_members_never_take_the_place_of_the_standard_ones() -> None:
    error = InvalidInput("True detail.", todo="x")
    error.extra = {"status": 200, "type": "about:blank", "detail": "False detail.", "line": 3}
    body = json.loads(bytes(from_error(error).body))
    assert (body["status"], body["detail"], body["line"]) == (422, "True detail.", 3)
    assert body["type"] == TYPE + "invalid-input"


def test_only_a_missing_login_asks_for_one() -> None:
    assert from_error(NotAuthenticated("Nobody.")).headers["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in from_error(Conflict("No.")).headers


def test_what_utf_8_cannot_say_can_still_be_quoted() -> None:
    answer = problem(422, "x", "x", "half \ud83d of it, and ä")
    assert json.loads(bytes(answer.body).decode("utf-8"))["detail"] == "half \ud83d of it, and ä"


@pytest.fixture
def app() -> FastAPI:
    """An application with routes that fail in every way."""
    app = FastAPI()
    problems.install(app)
    app.add_middleware(Door)

    @app.get("/down")
    async def down() -> None:
        raise Unavailable("The database does not answer.", todo="Try again in a moment.")

    @app.get("/broken")
    async def broken() -> None:
        raise KeyError("the words of a person")

    @app.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("POST", "/down", 405, "method-not-allowed"),
        ("GET", "/down", 503, "unavailable"),
        ("GET", "/number/seven", 422, "invalid-input"),
        ("GET", "/broken", 500, "internal"),
    ],
)
async def test_every_failure_is_a_problem_document_within_the_security_headers(
    app: FastAPI, method: str, path: str, status: int, kind: str
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers
    assert answer.json()["type"] == TYPE + kind
    assert answer.json()["todo"]
    if status == 405:
        assert answer.headers["allow"] == "GET"
    if status == 422:
        assert answer.json()["where"] == "path.number"


async def test_what_broke_is_logged_by_name_and_place_only(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.get("/broken")
    assert "KeyError" not in answer.text
    assert "words of a person" not in answer.text + caplog.text.replace('raise KeyError("the words of a person")', "")
    assert "KeyError" in caplog.text
    assert "in broken" in caplog.text
