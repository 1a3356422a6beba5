from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.feedback import Feedback, FeedbackLine, Rule, clean, lint

SAID = ["You wanted to see me?", "What makes the report so hard at the moment?"]


def rules(feedback: Feedback) -> set[Rule]:
    return {finding.rule for finding in lint(feedback, SAID)}


def line(**texts: str) -> Feedback:
    return Feedback("Thank you.", (FeedbackLine("asks", **texts),), (), "Ask one open question.")


@pytest.mark.parametrize(
    "text",
    [
        "You are impatient.",
        "you're a bit too pushy",
        "You were rather defensive here.",
        "You are a natural listener.",
        "Your impatience showed.",
        "You never let her finish.",
        "You come across as arrogant.",
        "Du bist sehr ungeduldig.",
        "Sie sind ein guter Zuhörer.",
        "You are so empathetic!",
        "You always interrupt.",
    ],
)
def test_trait_language_is_rejected_kind_or_unkind(text: str) -> None:
    assert Rule.TRAIT_LANGUAGE in rules(line(behaviour=text))


@pytest.mark.parametrize(
    "text",
    [
        "You asked an open question.",
        "You gave advice before it was asked for.",
        "Jana's answer became shorter.",
        "You are well on the way to your goal.",
        "You interrupted twice.",
        "Your question left room.",
        "After “You wanted to see me?” you asked first.",
    ],
)
def test_words_about_behaviour_pass(text: str) -> None:
    assert rules(line(behaviour=text)) == set()


def test_a_quote_that_was_never_said_is_rejected_but_a_suggestion_is_not_a_quote() -> None:
    assert rules(line(impact="You said “I do not care about the report”.")) == {Rule.QUOTE_NOT_THERE}
    assert rules(line(impact="You asked “what makes the report so hard…”")) == set()
    assert rules(line(next_step="Try “What would help you most?”")) == set()


def test_at_most_two_priorities_and_always_a_next_action() -> None:
    many = Feedback("Hi.", (), ("One", "Two", "Three"), "")
    assert rules(many) == {Rule.TOO_MANY_PRIORITIES, Rule.NO_NEXT_ACTION}
    shown, findings = clean(many, SAID, "en")
    assert shown.priorities == ("One", "Two")
    assert shown.next_action.startswith("Before your next talk")
    assert len(findings) == 2


def test_rejected_lines_are_dropped_or_replaced_never_shown() -> None:
    bad = Feedback(
        "You are arrogant.",
        (FeedbackLine("asks", "Then", "You never listen.", "She said “leave me alone”.", "Ask “How so?” once."),),
        ("Be less rude, you are rude", "Ask first"),
        "You are too shy to act.",
    )
    shown, _ = clean(bad, SAID, "en")
    assert "arrogant" not in shown.opening
    assert shown.lines == (FeedbackLine("asks", "Then"),)  # its next step has become the one next action
    assert shown.priorities == ("Ask first",)
    assert shown.next_action == "Ask “How so?” once."
    assert clean(Feedback(next_action="Du bist stur."), SAID, "de")[0].next_action.startswith("Schreiben Sie")


def test_no_sentence_comes_twice_whoever_wrote_it() -> None:
    twice = "Next time, begin with one open question."
    proposed = Feedback(
        "Thank you for this talk today.",
        (
            FeedbackLine("asks", "After Jana said “No.”,", "you asked first.", "She answered at some length.", twice),
            FeedbackLine("hears", "Later on,", "you waited.", "She answered at some length.", twice),
        ),
        (twice, "Something else entirely, then."),
        twice,
    )
    assert {f.where for f in lint(proposed, ["No."]) if f.rule is Rule.REPEATED} == {
        "lines[0].next_step",
        "lines[1].impact",
        "lines[1].next_step",
        "priorities[0]",
    }
    shown, _ = clean(proposed, ["No."], "en")
    assert shown.next_action == twice
    assert shown.priorities == ("Something else entirely, then.",)
    assert [line.next_step for line in shown.lines] == ["", ""]


TEXT = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "You are rude.",
            "You said “nonsense never said”.",
            "Ask more.",
            "",
            "„what?“",
            "You asked one open question here.",
        ]
    ),
)


@given(TEXT, TEXT, TEXT, TEXT, st.lists(TEXT, max_size=4), TEXT)
def test_what_is_shown_has_no_findings(a: str, b: str, c: str, d: str, priorities: list[str], action: str) -> None:
    proposed = Feedback(a, (FeedbackLine("x", b, c, d, a),), tuple(priorities), action)
    shown, _ = clean(proposed, SAID, "en")
    assert lint(shown, SAID) == ()
