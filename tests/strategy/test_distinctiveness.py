from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy.distinctiveness import K_FOR_P, distinctiveness, lifts

BRIEF = "Giving feedback after a missed deadline, to a dependable colleague who told nobody."
GENERIC = (
    {
        "setting": "You meet Alex on Monday to give feedback after a missed deadline. Alex is a dependable colleague.",
        "learner_goal": "Give clear and constructive feedback, and agree on next steps for the deadline together.",
    },
    {
        "setting": "You meet Sam on Friday to give feedback after a missed deadline. Sam is a dependable colleague.",
        "learner_goal": "Give clear, constructive feedback about the deadline and agree on the next steps together.",
    },
    {
        "setting": "You meet Kim today to give feedback about a missed deadline. Kim is a reliable colleague.",
        "learner_goal": "Give constructive and clear feedback, then agree on next steps about the missed deadline.",
    },
)
OURS = {
    "setting": "The hull of number nine waits on the slip, and the paint log has two empty days. Nora told nobody.",
    "learner_goal": "Ask what stood in the way before you promise the owner anything. "
    "Give clear and constructive feedback, and agree on next steps for the deadline together.",
}
NAMES = ("Alex", "Sam", "Kim", "Nora")


def test_our_own_draft_stands_further_out_than_the_generic_ones() -> None:
    found = distinctiveness(OURS, GENERIC, BRIEF, names=NAMES)
    assert found.distance > max(found.generic)
    assert found.p is None, "three generic drafts prove nothing"


def test_another_generic_draft_does_not() -> None:
    fourth = {name: text.replace("Alex", "Nora").replace("Monday", "9 May") for name, text in GENERIC[0].items()}
    found = distinctiveness(fourth, GENERIC, BRIEF, names=NAMES)
    assert found.distance <= max(found.generic)


def test_the_generic_sentence_in_it_is_named_where_it_stands() -> None:
    [passage] = distinctiveness(OURS, GENERIC, BRIEF, names=NAMES, passages=1).passages
    assert passage.field == "learner_goal"
    assert OURS[passage.field][passage.start : passage.end] == passage.text
    assert passage.text.startswith("Give clear and constructive feedback")
    assert passage.generic == GENERIC[0]["learner_goal"]
    assert passage.alike > 0.99


def test_a_text_off_the_brief_is_distinct_and_says_so_by_its_relevance() -> None:
    off = {"setting": "Penguins huddle through the polar night while the ice shelf creaks.", "learner_goal": "Swim."}
    found = distinctiveness(off, GENERIC, BRIEF, names=NAMES)
    assert found.distance > max(found.generic)
    assert found.relevance < 0.5 * found.generic_relevance


def test_a_rank_is_told_only_where_it_can_say_something() -> None:
    many = [{"setting": f"{each['setting']} Variant {word}."} for each in GENERIC for word in "abcdefg"][:K_FOR_P]
    assert distinctiveness(OURS, many, BRIEF, names=NAMES).p == pytest.approx(1 / (K_FOR_P + 1))
    assert distinctiveness(OURS, many[:-1], BRIEF, names=NAMES).p is None
    with pytest.raises(ValueError, match="generic draft"):
        distinctiveness(OURS, [], BRIEF)


@given(st.permutations(range(3)))
def test_the_order_of_the_generic_drafts_changes_nothing(order: list[int]) -> None:
    plain = distinctiveness(OURS, GENERIC, BRIEF, names=NAMES)
    mixed = distinctiveness(OURS, [GENERIC[each] for each in order], BRIEF, names=NAMES)
    assert mixed.distance == pytest.approx(plain.distance)
    assert mixed.generic == pytest.approx(tuple(plain.generic[each] for each in order))


def test_lift_is_what_the_charter_adds() -> None:
    asks, plain, unknown = lifts(
        {"asks": 1.0, "plain": 0.5, "unknown": None}, [{"asks": 0.0, "plain": 0.5}, {"asks": 0.5, "plain": None}]
    )
    assert (asks.lift, asks.distinguishes) == (0.75, True)
    assert (plain.lift, plain.distinguishes) == (0.0, False)
    assert (unknown.lift, unknown.distinguishes) == (None, None)
