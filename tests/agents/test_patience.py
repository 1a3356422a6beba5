"""Waits are bounded, what happens between them is not, and nobody else's cancellation gets lost."""

from __future__ import annotations

import asyncio

import pytest

from agents.patience import Patience
from tests.agents.swift import now, swiftly


def test_a_wait_ends_at_its_limit() -> None:
    async def wait() -> float:
        patience = Patience(100)
        with pytest.raises(TimeoutError), patience.up_to(3):
            await asyncio.sleep(50)
        assert not patience.over
        patience.close()
        return now()

    assert swiftly(wait()) == pytest.approx(3)


def test_only_waits_count_and_not_what_is_done_between_them() -> None:
    async def wait() -> None:
        patience = Patience(1000)
        for _ in range(5):
            with patience.up_to(3):
                await asyncio.sleep(2)
            await asyncio.sleep(20)
        with pytest.raises(TimeoutError), patience.up_to(3):
            await asyncio.sleep(4)
        assert now() == pytest.approx(5 * 22 + 3)
        patience.close()

    swiftly(wait())


def test_a_shorter_limit_after_a_longer_one_holds() -> None:
    async def wait() -> float:
        patience = Patience(1000)
        with patience.up_to(45):
            await asyncio.sleep(1)
        with pytest.raises(TimeoutError), patience.up_to(2):
            await asyncio.sleep(10)
        patience.close()
        return now()

    assert swiftly(wait()) == pytest.approx(3)


def test_a_limit_can_count_from_an_earlier_moment() -> None:
    async def wait() -> float:
        patience = Patience(1000)
        await asyncio.sleep(4)
        with pytest.raises(TimeoutError), patience.up_to(5, since=patience.began):
            await asyncio.sleep(10)
        patience.close()
        return now()

    assert swiftly(wait()) == pytest.approx(5)


def test_the_total_bounds_every_wait() -> None:
    async def wait() -> float:
        patience = Patience(10)
        with pytest.raises(TimeoutError):
            while True:
                with patience.up_to(3):
                    await asyncio.sleep(2)
        assert patience.over
        patience.close()
        return now()

    assert swiftly(wait()) == pytest.approx(10)


def test_who_is_cancelled_by_somebody_else_is_cancelled_and_not_late() -> None:
    async def wait() -> None:
        patience = Patience(100)

        async def waiting() -> None:
            with patience.up_to(50):
                await asyncio.sleep(60)

        task = asyncio.create_task(waiting())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        patience.close()

    swiftly(wait())


def test_other_errors_pass() -> None:
    async def wait() -> None:
        patience = Patience(100)
        with pytest.raises(ValueError, match="mine"), patience.up_to(5):
            raise ValueError("mine")
        await asyncio.sleep(200)  # and no timer of it cancels anybody later
        patience.close()

    swiftly(wait())


def test_waits_may_be_in_different_tasks() -> None:
    async def wait() -> None:
        patience = Patience(100)

        async def once(seconds: float) -> None:
            with patience.up_to(3):
                await asyncio.sleep(seconds)

        await asyncio.create_task(once(2))
        with pytest.raises(TimeoutError):
            await asyncio.create_task(once(5))
        patience.close()

    swiftly(wait())
