"""Errors as pages: the same problem document as the API gives, for people who came with a browser."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from api.pages.identity import GoTo, guest, login_address, see
from api.pages.rendering import page
from api.wording import _
from evidence.errors import ConductorError

API = "/api/"
SAYS_NOTHING = frozenset({"", "Nothing was changed.", "See /api/v1/openapi.json."})  # to somebody with a browser


def wants_page(request: Request) -> bool:
    """Whether a browser asks for a page rather than a program for data."""
    if request.url.path.startswith((API, "/assets/")):
        return False
    return "text/html" in request.headers.get("accept", "")


def install(app: FastAPI) -> None:
    """Let every handler that is there answer browsers with a page."""
    for kind, handler in list(app.exception_handlers.items()):
        if handler is not None:
            app.exception_handlers[kind] = _as_page(handler)
    app.add_exception_handler(GoTo, _go)


async def _go(request: Request, error: Exception) -> Response:
    assert isinstance(error, GoTo)
    return see(error.address)


async def _greet(request: Request) -> None:
    """Find out who is there where no route did, so that the page can offer the way to their desk."""
    with contextlib.suppress(ConductorError):
        await guest(request)


def _as_page(handler: Callable[..., Any]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        response: Response = await handler(request, error)
        if not wants_page(request) or response.media_type != "application/problem+json":
            return response
        told = json.loads(bytes(response.body))
        if response.status_code == 401 and request.url.path != "/login":
            return see(login_address(request))
        problem = {"title": told["title"], "detail": told.get("detail", ""), "todo": told.get("todo", "")}
        if response.status_code == 404:
            # Unknown, mistyped and somebody else's are one page, to the letter, so that nobody learns what exists.
            problem["title"] = _("There is nothing here for you")
            if problem["todo"] in SAYS_NOTHING:
                problem |= {"detail": "", "todo": ""}
        if not hasattr(request.state, "visitor"):
            await _greet(request)
        return page(request, "problem.html", status=response.status_code, number=response.status_code, **problem)

    return answer
