from __future__ import annotations

import pytest

from agents.conformance.witness import Bounds, Stopped, Witness
from evidence.errors import ModelFailed
from tests.agents.material import collect, role_model
from tests.endpoint import Endpoint, Status, Text

ASK = [("system", "Be brief."), ("user", "Hello.")]


async def test_it_remembers_what_was_said_and_what_went_wrong(endpoint: Endpoint) -> None:
    endpoint.queue(Text("Hello there."), Status(500), Text("And again."))
    witness = Witness(role_model(endpoint), Bounds(10, 60))
    await witness.complete(ASK)
    with pytest.raises(ModelFailed):
        await witness.alike(max_tokens=5).complete(ASK)
    pieces: list[str] = []
    await collect(witness.stream(ASK), pieces)
    assert [exchange.said for exchange in witness.exchanges] == ["Hello there.", "", "And again."]
    assert [exchange.failure is None for exchange in witness.exchanges] == [True, False, True]
    assert [call.outcome for call in witness.tally.calls] == ["done", "model-down", "done"]
    assert witness.tally.usage.calls == 3
    assert endpoint.asked[1].body["max_completion_tokens"] == 5


async def test_no_more_calls_than_allowed_whichever_variant_asks(endpoint: Endpoint) -> None:
    witness = Witness(role_model(endpoint), Bounds(2, 60))
    await witness.complete(ASK)
    await witness.alike(max_tokens=5).complete(ASK)
    for other in (witness, witness.alike(max_tokens=6)):
        with pytest.raises(Stopped, match="calls"):
            await other.complete(ASK)
    with pytest.raises(Stopped, match="calls"):
        await collect(witness.stream(ASK), [])
    assert len(endpoint.asked) == 2


async def test_time_is_bounded(endpoint: Endpoint) -> None:
    with pytest.raises(Stopped, match="time"):
        await Witness(role_model(endpoint), Bounds(2, -1)).complete(ASK)


def failure(witness_status: int = 0) -> ModelFailed:
    from agents.failures import ModelDown

    return ModelDown("It is down.")


def test_three_failures_in_a_row_are_the_end() -> None:
    bounds = Bounds(100, 60)
    for _ in range(3):
        bounds.leave(bounds.enter(), failure())
    with pytest.raises(Stopped, match="lost"):
        bounds.enter()


def test_failures_at_the_same_time_count_once() -> None:
    bounds = Bounds(100, 60)
    for streak in [bounds.enter() for _ in range(8)]:
        bounds.leave(streak, failure())
    bounds.leave(bounds.enter(), failure())
    bounds.leave(bounds.enter(), None)
    for _ in range(2):
        bounds.leave(bounds.enter(), failure())
    bounds.enter()
