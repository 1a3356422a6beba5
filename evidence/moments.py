"""Moments, all of them in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from evidence.errors import InvalidInput


def in_utc(moment: datetime, where: str) -> datetime:
    """A moment in UTC; one without a zone is taken as UTC.

    Raises:
        InvalidInput: it lies beyond what a calendar holds, as the last hours of the year 9999 do west of Greenwich.
    """
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        raise InvalidInput("This day lies beyond every calendar.", where=where, todo="Give a nearer one.") from error
