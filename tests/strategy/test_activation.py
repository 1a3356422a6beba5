"""The decision table of ``strategy.activation``, line by line, and what lines do together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy import activation
from strategy.activation import Facts, Stressed, Tried, ruling

WHOLE = Facts(decided=62, texts=62, preview=Tried(), stress=Stressed())

# The line of the table, the facts, the ruling, and the ruling with a named override.
TABLE = [
    ("nothing is decided yet", replace(WHOLE, decided=0, preview=None), "provisional", "provisional"),
    ("decided, and no preview", replace(WHOLE, preview=None), "refused", "refused"),
    ("preview of another version, or stale", replace(WHOLE, preview=Tried(of_this=False)), "refused", "refused"),
    ("preview of another version, or stale", replace(WHOLE, preview=Tried(same_criteria=False)), "refused", "refused"),
    ("preview of another version, or stale", replace(WHOLE, preview=Tried(same_charter=False)), "refused", "refused"),
    ("preview of another version, or stale", replace(WHOLE, preview=Tried(newer_decisions=2)), "refused", "refused"),
    ("a reversal of a sign-off that nobody has read", replace(WHOLE, preview=Tried(unread=1)), "refused", "refused"),
    (
        "agreement on what is kept for measuring goes down",
        replace(WHOLE, preview=Tried(held_out="fails")),
        "refused",
        "provisional",
    ),
    (
        "too few decisions are kept for measuring",
        replace(WHOLE, preview=Tried(held_out="undecided")),
        "provisional",
        "provisional",
    ),
    ("no text to try the judge on", replace(WHOLE, texts=0, stress=None), "provisional", "provisional"),
    ("no stress report, or one of other questions", replace(WHOLE, stress=None), "refused", "provisional"),
    (
        "no stress report, or one of other questions",
        replace(WHOLE, stress=Stressed(same_questions=False)),
        "refused",
        "provisional",
    ),
    (
        "no stress report, or one of other questions",
        replace(WHOLE, stress=Stressed(same_charter=False)),
        "refused",
        "provisional",
    ),
    (
        "no stress report, or one of other questions",
        replace(WHOLE, stress=Stressed(same_judge=False)),
        "refused",
        "provisional",
    ),
    ("stress report: a gate fails", replace(WHOLE, stress=Stressed(gates="fails")), "refused", "provisional"),
    (
        "stress report: too few pairs to tell",
        replace(WHOLE, stress=Stressed(gates="undecided")),
        "provisional",
        "provisional",
    ),
    ("everything is there and holds", WHOLE, "in force", "in force"),
]
HOLDS = st.sampled_from(["holds", "fails", "undecided"])
FACTS = st.builds(
    Facts,
    decided=st.integers(0, 3),
    texts=st.integers(0, 3),
    preview=st.none()
    | st.builds(Tried, st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2), st.integers(0, 2), HOLDS),
    stress=st.none() | st.builds(Stressed, st.booleans(), st.booleans(), st.booleans(), HOLDS),
    overridden=st.booleans(),
)


def said(facts: Facts) -> str:
    found = ruling(facts)
    return "refused" if found.refused else "provisional" if found.provisional else "in force"


@pytest.mark.parametrize(("line", "facts", "plain", "overridden"), TABLE)
def test_a_line_of_the_table(line: str, facts: Facts, plain: str, overridden: str) -> None:
    assert line in " ".join(str(activation.__doc__).split())
    assert said(facts) == plain
    assert said(replace(facts, overridden=True)) == overridden


@given(FACTS)
def test_every_reason_is_told_and_an_override_is_kept_only_where_it_was_needed(facts: Facts) -> None:
    found = ruling(facts)
    without = ruling(replace(facts, overridden=False))
    assert all(each.said.endswith(".") and each.todo.endswith(".") for each in found.lacks)
    assert found.provisional is bool(found.why)
    assert found.overridden is (facts.overridden and any(each.can_be_overridden for each in without.lacks))
    if not facts.overridden:
        assert found == without
    else:
        kept = [each for each in without.lacks if not each.can_be_overridden]
        assert list(found.lacks) == kept, "an override takes away what it may, and nothing else"
        assert set(without.why) <= set(found.why)
    if facts.decided and (facts.preview is None or facts.preview.unread or not facts.preview.of_this):
        assert found.refused
