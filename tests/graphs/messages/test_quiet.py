from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.errors import InvalidInput
from graphs.messages.kinds import KINDS, worth_mailing
from graphs.messages.quiet import BETWEEN_DUE, Quiet, checked, is_quiet, next_open, when

VIENNA = ZoneInfo("Europe/Vienna")
NIGHT = Quiet("Europe/Vienna", 18 * 60, 8 * 60, weekend=True)
ZONES = ("UTC", "Europe/Vienna", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")


def at(text: str) -> datetime:
    """A moment on a wall clock in Vienna."""
    return datetime.fromisoformat(text).replace(tzinfo=VIENNA)


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ("2026-11-18T12:00", "2026-11-18T12:00"),  # a Wednesday at noon
        ("2026-11-18T17:59", "2026-11-18T17:59"),
        ("2026-11-18T18:00", "2026-11-19T08:00"),
        ("2026-11-19T03:00", "2026-11-19T08:00"),  # after midnight it is still the same night
        ("2026-11-20T18:30", "2026-11-23T08:00"),  # Friday evening: the weekend comes with it
        ("2026-11-21T12:00", "2026-11-23T08:00"),
        ("2026-11-22T23:59", "2026-11-23T08:00"),
    ],
)
def test_nobody_is_disturbed_in_the_evening_or_at_the_weekend(moment: str, first: str) -> None:
    assert next_open(at(moment), NIGHT) == at(first)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    lunch = Quiet("Europe/Vienna", 12 * 60, 13 * 60 + 30)
    assert next_open(at("2026-11-18T12:00"), lunch) == at("2026-11-18T13:30")
    assert next_open(at("2026-11-21T03:00"), lunch) == at("2026-11-21T03:00")
    assert not is_quiet(at("2026-11-21T03:00"), Quiet("Europe/Vienna"))


def test_the_wall_clock_counts_when_clocks_are_changed() -> None:
    spring, autumn = Quiet("Europe/Vienna", 60, 150), Quiet("Europe/Vienna", 60, 150)
    # On 28 March 2027 there is no half past two: the quiet hours are over when the clock says three.
    assert next_open(at("2027-03-28T01:00"), spring) == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    # On 25 October 2026 half past two comes twice. The first ends them; they come back with the second two o'clock.
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_open(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), autumn) == first
    assert is_quiet(first + timedelta(minutes=40), autumn)
    assert next_open(first + timedelta(minutes=40), autumn) == first + timedelta(hours=1)
    summer, winter = at("2026-10-24T18:00"), at("2026-10-26T08:00")
    assert next_open(summer, NIGHT) == winter
    assert winter.utcoffset() != summer.utcoffset()


moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))
hours = st.one_of(
    st.just((None, None)),
    st.tuples(st.integers(0, 1439), st.integers(0, 1439)).filter(lambda pair: pair[0] != pair[1]),
)
quiets = st.builds(
    lambda zone, pair, weekend: Quiet(zone, pair[0], pair[1], weekend), st.sampled_from(ZONES), hours, st.booleans()
)


@settings(max_examples=150)
@given(moments, quiets, st.integers(0, 10_000))
def test_it_is_the_first_minute_that_is_not_quiet(moment: datetime, quiet: Quiet, earlier: int) -> None:
    checked(quiet)
    first = next_open(moment, quiet)
    assert first >= moment
    assert first - moment <= timedelta(days=5)
    assert not is_quiet(first, quiet)
    between = moment + (first - moment) * (earlier / 10_001)
    assert between >= first or is_quiet(between, quiet)


@settings(max_examples=100)
@given(moments, quiets, st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=3))), st.booleans())
def test_at_most_one_a_day_unless_it_is_due(moment: datetime, quiet: Quiet, ago: timedelta | None, due: bool) -> None:
    last = None if ago is None else moment - ago
    found = when(moment, quiet, last=last, due=due)
    assert found >= moment
    assert not is_quiet(found, quiet)
    assert found >= when(moment, quiet, last=None, due=due)
    if last is not None and due:
        assert found - last >= BETWEEN_DUE
    if last is not None and not due:
        zone = ZoneInfo(quiet.zone)
        assert found.astimezone(zone).date() > last.astimezone(zone).date()


@pytest.mark.parametrize(
    ("quiet", "where"),
    [
        (Quiet("Europe/Wien"), "zone"),
        (Quiet("../../etc/passwd"), "zone"),
        (Quiet("UTC", 60, None), "quiet_until"),
        (Quiet("UTC", None, 60), "quiet_from"),
        (Quiet("UTC", 60, 60), "quiet_until"),
        (Quiet("UTC", -1, 60), "quiet_from"),
        (Quiet("UTC", 60, 1440), "quiet_from"),
    ],
)
def test_what_cannot_be_kept_is_named(quiet: Quiet, where: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        checked(quiet)
    assert caught.value.where == where
    assert caught.value.todo


def test_a_zone_that_is_gone_does_not_stop_the_post() -> None:
    gone = Quiet("Europe/Atlantis", 0, 60)
    assert next_open(datetime(2026, 11, 18, 0, 30, tzinfo=UTC), gone) == datetime(2026, 11, 18, 1, tzinfo=UTC)


def test_people_are_told_of_what_they_wish() -> None:
    for kind, known in KINDS.items():
        assert worth_mailing(kind, "all")
        assert worth_mailing(kind, "due") is known.due
        assert not worth_mailing(kind, "none")
    assert not worth_mailing("of another release", "due")
