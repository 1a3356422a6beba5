"""Errors that carry what a person needs: what happened, where, and what to do next.

Every refusal the product can give is one of these classes. The faces (HTTP, pages, terminal) translate them in one
place each; nothing below knows about HTTP beyond the status number that RFC 9457 problem details need.
"""

from __future__ import annotations

from typing import Any


class ConductorError(Exception):
    """The base of every expected failure.

    Attributes:
        status: HTTP status of the problem document.
        kind: stable, kebab-case name; the last part of the problem's ``type``.
        title: the same short sentence for every occurrence of this kind.
        detail: what happened this time, in plain words.
        todo: what the person can do about it.
        where: the place in the input it is about (``file:line`` or a field path), or None.
        extra: further members for the problem document (JSON-compatible).
    """

    status = 500
    kind = "internal"
    title = "Something went wrong on our side"

    def __init__(self, detail: str, *, todo: str = "", where: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.todo = todo
        self.where = where
        self.extra = extra

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.detail}" + (f" {self.todo}" if self.todo else "")


class InvalidInput(ConductorError):
    """The input cannot be understood or breaks a rule of its format."""

    status = 422
    kind = "invalid-input"
    title = "The input cannot be accepted as it is"


class NotFound(ConductorError):
    """No such thing, or none that this person may see."""

    status = 404
    kind = "not-found"
    title = "There is no such thing here"


class NotAuthenticated(ConductorError):
    """Nobody is logged in, or the login is no longer valid."""

    status = 401
    kind = "not-authenticated"
    title = "Please log in"


class NotAllowed(ConductorError):
    """The person is known but may not do this."""

    status = 403
    kind = "not-allowed"
    title = "This is not yours to do"


class Conflict(ConductorError):
    """Somebody else was first, or what was shown is no longer what is there."""

    status = 409
    kind = "conflict"
    title = "Things have changed in the meantime"


class NotSigned(Conflict):
    """Practice was asked for on text that carries no live sign-off."""

    kind = "not-signed"
    title = "This scenario is not signed off"


class TooLarge(InvalidInput):
    """The input is over a stated limit."""

    status = 413
    kind = "too-large"
    title = "That is more than fits"


class ModelFailed(ConductorError):
    """A language model did not give a usable answer; the work can be resumed."""

    status = 502
    kind = "model-failed"
    title = "The language model did not give a usable answer"


class Unavailable(ConductorError):
    """A part this needs is down; nothing was changed."""

    status = 503
    kind = "unavailable"
    title = "A part this needs is not available"
