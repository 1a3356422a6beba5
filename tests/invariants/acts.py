"""Requests as the state machine sends them, the work it follows, and what it draws from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.approvals.oracle import Expected, Oracle
from tests.invariants.choices import each_of, some
from tests.invariants.house import UNSURE

CLAIM, FRESH, SESSION = 30, 30, 11 * 60  # minutes
REVIEW = frozenset({"designer", "strategist"})
QUOTE = "Nora sits down in your office."
NOBODYS = "0" * 64
POLICIES: tuple[dict[str, dict[str, str]], ...] = (
    {},
    {},
    {"scenario": {"ordinary": "two_person"}},
    {"scenario": {"ordinary": "designer_and_strategist", "low": "two_person"}},
    {"scenario": {"ordinary": "one_reviewer", "high": "one_reviewer"}},
    {"scenario": {"high": "low_risk_batch"}},  # does not fit
    {"charter": {"low": "one_reviewer"}},  # neither
)
MISFITS = POLICIES[-2:]

WHO = some(("maria", "maria", "jonas", "jonas", "nils", "nils", "sofia", "ravi", "amir", "boss"))
WHICH = some(range(100))
RARELY = some([False] * 9 + [True])
REASON = some(["It serves us.", "It serves us.", "It serves us.", "", "  "])
MARKS = each_of(
    {
        "asks": ["practised", "practised", "practised", "named", "absent", UNSURE],
        "plainness": ["practised", "practised", "practised", "absent", UNSURE],
    }
)
SEEN = some(["shown", "shown", "shown", "shown", "shown", "earlier", "wrong"])


@dataclass(frozen=True)
class Act:
    """A request, what stands at the door of its route, and what the rules say of it."""

    login: str
    method: str
    path: str
    body: Any
    expect: Callable[[Oracle], Expected]
    door: frozenset[str] = frozenset()  # any of these roles
    fresh: bool = False  # needs a login of the last half hour
    scoped: bool = False  # a token may, where its scopes do
    malformed: bool = False
    by_token: bool = False
    key: str | None = None


@dataclass
class Work:
    """A piece of work: who ordered it, whose words are in it, and the checkpoints it waited at."""

    kind: str
    opened_for: str
    authors: set[str]
    checkpoints: list[str] = field(default_factory=list)
    settled: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)  # (version, criteria) -> levels


def ruled(levels: dict[str, str], settled: dict[str, str], threshold: float, *, veto: bool) -> tuple[str, bool]:
    """(outcome, vetoed) by the arithmetic of the example criteria."""
    said = {each: settled.get(each, level) if level == UNSURE else level for each, level in levels.items()}
    vetoed = veto and said["asks"] == "absent"
    if UNSURE in said.values():
        return "refer", vetoed
    value = {"absent": 0.0, "named": 0.5, "practised": 1.0}
    mean = sum(value[level] for level in said.values()) / len(said)
    return ("revise" if said["asks"] == "absent" or mean < threshold else "aligned"), vetoed
