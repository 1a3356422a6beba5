"""What a reply leaves in the ledger, however it ends."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from agents.failures import BudgetSpent
from agents.metering import Account, Call, charged_to
from agents.models import RoleModel
from agents.traffic import Traffic
from evidence.errors import ModelFailed
from tests.agents.material import settings
from tests.endpoint import Answer, Endpoint, Reset, Stall, Status, Text, Truncated
from tests.faults.till import Till

HELLO = [("system", "Be brief."), ("user", "Hello there, how are you today?")]
PRICES = {"input_price": 1000, "output_price": 2000, "max_tokens": 100}


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.01)


def metered(endpoint: Endpoint, till: Till, **changes: Any) -> RoleModel:
    return RoleModel(settings(endpoint, **PRICES, **changes), "persona", meter=till, traffic=Traffic())


async def entry_of(endpoint: Endpoint, *answers: Answer, whole: bool = True, **changes: Any) -> Call:
    """Ask once, and give what the ledger has of it."""
    till = Till()
    model = metered(endpoint, till, **changes)
    endpoint.queue(*answers)
    try:
        if whole:
            await model.complete(HELLO)
        else:
            async with aclosing(model.stream(HELLO)) as pieces:
                async for _ in pieces:
                    pass
    except ModelFailed:
        pass
    assert till.settled
    [call] = till.calls
    return call


@pytest.mark.parametrize("whole", [True, False])
async def test_a_reply_is_entered_as_the_endpoint_counted_it(endpoint: Endpoint, whole: bool) -> None:
    call = await entry_of(endpoint, Text("One two three."), whole=whole)
    assert (call.role, call.outcome, call.counted, call.attempts) == ("persona", "done", True, 1)
    assert call.usage.input_tokens > 0
    assert call.cost == call.usage.input_tokens * 1000 + call.usage.output_tokens * 2000
    assert call.endpoint.startswith("127.0.0.1:")
    assert call.first_token_seconds is not None
    assert call.first_token_seconds <= call.seconds


@pytest.mark.parametrize("whole", [True, False])
async def test_attempts_are_the_requests_that_were_sent(endpoint: Endpoint, whole: bool) -> None:
    again: list[Answer] = (
        [Status(500, retry_after=0.01), Reset(after=0), Text("There.")] if whole else [Status(500), Text("There.")]
    )
    call = await entry_of(endpoint, *again, whole=whole, max_retries=3)
    assert (call.outcome, call.attempts) == ("done", len(again))


@pytest.mark.parametrize(
    ("answer", "charged"),
    [
        (Status(401), False),
        (Status(429, code="insufficient_quota"), False),
        (Status(500), False),
        (Stall(after=0), True),  # who stops waiting may have to pay nevertheless
        (Truncated(), True),
    ],
    ids=["refused", "no credit", "down", "silent", "cut off"],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_what_the_endpoint_did_not_count_is_estimated_and_a_refusal_costs_nothing(
    endpoint: Endpoint, answer: Answer, charged: bool, whole: bool
) -> None:
    call = await entry_of(endpoint, answer, whole=whole, timeout_seconds=0.3, first_token_seconds=0.3)
    assert not call.counted
    assert (call.usage.input_tokens > 0) is charged
    assert (call.cost > 0) is charged
    assert call.outcome.startswith("model-")


async def test_nobody_there_costs_nothing(unused_port: int) -> None:
    till = Till()
    given = settings_of(unused_port)
    with pytest.raises(ModelFailed):
        await RoleModel(given, "coach", meter=till).complete(HELLO)
    assert till.settled
    assert [(call.outcome, call.cost, call.attempts) for call in till.calls] == [("model-unreachable", 0, 1)]


def settings_of(port: int) -> Any:
    from agents.endpoints import ModelSettings

    return ModelSettings.model_validate(
        {"base_url": f"http://127.0.0.1:{port}/v1", "model": "m", "max_retries": 0, **PRICES}
    )


async def test_a_reply_that_is_left_in_the_middle_is_entered_as_cancelled(endpoint: Endpoint) -> None:
    till = Till()
    endpoint.queue(Text("word " * 500, per_token=0.02))
    async with aclosing(metered(endpoint, till).stream(HELLO)) as pieces:
        async for _ in pieces:
            break
    assert till.settled
    [call] = till.calls
    assert call.outcome == "cancelled"
    assert call.usage.output_tokens > 0


async def test_who_is_cancelled_before_a_lane_was_free_has_cost_nothing(endpoint: Endpoint) -> None:
    till = Till()
    model = metered(endpoint, till, concurrency=1)
    endpoint.queue(Stall(after=0))
    first = asyncio.create_task(model.complete(HELLO))
    assert await asyncio.to_thread(endpoint.wait_for, 1)
    second = asyncio.create_task(model.complete(HELLO))
    while len(till.admitted) < 2:
        await asyncio.sleep(0.01)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    assert [(call.outcome, call.attempts, call.cost) for call in till.calls] == [("cancelled", 0, 0)]
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert till.settled
    assert len(endpoint.asked) == 1


async def test_a_budget_that_is_spent_keeps_the_request_from_being_sent(endpoint: Endpoint) -> None:
    till = Till(open=False)
    with pytest.raises(BudgetSpent):
        await metered(endpoint, till).complete(HELLO)
    assert endpoint.requests == []
    assert till.calls == []


async def test_what_is_held_back_is_the_most_that_the_reply_can_cost_and_whose_it_is(endpoint: Endpoint) -> None:
    till = Till()
    account = Account("practice", "p-1", person_id="amir")
    with charged_to(account):
        await metered(endpoint, till).complete(HELLO)
    [reservation] = till.admitted
    assert reservation.account == account
    assert reservation.tokens == -(-sum(len(text) for _, text in HELLO) // 4) + 100
    assert reservation.cost >= till.calls[0].cost


async def test_a_reply_cut_at_its_limit_is_entered_with_what_it_cost(endpoint: Endpoint) -> None:
    """With a schema the client itself gives up on such a reply, and the count comes with its error."""
    endpoint.queue(Text('{"ready": tr', finish="length"))
    till = Till()
    schema = {"type": "json_schema", "json_schema": {"name": "Ready", "strict": True, "schema": {"type": "object"}}}
    with pytest.raises(ModelFailed, match="ran out of tokens"):
        await metered(endpoint, till).complete(HELLO, response_format=schema)
    [call] = till.calls
    assert call.counted
    assert call.usage.output_tokens > 0
    assert call.usage.input_tokens > 0
