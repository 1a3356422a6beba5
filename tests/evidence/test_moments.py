"""Moments in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from evidence.errors import InvalidInput
from evidence.moments import in_utc

NOON = datetime(2027, 1, 31, 12, tzinfo=UTC)


def test_a_moment_keeps_its_place_in_time_and_one_without_a_zone_is_utc() -> None:
    east = in_utc(NOON.astimezone(timezone(timedelta(hours=9))), "due_at")
    assert (east, east.tzinfo) == (NOON, UTC)
    assert in_utc(NOON.replace(tzinfo=None), "due_at") == NOON


def test_a_moment_beyond_every_calendar_is_refused_by_its_field() -> None:
    far = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9)))
    with pytest.raises(InvalidInput) as refused:
        in_utc(far, "due_at")
    assert refused.value.where == "due_at"
