from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.failures import Asked, ModelBusy, ModelRateLimited
from agents.limits import MAX_WAIT, SPAN, Limits, Window, duration
from tests.agents.swift import now, swiftly

ASKED = Asked("alignment", "http://models.example/v1", "m", 120, 15)
PERSON, WORK = 0, 1


async def admitted(limits: Limits, *, rank: int = WORK, tokens: int = 1, patience: float = 1000) -> float:
    """Ask for admission; gives when it came."""
    await limits.admit(ASKED, rank=rank, tokens=tokens, patience=patience)
    return now()


@given(
    limit=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 80)), max_size=60),
)
def test_no_minute_ever_holds_more_than_the_limit(limit: int, steps: list[tuple[float, int]]) -> None:
    window, clock = Window(), 0.0
    spent: list[tuple[float, int]] = []
    for pause, amount in steps:
        clock += pause
        wait = window.wait(clock, amount, limit)
        if wait > 0:
            early = clock + wait * 0.999
            assert window.wait(early, amount, limit) > 0, "it would have fitted before"
            clock += wait
        while (more := window.wait(clock, amount, limit)) > 0:  # nothing but the rounding of floats
            assert more < 1e-6
            clock += 1e-6
        window.spend(clock, amount, limit)
        spent.append((clock, min(amount, limit)))
    for begin, _ in spent:
        assert sum(amount for at, amount in spent if begin <= at < begin + SPAN - 1e-6) <= limit


def test_without_a_limit_nobody_waits_and_nothing_is_kept() -> None:
    window = Window()
    for _ in range(3):
        assert window.wait(0, 10**9, 0) == 0
        window.spend(0, 10**9, 0)
    assert window.wait(0, 1, 1) == 0


def test_requests_per_minute_are_kept_in_order_of_arrival() -> None:
    async def scene() -> list[float]:
        limits = Limits(now)
        limits.tighten(3, 0)
        return await asyncio.gather(*(admitted(limits) for _ in range(7)))

    times = swiftly(scene())
    assert times == sorted(times)
    assert [round(at, 1) for at in times] == [0, 0, 0, 60, 60, 60, 120]


def test_tokens_per_minute_are_kept_and_a_huge_reply_takes_a_whole_minute() -> None:
    async def scene() -> list[float]:
        limits = Limits(now)
        limits.tighten(0, 1000)
        return [await admitted(limits, tokens=tokens) for tokens in (600, 400, 1, 50_000, 1)]

    assert [round(at, 1) for at in swiftly(scene())] == [0, 0, 60, 120, 180]


def test_of_several_limits_the_strictest_holds() -> None:
    async def scene() -> list[float]:
        limits = Limits(now)
        for requests in (0, 5, 2, 0, 9):
            limits.tighten(requests, 0)
        return await asyncio.gather(*(admitted(limits) for _ in range(3)))

    assert [round(at, 1) for at in swiftly(scene())] == [0, 0, 60]


def test_whoever_a_person_waits_for_goes_first() -> None:
    async def scene() -> list[str]:
        limits = Limits(now)
        limits.tighten(1, 0)
        await admitted(limits)
        order: list[str] = []

        async def ask(name: str, rank: int) -> None:
            await admitted(limits, rank=rank)
            order.append(name)

        tasks = [asyncio.create_task(ask(f"judge {n}", WORK)) for n in range(3)]
        await asyncio.sleep(1)
        tasks += [asyncio.create_task(ask(f"persona {n}", PERSON)) for n in range(2)]
        await asyncio.gather(*tasks)
        return order

    assert swiftly(scene()) == ["persona 0", "persona 1", "judge 0", "judge 1", "judge 2"]


def test_who_waits_too_long_is_told_and_leaves_the_place_to_the_next() -> None:
    async def scene() -> tuple[float, float]:
        limits = Limits(now)
        limits.tighten(1, 0)
        await admitted(limits)
        hasty = asyncio.create_task(admitted(limits, patience=5))
        patient = asyncio.create_task(admitted(limits))
        with pytest.raises(ModelBusy, match="left no room for 5 s") as caught:
            await hasty
        assert "REQUESTS_PER_MINUTE" in caught.value.todo
        return now(), await patient

    told, came = swiftly(scene())
    assert told == pytest.approx(5, abs=0.01)
    assert came == pytest.approx(60, abs=0.01)


def test_who_is_cancelled_while_waiting_spends_nothing() -> None:
    async def scene() -> float:
        limits = Limits(now)
        limits.tighten(1, 0)
        await admitted(limits)
        waiting = [asyncio.create_task(admitted(limits)) for _ in range(3)]
        await asyncio.sleep(1)
        for task in waiting[:2]:
            task.cancel()
        return await waiting[2]

    assert swiftly(scene()) == pytest.approx(60, abs=0.01)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"retry-after": "7"}, 7),
        (503, {"retry-after": "7"}, 7),
        (429, {"retry-after-ms": "2500", "retry-after": "9"}, 2.5),
        (429, {}, 0),
        (500, {"retry-after": "7"}, 0),
        (200, {"retry-after": "7"}, 0),
        (200, {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6s"}, 6),
        (200, {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m0s"}, 60),
        (200, {"x-ratelimit-remaining-tokens": "12", "x-ratelimit-reset-tokens": "1m0s"}, 0),
        (200, {"x-ratelimit-remaining-tokens": "0"}, 0),
        (200, {"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "soon"}, 0),
        (
            429,
            {"retry-after": "2", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "200ms"},
            2,
        ),
    ],
)
def test_what_an_answer_says_closes_the_endpoint_for_everybody(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    async def scene() -> tuple[float, list[float]]:
        limits = Limits(now)
        closed = limits.learn(status, headers)
        limits.learn(200, {})  # an answer to an earlier request, which says nothing, opens nothing
        return closed, await asyncio.gather(*(admitted(limits, rank=rank) for rank in (PERSON, WORK)))

    closed, came = swiftly(scene())
    assert closed == pytest.approx(seconds)
    assert came == pytest.approx([seconds, seconds], abs=0.01)


def test_a_date_counts_from_the_endpoints_own_clock() -> None:
    there = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
    headers = {
        "date": format_datetime(there, usegmt=True),
        "retry-after": format_datetime(there + timedelta(seconds=25), usegmt=True),
    }

    async def scene() -> float:
        return Limits(now).learn(429, headers)

    assert swiftly(scene()) == 25


def test_a_long_limit_is_told_at_once_also_to_those_who_wait_already() -> None:
    async def scene() -> None:
        limits = Limits(now)
        limits.learn(429, {"retry-after": "10"})
        waiting = asyncio.create_task(admitted(limits))
        await asyncio.sleep(1)
        limits.learn(429, {"retry-after": f"{MAX_WAIT + 240}"})
        for asked in (waiting, admitted(limits)):
            with pytest.raises(ModelRateLimited) as caught:
                await asked
            assert caught.value.extra["retry_after"] == pytest.approx(300, abs=0.01)
        assert now() == pytest.approx(1, abs=0.01)

    swiftly(scene())


def test_a_limit_that_ends_after_ones_patience_is_told_at_once() -> None:
    async def scene() -> None:
        limits = Limits(now)
        limits.learn(429, {"retry-after": "30"})
        with pytest.raises(ModelRateLimited, match="no more requests right now"):
            await admitted(limits, patience=20)
        assert now() == 0
        assert await admitted(limits, patience=40) == pytest.approx(30, abs=0.01)

    swiftly(scene())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1.5", 1.5),
        ("20ms", 0.02),
        ("6m0s", 360),
        ("1h2m3.5s", 3723.5),
        ("2m59.56s", 179.56),
        ("1s", 1),
        (" 3s ", 3),
        ("", None),
        (None, None),
        ("soon", None),
        ("2d", None),  # a day and more is taken for a mistake
        ("-3s", None),
        ("3s 4m", None),
    ],
)
def test_durations(text: str | None, seconds: float | None) -> None:
    assert duration(text) == (None if seconds is None else pytest.approx(seconds))


@given(st.text(max_size=30))
def test_nothing_that_an_endpoint_writes_breaks_a_duration(text: str) -> None:
    seconds = duration(text)
    assert seconds is None or 0 <= seconds < 86_400
