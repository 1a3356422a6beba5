"""Errors as RFC 9457 problem details: one place, so that every route answers a mistake the same way."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from evidence.errors import ConductorError

log = logging.getLogger("conductor.api")

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:conductor:problem:"


def problem(
    status: int, kind: str, title: str, detail: str, *, todo: str = "", where: str | None = None, **extra: Any
) -> JSONResponse:
    """A problem document; ``todo`` says what the person can do, ``where`` which part of the input it is about."""
    body: dict[str, Any] = {"type": TYPE + kind, "title": title, "status": status, "detail": detail}
    if todo:
        body["todo"] = todo
    if where:
        body["where"] = where
    return JSONResponse(body | extra, status_code=status, media_type=MEDIA_TYPE)


def from_error(error: ConductorError) -> JSONResponse:
    """The problem document of one of our own errors."""
    return problem(
        error.status, error.kind, error.title, error.detail, todo=error.todo, where=error.where, **error.extra
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
        return problem(error.status_code, kind, str(error.detail), str(error.detail), todo="See /api/v1/openapi.json.")

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
        return problem(
            500,
            "internal",
            "Something went wrong on our side",
            "The request could not be finished.",
            todo="Try again; if it stays, send the time of this error to your admin.",
        )
