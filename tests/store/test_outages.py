from __future__ import annotations

import sqlite3

import psycopg
import pytest
from psycopg import errors
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import DBAPIError, OperationalError

from evidence.errors import ModelFailed, Unavailable
from store.outages import is_outage


def wrapped(cause: Exception) -> Unavailable:
    """As ``Database.transaction`` gives it."""
    try:
        try:
            raise OperationalError("COMMIT", {}, cause)
        except OperationalError as error:
            raise Unavailable("The database does not answer.") from error
    except Unavailable as unavailable:
        return unavailable


AWAY = [
    sqlite3.OperationalError("database is locked"),
    sqlite3.OperationalError("database or disk is full"),
    sqlite3.OperationalError("disk I/O error"),
    psycopg.OperationalError("connection refused"),
    psycopg.InterfaceError("the connection is closed"),
    errors.AdminShutdown("terminating connection"),
    errors.CannotConnectNow("the database system is starting up"),
    errors.DiskFull("could not extend file"),
    errors.SerializationFailure("could not serialize access"),
    errors.DeadlockDetected("deadlock"),
    errors.TooManyConnections("too many clients"),
]
PASSING = [pytest.param(error, id=str(error)) for error in AWAY]

REFUSED = [
    sqlite3.OperationalError("no such table: runs"),
    sqlite3.IntegrityError("UNIQUE constraint failed"),
    errors.UndefinedTable("no such table"),
    errors.UniqueViolation("duplicate key"),
    errors.InvalidPassword("password authentication failed"),
    ModelFailed("The endpoint is down."),
    Unavailable("This graph can be looked at here, not run."),
    ValueError("full"),
]


@pytest.mark.parametrize("error", PASSING)
def test_a_database_that_is_away_is_told_however_deep_it_lies(error: Exception) -> None:
    assert is_outage(error)
    assert is_outage(wrapped(error))


@pytest.mark.parametrize("error", REFUSED, ids=str)
def test_a_refusal_is_none(error: Exception) -> None:
    assert not is_outage(error)
    assert not is_outage(wrapped(error))


def test_a_connection_that_sqlalchemy_threw_away_and_a_pool_that_has_none_count() -> None:
    assert is_outage(DBAPIError("SELECT 1", {}, Exception("gone"), connection_invalidated=True))
    assert is_outage(PoolTimeout("couldn't get a connection"))


def test_a_circle_of_causes_ends() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert not is_outage(one)
