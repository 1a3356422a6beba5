from __future__ import annotations

from typing import Any

from practice.debrief import Debrief, ObjectiveResult
from practice.retrying import retried


def debrief(**values: float | None) -> Debrief:
    objectives = [
        ObjectiveResult(objective_id=name, text=f"To {name}", weight=1, scored=value is not None, value=value)
        for name, value in values.items()
    ]
    rest: dict[str, Any] = {"language": "en", "opening": "", "total": None, "share_scored": 1, "priorities": ()}
    rest |= {"next_action": "", "counts": {}, "learner_turns": 1, "talk_ratio": None, "notice": ""}
    return Debrief.model_validate({"objectives": objectives} | rest)


def test_what_reaches_the_level_of_the_first_time_held() -> None:
    found = retried(debrief(ask=0.5, listen=1.0, sum=0.0), debrief(ask=1.0, listen=0.5, sum=1.0))
    assert found is not None
    assert (found.held, found.open, found.all_held) == (("To ask",), ("To listen",), False)


def test_what_was_not_scored_did_not_hold() -> None:
    found = retried(debrief(ask=0.5), debrief(ask=None))
    assert found is not None
    assert (found.held, found.open) == ((), ("To ask",))


def test_where_nothing_showed_at_first_nothing_can_have_held() -> None:
    assert retried(debrief(ask=0.0, listen=None), debrief(ask=1.0, listen=1.0)) is None


def test_everything_held() -> None:
    found = retried(debrief(ask=0.5), debrief(ask=0.5, listen=1.0))
    assert found is not None
    assert found.all_held
