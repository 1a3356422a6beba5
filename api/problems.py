"""Errors as RFC 9457 problem details: one place, so that every route answers a mistake the same way."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from traceback import format_tb
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from evidence.errors import ConductorError, NotAuthenticated

log = logging.getLogger("conductor.api")

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:conductor:problem:"
_OWN = frozenset({"type", "title", "status", "detail", "todo", "where", "headers", "kind"})


class Problem(JSONResponse):
    """A problem document; what it quotes from the input can always be written down, lone surrogates too."""

    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        """The body: UTF-8, in which what UTF-8 cannot say stands as a JSON escape."""
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    todo: str = "",
    where: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> JSONResponse:
    """A problem document; ``todo`` says what the person can do, ``where`` which part of the input it is about."""
    body: dict[str, Any] = {"type": TYPE + kind, "title": title, "status": status, "detail": detail}
    if todo:
        body["todo"] = todo
    if where:
        body["where"] = where
    return Problem(body | extra, status_code=status, headers=headers)


def from_error(error: ConductorError) -> JSONResponse:
    """The problem document of one of our own errors."""
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NotAuthenticated) else None
    extra = {name: value for name, value in error.extra.items() if name not in _OWN}
    return problem(
        error.status,
        error.kind,
        error.title,
        error.detail,
        todo=error.todo or "Nothing was changed.",
        where=error.where,
        headers=headers,
        **extra,
    )


def install(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(ConductorError)
    async def _ours(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ConductorError)
        return from_error(error)

    @app.exception_handler(RequestValidationError)
    async def _unreadable(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if any(each["loc"] == ("body",) for each in error.errors()) and not kind.endswith(("/json", "+json")):
            return problem(
                415,
                "unsupported-media-type",
                "The input cannot be accepted as it is",
                f"A body of the kind '{kind[:60]}' cannot be read here." if kind else "There is no JSON here to read.",
                where="body",
                todo="Send JSON, and say so: 'Content-Type: application/json'.",
            )
        found = [
            {"where": ".".join(str(part) for part in each["loc"] if part != "body") or "body", "detail": each["msg"]}
            for each in error.errors()
        ]
        return problem(
            422,
            "invalid-input",
            "The input cannot be accepted as it is",
            found[0]["detail"],
            where=found[0]["where"],
            todo="Correct what `problems` lists; nothing was changed.",
            problems=found,
        )

    @app.exception_handler(HTTPException)
    async def _plain(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http-error")
        told = str(error.detail)
        todo = "See /api/v1/openapi.json."
        return problem(error.status_code, kind, told, told, todo=todo, headers=error.headers)

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        # Never the message of an error we do not know: it may quote what a person wrote.
        where = "".join(format_tb(error.__traceback__))
        log.error("%s %s failed: %s\n%s", request.method, request.url.path, type(error).__name__, where)
        return problem(
            500,
            "internal",
            "Something went wrong on our side",
            "The request could not be finished.",
            todo="Try again; if it stays, send the time of this error to your admin.",
        )
