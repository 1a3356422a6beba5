"""Days as people type them; each begins and ends in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from api.wording import _
from evidence.errors import InvalidInput

LAST_SECOND = time(23, 59, 59)


def day_typed(text: str, where: str) -> date:
    """The day that was typed as ``2027-01-31``.

    Raises:
        InvalidInput: that is no day; ``where`` names the field or option.
    """
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").date()
    except ValueError as error:
        raise InvalidInput(_("This is no day."), where=where, todo=_("Write it as 2027-01-31.")) from error


def first_moment(day: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(day, time(), UTC)


def last_moment(day: date) -> datetime:
    """The last second of a day: what is due on it may still be done."""
    return datetime.combine(day, LAST_SECOND, UTC)
