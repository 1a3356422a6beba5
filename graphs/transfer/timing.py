"""When people in a pilot are asked, until when they may answer, and from when a moment can be counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from practice.drivers.items import Moment
from store.repositories.pilots import Pilot

LATER = timedelta(days=30)
ANSWER_WITHIN = timedelta(days=14)


def due(pilot: Pilot, consented_at: datetime) -> dict[str, datetime]:
    """When somebody who agrees now is asked, by moment; a practice of theirs brings the last two forward."""
    return {
        Moment.BEFORE.value: consented_at,
        Moment.AFTER.value: pilot.ends_at,
        Moment.LATER.value: pilot.ends_at + LATER,
    }


def countable_from(pilot: Pilot, moment: Moment) -> datetime:
    """From when on nobody can answer about a moment any more who is in time, so that it may be counted, once."""
    if moment is Moment.BEFORE:
        return min(pilot.starts_at + ANSWER_WITHIN, pilot.ends_at)
    return pilot.ends_at + ANSWER_WITHIN + (LATER if moment is Moment.LATER else timedelta())


def over_at(pilot: Pilot) -> datetime:
    """When nothing is asked in a pilot any more."""
    return countable_from(pilot, Moment.LATER)


def overlap(one: Pilot, other: Pilot) -> bool:
    """Whether two pilots ask in the same period: nobody takes part in both, so that nobody is counted twice."""
    return min(one.created_at, one.starts_at) < over_at(other) and min(other.created_at, other.starts_at) < over_at(one)
