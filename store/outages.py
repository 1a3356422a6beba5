"""Telling a database that is away for the moment from one that refuses what it was told."""

from __future__ import annotations

import sqlite3

import psycopg
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError

# The server went away, is starting or stopping, has no room, or ended the transaction to let another one through.
_PASSING_STATES = ("08", "40", "53", "55P03", "57P", "58")
_PASSING_WORDS = ("locked", "busy", "full", "disk i/o error", "unable to open database file", "readonly")


def is_outage(error: BaseException) -> bool:
    """Whether an error, or one that it came from, says that the database is away and may come back."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, DBAPIError) and (cause.connection_invalidated or _passing(cause.orig)):
            return True
        if _passing(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _passing(error: BaseException | None) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, psycopg.Error):
        if error.sqlstate:
            return error.sqlstate.startswith(_PASSING_STATES)
        # Without a state the server never answered: the connection could not be made, or broke.
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if isinstance(error, sqlite3.OperationalError):
        return any(word in str(error).lower() for word in _PASSING_WORDS)
    return False
