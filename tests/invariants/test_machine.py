"""The rules over HTTP, in the short form that runs with every test; `make invariants` is the long one."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.invariants.acts import MARKS
from tests.invariants.choices import rolled
from tests.invariants.house import Source
from tests.invariants.machine import Conducting, conducting

SHORT = settings(
    max_examples=3,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.generate,),  # the long form looks for the shortest example
    suppress_health_check=list(HealthCheck),
)
STEPS = 120


def test_the_rules_hold_over_http_whatever_people_do(source: Source) -> None:
    told: Counter[str] = Counter()
    run_state_machine_as_test(conducting(source, told), settings=SHORT)
    assert told["examples"] == SHORT.max_examples


def test_the_rules_hold_on_long_walks_as_well(source: Source) -> None:
    """The same acts, evenly drawn, so that much comes together in one company: here all that is looked for below."""
    told: Counter[str] = Counter()
    walk(conducting(source, told)(), Random(1))
    for seen in (
        "approve → 201",
        "approve → 409",
        "edits → 201",
        "settlements → 201",
        "revocation → 201",
        "turns → 202",
    ):
        assert sum(count for what, count in told.items() if what.endswith(seen)), f"{seen} was never seen"


def walk(machine: Conducting, dice: Random) -> None:
    """Take so many steps, each rule as likely as any other."""
    rules = sorted(machine.rules, key=lambda rule: str(rule.function.__name__))
    try:
        machine.open_the_house(levels=rolled(MARKS, dice), stale=dice.choice(["flag", "suspend"]))
        for _ in range(STEPS):
            rule = dice.choice(rules)
            rule.function(machine, **{name: rolled(each, dice) for name, each in rule.arguments.items()})
    finally:
        machine.teardown()
