from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agents.connections import Answers, clear_to_send, note_answer, noting
from agents.endpoints import ModelSettings, Role
from agents.failures import ModelBusy, ModelRateLimited
from agents.traffic import Traffic
from tests.agents.swift import now, swiftly


def at(**changes: Any) -> ModelSettings:
    """A role's settings at one endpoint."""
    given = {"base_url": "http://models.example/v1", "model": "m", "timeout_seconds": 100}
    return ModelSettings.model_validate(given | changes)


async def ask(
    traffic: Traffic, role: Role, seconds: float = 0, *, tokens: int = 1, came: list[str] | None = None, **changes: Any
) -> float:
    """One reply that takes this long; gives when it was let through."""
    async with traffic.lane(at(**changes), role, tokens=tokens):
        began = now()
        if came is not None:
            came.append(role)
        await asyncio.sleep(seconds)
    return began


def test_a_stress_run_never_slows_a_learner() -> None:
    async def scene() -> tuple[float, list[float]]:
        traffic = Traffic(now)
        judging = [asyncio.create_task(ask(traffic, "alignment", 10, concurrency=2)) for _ in range(12)]
        await asyncio.sleep(1)
        spoke = await ask(traffic, "persona", concurrency=1)
        return spoke, await asyncio.gather(*judging)

    spoke, judged = swiftly(scene())
    assert spoke == 1
    assert judged == sorted(judged), "first come, first served"
    assert [round(began) for began in judged] == [0, 0, 10, 10, 20, 20, 30, 30, 40, 40, 50, 50]


def test_nobody_waits_longer_for_a_lane_than_a_reply_may_take() -> None:
    async def scene() -> None:
        traffic = Traffic(now)
        busy = asyncio.create_task(ask(traffic, "coach", 1000, concurrency=1))
        await asyncio.sleep(0)
        with pytest.raises(ModelBusy, match="coach may ask for at once have been under way for 30 s") as caught:
            await ask(traffic, "coach", concurrency=1, timeout_seconds=30)
        assert now() == pytest.approx(30, abs=0.01)
        assert "CONDUCTOR_MODELS__COACH__MODEL__CONCURRENCY" in caught.value.todo
        busy.cancel()
        with pytest.raises(asyncio.CancelledError):
            await busy
        assert await ask(traffic, "coach", concurrency=1) == pytest.approx(30, abs=0.01), "the lane is free again"

    swiftly(scene())


def test_a_waiter_who_leaves_frees_the_place() -> None:
    async def scene() -> None:
        traffic = Traffic(now)
        first = asyncio.create_task(ask(traffic, "author", 10, concurrency=1))
        await asyncio.sleep(1)
        leaves = asyncio.create_task(ask(traffic, "author", 10, concurrency=1))
        stays = asyncio.create_task(ask(traffic, "author", 10, concurrency=1))
        await asyncio.sleep(1)
        leaves.cancel()
        assert (await first, await stays) == (0, 10)

    swiftly(scene())


def test_the_lane_is_given_back_whatever_happens_in_it() -> None:
    async def scene() -> None:
        traffic = Traffic(now)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with traffic.lane(at(concurrency=1), "author", tokens=1):
                    raise ZeroDivisionError
        assert await ask(traffic, "author", concurrency=1) == 0

    swiftly(scene())


def test_who_waits_for_the_limits_of_a_provider_does_so_by_rank_and_shares_them_with_all_roles() -> None:
    async def scene() -> tuple[list[str], float]:
        traffic = Traffic(now)
        came: list[str] = []
        await ask(traffic, "author", requests_per_minute=1, came=came)
        roles: tuple[Role, ...] = ("alignment", "author", "persona", "coach")
        tasks = []
        for role in roles:
            tasks.append(asyncio.create_task(ask(traffic, role, came=came, timeout_seconds=1000)))
            await asyncio.sleep(1)
        await asyncio.gather(*tasks)
        return came, now()

    came, ended = swiftly(scene())
    assert came == ["author", "persona", "coach", "alignment", "author"]
    assert ended == pytest.approx(240, abs=0.1)


def test_another_model_has_limits_of_its_own() -> None:
    async def scene() -> float:
        traffic = Traffic(now)
        await ask(traffic, "persona", requests_per_minute=1)
        return await ask(traffic, "persona", requests_per_minute=1, model="other")

    assert swiftly(scene()) == 0


def test_the_tokens_of_a_reply_count() -> None:
    async def scene() -> list[float]:
        traffic = Traffic(now)
        return [await ask(traffic, "persona", tokens=700, tokens_per_minute=1000) for _ in range(2)]

    assert swiftly(scene()) == pytest.approx([0, 60], abs=0.01)


async def answered(
    traffic: Traffic, status: int, headers: dict[str, str], *, body: bytes = b"", **changes: Any
) -> bool:
    """One request and its answer, as a client notes them; gives whether the client may try again."""
    answers = Answers(at(**changes).timeout_seconds)
    async with traffic.lane(at(**changes), "author", tokens=1, answers=answers):
        with noting(answers):
            await clear_to_send()
            return note_answer(status, headers, body)


def test_what_one_reply_is_told_holds_for_every_role_at_that_model() -> None:
    async def scene() -> tuple[float, float]:
        traffic = Traffic(now)
        assert await answered(traffic, 429, {"retry-after": "20"})
        return await ask(traffic, "persona"), await ask(traffic, "persona", model="other")

    assert swiftly(scene()) == pytest.approx((20, 20), abs=0.01)  # one after the other: the second was not held up


def test_a_long_limit_is_told_at_once_with_its_length() -> None:
    async def scene() -> None:
        traffic = Traffic(now)
        assert not await answered(traffic, 429, {"retry-after": "300"})
        with pytest.raises(ModelRateLimited) as caught:
            await ask(traffic, "persona")
        assert caught.value.extra["retry_after"] == 300
        assert "about 300 s" in caught.value.todo
        assert now() == 0

    swiftly(scene())


def test_a_retry_waits_for_the_limits_like_anybody_else() -> None:
    async def scene() -> None:
        traffic = Traffic(now)
        mine, other = Answers(100), Answers(100)
        async with traffic.lane(at(), "author", tokens=1, answers=mine):
            with noting(mine):
                await clear_to_send()
                assert note_answer(500, {})
            with noting(other):
                async with traffic.lane(at(), "coach", tokens=1, answers=other):
                    await clear_to_send()
                    assert note_answer(429, {"retry-after": "12"})
            with noting(mine):
                await clear_to_send()  # without a word of its own about waiting
        assert now() == pytest.approx(12, abs=0.01)
        assert (mine.sent, len(mine)) == (2, 1)

    swiftly(scene())


def test_no_retry_where_none_can_help() -> None:
    async def scene() -> None:
        unpaid = b'{"error": {"message": "pay", "code": "insufficient_quota"}}'
        assert not await answered(Traffic(now), 429, {}, body=unpaid)
        for body in (b"", b"<html>", b"[]", b"null", b'{"error": "no"}', b'{"error": {"code": "slow_down"}}'):
            assert await answered(Traffic(now), 429, {}, body=body)
        assert not await answered(Traffic(now), 429, {"retry-after": "30"}, timeout_seconds=20)
        assert await answered(Traffic(now), 500, {})

    swiftly(scene())


def test_two_event_loops_share_what_is_known_of_an_endpoint() -> None:
    traffic = Traffic()

    async def told() -> None:
        await answered(traffic, 429, {"retry-after": "300"})

    asyncio.run(told())
    with pytest.raises(ModelRateLimited):
        asyncio.run(ask(traffic, "persona"))
