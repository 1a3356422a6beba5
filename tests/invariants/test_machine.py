"""The rules over HTTP, in the short form that runs with every test; `make invariants` is the long one."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.house import Source
from tests.invariants.machine import conducting

SHORT = settings(
    max_examples=6,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # the long form looks for the shortest example
    suppress_health_check=list(HealthCheck),
)


def test_the_rules_hold_over_http_whatever_people_do(source: Source) -> None:
    told: Counter[str] = Counter()
    run_state_machine_as_test(conducting(source, told), settings=SHORT)
    assert told["examples"] >= 6
    for acted in ("decisions approve → 201", "decisions approve → 409", "revocation → 201", "accept → 202"):
        assert sum(count for what, count in told.items() if what.endswith(acted)), f"{acted} was never seen"
