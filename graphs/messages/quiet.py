"""When a person may be told: their zone, their quiet hours, their weekend, and how often. Pure rules, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from evidence.errors import InvalidInput
from evidence.plain_messages import did_you_mean

DAY = 24 * 60  # minutes
SATURDAY = 5
BETWEEN_DUE = timedelta(hours=3)  # two e-mails about what is due today; of others there is one a day


@dataclass(frozen=True)
class Quiet:
    """When a person is left in peace, on the clock on their wall.

    Attributes:
        zone: IANA name, such as ``Europe/Vienna``.
        start: minute of the day (0 to 1439) at which quiet hours begin; None where there are none.
        end: minute of the day at which they end, on the next day where it lies before ``start``.
        weekend: whether Saturday and Sunday are quiet.
    """

    zone: str = "UTC"
    start: int | None = None
    end: int | None = None
    weekend: bool = False


def checked(quiet: Quiet) -> Quiet:
    """The same, if it can be kept.

    Raises:
        InvalidInput: there is no such zone, or the hours are half given, beyond the day, or all of it.
    """
    if quiet.zone not in zones():
        names = sorted(zones())
        raise InvalidInput(
            f"There is no time zone of this name.{did_you_mean(quiet.zone[:60], names)}",
            where="zone",
            todo="Write it as Europe/Vienna or UTC.",
        )
    if quiet.start is None and quiet.end is None:
        return quiet
    if quiet.start is None or quiet.end is None:
        where = "quiet_from" if quiet.start is None else "quiet_until"
        raise InvalidInput("Quiet hours need a beginning and an end.", where=where, todo="Give both, or neither.")
    if not (0 <= quiet.start < DAY and 0 <= quiet.end < DAY):
        raise InvalidInput("Quiet hours lie within a day.", where="quiet_from", todo="Write them as 18:00 and 08:00.")
    if quiet.start == quiet.end:
        raise InvalidInput(
            "Quiet hours that end when they begin would be the whole day.",
            where="quiet_until",
            todo="Choose no e-mail at all instead, or another hour.",
        )
    return quiet


def is_quiet(moment: datetime, quiet: Quiet) -> bool:
    """Whether a person is to be left in peace at this moment (aware)."""
    local = moment.astimezone(_zone(quiet.zone))
    if quiet.weekend and local.weekday() >= SATURDAY:
        return True
    if quiet.start is None or quiet.end is None:
        return False
    minute = local.hour * 60 + local.minute
    if quiet.start < quiet.end:
        return quiet.start <= minute < quiet.end
    return minute >= quiet.start or minute < quiet.end


def next_open(moment: datetime, quiet: Quiet) -> datetime:
    """The first moment from ``moment`` on at which a person may be told, to the minute, in UTC.

    An hour that the clocks leave out or show twice is lived through as it comes: it is the wall clock that counts.
    """
    at = moment.astimezone(UTC)
    if not is_quiet(at, quiet):
        return at
    zone = _zone(quiet.zone)
    at = at.replace(second=0, microsecond=0)
    while is_quiet(at, quiet):
        local = at.astimezone(zone)
        ahead = at + timedelta(minutes=_minutes_to_change(local, quiet))
        # Where the clocks are changed on the way, nothing is reckoned: minute by minute is surely right.
        at = ahead if ahead.astimezone(zone).utcoffset() == local.utcoffset() else at + timedelta(minutes=1)
    return at


def when(now: datetime, quiet: Quiet, *, last: datetime | None, due: bool) -> datetime:
    """From when on an e-mail may go out, in UTC; ``now`` or earlier than that never.

    Args:
        now: the moment of asking.
        quiet: when the person is left in peace.
        last: when they were last written to; None where never.
        due: whether it is about something whose day has come. Of other things there is one e-mail a day on their
            calendar; of these one every three hours.
    """
    earliest = now.astimezone(UTC)
    if last is not None:
        earliest = max(earliest, last.astimezone(UTC) + BETWEEN_DUE if due else _tomorrow(last, quiet.zone))
    return next_open(earliest, quiet)


@cache
def zones() -> frozenset[str]:
    """The time zones that can be chosen."""
    return frozenset(name for name in available_timezones() if not name.startswith(("posix/", "right/", "Etc/")))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):  # it was there when it was chosen
        return ZoneInfo("UTC")


def _minutes_to_change(local: datetime, quiet: Quiet) -> int:
    """Minutes on the wall clock to the end of the quiet hours or of the day, whichever comes first; at least one."""
    minute = local.hour * 60 + local.minute
    ends = [DAY - minute]
    if quiet.end is not None:
        ends.append((quiet.end - minute) % DAY or DAY)
    return min(ends)


def _tomorrow(moment: datetime, zone: str) -> datetime:
    here = _zone(zone)
    day = moment.astimezone(here).date() + timedelta(days=1)
    return datetime.combine(day, clock_time.min, tzinfo=here).astimezone(UTC)
